"""The newest step of a run in numbers, for those who want to know all of it."""

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ...engine.core import events
from ...words import duration, number, percent, rough
from ..parts import resources, widgets
from ..parts.glossary import word_links

NUMBERS_MS = 1000
TILE = 130  # pixels that a figure needs

tiles = (
    ("step", "Step", "How many times the weights have been adjusted"),
    ("heldout", "Held-out", "How many bits it needs for a byte of text it never learns from; lower is better"),
    ("loss", "Held-out loss", "The same in nats a token"),
    ("training", "Training loss", "The mean of its last steps, in nats a token; single steps jump"),
    ("speed", "Tokens a second", "How fast it reads while it learns; a token is a piece of a word, a few letters long"),
    ("passed", "Time passed", "Pure training time, without pauses"),
    ("rate", "Learning rate", "How large each adjustment is; it rises at first and then, as is usual, falls to zero"),
)


class RunNumbers(QWidget):
    """A timer shows the newest step while somebody looks, because people cannot read twenty a second."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, QLabel] = {}
        self.steps = 0
        self._newest: tuple[events.StepDone, float] | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.show_newest)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * widgets.GRID)
        self._grid.setVerticalSpacing(widgets.GRID)
        self._tiles: list[QWidget] = []
        for key, name, tip in tiles:
            self.labels[key] = widgets.Figure(name)
            tile = widgets.widget(widgets.column(widgets.label(name, "muted"), self.labels[key], gap=0))
            for shown in (tile, self.labels[key]):
                shown.setToolTip(tip)
            self._tiles.append(tile)
        self.machine = widgets.label("", "muted", wrap=True)
        words = word_links("Surprise", "Held-out text", "Step", "Token", "Learning rate")
        self.setLayout(widgets.column(self._grid, self.machine, words))
        self._columns = 0
        self._arrange(4)
        self.clear()

    def _arrange(self, columns: int) -> None:
        if columns != self._columns:
            self._columns = columns
            for number, tile in enumerate(self._tiles):
                self._grid.addWidget(tile, number // columns, number % columns)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        self._arrange(max(2, min(len(self._tiles), int(self.width() / (TILE * resources.zoomed())))))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start(NUMBERS_MS)
        self.show_newest()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def clear(self) -> None:
        self.steps, self._newest = 0, None
        self.machine.clear()
        for key in self.labels:
            self.labels[key].setText("–")

    def begin(self, event: events.RunStarted) -> None:
        self.steps = event.steps
        threads = f"{event.threads} thread{'s' * (event.threads != 1)}"
        self.machine.setText(f"{rough(event.parameters)} parameters on {event.device} ({threads}, {event.precision}).")
        widgets.settle(self)

    def note(self, words: str) -> None:
        """Something that is worth reading again."""
        self.machine.setText(f"{self.machine.text()}\n{words}".strip())
        widgets.settle(self)

    def take(self, event: events.StepDone, training: float) -> None:
        """``training``: the loss of the last steps, smoothed."""
        self._newest = event, training

    def show_heldout(self, event: events.Evaluated) -> None:
        self.labels["heldout"].setText(f"{number(event.bits_per_byte, 3)} bits")
        self.labels["loss"].setText(number(event.loss, 3))

    def show_newest(self) -> None:
        if self._newest is None:
            return
        event, training = self._newest
        self._newest = None
        for key, words in (
            ("step", f"{number(event.step)} / {number(self.steps)}"),
            ("training", number(training, 3)),
            ("speed", number(event.tokens_per_s)),
            ("passed", duration(event.elapsed_s)),
            ("rate", plain_number(event.learning_rate)),
        ):
            self.labels[key].setText(words)


def plain_number(value: float) -> str:
    """Two digits that count, without powers of ten: 0.0025, 0.0000054."""
    digits = Decimal(f"{value:.1e}").normalize()
    exponent = digits.as_tuple().exponent
    return number(float(digits), max(0, -exponent) if isinstance(exponent, int) else 0)


def copied_words(measured: Sequence[events.CopyMeasured]) -> str:
    """What the measurements mean, in a sentence."""
    last, most = measured[-1].share, max(event.share for event in measured)
    if most < 0.005:
        return "Nothing of what it wrote stands word for word in your texts."
    words = (
        f"Of what it wrote last, {percent(last)} stands word for word in your texts (in runs of eight words and more)"
    )
    return f"{words}; at most it was {percent(most)}." if most > last + 0.01 else f"{words}."


def plain_stage(stage: str) -> str:
    """Before the first step everything is done once, so that what would fail later fails now."""
    return stage.replace("Rehearsing:", "Trying out everything once:")
