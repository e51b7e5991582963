"""Two texts that may be versions of one: how much they share, and which of them should go."""

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from ...engine.core.events import VersionsFound
from ...words import count, percent
from ..parts import widgets

LONGEST = 24  # letters of a name on a button


class VersionsCard(QFrame):
    """Shows one pair at a time, those that share most first. Signal: ``removal_asked(str)``: of a text, by its file."""

    removal_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self._found: list[VersionsFound] = []
        self.words = widgets.label(wrap=True)
        tip = "Moves this text out of the project; Ctrl+Z brings it back"
        self.buttons = [widgets.button("Remove", tip, partial(self._remove, nth), icon="remove") for nth in range(2)]
        self.both = widgets.button("Keep both", "They are two texts of their own", self._next)
        line = widgets.Flow(*self.buttons, self.both, gap=widgets.GRID)
        self.setLayout(widgets.column(self.words, line, margin=widgets.GRID))
        self._show()

    def clear(self) -> None:
        self._found.clear()
        self._show()

    def add(self, found: VersionsFound) -> None:
        self._found.append(found)
        self._show()

    def look(self, files: Collection[str]) -> None:
        """These texts are there now."""
        self._found = [pair for pair in self._found if pair.path in files and pair.other in files]
        self._show()

    def _show(self) -> None:
        self.setVisible(bool(self._found))
        if self._found:
            first, more = self._found[0], len(self._found) - 1
            rest = f" {count('more pair', more)} to come." if more else ""
            self.words.setText(
                f"“{first.path}” and “{first.other}” may be two versions of one text: about {percent(first.share)} of "
                f"their passages are the same, and count twice.{rest}"
            )
            for button, file in zip(self.buttons, (first.path, first.other), strict=True):
                widgets.write_on(button, f"Remove “{file if len(file) <= LONGEST else f'{file[:LONGEST]}…'}”")

    def _remove(self, nth: int) -> None:
        first = self._found[0]
        self.removal_asked.emit((first.path, first.other)[nth])

    def _next(self) -> None:
        self._found.pop(0)
        self._show()
