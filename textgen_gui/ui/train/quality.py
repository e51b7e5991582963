"""How far a model has come, on one bar that everybody understands: letters, words, your style."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QWidget

from ..parts import widgets

USUAL_BAR = 2.1  # bits a byte that counting words reaches, where a run does not say
LETTERS, STYLE = 2.4, 0.8  # times the bar: where the scale begins and ends
WORDS = 0.6  # of the scale: the bar is passed
DONE, HARDLY = 0.95, 0.1  # of the scale: all of it; nothing that anybody would notice


def quality(bits_per_byte: float, bar: float) -> float:
    """From 0 to 1. ``bar``: what counting words reaches on the same text, in bits a byte."""
    share = bits_per_byte / (bar or USUAL_BAR)
    if share >= 1:
        return max(0.0, WORDS * (LETTERS - share) / (LETTERS - 1))
    return min(1.0, WORDS + (1 - WORDS) * (1 - share) / (1 - STYLE))


def nearer(bits_per_byte: float, before: float) -> float:
    """From 0 to 1, for a model that could write before: how much nearer it came to the texts. ``before``: what it
    needed for them then."""
    return min(1.0, max(0.0, (1 - bits_per_byte / before) / (1 - STYLE)))


def stage(value: float, learning: bool = True) -> str:
    """``learning``: just now."""
    if value >= DONE:
        return "It writes in your style"
    far = "letters" if value < WORDS / 2 else "words" if value < WORDS else "your style"
    return f"It is learning {far}" if learning else f"It has come as far as {far}"


def stage_since(value: float, learning: bool = True) -> str:
    """Of a model that could write before."""
    if value >= DONE:
        return "It writes in your style"
    if value < HARDLY:
        return "It writes much like the model it began with"
    return "It is learning your style" if learning else "It has come nearer to your style"


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
        self.begin, self.middle = widgets.label("letters", "muted"), widgets.label("words", "muted")
        ends = widgets.row(self.begin, 3, self.middle, 2)
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
        """What the model needed that the run began with."""
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
        if not self._bits:
            return "It has not been tried yet"
        return (stage_since if self._could_write else stage)(self._value(), self._learning)

    @property
    def _could_write(self) -> bool:
        """Before this run: then only what it gained since says anything."""
        return 0 < self._before < (self._bar or USUAL_BAR)

    def _value(self) -> float:
        return nearer(self._bits, self._before) if self._could_write else quality(self._bits, self._bar)

    def _show(self) -> None:
        self.begin.setText("the model it began with" if self._could_write else "letters")
        self.middle.setVisible(not self._could_write)
        self.bar.setValue(round(100 * self._value()) if self._bits else 0)
        self.bar.setAccessibleName(f"How well it writes: {self.words()}")
