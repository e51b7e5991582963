"""Keeps the page of the writing desk in the project while it is written, and brings it back."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ...engine.core import draft
from ...engine.core.errors import EngineError
from ...engine.core.events import Event
from ...engine.core.project import Project
from ..parts import widgets
from ..parts.job_runner import Job

if TYPE_CHECKING:
    from .writing_desk import WritingPage

KEEP_MS = 3000  # at most so much is lost when the computer loses power


class Draft(QObject):
    problem = Signal(str, str)

    def __init__(self, desk: "WritingPage") -> None:
        super().__init__(desk)
        self.desk = desk
        self.job: Job | None = None
        self._changed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_MS)
        self._timer.timeout.connect(self._keep_aside)

    def changed(self) -> None:
        self._changed = True
        if not self._timer.isActive():
            self._timer.start()

    def load(self, project: Project) -> None:
        """Shows the page as it was left; empty where nothing was, or where it cannot be read."""
        try:
            page, self.desk.done = draft.load(project)
        except EngineError as problem:
            self.problem.emit(str(problem), "")
            page, self.desk.done = "", []
        self.desk.page.setPlainText(page)
        self._timer.stop()
        self._changed = False

    def keep(self) -> None:
        """At once. Raises EngineError when the disk refuses."""
        self._timer.stop()
        self.wait()
        if self.desk.project and self._changed:
            draft.keep(self.desk.project, widgets.text_of(self.desk.page), self.desk.done)
            self._changed = False

    def wait(self) -> None:
        if self.job:
            self.job.wait()

    def _keep_aside(self) -> None:
        project, page, done = self.desk.project, widgets.text_of(self.desk.page), list(self.desk.done)
        if project is None:
            return
        if self.job:
            self._timer.start()
            return
        self._changed = False
        self.job = Job(lambda stop: _keep(project, page, done), self)
        self.job.failed.connect(self._failed)
        self.job.finished.connect(self._finished)
        self.job.start()

    def _failed(self, sentence: str, details: str) -> None:
        self._changed = True
        self.problem.emit(sentence, details)

    def _finished(self) -> None:
        job, self.job = self.job, None
        if job:
            job.deleteLater()


def _keep(project: Project, page: str, done: list[draft.Done]) -> Iterator[Event]:
    draft.keep(project, page, done)
    return iter(())
