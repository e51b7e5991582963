"""What one process asks of another that works at a stranger's file."""

from dataclasses import dataclass, field
from typing import Any

from .confine import Limits

IDLE_S = 60  # after which a process that waits for work ends by itself
BYTES = b"\0"  # before an answer of bytes; any other is JSON

Json = Any  # numbers, texts, lists and dicts, or bytes; those who ask check what they got


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A generator of this program for another process.

    ``function``: "package.module:name", so that what it imports is loaded there only. ``about``: what it works at, for
    sentences. ``quick``: done in a moment, so that several may wait at one process.
    """

    function: str
    arguments: tuple[Any, ...]
    about: str
    limits: Limits = field(default_factory=Limits)
    quick: bool = False
