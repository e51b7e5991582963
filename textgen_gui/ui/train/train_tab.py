"""Runs: a list of them, setting up a new one, and watching one learn."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from ...engine.core import events
from ...engine.core.errors import EngineError
from ...engine.core.events import Event
from ...engine.core.project import Project, Run
from ..parts import widgets
from ..parts.job_runner import Job
from .battery import BatteryWatch
from .compare import CompareView
from .run_list import RunList
from .run_setup import RunSetup
from .run_view import RunView


class TrainTab(QWidget):
    """Signals: ``runs_changed()``, ``tokens_asked(folder)`` (prepare with the tokens of the model there),
    ``write_asked(Run)``, ``problem(sentence, details)``, ``busy_changed()``."""

    runs_changed = Signal()
    tokens_asked = Signal(str)
    write_asked = Signal(object)
    problem = Signal(str, str)
    busy_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.project: Project | None = None
        self.job: Job | None = None
        self.running: Run | None = None
        self._measuring: Job | None = None
        self._measured_for = 0
        self._prepared: events.Prepared | None = None
        self._device = ""
        self.list = RunList(self._state_of)
        self.list.new_asked.connect(self.new_run)
        self.list.chosen.connect(self._choose)
        self.list.changed.connect(self._runs_changed)
        self.list.problem.connect(self.problem)
        self.battery = BatteryWatch(self)
        self.battery.changed.connect(self._rest)
        self.setup = RunSetup()
        self.setup.start_asked.connect(self._start_new)
        self.setup.beginning.tokens_asked.connect(self.tokens_asked)
        self.view = RunView()
        self.view.pause_asked.connect(self.pause)
        self.view.stop_asked.connect(self.stop)
        self.view.resume_asked.connect(self.resume)
        self.view.write_asked.connect(self._ask_to_write)
        self.view.mend_asked.connect(self._start_again)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.setup)
        self.pages.addWidget(self.view)
        self.compare = CompareView()
        self.pages.addWidget(self.compare)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.list)
        split.addWidget(self.pages)
        split.setSizes([220, 860])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        self.setLayout(widgets.column(split, margin=2 * widgets.GRID))

    # --- what the user does

    def open(self, project: Project) -> None:
        self.project = project
        self.list.show_runs(project, None)
        self.new_run()

    def new_run(self) -> None:
        self.list.unselect()
        if self.project:
            self.setup.beginning.open(self.project)
        self.pages.setCurrentWidget(self.setup)

    def start_or_resume(self) -> None:
        """What Ctrl+R means here."""
        if self.job is None:
            self.setup.start() if self.pages.currentWidget() is self.setup else self.resume()

    def pause(self) -> None:
        if self.job:
            self.job.go_on() if self.job.paused else self.job.pause()
            self._show_state()

    def _rest(self, on_battery: bool) -> None:
        """Waits while the computer is not plugged in, where that is wished."""
        if self.job and self.setup.rest.isChecked() and self.job.paused != on_battery:
            self.pause()
            self.view.state.setText(
                "Paused: the computer runs on battery. It goes on by itself." if on_battery else "Plugged in again."
            )

    def stop(self) -> None:
        if self.job:
            self.view.state.setText("Stopping at the next step, then saving …")
            self.job.stop()
            self._show_state()

    def resume(self) -> None:
        run = self.view.run
        if run and not self.job and not self._is_finished(run):
            self.running = run
            pace, processes = self.setup.pace.currentData(), self.setup.processes.value()
            self._start(lambda stop: _train(run, stop, pace, processes))
            self.list.show_state(run)

    def _start_new(self, preset: str, minutes: float | None, settings: list[str], name: str) -> None:
        project = self.project
        if project and not self.job:
            self.setup.start_button.setEnabled(False)
            self.setup.device.setText("Measuring this machine for a moment …")
            way = self.setup.pace.currentData(), self.setup.processes.value()
            self._start(lambda stop: _plan_and_train(project, preset, minutes, settings, name, way, stop))

    def _start_again(self, settings: list[str]) -> None:
        run = self.view.run
        if run and not self.job:
            way = self.setup.pace.currentData(), self.setup.processes.value()
            self._start(lambda stop: _again(run, settings, way, stop))

    def _ask_to_write(self) -> None:
        if self.view.run:
            self.write_asked.emit(self.view.run)

    # --- what happens

    def _start(self, source: Callable[[Callable[[], bool]], Iterator[Event]]) -> None:
        self.job = Job(source, self)
        self.job.happened.connect(self.show_event)
        self.job.failed.connect(self.problem)
        self.job.finished.connect(self._finished)
        self._show_state()
        self.busy_changed.emit()
        self.battery.start()
        if self._measuring:
            self._measuring.stop()  # and `_measuring_finished` starts the job: both at once would measure each other
        else:
            self.job.start()

    def show_event(self, event: Event) -> None:
        if isinstance(event, events.RunCreated):
            self._created(event)
        if self.running and self.view.run and self.view.run.folder == self.running.folder:
            self.view.show_event(event)
        if isinstance(event, events.CheckpointSaved):
            self.runs_changed.emit()
        if isinstance(event, events.RunFinished) and event.outcome == "failed":
            self.problem.emit(event.message, "")

    def _created(self, event: events.RunCreated) -> None:
        assert self.project is not None
        self.running = Run(self.project.folder / event.run)
        self._list_runs(self.running)

    def _finished(self) -> None:
        self.battery.stop()
        job, self.job = self.job, None
        if job:
            job.deleteLater()
        run, self.running = self.running, None
        self._list_runs(self.view.run if self.pages.currentWidget() is self.view else run)
        self.setup.show_device(self._device)
        self.setup.show_prepared(self._prepared)
        self._show_state()
        self.runs_changed.emit()
        self.busy_changed.emit()

    def _list_runs(self, chosen: Run | None) -> None:
        assert self.project is not None
        self.list.show_runs(self.project, chosen)
        if chosen:
            self._open(chosen)

    def _runs_changed(self) -> None:
        """Renamed or deleted: the one that is shown may have another folder now, or none."""
        if self.project:
            self.list.show_runs(self.project, None)
            self.new_run()
        self.runs_changed.emit()

    def _state_of(self, run: Run) -> str:
        if self.running and run.folder == self.running.folder:
            return "training now"
        checkpoints = run.checkpoints()
        if self._is_finished(run):
            return "finished"
        return f"stopped at step {checkpoints[-1].step:,}" if checkpoints else "not started"

    def _is_finished(self, run: Run) -> bool:
        checkpoints = run.checkpoints()
        try:
            return bool(checkpoints) and checkpoints[-1].step >= run.config().train.steps
        except EngineError:
            return False

    def _choose(self, runs: list[Run]) -> None:
        if len(runs) == 1:
            self._open(runs[0])
        elif runs:
            self.compare.open(runs)
            self.pages.setCurrentWidget(self.compare)

    def _open(self, run: Run) -> None:
        if self.view.run is None or self.view.run.folder != run.folder or self.job is None:
            self.view.open(run)
        self.pages.setCurrentWidget(self.view)
        self._show_state()

    def _show_state(self) -> None:
        run, job = self.view.run, self.job
        mine = bool(run and self.running and run.folder == self.running.folder)
        self.setup.start_button.setVisible(job is None)
        self.view.show_state(
            running=mine and job is not None,
            paused=bool(job and job.paused),
            stopping=bool(job and job.stopping),
            finished=bool(run and self._is_finished(run)) or (job is not None and not mine),
            has_model=bool(run and run.checkpoints()),
        )

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
        ready = self._prepared and self._device and self.job is None and self._measuring is None
        if (
            not (ready and self.isVisible())
            or self._prepared is None
            or self._measured_for == self._prepared.vocabulary
        ):
            return
        vocabulary = self._measured_for = self._prepared.vocabulary
        self._measuring = Job(lambda stop: _measure_presets(vocabulary, stop), self)
        self._measuring.happened.connect(self.setup.show_speed)
        self._measuring.failed.connect(self.problem)
        self._measuring.finished.connect(self._measuring_finished)
        self._measuring.start()

    def _measuring_finished(self) -> None:
        job, self._measuring = self._measuring, None
        if job:
            job.deleteLater()
        if self.job and not self.job.isRunning():
            self.job.start()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        self._measure()

    def restyle(self) -> None:
        self.view.plot.restyle()
        self.compare.restyle()

    def stop_for_closing(self) -> None:
        self.view.keep_notes()
        self.setup.beginning.stop_for_closing()
        self.view.stop_for_closing()
        for job in (self._measuring, self.job):
            if job:
                job.stop()
                job.wait()


def _train(run: Run, stop: Callable[[], bool], pace: str, processes: int) -> Iterator[Event]:
    from ...engine.training.launch import launched
    from ...engine.training.train import recorded

    happened = recorded(run, stop, pace) if processes == 1 else launched(run, processes, stop)
    yield from events.thin(happened, per_second=4)  # each wakes the window, and the cores wait for it


def _plan_and_train(
    project: Project,
    preset: str,
    minutes: float | None,
    settings: list[str],
    name: str,
    way: tuple[str, int],
    stop: Callable[[], bool],
) -> Iterator[Event]:
    from ...engine.training.plan import new_run

    for event in new_run(project, preset=preset, minutes=minutes, settings=settings, name=name):
        yield event
        if isinstance(event, events.RunCreated) and not stop():
            yield from _train(Run(project.folder / event.run), stop, *way)


def _again(run: Run, settings: list[str], way: tuple[str, int], stop: Callable[[], bool]) -> Iterator[Event]:
    from ...engine.training.plan import again

    created = again(run, settings)
    yield created
    yield from _train(Run(run.project.folder / created.run), stop, *way)


def _measure_presets(vocabulary: int, stop: Callable[[], bool]) -> Iterator[Event]:
    from ...engine.training.plan import measure_presets

    yield from measure_presets(vocabulary, stop)
