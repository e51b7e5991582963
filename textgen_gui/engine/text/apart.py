"""Strangers' files are read apart from this program: in worker processes, which have no network and little time.

Small plain texts are the exception: nothing but letters comes out of them, and no process has to be waited for.
"""

import functools
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

import psutil

from ..core.config import TextConfig
from ..core.control import Ask, until
from ..core.errors import TextError
from ..core.text_formats import formats, text_format
from ..runtime import workers
from ..runtime.child import ChildError
from ..runtime.confine import Limits
from ..runtime.task import Json, Task
from . import in_worker

MB = 1_000_000
SMALL = 64 * 1024  # bytes of a file that is read in a moment


def limits(size: int) -> Limits:
    """What a file of so many bytes may take: several times what real ones do. Packed ones unfold to many times that."""
    megabytes = size / MB
    return Limits(
        memory=400 * MB + min(40 * size, _memory() // 2),
        cpu_s=8 + round(5 * megabytes),
        cpu_s_per_mb=2,
        silent_s=60 + 3 * megabytes,
        output=2_000 * MB,
        answer=8 * MB + 600 * size,
    )


@functools.cache
def _memory() -> int:
    """Bytes of this computer."""
    return int(psutil.virtual_memory().total)


def task(function: str, path: Path, size: int, *arguments: Any) -> Task:
    """A generator of in_worker.py, whose first argument is the file."""
    return Task(f"{in_worker.__name__}:{function}", (path, *arguments), path.name, limits(size), size <= SMALL)


def is_harmless(path: Path, size: int, options: TextConfig) -> bool:
    """Whether it is read with nothing but our own code, which is done with it in a moment."""
    name, packed = text_format(path)
    plain = bool(name) and formats[name].reader == "text" and not packed and not options.encoding
    return plain and size <= SMALL


def size_of(path: Path) -> int:
    """In bytes; of a folder that is one text, those of its files. Raises TextError for what has no end, as a pipe."""
    try:
        found = path.stat()
        if S_ISDIR(found.st_mode):
            return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    except OSError as problem:
        raise TextError(f"{path.name} cannot be read ({problem.strerror}). Check that it may be opened.") from problem
    if not S_ISREG(found.st_mode):
        raise TextError(f"{path.name} is no file. Choose a text.")
    return found.st_size


def answers(function: str, path: Path, options: TextConfig, *arguments: Any, stop: Ask) -> Iterator[Json]:
    """What a generator of in_worker.py yields for a file, and None while it is silent.

    Raises TextError where the file cannot be read, Stopped when ``stop()``.
    """
    size = size_of(path)
    if is_harmless(path, size, options):
        yield from until(getattr(in_worker, function)(path, options, *arguments), stop)
        return
    try:
        yield from workers.answers(task(function, path, size, options, *arguments), stop)
    except ChildError as problem:
        raise TextError(str(problem)) from problem
