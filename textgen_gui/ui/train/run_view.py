"""One run: its curve, its numbers and what the model wrote on the way. Old and live runs are shown by the same slot."""

import functools
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QLineEdit, QSplitter, QWidget

from ...engine.core import atomic_io, events, notes, project
from ...engine.core.bars import words_of
from ...engine.core.events import Event, NextStep, Outcome
from ...engine.core.snapshot import ProjectSnapshot, RunSnapshot
from ...words import count, number
from ..parts import file_dialogs, resources, widgets
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from ..parts.plot import LossPlot
from ..parts.plot_export import CurveFormat, exported
from .copied import Copied
from .pages import LOW, NARROW, WIDE, scrolled, stack
from .run_history import History, Piece, pieces
from .run_numbers import RunNumbers, plain_stage
from .run_status import RunStatus
from .shown import Shown as Shown
from .timeline import Timeline

TAKE_TIP = "A page for a friend, a file for other programs, a folder: checked before it counts as done"
WRITE_TIP = "Opens this model under Generate"
RESUME_TIP = "Goes on exactly where it stopped (Ctrl+R)"
START_TIP = "Begins once more, as nothing was saved yet (Ctrl+R)"
PAUSED = "Paused; the computer is free."
NEW, BEGINNING = "Not started yet.", "Getting ready …"


class RunView(QWidget):
    """Signals: ``pause_asked()``, ``stop_asked()``, ``resume_asked()``, ``write_asked()``, ``longer_asked()``,
    ``take_asked(Run)``, ``next_asked(NextStep)``, ``mend_asked((setting, ...))``: start again with these settings,
    ``problem(sentence, details)``."""

    pause_asked = Signal()
    stop_asked = Signal()
    resume_asked = Signal()
    write_asked = Signal()
    longer_asked = Signal()
    take_asked = Signal(object)
    next_asked = Signal(object)
    mend_asked = Signal(object)
    problem = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenProject | None = None
        self.run: project.Run | None = None
        self.reading: Job | None = None
        self._history = History()
        self._running = self._paused = self._open_ended = False  # open-ended: its end has not come
        self._words, self._passing = "", False  # passing words go with the next step
        self._has_model = self._may_write = self._has_ended = self._may_go_on = False
        self._planned = 0  # steps, before it was planned again
        self._mend_settings: tuple[str, ...] = ()
        self._samples: list[events.SampleWritten] = []
        self._typed: dict[Path, str] = {}  # notes by the folder of their run, until the disk has them
        self.plot, self.timeline, self.numbers, self.status = LossPlot(), Timeline(), RunNumbers(), RunStatus()
        self.status.next_asked.connect(self.next_asked)
        self.status.next_changed.connect(self._show_offers)
        self.notes = QLineEdit()
        self.notes.setPlaceholderText("Your notes on this run")
        self.notes.setAccessibleName("Notes")
        self.notes.setToolTip("Kept in the folder of the run")
        self.notes.editingFinished.connect(self.keep_notes)
        self.details = widgets.Fold("Details", "All numbers of the training", self.numbers)
        self._add_exports()
        parts = (self.status, self._curve_and_texts(), self.details, self.notes)
        self._body = widgets.column(*parts)
        self._body.setContentsMargins(widgets.GRID, 0, widgets.GRID, 3 * widgets.GRID)
        self._body.setStretch(1, 1)
        head = self._head()
        head.setContentsMargins(*[widgets.GRID] * 4)  # what scrolls below does not touch its buttons
        above = widgets.widget(head)
        above.setMinimumWidth(25 * widgets.GRID)  # it becomes two lines, but only once there is less space than for one
        self.page = scrolled(widgets.widget(self._body))
        self.setLayout(widgets.column(above, self.page, gap=0))
        self.show_state(Shown(False, False, False, False, False, False))

    def _head(self) -> QLayout:
        self.title = widgets.label("", "title", wrap=True)
        self.state = widgets.label("", "muted", wrap=True)
        self.plan = widgets.label("", "muted", wrap=True)
        self.plan.hide()
        button = widgets.button
        self.pause_button = button(
            "Pause", "Holds the training; the computer is free", self.pause_asked.emit, icon="pause"
        )
        self.stop_button = button("Stop", "Stops and saves; Resume goes on", self.stop_asked.emit, icon="stop")
        self.resume_button = button("Resume", RESUME_TIP, self.resume_asked.emit, icon="play", role="primary")
        self.write_button = button("Write with it", WRITE_TIP, self.write_asked.emit, icon="generate")
        tip = "Makes a new run that goes on from this one, with your texts as they are now; this one stays"
        self.longer_button = button("Train longer …", tip, self.longer_asked.emit, icon="add")
        self.take_button = button("Take it with you …", TAKE_TIP, lambda: self.take_asked.emit(self.run), icon="save")
        tip = "Makes a new run with this one change; the old one stays"
        self.mend_button = button("Start again", tip, self._mend, icon="play", role="primary")
        running = self.pause_button, self.stop_button, self.resume_button, self.mend_button
        buttons = widgets.Flow(*running, self.longer_button, self.write_button, self.take_button, gap=widgets.GRID)
        self._head_line = widgets.row(widgets.widget(widgets.column(self.title, self.state, gap=4)), buttons)
        self._head_line.setStretch(0, 1)
        self._head_line.setAlignment(buttons, Qt.AlignmentFlag.AlignTop)  # words that change do not move them
        return widgets.column(self._head_line, self.plan, gap=4)

    def _curve_and_texts(self) -> QWidget:
        self.copied = Copied()
        self.plot.setMinimumHeight(230)
        self.timeline.setMinimumHeight(120)
        self.split = QSplitter(Qt.Orientation.Vertical)
        for part in (widgets.column(self.plot), widgets.column(self.timeline, self.copied)):
            part.setContentsMargins(*[2 * widgets.GRID] * 4)
            self.split.addWidget(widgets.card(part))
        self.split.setSizes([340, 260])
        self.split.setHandleWidth(2 * widgets.GRID)
        self.split.setChildrenCollapsible(False)
        return self.split

    def _add_exports(self) -> None:
        self.plot.menu.addSeparator()
        for format in CurveFormat:
            self.plot.menu.addAction(f"Save as {format.upper()} …", functools.partial(self.export, format))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._fit()

    def restyle(self) -> None:
        """For another theme or size of text."""
        self.plot.restyle()
        self.numbers.fit()
        self._fit()

    def _fit(self) -> None:
        """Larger text is one below the other sooner."""
        width, low = self.width() / resources.zoomed(), self.height() / resources.zoomed() < LOW
        narrow, wide = width < NARROW, width >= WIDE
        stack(self._head_line, narrow)
        self._body.setSpacing(widgets.GRID if low else 2 * widgets.GRID)
        self.status.fit(narrow, low)
        self.split.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    # --- which run

    def open_project(self, opened: OpenProject) -> None:
        self.opened, self.run, self.reading = opened, None, None
        self._typed = {}
        opened.changed.connect(self._take_written)
        opened.changed.connect(self._show_plan)
        self.copied.open_project(opened)
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
        self._clear(self.name)
        self.notes.setText(self._notes_of(run))
        self._show_plan()
        history = self._history
        self.reading = self.opened.jobs.start(
            lambda control: pieces(run.events_file, control),
            functools.partial(self._show_piece, history),
            finished=functools.partial(self._read, history),
        )

    @property
    def known(self) -> RunSnapshot | None:
        """What the folder says of the run that is shown."""
        return self.opened.snapshot.of_run(self.run) if self.opened and self.run else None

    @property
    def name(self) -> str:
        """What people call the run that is shown."""
        return self.opened.snapshot.title(self.run) if self.opened and self.run else ""

    def _show_plan(self) -> None:
        self.title.setText(self.name)
        self.plan.setText(self.known.plan if self.known else "")
        self.plan.setVisible(bool(self.plan.text()))
        if self._passing and self._words and self._words in self.plan.text():  # which says it from now on
            self.say(self._training_words if self._open_ended else BEGINNING, passing=True)

    def _clear(self, title: str) -> None:
        self._history = History()
        self._samples, self._open_ended, self._planned = [], False, 0
        self.mend_button.hide()
        self.title.setText(title)
        self.page.verticalScrollBar().setValue(0)
        self.say(NEW)
        self.copied.show_of(self.run, self._samples)
        for part in (self.notes, self.timeline, self.plot, self.numbers, self.status):
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
        if self._open_ended and not self._running:  # its end was never written down
            saved = f", step {number(self.known.step)}" if self.known and self.known.step else ""
            self.say(f"It stopped in the middle. Resume goes on from what was saved{saved}.")
        self.state.setText(PAUSED if self._paused else self._words)
        self.copied.setVisible(self._may_write and bool(self._samples))
        for show in (self.plot.draw, self.numbers.show_newest, self.timeline.show_newest):
            show()

    # --- what happens

    def show_event(self, event: Event) -> None:
        """What happens now; while the file is still read, it waits."""
        self.status.speak(event)
        self._show(event) if self._history.is_complete else self._history.wait(event)

    def _show(self, event: Event) -> None:
        self.status.take(event)
        match event:
            case events.StepDone():
                self.plot.add_step(event.step, event.loss)
                self.numbers.take(event, self.plot.training_loss)
                if self._passing and not self._paused:
                    self.say(self._training_words)
            case events.Evaluated():
                self.plot.add_heldout(event.step, event.loss, event.bits_per_byte)
                self.numbers.show_heldout(event)
            case events.SampleWritten():
                self.timeline.add(event)
                self._samples.append(event)
            case events.RunStarted():
                self._started(event)
            case events.Replanned():
                self._planned = self.numbers.steps
                self._show_steps(event.steps)
                self._say_meanwhile(self._training_words)
            case events.GenerationBegan():
                self.plot.add_generation(event.step)
            case events.RunFinished():
                self._finished(event)
            case events.MendOffered():
                self._mend_settings = event.settings
                self.mend_button.setText(event.words)
                self.mend_button.show()
            case events.Baseline():
                self.plot.add_baseline(words_of(event.name), event.loss, event.bits_per_byte)
            case events.Warned():
                if event.message not in self.plan.text():
                    self._say_meanwhile(event.message)
                self.numbers.note(event.message)
            case events.Progressed():
                self._say_meanwhile(f"{plain_stage(event.stage)} …")
            case _:
                pass  # checkpoints show in the list under Generate

    def _started(self, event: events.RunStarted) -> None:
        self._open_ended = True
        self.mend_button.hide()
        self.numbers.begin(event)
        if not event.resumed_from:
            self._planned = event.steps
        self._show_steps(event.steps)
        self.plot.cut_back(event.resumed_from)
        self.timeline.cut_back(event.resumed_from)
        self.status.begin(event, self.known.config if self.known else None)
        if event.resumed_from:
            self.plot.add_resume(event.resumed_from)
        went_on = f"It goes on, resumed at step {number(event.resumed_from)}."
        self._say_meanwhile(went_on if event.resumed_from else self._training_words)

    def _show_steps(self, steps: int) -> None:
        self.numbers.steps = steps
        self.plot.show_plan(steps)

    @property
    def _training_words(self) -> str:
        steps, planned = self.numbers.steps, self._planned
        if not planned or steps == planned:
            return "Training."
        pace, more = ("faster", "more") if steps > planned else ("slower", "less")
        return f"Training, {pace} than was planned: it learns {more} in its time."

    def _finished(self, event: events.RunFinished) -> None:
        self._open_ended = False
        self.numbers.show_newest()
        self.plot.draw()
        self.say(f"Finished after {count('step', event.step)}." if event.outcome is Outcome.FINISHED else event.message)

    def say(self, words: str, passing: bool = False) -> None:
        """How it stands, in words below the title. What is ``passing`` goes with the next step."""
        self._words, self._passing = words, passing
        self.state.setText(words)

    def _say_meanwhile(self, words: str) -> None:
        """What happens on the way; a pause that was asked for stays in sight."""
        if not self._paused:
            self.say(words, passing=True)

    def show_state(self, shown: Shown) -> None:
        """Which buttons make sense now."""
        if shown.paused and not self._paused:
            self.say(PAUSED, passing=True)
        if shown.running and self._words == NEW:
            self.say(BEGINNING, passing=True)
        self._running, self._paused = shown.running, shown.paused
        self.pause_button.setVisible(shown.running)
        self.pause_button.setText("Go on" if shown.paused else "Pause")
        widgets.tint(self.pause_button, "play" if shown.paused else "pause", "text")
        self.stop_button.setVisible(shown.running)
        self.stop_button.setEnabled(not shown.stopping)
        self.resume_button.setVisible(not shown.running and not shown.finished and not shown.busy)
        self.resume_button.setText("Resume" if shown.has_model else "Start")
        self.resume_button.setToolTip(RESUME_TIP if shown.has_model else START_TIP)
        self._has_model = shown.has_model
        self._may_write = shown.has_model and not shown.running
        self._has_ended = self._may_write and shown.finished
        self._may_go_on = self._has_ended and not shown.busy
        self.copied.setVisible(self._may_write and bool(self._samples))
        self.status.show_state(running=shown.running, paused=shown.paused, has_model=shown.has_model)

    def _show_offers(self) -> None:
        """What the status offers already needs no second button. While it trains no button comes and pushes others, and
        when it ends none takes the place of another that somebody is about to press.
        """
        self.longer_button.setVisible(self._may_go_on and not self.status.offers(NextStep.TRAIN_LONGER))
        self.write_button.setVisible(self._running or (self._has_model and not self.status.offers(NextStep.WRITE)))
        self.take_button.setVisible(self._running or self._has_model)
        for button, tip in ((self.write_button, WRITE_TIP), (self.take_button, TAKE_TIP)):
            button.setEnabled(self._has_model)
            button.setToolTip(tip if self._has_model else f"{tip}. Possible once its first steps are saved")
        for button in (self.write_button, self.status.next_button):  # whichever is there
            is_write = button is self.write_button or self.status.offers(NextStep.WRITE)
            widgets.accent(button, is_write and self._has_ended and self.status.is_good)

    # --- what the user does

    def _mend(self) -> None:
        self.mend_asked.emit(self._mend_settings)

    def export(self, format: CurveFormat) -> None:
        """Asks for a file; what is written is the curve as it is in sight."""
        if self.run is None or self.opened is None:
            return
        if path := file_dialogs.ask_where(self, "Save the curve", self.run.name, f".{format}"):
            content = exported(self.plot, format)
            self.opened.change(
                lambda: atomic_io.write_bytes(path, content),
                then=lambda: self.say(f"The curve is in {path}.", passing=True),
                failed=self.problem.emit,
            )

    # --- notes

    def _notes_of(self, run: project.Run) -> str:
        return self._typed.get(run.folder, self._written_notes(run.folder))

    def _written_notes(self, folder: Path) -> str:
        known = self.opened.snapshot.of_run(project.Run(folder)) if self.opened else None
        return known.notes if known else ""

    def _take_written(self, found: ProjectSnapshot) -> None:
        self._typed = {folder: words for folder, words in self._typed.items() if words != self._written_notes(folder)}
        if self.run and not self.notes.isModified() and self.notes.text() != self._notes_of(self.run):
            self.notes.setText(self._notes_of(self.run))

    def keep_notes(self) -> None:
        """Writes down what the user typed, and nothing else: what the field shows may be older than the disk."""
        if self.run and self.opened and (self.notes.isModified() or self.run.folder in self._typed):
            self.notes.setModified(False)
            self._typed[self.run.folder] = self.notes.text()
            self.opened.change(_writing(self.notes.text(), self.run.folder))

    def unsaved(self) -> list[Callable[[], object]]:
        """What writes down notes that are not yet on the disk, of whichever run."""
        typed = self._typed | ({self.run.folder: self.notes.text()} if self.run and self.notes.isModified() else {})
        return [_writing(words, folder) for folder, words in typed.items() if words != self._written_notes(folder)]


def _writing(words: str, folder: Path) -> Callable[[], object]:
    return functools.partial(notes.write, project.Run(folder), words)
