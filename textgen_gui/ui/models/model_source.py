"""What brings models into the library, one at a time, and says how far it is."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ...engine.core import events
from ...engine.core.control import Control
from ...engine.core.events import Event
from ..parts.job_runner import Job, JobRunner
from .download import Download


class ModelSource(QWidget):
    """Signals: ``fetched(name)``, ``changed()`` (what is here may be more or less), ``problem(sentence, details)``."""

    fetched = Signal(str)
    changed = Signal()
    problem = Signal(str, str)

    def __init__(self, jobs: JobRunner) -> None:
        super().__init__()
        self._jobs = jobs
        self._job: Job | None = None
        self.download = Download()
        self.download.stop_asked.connect(self.stop)

    def show_state(self) -> None:
        """What can be pressed now."""
        raise NotImplementedError

    def start(self, work: Callable[[Control], Iterator[Event]], name: str) -> None:
        """Nothing happens while another one comes."""
        if self._job is None:
            self.download.begin(name)
            self._job = self._jobs.start(work, self.happened, failed=self.problem.emit, finished=self._finished)
            self.show_state()

    def stop(self) -> None:
        if self._job:
            self._job.stop()
            self.download.show_stopping()

    def happened(self, event: Event) -> None:
        self.download.show_event(event)
        if isinstance(event, events.ModelReady):
            self.fetched.emit(event.name)

    def _finished(self) -> None:
        self._job = None
        self.show_state()
        self.changed.emit()
