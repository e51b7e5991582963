"""A file that one window or program holds at a time, by the filelock library.

The one package outside the standard library that the core uses: pure Python, without dependencies of its own, and what
it does on Windows is tested by others every day.
"""

import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .atomic_io import refusals
from .errors import ProjectError

if TYPE_CHECKING:
    from filelock import BaseFileLock


class Lock:
    """Held from the moment it is made until ``close``, the end of a with block, or the death of the process.

    Of two in one process only the first holds the file, whichever threads they are on. The file itself may remain.
    """

    def __init__(self, path: Path, busy: str, wait_s: float = 0) -> None:
        """Raises ProjectError(busy) when another one holds it and still does after ``wait_s`` seconds."""
        self._path, self._busy = path, busy
        self._lock = _held(path, busy, wait_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def is_in_place(self) -> bool:
        """Whether what is held is the file that lies there now: its folder may have been exchanged for another one."""
        held = self._lock._context.lock_file_fd  # there is no other way to it
        try:
            return held is not None and os.path.samestat(os.fstat(held), self._path.stat())
        except OSError:
            return False

    def take_again(self) -> None:
        """Holds the file that lies there now. Raises ProjectError when another one holds it; then it holds none."""
        self.close()
        self._lock = _held(self._path, self._busy, 0)

    def close(self) -> None:
        self._lock.release()


def _held(path: Path, busy: str, wait_s: float) -> "BaseFileLock":
    from filelock import FileLock, Timeout  # 40 ms that the first paint need not wait for

    # A generator that holds it may be closed on another thread than the one that began it.
    lock = FileLock(path, timeout=wait_s, thread_local=False)
    with refusals(path):
        path.parent.stat()  # filelock would bring back a folder that somebody has deleted
        try:
            lock.acquire()
        except Timeout as problem:
            raise ProjectError(busy) from problem
    return lock
