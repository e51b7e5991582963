"""How a plain verb is made of a generator of events."""

import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from ..engine.core.errors import ProjectError
from ..engine.core.events import Event, Warned

AnyPath = str | os.PathLike[str]
E = TypeVar("E", bound=Event)


def all_of(happened: Iterable[Event], kind: type[E]) -> list[E]:
    """The events of this kind. What somebody should know of the others becomes a warning of Python."""
    found: list[E] = []
    for event in happened:
        if isinstance(event, kind):
            found.append(event)
        elif isinstance(event, Warned):
            warnings.warn(event.message, stacklevel=4)  # where the plain verb was called
    return found


def last_of(happened: Iterable[Event], kind: type[E]) -> E:
    """The last event of this kind, of which there must be one."""
    return all_of(happened, kind)[-1]


def refuse_missing(paths: Iterable[Path]) -> None:
    """Raises ProjectError for the first path that does not exist."""
    for path in paths:
        if not path.exists():
            raise ProjectError(f"{path} does not exist. Check the name and try again.")
