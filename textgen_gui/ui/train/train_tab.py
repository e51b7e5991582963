"""Runs: a list of them, setting up a new one, and watching one learn."""

import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import assert_never

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from ... import Run
from ...engine.core import events, project
from ...engine.core.control import Control
from ...engine.core.events import Event, NextStep, Outcome
from ...engine.core.library import STARTER
from ...engine.core.run_request import RunRequest
from ...front_door import measuring_presets
from ..parts import widgets
from ..parts.boxes import ask_to_stop
from ..parts.focus import FocusBack
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from ..parts.styled import Styled
from .battery import BatteryWatch
from .compare import CompareView
from .gain import Gain
from .longer import ask_for_minutes
from .pages import ListBeside
from .run_list import RunList
from .run_setup import RunSetup
from .run_view import RunView, Shown
from .training import CANCELLED, Effort, again, planned_and_trained, trained


class TrainTab(QWidget):
    """Signals: ``write_asked(Run)``, ``texts_asked()`` (texts are wanted), ``said(words)``, ``problem(sentence,
    details)``, and ``ended(Run, why not)``: with a model, and why it should not write."""

    write_asked = Signal(object)
    ended = Signal(object, str)
    texts_asked = Signal()
    said = Signal(str)
    problem = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self._rests = False  # paused by the battery, not by hand
        self.running: project.Run | None = None
        self._measuring: Job | None = None
        self._measured_for, self._device, self._gain = 0, "", Gain()
        self._computing = threading.Lock()  # one at a time: a measuring and a training would measure each other
        self._prepared: events.Prepared | None = None
        self._then: Callable[[], object] | None = None  # when this training has ended
        self.battery = BatteryWatch(self)
        self.battery.changed.connect(self._rest)
        self.list, self.setup, self.view, self.compare = RunList(), RunSetup(), RunView(), CompareView()
        self._connect()
        self.pages = widgets.Pages()
        self._focus = FocusBack(self.pages, self._what_comes_next)
        for page in (self.setup, self.view, self.compare):
            self.pages.addWidget(page)
        self.split = ListBeside(self.list, self.pages)
        self.setLayout(widgets.to_the_foot(widgets.column(self.split, margin=2 * widgets.GRID)))
        Styled(self.view, self.view.restyle)  # each by itself: only the page in sight takes a theme
        Styled(self.compare, self.compare.restyle)

    def _connect(self) -> None:
        self.list.new_asked.connect(self.new_run)
        self.list.chosen.connect(self._choose)
        self.list.renamed.connect(self._renamed)
        self.list.deleted.connect(self._deleted)
        self.list.said.connect(self.said)
        self.list.problem.connect(self.problem)
        self.setup.start_asked.connect(self._start_new)
        self.setup.cancel_asked.connect(self.stop)
        self.setup.training_asked.connect(self._show_training)
        self.setup.texts_asked.connect(self.texts_asked)
        self.view.pause_asked.connect(self.pause)
        self.view.stop_asked.connect(self.stop)
        self.view.resume_asked.connect(self.resume)
        self.view.write_asked.connect(self._ask_to_write)
        self.view.mend_asked.connect(self._start_again)
        self.view.longer_asked.connect(self._ask_for_longer)
        self.view.next_asked.connect(self._take_next_step)
        self.view.problem.connect(self.problem)

    # --- what the user does

    def open(self, opened: OpenProject) -> None:
        self.battery.stop()
        if self._measuring:  # it came to no end
            self._measured_for = 0
        self.opened, self.job, self.running, self._measuring, self._prepared = opened, None, None, None, None
        self._then = None
        opened.changed.connect(self._show_snapshot)
        opened.back.connect(self._read_again)
        for part in (self.list, self.setup.beginning, self.view, self.compare):
            part.open_project(opened)
        self.setup.reset()
        self.setup.show_device(self._device)
        self.setup.show_prepared(None)
        self._show_snapshot()
        self.new_run()
        for known in opened.snapshot.runs[-1:]:
            if known.is_stopped:  # it waits to go on
                self._show(known.run)

    def new_run(self) -> None:
        self.list.unselect()
        self.pages.setCurrentWidget(self.setup)
        self.setup.page.verticalScrollBar().setValue(0)

    def start_or_resume(self) -> None:
        """What Ctrl+R means here."""
        shown, run = self.pages.currentWidget(), self.view.run
        if shown is self.view and run and self._is_finished(run):
            self.said.emit("This run is finished. “Train longer …” goes on from it, “New run” begins another.")
        elif shown is self.view:
            self.resume()
        elif shown is self.setup and self.job is None:
            self.setup.start()

    def pause(self) -> None:
        if self.job:
            self._rests = False
            self.job.control.go_on() if self.job.paused else self.job.control.pause()
            if not self.job.paused:
                self._say("Going on …")
            self._show_snapshot()

    def go_on(self) -> None:
        """Ends a pause."""
        if self.job and self.job.paused:
            self.pause()

    def _rest(self, on_battery: bool) -> None:
        """Waits while the computer is not plugged in, where that is wished."""
        is_due = self.job and (not self.job.paused if on_battery else self._rests and self.job.paused)
        if is_due and self.setup.rest.isChecked():
            self.pause()
            self._rests = on_battery  # whoever pauses by hand is not woken by a plug
            self._say("Paused: on battery. It goes on by itself." if on_battery else "Plugged in again.")

    def stop(self) -> None:
        if self.job:
            self._say("Stopping at the next step, then saving …") if self.running else self.said.emit(CANCELLED)
            self.job.stop()
            self._show_state()

    def ask_to_stop(self) -> None:
        """For a key that is easily pressed by mistake."""
        if (job := self.job) and not job.stopping and (not self.running or ask_to_stop(self, job, self._running_name)):
            self.stop()

    def _say(self, words: str) -> None:
        """Of the run that trains, where it is the one that is shown; until its next step."""
        if self.running and self.view.shows(self.running):
            self.view.say(words, passing=True)

    def resume(self) -> None:
        run, effort = self.view.run, self._effort()
        if run and not self.job and not self._is_finished(run):
            self.running = run
            self._start(lambda control: trained(run, effort, control))
            self._say("Loading …")

    def _start_new(self, request: RunRequest) -> None:
        if self.opened and not self.job:
            here, effort = self.opened.project, self._effort()
            self.setup.show_progress(events.Progressed("Getting ready", 0, 0, 0))
            self._start(lambda control: planned_and_trained(here, here.planning(request, control), effort, control))

    def _start_again(self, settings: Sequence[str]) -> None:
        run, effort = self.view.run, self._effort()
        if self.opened and run and not self.job:
            here = self.opened.project
            self._start(lambda control: planned_and_trained(here, again(run, settings), effort, control))

    def _ask_to_write(self) -> None:
        if self.view.run:
            self.write_asked.emit(self.view.run)

    def _ask_for_longer(self) -> None:
        minutes = ask_for_minutes(self.view, self.view.known, self._prepared is not None, self.problem.emit)
        if minutes and self.view.run and self.opened and not self.job:
            run, here, effort = Run(self.view.run.folder), self.opened.project, self._effort()
            self._start(
                lambda control: planned_and_trained(here, run.planning_longer(minutes, control), effort, control)
            )

    def _take_next_step(self, step: NextStep) -> None:
        match step:
            case NextStep.WRITE:
                self._ask_to_write()
            case NextStep.ADD_TEXT:
                self.texts_asked.emit()
            case NextStep.TRAIN_LONGER:
                self._ask_for_longer()
            case NextStep.BEGIN_WITH_MODEL:
                self.new_run()
                self.setup.begin_with(STARTER)
            case NextStep.GENTLER:
                self._start_more_gently()
            case NextStep.NONE:
                pass
            case _:
                assert_never(step)

    def _start_more_gently(self) -> None:
        """The same again with half the learning rate; a run that still trains is stopped and saved first."""
        run = self.view.run
        known = self.opened.snapshot.of_run(run) if self.opened and run else None
        if known is None or known.config is None:
            return
        settings = (f"train.learning_rate={known.config.train.learning_rate / 2!r}",)
        if self.job is None:
            self._start_again(settings)
        elif self.running and self.view.shows(self.running):
            self._then = functools.partial(self._start_again, settings)
            self.stop()

    def _show_training(self) -> None:
        if self.running:
            self._show(self.running)

    def _renamed(self, run: project.Run, said: str) -> None:
        """It stays in sight under its new name."""
        self._show(run)
        if said:
            self.said.emit(said)

    def _deleted(self, run: project.Run) -> None:
        if self.view.shows(run) or self.pages.currentWidget() is self.compare:
            self.new_run()

    def _effort(self) -> Effort:
        return Effort(self.setup.pace.pace(), self.setup.processes.value())

    # --- what happens

    def _start(self, source: Callable[[Control], Iterable[Event]]) -> None:
        assert self.opened
        if self._measuring:
            self._measuring.stop()
        self._gain = Gain()
        self.job = self.opened.jobs.start(
            functools.partial(self._alone, source), self.show_event, failed=self.problem.emit, finished=self._finished
        )
        self._show_snapshot()
        self.battery.start()

    def _alone(self, source: Callable[[Control], Iterable[Event]], control: Control) -> Iterator[Event]:
        with self._computing:
            yield from source(control)

    def show_event(self, event: Event) -> None:
        self._gain.take(event)
        if isinstance(event, events.RunCreated):
            self._created(event)
        if isinstance(event, events.Progressed) and self.running is None:
            self.setup.show_progress(event)
            if self.pages.currentWidget() is self.view:  # a run that is made from another one, which is in sight
                self.view.say(f"{event.stage} …", passing=True)
        if self.running and self.view.shows(self.running):
            self.view.show_event(event)
        if isinstance(event, events.CheckpointSaved) and self.opened:
            self.opened.look()
        if isinstance(event, events.RunFinished) and event.outcome is Outcome.FAILED:
            self.problem.emit(event.message, "")

    def _created(self, event: events.RunCreated) -> None:
        assert self.opened
        self.setup.show_progress(None)
        self.running = Run(self.opened.project.folder / event.run)
        self._show(self.running)
        self.opened.look()

    def _finished(self) -> None:
        assert self.opened
        self.battery.stop()
        self.job = None
        run, self.running = self.running, None
        shown = self.view.run if self.pages.currentWidget() is self.view else run
        if shown:
            self._show(shown)
        self.setup.show_progress(None)
        self.setup.show_prepared(self._prepared)
        self._show_snapshot()
        self.opened.look()
        if run and self._gain.saved:
            self.ended.emit(run, self._gain.why_none)
        then, self._then = self._then, None
        if then and not self.opened.jobs.stopping:
            then()

    def _show_runs(self) -> None:
        if self.opened:
            trains = self.running if self.job else None
            self.list.show_runs(self.opened.snapshot.runs, trains, bool(self.job and self.job.paused))

    def _read_again(self) -> None:
        """A folder that is back holds again what could not be read of the run that is shown."""
        if self.job is None and self.view.run:
            self.view.open(self.view.run)

    def _show_snapshot(self) -> None:
        self._show_runs()
        self._show_state()

    def _is_finished(self, run: project.Run) -> bool:
        known = self.opened.snapshot.of_run(run) if self.opened else None
        return known is not None and known.is_finished

    def _choose(self, runs: list[project.Run]) -> None:
        if len(runs) == 1:
            self._open(runs[0])
        elif runs:
            self.compare.open(runs)
            self.pages.setCurrentWidget(self.compare)

    def _show(self, run: project.Run) -> None:
        self._open(run)
        self.list.choose(run)

    def _open(self, run: project.Run) -> None:
        with self._focus.kept():
            if not self.view.shows(run) or self.job is None:
                self.view.open(run)
            self.pages.setCurrentWidget(self.view)
            self._show_state_now()

    def _what_comes_next(self, pressed: QWidget) -> QWidget | None:
        """Start, Train longer and Resume lead to Pause, once that is there; whoever typed would press it unasked."""
        pause = self.view.pause_button
        return pause if isinstance(pressed, QAbstractButton) and pause.isVisible() else None

    def _show_state(self) -> None:
        with self._focus.kept():
            self._show_state_now()

    def _show_state_now(self) -> None:
        run, job = self.view.run, self.job
        mine = self.running is not None and self.view.shows(self.running)
        known = self.opened.snapshot.of_run(run) if self.opened and run else None
        self.setup.show_training(self._running_name if job else "")
        self.view.show_state(
            Shown(
                running=mine and job is not None,
                paused=mine and bool(job and job.paused),
                stopping=bool(job and job.stopping),
                finished=bool(known and known.is_finished),
                has_model=bool(known and known.checkpoints),
                busy=job is not None and not mine,
            )
        )

    @property
    def _running_name(self) -> str:
        """What people call the run that trains."""
        return self.opened.snapshot.title(self.running) if self.opened and self.running else ""

    def unsaved(self) -> list[Callable[[], object]]:
        return self.view.unsaved()

    # --- what this machine can do

    def show_prepared(self, prepared: events.Prepared | None) -> None:
        self._prepared = prepared
        self.setup.show_prepared(prepared)
        self.setup.beginning.look()
        self._measure()

    def show_device(self, words: str) -> None:
        self._device = words
        self.setup.show_device(words)
        self._measure()

    def _measure(self) -> None:
        """The speed of the presets, once the libraries are loaded, when nothing else computes."""
        opened, prepared = self.opened, self._prepared
        if not (opened and prepared and self._device and self.isVisible()) or opened.jobs.stopping:
            return
        if self.job or self._measuring or self._measured_for == prepared.vocabulary:
            return
        vocabulary = self._measured_for = prepared.vocabulary
        source = functools.partial(self._alone, lambda control: measuring_presets(vocabulary, control))
        start, show = opened.jobs.start, self.setup.show_speed
        self._measuring = start(source, show, failed=self.problem.emit, finished=self._measured)

    def _measured(self) -> None:
        if self._measuring and self._measuring.stopping:  # it came to no end
            self._measured_for = 0
        self._measuring = None

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        self._measure()
