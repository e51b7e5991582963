"""Texts that wait to come into the project while other work is underway, or while the window is closed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Waiting:
    """``files`` and what was ``pasted`` wait; of what a job is just adding nothing is certain before it has ended."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.pasted: list[str] = []
        self._adding: list[Path] = []

    def __bool__(self) -> bool:
        return bool(self.files or self.pasted)

    def begin_adding(self) -> list[Path]:
        """All files that wait."""
        self._adding, self.files = self.files, []
        return self._adding

    def end_adding(self, *, is_cut_short: bool) -> None:
        if is_cut_short:
            self.files[:0] = self._adding
        self._adding = []

    def noted(self) -> Mapping[str, Any]:
        """For another day. What was pasted is added before the window closes: nobody may have it elsewhere."""
        return {"files": [str(path) for path in (*self._adding, *self.files)]}


def noted_files(noted: Any) -> list[Path]:
    """As ``Waiting.noted`` said another day, whatever somebody may have made of it."""
    files = noted.get("files") if isinstance(noted, Mapping) else None
    return [Path(file) for file in files if isinstance(file, str)] if isinstance(files, list) else []
