"""One run: its curve, its numbers and what the model wrote on the way. Old and live runs are shown by the same slot."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLayout, QLineEdit, QProgressBar, QSplitter, QWidget

from ... import Run
from ...engine.core import atomic_io, events, project
from ...engine.core.events import Advice, Event
from ...engine.core.snapshot import ProjectSnapshot
from ...words import count_in_words
from ..parts import widgets
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from ..parts.plot import LossPlot
from .run_history import History, Piece, pieces
from .run_numbers import RunNumbers
from .timeline import Timeline


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of the run that is shown, and of the training that runs now."""

    running: bool
    paused: bool
    stopping: bool
    finished: bool
    has_model: bool


class RunView(QWidget):
    """Signals: ``pause_asked()``, ``stop_asked()``, ``resume_asked()``, ``write_asked()``,
    ``mend_asked((setting, ...))``: start again with these settings."""

    pause_asked = Signal()
    stop_asked = Signal()
    resume_asked = Signal()
    write_asked = Signal()
    mend_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenProject | None = None
        self.run: project.Run | None = None
        self.reading: Job | None = None
        self.copying: Job | None = None
        self._history = History()
        self._words = ""
        self._may_measure = False
        self._mend_settings: tuple[str, ...] = ()
        self._samples: list[events.SampleWritten] = []
        self._copied: list[tuple[int, float]] = []
        self._typed: dict[Path, str] = {}  # notes by the folder of their run, until the disk has them
        self.plot, self.timeline, self.numbers = LossPlot(), Timeline(), RunNumbers()
        self.advice = widgets.label("", "advice", wrap=True)
        self.advice.setToolTip("What the curve says, in words")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the run")
        self.notes = QLineEdit()
        self.notes.setPlaceholderText("Your notes on this run")
        self.notes.setAccessibleName("Notes")
        self.notes.setToolTip("Kept in the folder of the run")
        self.notes.editingFinished.connect(self.keep_notes)
        parts = (self._head(), self.progress, self.numbers, self.advice, self._curve_and_texts(), self.notes)
        body = widgets.column(*parts, margin=widgets.GRID, gap=2 * widgets.GRID)
        body.setStretch(4, 1)
        self.setLayout(body)

    def _head(self) -> QLayout:
        self.title = widgets.label("", "title")
        self.state = widgets.label("", "muted", wrap=True)
        button = widgets.button
        self.pause_button = button(
            "Pause", "Holds the training; the computer is free", self.pause_asked.emit, icon="pause"
        )
        tip = "Stops and saves; Resume goes on from there (Esc)"
        self.stop_button = button("Stop", tip, self.stop_asked.emit, icon="stop")
        tip = "Goes on exactly where it stopped (Ctrl+R)"
        self.resume_button = button("Resume", tip, self.resume_asked.emit, icon="play", role="primary")
        tip = "Opens this model under Generate"
        self.write_button = button("Write with it", tip, self.write_asked.emit, icon="generate")
        tip = "Makes a new run with this one change; the old one stays"
        self.mend_button = button("Start again", tip, self._mend, icon="play", role="primary")
        tip = "Adds to the curve how many words of what it wrote at each evaluation stand word for word in your texts"
        self.copied_button = button("How much is copied", tip, self.measure_copying, icon="book")
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
        return head

    def _curve_and_texts(self) -> QWidget:
        split = QSplitter(Qt.Orientation.Vertical)
        for part in (self.plot, self.timeline):
            split.addWidget(widgets.card(widgets.column(part, margin=2 * widgets.GRID)))
        split.setSizes([360, 220])
        split.setHandleWidth(2 * widgets.GRID)
        split.setChildrenCollapsible(False)
        return split

    # --- which run

    def open_project(self, opened: OpenProject) -> None:
        self.opened, self.run, self.reading, self.copying = opened, None, None, None
        self._typed = {}
        opened.changed.connect(self._forget_written)
        self._copying_ended()
        self._clear("")

    def shows(self, run: project.Run) -> bool:
        return self.run is not None and self.run.folder == run.folder

    def open(self, run: project.Run) -> None:
        """Shows a run from its events on disk; live events go on from there."""
        assert self.opened
        self.keep_notes()
        if self.reading:
            self.reading.stop()
        self.run = run
        self._clear(run.name)
        self.notes.setText(self._notes_of(run))
        history = self._history
        self.reading = self.opened.jobs.start(
            lambda control: pieces(run.events_file, control),
            functools.partial(self._show_piece, history),
            finished=functools.partial(self._read, history),
        )

    def _clear(self, title: str) -> None:
        self._history = History()
        self._samples = []
        self.mend_button.hide()
        self._advise(None)
        self.title.setText(title)
        self.say("Not started yet.")
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self.notes.clear()
        for part in (self.timeline, self.plot, self.numbers):
            part.clear()

    def _show_piece(self, history: History, piece: Piece) -> None:
        if history is not self._history:
            return  # of the run that was shown before
        history.add(piece)
        for event in piece.events:
            self._show(event)
        self.state.setText("Reading what happened …")

    def _read(self, history: History) -> None:
        if history is not self._history:
            return
        self.reading = None
        for event in history.complete():
            self._show(event)
        self.state.setText(self._words)
        self.copied_button.setVisible(self._may_measure and bool(self._samples))
        self.plot.draw()
        self.numbers.show_newest()

    # --- what happens

    def show_event(self, event: Event) -> None:
        """What happens now; while the file is still read, it waits."""
        self._show(event) if self._history.is_complete else self._history.wait(event)

    def _show(self, event: Event) -> None:
        match event:
            case events.StepDone():
                self.plot.add_step(event.step, event.loss)
                self.numbers.take(event)
                self.progress.setValue(event.step)
            case events.Evaluated():
                self.plot.add_heldout(event.step, event.loss)
                self.numbers.show_heldout(event)
            case events.SampleWritten():
                self.timeline.add(event)
                self._samples.append(event)
            case events.RunStarted():
                self._started(event)
            case events.RunFinished():
                self.numbers.show_newest()
                self.say(event.message)
            case events.Advised():
                self._advise(event)
            case events.MendOffered():
                self._mend_settings = event.settings
                self.mend_button.setText(event.words)
                self.mend_button.show()
            case events.Baseline():
                self.plot.add_baseline(event.name, event.loss)
            case events.Warned():
                self.say(event.message)
            case events.Progressed():
                self.say(f"{event.stage} …")
            case _:
                pass  # checkpoints show in the list under Generate

    def _started(self, event: events.RunStarted) -> None:
        self.mend_button.hide()
        self.numbers.steps = event.steps
        self.plot.cut_back(event.resumed_from)
        self.timeline.cut_back(event.resumed_from)
        self.progress.setRange(0, event.steps)
        self.say(
            f"{count_in_words(event.parameters)} parameters on {event.device} "
            f"({event.threads} thread{'s' * (event.threads != 1)}, {event.precision})"
            + (f", resumed at step {event.resumed_from:,}." if event.resumed_from else ".")
        )

    def say(self, words: str) -> None:
        """How it stands, in words below the title."""
        self._words = words
        self.state.setText(words)

    def _advise(self, event: events.Advised | None) -> None:
        self.advice.setVisible(event is not None)
        self.advice.setText(event.message if event else "")
        self.advice.setProperty("good", event is not None and event.kind in (Advice.LEARNING, Advice.FLAT))
        self.advice.style().polish(self.advice)

    def show_state(self, shown: Shown) -> None:
        """Which buttons make sense now."""
        self.pause_button.setVisible(shown.running)
        self.pause_button.setText("Go on" if shown.paused else "Pause")
        widgets.tint(self.pause_button, "play" if shown.paused else "pause", "text")
        self.stop_button.setVisible(shown.running)
        self.stop_button.setEnabled(not shown.stopping)
        self.resume_button.setVisible(not shown.running and not shown.finished)
        self.resume_button.setText("Resume" if shown.has_model else "Start")
        self.write_button.setVisible(shown.has_model and not shown.running)
        self._may_measure = shown.has_model and not shown.running
        self.copied_button.setVisible(self._may_measure and bool(self._samples))
        self.progress.setVisible(shown.running)

    # --- what the user does

    def _mend(self) -> None:
        self.mend_asked.emit(self._mend_settings)

    def measure_copying(self) -> None:
        if self.copying or self.run is None or self.opened is None:
            return
        run, samples = Run(self.run.folder), list(self._samples)
        self._copied = []
        self.copied_button.setEnabled(False)
        self.copying = self.opened.jobs.start(
            lambda control: run.measuring_copies(samples, control),
            self._show_copied,
            failed=lambda sentence, details: self.say(sentence),
            finished=lambda: self._copied_measured(run),
        )

    def _show_copied(self, event: Event) -> None:
        if isinstance(event, events.CopyMeasured):
            self._copied.append((event.step, event.share))
        elif isinstance(event, events.Progressed):
            self.copied_button.setText(f"{event.stage} … {event.done / max(1, event.total):.0%}")

    def _copied_measured(self, run: project.Run) -> None:
        self.copying = None
        self._copying_ended()
        if self.shows(run):
            self.plot.show_copied(self._copied)

    def _copying_ended(self) -> None:
        self.copied_button.setText("How much is copied")
        self.copied_button.setEnabled(True)

    # --- notes

    def _notes_of(self, run: project.Run) -> str:
        return self._typed.get(run.folder, self._written_notes(run.folder))

    def _written_notes(self, folder: Path) -> str:
        known = self.opened.snapshot.of_run(project.Run(folder)) if self.opened else None
        return known.notes if known else ""

    def _forget_written(self, found: ProjectSnapshot) -> None:
        self._typed = {folder: words for folder, words in self._typed.items() if words != self._written_notes(folder)}

    def keep_notes(self) -> None:
        """Writes down what the user typed, unless nothing changed."""
        if self.run and self.opened and self.notes.text() != self._written_notes(self.run.folder):
            self._typed[self.run.folder] = self.notes.text()
            self.opened.change(_writing(self.notes.text(), self.run.folder))

    def unsaved(self) -> list[Callable[[], object]]:
        """What writes down notes that are not yet on the disk, of whichever run."""
        typed = self._typed | ({self.run.folder: self.notes.text()} if self.run else {})
        return [_writing(words, folder) for folder, words in typed.items() if words != self._written_notes(folder)]


def _writing(notes: str, folder: Path) -> Callable[[], object]:
    """Does nothing when the run is gone."""

    def write() -> None:
        if folder.exists():
            atomic_io.write_text(project.Run(folder).notes_file, notes)

    return write
