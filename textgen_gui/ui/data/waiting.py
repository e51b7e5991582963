"""Texts that wait to come into a project while other work is underway, or while the window is closed."""

from collections.abc import Iterable
from pathlib import Path

from ..parts.preferences import Preferences


class Waiting:
    """``files`` and what was ``pasted``. Files are noted on this computer until they are copied, for another day; what
    was pasted is added before the window closes, as nobody may have it elsewhere.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Of the project in this folder; None while there is none."""
        self._folder = folder
        self.files: list[Path] = []
        self.pasted: list[str] = []
        self._adding: list[Path] = []

    def __bool__(self) -> bool:
        return bool(self.files or self.pasted)

    def from_before(self) -> list[Path]:
        """Files that were not copied yet when the window was closed."""
        return Preferences().coming(self._folder) if self._folder else []

    def add(self, files: Iterable[Path]) -> None:
        self.files += files
        self._note()

    def begin_adding(self) -> list[Path]:
        """All files that wait."""
        self._adding, self.files = self.files, []
        return self._adding

    def end_adding(self, *, is_cut_short: bool = False) -> None:
        """``is_cut_short``: they wait again."""
        if self._adding:
            self.files[:0] = self._adding if is_cut_short else []
            self._adding = []
            self._note()

    def _note(self) -> None:
        if self._folder:
            Preferences().note_coming(self._folder, [*self._adding, *self.files])
