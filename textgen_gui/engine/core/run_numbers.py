"""The numbers that runs begin with. That of a deleted one is not given again: it may come back out of the bin."""

import contextlib
import itertools
import re
from collections.abc import Iterable
from pathlib import Path

from . import atomic_io, bounded
from .errors import ProjectError

LARGEST = 999_999_999
_numbered = re.compile(r"([0-9]{1,9})(?![0-9])")


def number_of(folder: str) -> int | None:
    """None for a folder that is no run."""
    found = _numbered.match(folder)
    return int(found[1]) if found else None


def without_number(name: str) -> str:
    """What a run is called; all of its name where it is but a number."""
    return name.partition(" ")[2] or name


def next_number(taken: Iterable[int], spent_file: Path) -> int:
    """``spent_file``: holds the highest number of those that were deleted."""
    numbers = set(taken)
    number = max(numbers | {_spent(spent_file)}) + 1
    return number if number <= LARGEST else next(free for free in itertools.count(1) if free not in numbers)


def spend(number: int, spent_file: Path) -> None:
    """On a disk that is full it is not written down: to delete a run must be possible there above all."""
    if number > _spent(spent_file):
        with contextlib.suppress(ProjectError):
            atomic_io.write_text(spent_file, f"{number}\n")


def _spent(file: Path) -> int:
    """Whatever is wrong in the file, a number is given: the runs that are there have theirs."""
    try:
        return number_of(bounded.read_text(file, len(str(LARGEST)) + 2)) or 0
    except (OSError, ValueError):
        return 0
