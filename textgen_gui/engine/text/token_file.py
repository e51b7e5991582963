"""Tokens, and other numbers, on the disk, for reading while others may delete, replace or cut the file."""

import os
import weakref
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..core import bounded
from ..core.errors import ProjectError


class TokenFile:
    """Reads each slice from the disk, through a file that stays open.

    Deleted or replaced meanwhile, it goes on giving what it was opened with; cut, it raises ProjectError, where a
    memory map would end the whole process with SIGBUS.
    """

    def __init__(
        self,
        path: Path,
        dtype: type[np.unsignedinteger],
        length: int | None = None,
        advice: str = "Prepare the texts again.",
    ) -> None:
        """Raises ProjectError unless the file holds ``length`` tokens, or where that is None, whole ones."""
        self._path, self._dtype, self._advice = path, np.dtype(dtype), advice
        try:
            self._file = bounded.open_file(path).detach()
            weakref.finalize(self, self._file.close)
            size = os.fstat(self._file.fileno()).st_size
        except OSError as problem:
            raise self._damaged() from problem
        self._length = size // self._dtype.itemsize if length is None else length
        if size != self._length * self._dtype.itemsize:
            raise self._damaged()

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, wanted: slice) -> npt.NDArray[np.unsignedinteger]:
        """Raises ProjectError when they cannot be read any more. ``wanted`` has no step."""
        start, stop, _ = wanted.indices(self._length)
        size = max(0, stop - start) * self._dtype.itemsize
        try:
            self._file.seek(start * self._dtype.itemsize)
            content = self._file.read(size)
        except OSError as problem:
            raise self._damaged() from problem
        if len(content) != size:
            raise self._damaged()
        return np.frombuffer(content, self._dtype)

    def rows(self, starts: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.unsignedinteger]:
        """Stretches of one length, [starts, length]. Raises ProjectError as a slice does, and beyond the end."""
        found = np.empty((len(starts), length), self._dtype)
        try:
            for row, start in zip(found, (starts * self._dtype.itemsize).tolist(), strict=True):
                self._file.seek(start)
                if self._file.readinto(row.data) != row.nbytes:
                    raise self._damaged()
        except OSError as problem:
            raise self._damaged() from problem
        return found

    def _damaged(self) -> ProjectError:
        return ProjectError(f"{self._path} is damaged or missing. {self._advice}")
