"""What the page was before the user chose another word or took much of it away, so that it can be taken again."""

import itertools
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox

from ...engine.core.draft import LONGEST_LINE
from ...words import count, number

OPENING = 100  # letters by which the stages of one page are known
SHORT, LONG = 10, 56  # letters of the closed box, and of its list
SAVED = 1_000_000  # letters of all of them, which are written with each save of the page


class Versions(QComboBox):
    """Hidden as long as there is none; the newest stay with the project. Signal: ``taken(text)``."""

    taken = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._endings: dict[str, str] = {}  # of each, in words
        self.setAccessibleName("Versions")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(SHORT)  # beside the buttons, where it moves nothing
        self.view().setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setToolTip("What the page was before you chose another word or took much away")
        self.activated.connect(self._take)
        self.hide()

    def add(self, text: str) -> None:
        if text not in self.texts:
            self.texts.append(text)
        self._list()

    def newest(self) -> list[str]:
        """As many as are saved, and the newest of all, however long it may be. Of each page the last stage comes before
        the earlier ones of any: many words that were chosen anew push no other page out.
        """
        lasts = {text[:OPENING]: text for text in self.texts}
        newest_first = list(reversed(self.texts))
        ordered = sorted(newest_first, key=lambda text: lasts[text[:OPENING]] != text)
        letters = itertools.accumulate(map(len, ordered))
        fit = set(ordered[: max(1, sum(1 for so_far in letters if so_far <= SAVED))])
        return [text for text in self.texts if text in fit]

    @staticmethod
    def keeps(text: str) -> bool:
        """Whether it stays with the project also when others come after it."""
        return len(text) <= SAVED and _may_be_shown(text)

    def take_up(self, saved: Any) -> None:
        """What ``newest`` said another day, in place of what is here. What somebody made of it is left out."""
        known = saved if isinstance(saved, list) else []
        self.texts = [one for one in known if isinstance(one, str) and _may_be_shown(one)]
        self._list()

    def _list(self) -> None:
        self.clear()
        self.addItem("Versions")
        self._endings = {text: self._endings.get(text) or _ending(text) for text in self.texts}
        for place, text in enumerate(self.texts, start=1):
            self.addItem(f"{number(place)}: {self._endings[text]}")
        self.view().setMinimumWidth(LONG * self.fontMetrics().averageCharWidth())
        self.setVisible(bool(self.texts))

    def _take(self, row: int) -> None:
        self.setCurrentIndex(0)
        if row > 0:
            self.taken.emit(self.texts[row - 1])


def _ending(text: str) -> str:
    """Its last words, and how many there are: many a stage ends as the one before."""
    return f"{count('word', len(text.split()))}, …{' '.join(text[-48:].split()[-4:])[-32:]}"


def _may_be_shown(text: str) -> bool:
    return max(map(len, text.split("\n"))) <= LONGEST_LINE
