"""How far a model has come, on one bar that everybody understands: letters, words, your style."""

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from ...engine.core.bars import AT_WORDS, CLEAR_GAIN, DONE, Level, level, quality
from ..parts import resources, widgets

learning_words = {
    Level.LETTERS: "It is learning letters",
    Level.SPELLING: "It is learning words",
    Level.WORDS: "It is learning your style",
    Level.STYLE: "It writes in your style",
}
reached_words = {
    Level.LETTERS: "It knows letters, but no words yet",
    Level.SPELLING: "It writes words, many of them invented",
    Level.WORDS: "It writes real words and has learnt some of your style",
    Level.STYLE: "It writes in your style",
}
HARDLY = 0.01  # of what it needed before: the coach calls that hardly better as well
HARDLY_WORDS = "It writes real words"
TIP = (
    "How well it guesses text that it has never seen. Below “words” it invents many of them; beyond, it comes nearer "
    "to how your texts are written"
)
BROUGHT = ". The pale part it could before it began with your texts"
BEGUN = 1 / 3  # of the bar at most: what a model could before is where a run begins, not what it has done


class LearntBar(QProgressBar):
    """From 0 to 100. ``begun`` and ``reached``: shares of its length; it is pale up to where the run began."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, 100)
        self.setTextVisible(False)
        self.begun = self.reached = 0.0

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        painter, colours = QPainter(self), resources.colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        learnt = self.reached if self.reached > self.begun else 0.0
        for colour, share in (("border", 1.0), ("accent", learnt), ("faint", self.begun)):
            painter.setBrush(QColor(colours[colour]))
            painter.drawRoundedRect(QRectF(0, 0, share * self.width(), self.height()), 3, 3)
        painter.end()


class QualityBar(QWidget):
    """Only text that the model has never seen counts."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = LearntBar()
        self._shown: tuple[object, ...] = ()
        self._ends = widgets.row(widgets.label("letters", "muted"), 1, widgets.label("words", "muted"), 1)
        self._ends.addWidget(widgets.label("your style", "muted"), 0, Qt.AlignmentFlag.AlignRight)
        self.setLayout(widgets.column(self.bar, self._ends, gap=2))
        self.clear()

    def clear(self) -> None:
        self._bar = self._told_before = self._bits = 0.0
        self._share = 1.0
        self._learning = False
        self._show()

    def take_bar(self, bits_per_byte: float) -> None:
        self._bar = bits_per_byte
        self._show()

    def take_before(self, bits_per_byte: float, share: float = 1.0) -> None:
        """What the model needed that the run began with: how far it is until the run is evaluated itself. ``share``: of
        what it needed before it met these texts in earlier runs; 0 where it knew nothing then."""
        self._told_before, self._share = bits_per_byte, share
        self._show()

    def set_learning(self, learning: bool) -> None:
        self._learning = learning
        self._show()

    def take(self, bits_per_byte: float) -> bool:
        """The best of a run counts: that is the model that writes. Whether this is it."""
        is_best = bits_per_byte < (self._bits or math.inf)
        self._bits = min(self._bits or bits_per_byte, bits_per_byte)
        self._show()
        return is_best

    def words(self) -> str:
        if not self._best:
            return "It has not been tried yet"
        known = level(self._value())
        if known is Level.STYLE and self._progress() < 1:  # it could write before, and little of it is from these texts
            known = Level.WORDS
        if known is Level.WORDS and not self._learning and self._best > (1 - HARDLY) * self._untaught > 0:
            return HARDLY_WORDS
        return (learning_words if self._learning else reached_words)[known]

    @property
    def _before(self) -> float:
        """0 where it is not known, or not yet how hard these texts are: then it seems to be less in a moment."""
        return self._told_before if self._bar or self._bits else 0.0

    @property
    def _untaught(self) -> float:
        """Before any run on these texts: what earlier ones have learnt is not lost in a run that goes on from them."""
        return self._before / self._share if self._share > 0 else 0.0

    @property
    def _best(self) -> float:
        """A model that goes on stumbles at first, and wins that back; clearly worse at its end is worse."""
        if self._learning or self._bits <= (1 + CLEAR_GAIN) * self._before:
            return min((bits for bits in (self._bits, self._before) if bits), default=0.0)
        return self._bits

    def _value(self) -> float:
        return self._quality(self._best)

    def _quality(self, bits: float) -> float:
        return quality(bits, self._bar) if bits else 0.0

    def _progress(self) -> float:
        """From where it began to the style of the texts; who could write before has to gain clearly as well."""
        begun = self._quality(self._untaught)
        way = (self._value() - begun) / (DONE - begun) if begun < DONE else 1.0
        gain = (1 - self._best / self._untaught) / CLEAR_GAIN if begun >= AT_WORDS else 1.0
        return max(0.0, min(1.0, way, gain))

    def _show(self) -> None:
        begun = self._quality(self._untaught)
        state = round(begun, 3), round(self._value(), 3), round(self._progress(), 3), self.words(), bool(self._untaught)
        if state == self._shown:  # of hundreds of events that are read at once, few change what is seen
            return
        self._shown = state
        self.bar.begun = min(BEGUN, begun)
        rest = 1 - self.bar.begun
        self.bar.reached = self.bar.begun + rest * self._progress()
        self.bar.setValue(round(100 * self._value()))
        self.bar.setAccessibleName(f"How well it writes: {self.words()}")
        to_words = (AT_WORDS - begun) / (DONE - begun) if begun < AT_WORDS else 0.0
        at_words = BEGUN * AT_WORDS / begun if begun >= AT_WORDS else self.bar.begun + rest * to_words
        for part, room in ((1, at_words), (3, 1 - at_words)):
            self._ends.setStretch(part, round(100 * room))
        for shown in (self, self.bar):
            shown.setToolTip(TIP + BROUGHT * bool(self._untaught))
        self.bar.update()
