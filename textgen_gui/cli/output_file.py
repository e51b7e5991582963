"""The file that ``generate`` writes into: what stands there is never replaced unasked, and what is finished is kept."""

import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..engine.core.errors import ProjectError
from ..engine.core.names import free_folder

# A writing that computes for longer is followed by a rest, or a long file would be all that is done. A slow disk may
# take its share of all the time: one slow moment is not to keep many times as much from being saved.
SLOW_S = 0.05
REST = 10  # times as long as that writing computed
SHARE = 0.5


@dataclass(slots=True)
class OutputFile:
    """``path``: as asked for; {time} and {seed} are filled in. ``write``: how all of its content gets into the file.

    The file is written anew, whole or not at all, while its content grows.
    """

    path: Path
    overwrite: bool
    write: Callable[[Path], None]
    _target: Path | None = None
    _next: float = field(default=0.0)
    _is_behind: bool = False
    _began: float = field(default_factory=time.monotonic)
    _waited_s: float = 0.0  # for the disk

    def check(self) -> None:
        """Raises ProjectError when the file must not be written, before anything is worked out for it."""
        path = self._filled_in(0) if "{seed}" not in self.path.name else self.path
        if path.name in ("", "..") or path.is_dir():
            raise ProjectError(f"--to-file {path} is a folder. Give the name of a file.")
        if not path.absolute().parent.is_dir():
            raise ProjectError(f"{path.absolute().parent} does not exist. Make that folder first.")
        if path.is_symlink() or (path.exists() and not stat.S_ISREG(path.stat().st_mode)):
            raise ProjectError(f"{path} is no plain file, so nothing is written there. Choose another name.")
        if path.exists() and not self.overwrite:
            raise ProjectError(f"{path} exists already. Choose another name, or add --overwrite to replace it.")

    def update(self, seed: int) -> None:
        """The content has grown. It is written now, or soon where writing takes long."""
        if self._target is None:
            self._target = self._filled_in(seed)
            if not self.overwrite or self._target.is_symlink():  # only now the name is known, and no text must be lost
                self._target = free_folder(self._target)
        self._is_behind = True
        now = time.monotonic()
        if now >= self._next and self._waited_s <= SHARE * (now - self._began):
            self.finish()

    def finish(self) -> None:
        """Brings the file up to date."""
        if self._is_behind and self._target is not None:
            started, computed = time.monotonic(), -time.thread_time()
            self.write(self._target)
            now, computed = time.monotonic(), computed + time.thread_time()
            self._waited_s += max(0.0, now - started - computed)
            self._is_behind, self._next = False, now + (REST * computed if computed > SLOW_S else 0)

    def _filled_in(self, seed: int) -> Path:
        name = self.path.name.replace("{time}", time.strftime("%Y-%m-%d %H.%M.%S")).replace("{seed}", f"{seed:08d}")
        return self.path.with_name(name) if name else self.path
