"""How far a download is: bytes, speed, the time that is left, and a button that stops it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from ...engine.core import events
from ...engine.core.events import Event
from ...words import duration, size
from ..parts import widgets

STEPS = 1000  # of the bar: Qt counts in whole numbers of 32 bits, and models are larger


class Download(QWidget):
    """Signal: ``stop_asked()``."""

    stop_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = widgets.label(wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("How far the download is")
        self.stop = widgets.button(
            "Stop", "What has come is kept, and fetching goes on from there later", self.stop_asked.emit, icon="stop"
        )
        line = widgets.row(widgets.widget(widgets.column(self.words, self.bar)), self.stop, gap=2 * widgets.GRID)
        line.setStretch(0, 1)
        self.setLayout(line)

    def begin(self, name: str) -> None:
        self._show(f"{name} …", 0, 0)
        self.stop.setEnabled(True)

    def show_stopping(self) -> None:
        self.words.setText("Stopping …")
        self.stop.setEnabled(False)

    def show_event(self, event: Event) -> None:
        if not self.stop.isEnabled():
            return
        if isinstance(event, events.Progressed):
            self._show(f"{event.stage} …", event.done, event.total)
        elif isinstance(event, events.BytesFetched):
            amount = f"{size(event.done)} of {size(event.total)}"
            left = duration((event.total - event.done) / max(event.bytes_per_s, 1))
            speed = f"{size(event.bytes_per_s)} a second, {left} left"
            self._show(f"{amount}, {speed}", event.done, event.total)

    def _show(self, words: str, done: int, total: int) -> None:
        """Total 0: it is not known how far."""
        self.words.setText(words)
        self.bar.setRange(0, STEPS if total else 0)
        self.bar.setValue(done * STEPS // total if total else 0)
