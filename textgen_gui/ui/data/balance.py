"""Says when one long text leaves the others hardly any part in what is learnt, and lets all texts count alike."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ...engine.core import events
from ...engine.core.config import Balance
from ...engine.core.project import Source
from ...words import number, percent
from ..parts import widgets

MOST = 0.75  # of all text: with more in one of them, the others hardly count
LEAST = 8000  # characters of a text that can count by itself: more than a model reads at once

NAMED = 50  # letters of a name at most


@dataclass(frozen=True, slots=True)
class Longest:
    """A text, or a group of them, beside which the ``others`` hardly count. ``share``: of all text."""

    name: str
    share: float
    others: int
    may_count_alike: bool

    @property
    def in_words(self) -> str:
        others = f"the {number(self.others)} others hardly count" if self.others > 1 else "the other one hardly counts"
        name = self.name if len(self.name) <= NAMED else f"{self.name[: NAMED - 1]}…"  # a word that long breaks nowhere
        return f"“{name}” is {percent(self.share)} of all your text: the model will write like it, and {others}."


def longest(texts: Iterable[tuple[Source, events.TextRead | None]]) -> Longest | None:
    """None where no text is that long. Texts of one group count as one, as they do when all count alike."""
    lengths = Counter[str]()
    for source, read in texts:
        if read and read.characters and read.documents:
            lengths[source.options.group or source.file] += read.characters
    if len(lengths) < 2:
        return None
    (name, length), *_ = lengths.most_common(1)
    share = length / lengths.total()
    return Longest(name, share, len(lengths) - 1, min(lengths.values()) >= LEAST) if share >= MOST else None


class BalanceNote(QWidget):
    """Signal: ``asked(Balance)``: how texts are to count from now on."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.words = widgets.label("", "advice", wrap=True)
        tip = "Each text is then read equally often, however long it is; short ones are repeated more"
        self.alike_button = widgets.button("Let all texts count alike", tip, lambda: self.asked.emit(Balance.EQUAL))
        tip = "Long texts are then read more often than short ones, as is usual"
        self.by_size_button = widgets.button("Count by length again", tip, lambda: self.asked.emit(Balance.SIZE))
        line = widgets.row(self.words, self.alike_button, self.by_size_button)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.hide()

    def show_longest(self, found: Longest | None, balance: Balance) -> None:
        """Whoever has given weights has thought about it."""
        alike = balance is Balance.EQUAL
        self.setVisible(found is not None and balance is not Balance.WEIGHT)
        if found:
            self.words.setText("All texts count alike, however long they are." if alike else found.in_words)
            self.alike_button.setVisible(found.may_count_alike and not alike)
            self.by_size_button.setVisible(alike)
