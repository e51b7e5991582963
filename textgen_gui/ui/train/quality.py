"""How far a model has come, on one bar that everybody understands: letters, words, your style."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QWidget

from ..parts import widgets

USUAL_BAR = 2.1  # bits a byte that counting words reaches, where a run does not say
LETTERS, STYLE = 2.4, 0.8  # times the bar: where the scale begins and ends
WORDS = 0.6  # of the scale: the bar is passed


def quality(bits_per_byte: float, bar: float) -> float:
    """From 0 to 1. ``bar``: what counting words reaches on the same text, in bits a byte."""
    share = bits_per_byte / (bar or USUAL_BAR)
    if share >= 1:
        return max(0.0, WORDS * (LETTERS - share) / (LETTERS - 1))
    return min(1.0, WORDS + (1 - WORDS) * (1 - share) / (1 - STYLE))


def stage(value: float) -> str:
    if value < WORDS / 2:
        return "It is learning letters"
    if value < WORDS:
        return "It is learning words"
    return "It is learning your style" if value < 0.95 else "It writes in your style"


class QualityBar(QWidget):
    """Only text that the model has never seen counts."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        tip = (
            "How well it guesses text that it has never seen. From “words” on, it guesses better than an old-fashioned "
            "word counter"
        )
        ends = widgets.row(widgets.label("letters", "muted"), 3, widgets.label("words", "muted"), 2)
        ends.addWidget(widgets.label("your style", "muted"), 0, Qt.AlignmentFlag.AlignRight)
        self.setLayout(widgets.column(self.bar, ends, gap=2))
        self.setToolTip(tip)
        self.bar.setToolTip(tip)
        self.clear()

    def clear(self) -> None:
        self._bar, self._bits = 0.0, 0.0
        self._show()

    def take_bar(self, bits_per_byte: float) -> None:
        self._bar = bits_per_byte
        self._show()

    def take(self, bits_per_byte: float) -> None:
        """The best of a run counts: that is the model that writes."""
        self._bits = min(self._bits or bits_per_byte, bits_per_byte)
        self._show()

    def words(self) -> str:
        return stage(quality(self._bits, self._bar)) if self._bits else "It has not been tried yet"

    def _show(self) -> None:
        self.bar.setValue(round(100 * quality(self._bits, self._bar)) if self._bits else 0)
        self.bar.setAccessibleName(f"How well it writes: {self.words()}")
