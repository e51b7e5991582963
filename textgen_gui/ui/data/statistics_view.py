"""How much text there is, how long its documents are, and for how large a model it is enough."""

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ... import words
from ...engine.core import events
from ...engine.core.advice import too_little_text
from ...engine.core.presets import presets
from ..parts import resources, widgets

TOKENS_A_PARAMETER = 0.25  # with less text than this a model has learnt it by heart before it has learnt to write

WHOSE = "Counted as a model from scratch cuts these texts; one that has learnt before, as the starter, has its own"

facts = (
    ("Characters", "Letters, spaces and signs, as they were read"),
    ("Words", "Whatever stands between white space"),
    ("Documents", "Separate pieces of writing: files, rows, letters; a model learns where one ends"),
    ("Tokens", f"The pieces a model reads and writes, a few letters each. {WHOSE}"),
    ("Bytes a token", "How much text one token stands for; more is faster, fewer kinds of tokens are learnt sooner"),
    ("Held out", "Tokens that are never trained on, to see whether the model learns or only memorises"),
)


class StatisticsView(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._values: dict[str, QLabel] = {}
        grid = QGridLayout()
        grid.setSpacing(2 * widgets.GRID)
        for number, (name, tip) in enumerate(facts):
            value, words = widgets.label("–", "number"), widgets.label(name, "muted")
            for label in (value, words):
                label.setToolTip(tip)
            self._values[name] = value
            grid.addWidget(widgets.widget(widgets.column(value, words, gap=0)), number // 2, number % 2)
        self.verdict = widgets.label(wrap=True)
        self.bars = Bars()
        self._title = widgets.label("Length of the documents, in tokens", "muted")
        body = widgets.column(self.verdict, margin=2 * widgets.GRID, gap=2 * widgets.GRID)
        body.addLayout(grid)
        body.addWidget(self._title)
        body.addWidget(self.bars)
        body.addStretch(1)
        self.setLayout(body)
        self.show_prepared(None)

    def show_prepared(self, done: events.Prepared | None) -> None:
        for widget in (self.bars, self._title):
            widget.setVisible(done is not None and done.documents > 1)
        if done is None:
            self.verdict.setText(
                "Press Prepare: then the texts are counted, and it is said for how large a model they are enough."
            )
            for label in self._values.values():
                label.setText("–")
            return
        tokens = done.tokens + done.heldout_tokens
        self._values["Characters"].setText(words.number(done.characters))
        self._values["Words"].setText(words.number(done.words))
        self._values["Documents"].setText(words.number(done.documents))
        self._values["Tokens"].setText(words.number(tokens))
        self._values["Bytes a token"].setText(words.number(done.bytes / max(1, tokens), 2))
        share = words.percent(done.heldout_tokens / max(1, tokens))
        self._values["Held out"].setText(f"{words.count('token', done.heldout_tokens)} ({share})")
        self.verdict.setText(verdict(done))
        self.bars.show_counts(done.lengths)

    def restyle(self) -> None:
        self.bars.update()


def verdict(done: events.Prepared) -> str:
    """Whether this is enough text, and for how large a model from scratch, in words."""
    if short := too_little_text(done.tokens):
        return f"{short} One that can write already learns from less."
    wants = {p.title: TOKENS_A_PARAMETER * p.model.parameters(done.vocabulary) for p in presets.values()}
    enough = [title for title, wanted in wants.items() if done.tokens >= wanted]
    more = [(title, wanted) for title, wanted in wants.items() if done.tokens < wanted]
    bytes_a_token = done.bytes / max(1, done.tokens + done.heldout_tokens)
    if not enough:
        return (
            f"This is a short text: even “{more[0][0]}” will soon know it by heart, where it begins from scratch. "
            f"With {words.size(int(more[0][1] * bytes_a_token))} or more it learns to write."
        )
    told = f"This is enough for a model of the size “{enough[-1]}” from scratch."
    if more:
        told += f" “{more[0][0]}” would like about {words.size(int(more[0][1] * bytes_a_token))} of text."
    return told


class Bars(QWidget):
    """How many documents have up to 16, 32, 64, ... tokens."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: tuple[int, ...] = ()
        self._first = 0
        self.setFixedHeight(20 * widgets.GRID)
        self.setAccessibleName("Length of the documents")

    def show_counts(self, counts: tuple[int, ...]) -> None:
        filled = [number for number, count in enumerate(counts) if count]
        self._first = filled[0] if filled else 0
        self._counts = counts[self._first : filled[-1] + 1] if filled else ()
        told = ", ".join(
            f"{words.number(count)} up to {_name(n + self._first)}" for n, count in enumerate(self._counts)
        )
        self.setAccessibleDescription(told)
        self.setToolTip(f"Documents by tokens: {told}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        if not self._counts:
            return
        painter, colours = QPainter(self), resources.colours()
        line = self.fontMetrics().height()
        width = min(72.0, self.width() / len(self._counts))
        room = self.height() - 2 * line - widgets.GRID
        every = self.named_every(width)
        for number, count in enumerate(self._counts):
            high = room * count / max(self._counts)
            bar = QRectF(number * width + 2, line + room - high, width - 4, high)
            painter.fillRect(bar, QColor(colours["accent"]))
            painter.setPen(QColor(colours["muted"]))
            above = QRectF(number * width, bar.top() - line, width, line)
            below = QRectF((number - every / 2 + 0.5) * width, self.height() - line, every * width, line)
            if count:
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, _short(count))
            if number % every == 0:
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, _name(number + self._first))

    def named_every(self, width: float) -> int:
        """Which bars have a name below them, where each is so wide: the names do not run together."""
        names = (_name(number + self._first) for number in range(len(self._counts)))
        return math.ceil((max(map(self.fontMetrics().horizontalAdvance, names)) + widgets.GRID / 2) / width)


def _name(number: int) -> str:
    return _short(16 << number)


def _short(number: int) -> str:
    for limit, letter in ((2**30, "G"), (2**20, "M"), (2**10, "k")):
        if number >= 10 * limit or (number >= limit and number % limit == 0):
            return f"{words.number(number // limit)}{letter}"
    return words.number(number)
