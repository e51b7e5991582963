"""What the half-trained model wrote at each evaluation, on a slider that can be played like a film."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QSlider, QTextBrowser, QWidget

from ...engine.core.events import SampleWritten
from ...words import number
from ..parts import widgets

PLAY_MS = 700


class Timeline(QWidget):
    """Follows the newest evaluation until the user moves the slider back."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: dict[int, list[SampleWritten]] = {}
        self._is_read = False  # while a run is read, hundreds of samples come at once
        self.page = QTextBrowser()
        self.page.setAccessibleName("What the model wrote at this step")
        self.page.setToolTip(
            "Written by the half-trained model, always with the same seed, so that only the model differs"
        )
        self.page.setFont(widgets.serif(1.0))
        self.page.document().setDocumentMargin(widgets.GRID)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 0)
        self.slider.setAccessibleName("Step of the sample")
        self.slider.setToolTip("Move back to see how the writing grew")
        self.slider.valueChanged.connect(self.show_frame)
        self.step = widgets.label("", "muted")
        self.step.setMinimumWidth(96)
        self.play_button = widgets.tool("Play", "play", "Play how the writing grew, step by step", self.play)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._next_frame)
        self.bar = widgets.widget(widgets.row(self.play_button, self.slider, self.step))
        self.setLayout(widgets.column(widgets.label("What it writes", "heading"), self.bar, self.page))
        self.show_frame()

    def clear(self) -> None:
        """What comes until ``show_newest`` is not shown one by one."""
        self._stop()
        self._samples = {}
        self._show_range(follow=True)
        self._is_read = True

    def show_newest(self) -> None:
        self._is_read = False
        self._show_range(follow=True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt's name)
        super().hideEvent(event)
        self._stop()

    def add(self, sample: SampleWritten) -> None:
        follow = self.slider.value() == self.slider.maximum() and not self._timer.isActive()
        self._samples.setdefault(sample.step, []).append(sample)
        if not self._is_read:
            self._show_range(follow)

    def cut_back(self, step: int) -> None:
        """Forgets what was written after ``step``: a resumed run writes it again."""
        self._samples = {at: samples for at, samples in self._samples.items() if at <= step}
        if not self._is_read:
            self._show_range(follow=True)

    def _show_range(self, follow: bool) -> None:
        last = max(0, len(self._samples) - 1)
        self.slider.blockSignals(True)
        self.slider.setRange(0, last)
        if follow:
            self.slider.setValue(last)
        self.slider.blockSignals(False)
        self.show_frame()

    def show_frame(self) -> None:
        """The samples of the step at the slider."""
        self.bar.setVisible(len(self._samples) > 1)
        if not self._samples:
            self.page.setPlainText("At each evaluation the half-trained model writes a few lines here.")
            return
        step = list(self._samples)[min(self.slider.value(), len(self._samples) - 1)]
        self.step.setText(f"step {number(step)}")
        self.slider.setAccessibleName(f"Step of the sample: {number(step)}")
        written = [f"{sample.prompt}{sample.text}".strip() for sample in self._samples[step]]
        self.page.setPlainText("\n\n———\n\n".join(written))

    def play(self) -> None:
        """From the beginning, or stops where it is."""
        if self._timer.isActive():
            self._stop()
            return
        self.slider.setValue(0)
        self._timer.start(PLAY_MS)
        widgets.tint(self.play_button, "pause", "text")

    def _next_frame(self) -> None:
        if self.slider.value() == self.slider.maximum():
            self._stop()
        self.slider.setValue(self.slider.value() + 1)

    def _stop(self) -> None:
        self._timer.stop()
        widgets.tint(self.play_button, "play", "text")
