"""The project that is open in the window: its folder, its lock, its jobs, and what is known of its disk."""

from typing import IO

from PySide6.QtCore import QObject, Signal

from ... import Project
from ...engine.core.snapshot import ProjectSnapshot, snapshot
from .job_runner import JobRunner


class OpenProject(QObject):
    """Views get it with ``open`` and keep it until the next one comes.

    Signal: ``changed(ProjectSnapshot)`` whenever the folder was looked at anew; ``snapshot`` is the newest.
    """

    changed = Signal(object)

    def __init__(
        self, project: Project, lock: IO[bytes], first: ProjectSnapshot, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.project, self.snapshot = project, first
        self.jobs = JobRunner(self)
        self._lock = lock
        self._looking = self._again = False

    def look(self) -> None:
        """Reads the folder on a job's thread; ``changed`` follows. Called again meanwhile, it looks once more."""
        self._again = self._looking
        if not self._looking:
            self._looking = True
            self.jobs.start(lambda control: iter([snapshot(self.project)]), self._looked, finished=self._done)

    def _looked(self, found: ProjectSnapshot) -> None:
        self.snapshot = found
        self.changed.emit(found)

    def _done(self) -> None:
        self._looking = False
        if self._again:
            self.look()

    def release(self) -> None:
        """To be called when its jobs are closed: another window may open the project then."""
        self._lock.close()
