"""Events as they are shown: they hold plain English numbers, which people read in their own digits."""

import dataclasses
from typing import Any, TypeVar

from ...words import retold

T = TypeVar("T")
SENTENCES = ("message", "stage", "words")  # fields of events that hold what is said to people


def in_users_numbers(event: T) -> T:
    """The event itself where it says nothing, or where numbers are English."""
    said = {name: words for name in SENTENCES if isinstance(words := getattr(event, name, None), str)}
    other: dict[str, Any] = {name: new for name, words in said.items() if (new := retold(words)) != words}
    return dataclasses.replace(event, **other) if other else event  # type: ignore[type-var]
