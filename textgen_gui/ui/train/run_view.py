"""One run: its curve, its numbers and what the model wrote on the way. Old and live runs are shown by the same slot."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QProgressBar, QSplitter, QWidget

from ...engine.core import atomic_io, events
from ...engine.core.errors import EngineError
from ...engine.core.events import Event
from ...engine.core.project import Run
from ...words import count_in_words, time_in_words
from ..parts import widgets
from ..parts.job_runner import Job
from ..parts.plot import LossPlot
from .timeline import Timeline

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


class RunView(QWidget):
    """Signals: ``pause_asked()``, ``stop_asked()``, ``resume_asked()``, ``write_asked()``,
    ``mend_asked([setting, ...])``: start again with these settings."""

    pause_asked = Signal()
    stop_asked = Signal()
    resume_asked = Signal()
    write_asked = Signal()
    mend_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.run: Run | None = None
        self._steps = 0
        self._newest: events.StepDone | None = None
        self.title = widgets.label("", "title")
        self.state = widgets.label("", "muted", wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the run")
        self.pause_button = widgets.button(
            "Pause", "Holds the training; the computer is free", self.pause_asked.emit, icon="pause"
        )
        self.stop_button = widgets.button(
            "Stop", "Stops and saves; Resume goes on from there (Esc)", self.stop_asked.emit, icon="stop"
        )
        self.resume_button = widgets.button(
            "Resume", "Goes on exactly where it stopped (Ctrl+R)", self.resume_asked.emit, icon="play", role="primary"
        )
        self.write_button = widgets.button(
            "Write with it", "Opens this model under Generate", self.write_asked.emit, icon="generate"
        )
        self.mend_button = widgets.button(
            "Start again",
            "Makes a new run with this one change; the old one stays",
            self._mend,
            icon="play",
            role="primary",
        )
        self._mend_settings: list[str] = []
        self.plot = LossPlot()
        self.timeline = Timeline()
        self.copying: Job | None = None
        self.copied_button = widgets.button(
            "How much is copied",
            "Adds to the curve how many words of what it wrote at each mark stand word for word in your texts",
            self.measure_copying,
            icon="book",
        )
        self._samples: list[events.SampleWritten] = []
        self._copied: list[tuple[int, float]] = []
        self._copied_of: Run | None = None
        self.advice = widgets.label("", "advice", wrap=True)
        self.advice.setToolTip("What the curve says, in words")
        self.notes = QLineEdit()
        self.notes.setPlaceholderText("Your notes on this run")
        self.notes.setAccessibleName("Notes")
        self.notes.setToolTip("Kept in the folder of the run")
        self.notes.editingFinished.connect(self.keep_notes)
        self.numbers: dict[str, QLabel] = {}
        head = widgets.row(
            widgets.widget(widgets.column(self.title, self.state, gap=4)),
            self.pause_button,
            self.stop_button,
            self.resume_button,
            self.mend_button,
            self.copied_button,
            self.write_button,
        )
        head.setStretch(0, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(widgets.card(widgets.column(self.plot, margin=2 * widgets.GRID)))
        split.addWidget(widgets.card(widgets.column(self.timeline, margin=2 * widgets.GRID)))
        split.setSizes([360, 220])
        split.setHandleWidth(2 * widgets.GRID)
        split.setChildrenCollapsible(False)
        body = widgets.column(
            head,
            self.progress,
            self._tiles(),
            self.advice,
            split,
            self.notes,
            margin=widgets.GRID,
            gap=2 * widgets.GRID,
        )
        body.setStretch(4, 1)
        self.setLayout(body)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.show_numbers)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        self._timer.start(NUMBERS_MS)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def _tiles(self) -> QFrame:
        grid = QGridLayout()
        grid.setContentsMargins(2 * widgets.GRID, widgets.GRID, 2 * widgets.GRID, widgets.GRID)
        grid.setHorizontalSpacing(2 * widgets.GRID)
        grid.setVerticalSpacing(0)
        for place, (key, name, tip) in enumerate(tiles):
            self.numbers[key] = widgets.label("–", "number")
            self.numbers[key].setAccessibleName(name)
            for line, shown in enumerate((widgets.label(name, "muted"), self.numbers[key])):
                shown.setToolTip(tip)
                grid.addWidget(shown, line, place)
            grid.setColumnStretch(place, 1)
        frame = QFrame()
        frame.setObjectName("card")
        frame.setLayout(grid)
        return frame

    def open(self, run: Run) -> None:
        """Shows a run from its events on disk; live events go on from there."""
        self.keep_notes()
        self.run = run
        self._steps = 0
        self.timeline.clear()
        self._samples = []
        self.mend_button.hide()
        self._advise(None)
        try:
            self.notes.setText(run.notes())
        except EngineError as problem:
            self.state.setText(str(problem))
        self.title.setText(run.name)
        self.state.setText("Not started yet.")
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self.plot.clear()
        for number in self.numbers.values():
            number.setText("–")
        for event in events.read(run.events_file):
            self.show_event(event)
        self.plot.draw()
        self.show_numbers()

    def show_event(self, event: Event) -> None:
        match event:
            case events.StepDone():
                self.plot.add_step(event.step, event.loss)
                self._newest = event
            case events.Evaluated():
                self.plot.add_heldout(event.step, event.loss)
                self.numbers["heldout"].setText(f"{event.bits_per_byte:.3f} bits")
            case events.SampleWritten():
                self.timeline.add(event)
                self._samples.append(event)
            case events.RunStarted():
                self._started(event)
            case events.RunFinished():
                self.show_numbers()
                self.state.setText(event.message)
            case events.Advised():
                self._advise(event)
            case events.MendOffered():
                self._mend_settings = list(event.settings)
                self.mend_button.setText(event.words)
                self.mend_button.show()
            case events.Baseline():
                self.plot.add_baseline(event.name, event.loss)
            case events.Warned():
                self.state.setText(event.message)
            case events.Progressed():
                self.state.setText(f"{event.stage} …")
            case _:
                pass  # checkpoints show in the list under Generate

    def _started(self, event: events.RunStarted) -> None:
        self.mend_button.hide()
        self._steps = event.steps
        self.plot.cut_back(event.resumed_from)
        self.timeline.cut_back(event.resumed_from)
        self.progress.setRange(0, event.steps)
        self.state.setText(
            f"{count_in_words(event.parameters)} parameters on {event.device} "
            f"({event.threads} thread{'s' * (event.threads != 1)}, {event.precision})"
            + (f", resumed at step {event.resumed_from:,}." if event.resumed_from else ".")
        )

    def show_numbers(self) -> None:
        """The newest step in numbers; a timer calls it, because people cannot read twenty a second."""
        event, self._newest = self._newest, None
        if event is None:
            return
        left_s = (self._steps - event.step) * event.elapsed_s / max(event.step, 1)
        self.progress.setValue(event.step)
        for key, words in (
            ("step", f"{event.step:,} / {self._steps:,}"),
            ("loss", f"{event.loss:.3f}"),
            ("speed", f"{event.tokens_per_s:,.0f}"),
            ("passed", time_in_words(event.elapsed_s)),
            ("left", time_in_words(left_s)),
            ("rate", f"{event.learning_rate:.2g}"),
        ):
            self.numbers[key].setText(words)

    def measure_copying(self) -> None:
        run, samples = self.run, list(self._samples)
        if self.copying or run is None:
            return
        self._copied, self._copied_of = [], run
        self.copied_button.setEnabled(False)
        self.copying = Job(lambda stop: _copied(run, samples, stop), self)
        self.copying.happened.connect(self._show_copied)
        self.copying.failed.connect(lambda sentence, details: self.state.setText(sentence))
        self.copying.finished.connect(self._copying_finished)
        self.copying.start()

    def _show_copied(self, event: Event) -> None:
        if isinstance(event, events.CopyMeasured):
            self._copied.append((event.step, event.share))
        elif isinstance(event, events.Progressed):
            self.copied_button.setText(f"{event.stage} … {event.done / max(1, event.total):.0%}")

    def _copying_finished(self) -> None:
        job, self.copying = self.copying, None
        if job:
            job.deleteLater()
        self.copied_button.setText("How much is copied")
        self.copied_button.setEnabled(True)
        if self._copied_of == self.run:
            self.plot.show_copied(self._copied)

    def stop_for_closing(self) -> None:
        if self.copying:
            self.copying.stop()
            self.copying.wait()

    def _mend(self) -> None:
        self.mend_asked.emit(self._mend_settings)

    def keep_notes(self) -> None:
        """Writes down what the user typed, unless the run is gone or nothing changed."""
        try:
            if self.run and self.run.folder.exists() and self.notes.text() != self.run.notes():
                atomic_io.write_text(self.run.notes_file, self.notes.text())
        except EngineError as problem:
            self.state.setText(str(problem))

    def _advise(self, event: events.Advised | None) -> None:
        self.advice.setVisible(event is not None)
        self.advice.setText(event.message if event else "")
        self.advice.setProperty("good", event is not None and event.kind in ("learning", "flat"))
        self.advice.style().polish(self.advice)

    def show_state(self, *, running: bool, paused: bool, stopping: bool, finished: bool, has_model: bool) -> None:
        """Which buttons make sense now."""
        self.pause_button.setVisible(running)
        self.pause_button.setText("Go on" if paused else "Pause")
        widgets.tint(self.pause_button, "play" if paused else "pause", "text")
        self.stop_button.setVisible(running)
        self.stop_button.setEnabled(not stopping)
        self.resume_button.setVisible(not running and not finished)
        self.resume_button.setText("Resume" if has_model else "Start")
        self.write_button.setVisible(has_model and not running)
        self.copied_button.setVisible(has_model and not running and bool(self._samples))
        self.progress.setVisible(running)


def _copied(run: Run, samples: list[events.SampleWritten], stop: Callable[[], bool]) -> Iterator[Event]:
    from ...engine.text.copycheck import over_time
    from ...engine.text.dataset import Prepared

    yield from over_time(Prepared.load(run.project.prepared_folder / run.config().prepared), samples, stop)
