"""The newest step of a run in numbers."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel

from ...engine.core import events
from ...words import time_in_words
from ..parts import widgets

NUMBERS_MS = 1000

tiles = (
    ("step", "Step", "How many times the weights have been adjusted"),
    (
        "loss",
        "Training loss",
        "How surprised the model is by the text it learns from, in nats a token; lower is better",
    ),
    ("heldout", "Held-out", "How many bits it needs for a byte of text it never learns from; lower is better"),
    ("speed", "Tokens a second", "How fast it reads while it learns; a token is about four letters"),
    ("passed", "Time passed", "Pure training time, without pauses"),
    ("left", "Time left", "Estimated from the speed up to now"),
    ("rate", "Learning rate", "How large each adjustment is; it rises at first and falls to zero at the end"),
)


class RunNumbers(QFrame):
    """A timer shows the newest step while somebody looks, because people cannot read twenty a second."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.labels: dict[str, QLabel] = {}
        self.steps = 0
        self._newest: events.StepDone | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.show_newest)
        grid = QGridLayout()
        grid.setContentsMargins(2 * widgets.GRID, widgets.GRID, 2 * widgets.GRID, widgets.GRID)
        grid.setHorizontalSpacing(2 * widgets.GRID)
        grid.setVerticalSpacing(0)
        for column, (key, name, tip) in enumerate(tiles):
            self.labels[key] = widgets.Figure(name)
            for line, shown in enumerate((widgets.label(name, "muted"), self.labels[key])):
                shown.setToolTip(tip)
                grid.addWidget(shown, line, column)
            grid.setColumnStretch(column, 1)
        self.setLayout(grid)
        self.clear()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        self._timer.start(NUMBERS_MS)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def clear(self) -> None:
        self.steps, self._newest = 0, None
        for label in self.labels.values():
            label.setText("–")

    def take(self, event: events.StepDone) -> None:
        self._newest = event

    def show_heldout(self, event: events.Evaluated) -> None:
        self.labels["heldout"].setText(f"{event.bits_per_byte:.3f} bits")

    def show_newest(self) -> None:
        event, self._newest = self._newest, None
        if event is None:
            return
        left_s = (self.steps - event.step) * event.elapsed_s / max(event.step, 1)
        for key, words in (
            ("step", f"{event.step:,} / {self.steps:,}"),
            ("loss", f"{event.loss:.3f}"),
            ("speed", f"{event.tokens_per_s:,.0f}"),
            ("passed", time_in_words(event.elapsed_s)),
            ("left", time_in_words(left_s)),
            ("rate", f"{event.learning_rate:.2g}"),
        ):
            self.labels[key].setText(words)
