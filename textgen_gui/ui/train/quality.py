"""How far a model has come, on one bar that everybody understands: letters, words, your style."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QWidget

from ...engine.core.bars import Level, level, quality
from ..parts import widgets

learning_words = {
    Level.LETTERS: "It is learning letters",
    Level.SPELLING: "It is learning words",
    Level.WORDS: "It is learning your style",
    Level.STYLE: "It writes in your style",
}
reached_words = {
    Level.LETTERS: "It knows letters, but no words yet",
    Level.SPELLING: "It writes words, many of them invented",
    Level.WORDS: "It writes real words, on the way to your style",
    Level.STYLE: "It writes in your style",
}


class QualityBar(QWidget):
    """Only text that the model has never seen counts."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        tip = (
            "How well it guesses text that it has never seen. Below “words” it invents many of them; beyond, it comes "
            "nearer to how your texts are written"
        )
        ends = widgets.row(widgets.label("letters", "muted"), 3, widgets.label("words", "muted"), 2)
        ends.addWidget(widgets.label("your style", "muted"), 0, Qt.AlignmentFlag.AlignRight)
        self.setLayout(widgets.column(self.bar, ends, gap=2))
        self.setToolTip(tip)
        self.bar.setToolTip(tip)
        self.clear()

    def clear(self) -> None:
        self._bar = self._before = self._bits = 0.0
        self._learning = False
        self._show()

    def take_bar(self, bits_per_byte: float) -> None:
        self._bar = bits_per_byte
        self._show()

    def take_before(self, bits_per_byte: float) -> None:
        """What the model needed that the run began with: how far it is until the run is evaluated itself."""
        self._before = bits_per_byte
        self._show()

    def set_learning(self, learning: bool) -> None:
        self._learning = learning
        self._show()

    def take(self, bits_per_byte: float) -> None:
        """The best of a run counts: that is the model that writes."""
        self._bits = min(self._bits or bits_per_byte, bits_per_byte)
        self._show()

    def words(self) -> str:
        if not (self._bits or self._before):
            return "It has not been tried yet"
        return (learning_words if self._learning else reached_words)[level(self._value())]

    def _value(self) -> float:
        bits = self._bits or self._before
        return quality(bits, self._bar) if bits else 0.0

    def _show(self) -> None:
        self.bar.setValue(round(100 * self._value()))
        self.bar.setAccessibleName(f"How well it writes: {self.words()}")
