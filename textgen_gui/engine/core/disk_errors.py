"""What the disk says, as a sentence: whichever library was told, in the one place that knows the words for it."""

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from .bounded import UnfitError
from .errors import EngineError, ProjectError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)
BEFORE = "What was there before is as it was."
_rust = re.compile(r"os error (\d+)")  # safetensors, tokenizers
_told = (*_FULL, errno.EIO, errno.EROFS, errno.EACCES)  # by any other library, in the system's words: torch


def disk_error(problem: BaseException | None) -> OSError | None:
    """The system's error that this one is or was raised from; None where the disk has nothing to do with it."""
    if problem is None or isinstance(problem, EngineError | ConnectionError | TimeoutError):
        return None
    if isinstance(problem, OSError):
        return problem
    words = str(problem)
    numbers = [int(found[1]) for found in _rust.finditer(words)] or [n for n in _told if os.strerror(n) in words]
    if numbers:
        return OSError(numbers[0], os.strerror(numbers[0]))
    return disk_error(problem.__cause__)


def in_words(problem: BaseException) -> str | None:
    """The sentence for a fault of the disk that nobody expected where it struck; None for any other error."""
    error = disk_error(problem)
    if error is None:
        return None
    file = error.filename if isinstance(error.filename, str) else "a file"
    if error.errno in _FULL:
        return f"The disk is full: {file} could not be written. Free some space and try again."
    if error.errno == errno.ENOENT:
        return f"{file} is missing. Put it back, or check the name, and try again."
    return f"The disk refused {file} ({error.strerror or error}). Check that it may be used, then try again."


@contextlib.contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turns what the disk says into a sentence: full, read-only, or the system's own words."""
    try:
        yield
    except Exception as problem:
        if (error := disk_error(problem)) is None:
            raise
        raise ProjectError(refusal(path, error)) from problem


def refusal(path: Path, problem: OSError) -> str:
    """The sentence for a disk that refused to write ``path``."""
    if isinstance(problem, UnfitError):
        return f"{path} is not used: {problem}. Remove it, or choose another one."
    if problem.errno in _FULL:
        return f"The disk is full: {path} could not be written. Free some space and try again. {BEFORE}"
    if problem.errno in _FORBIDDEN:
        return f"{path} may not be written. Copy the project to a folder of your own and open it there."
    if problem.errno == errno.ENOENT:
        return f"{path} could not be written: its folder is gone. Put it back, or open the project where it is now."
    return f"{path} could not be written ({problem.strerror or problem}). {BEFORE} Try again."
