"""Events as they are shown: what is recorded holds plain English numbers, which people read in their own digits."""

import dataclasses
from typing import TypeVar

from ...engine.core.events import Advised, Outcome, RunFinished
from ...words import retold

T = TypeVar("T")


def in_users_numbers(event: T) -> T:
    """Called once for each event. Only sentences that the engine made of numbers: what holds names, of files or of the
    user's own, is told as it is, and so is what went wrong."""
    match event:
        case Advised() | RunFinished(outcome=Outcome.FINISHED | Outcome.STOPPED):
            return dataclasses.replace(event, message=retold(event.message))
        case list():
            return [in_users_numbers(one) for one in event]  # type: ignore[return-value]
        case _:
            return event
