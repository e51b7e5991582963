"""The project that is open in the window: its folder, its lock, its jobs, and what is known of its disk."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Self

from PySide6.QtCore import QObject, QTimer, Signal

from ... import Project
from ...engine.core.control import Control
from ...engine.core.desktop_file import write_desktop_file
from ...engine.core.errors import EngineError, ProjectError
from ...engine.core.lock import Lock
from ...engine.core.snapshot import ProjectSnapshot, snapshot
from ...engine.core.text_changes import sweep
from .job_runner import Failure, JobRunner, attempt

RETURN_MS = 2000  # between two looks for a folder that is gone


@dataclass(frozen=True, slots=True)
class LockedProject:
    """A project that no other program can open, and what lies in its folder. It is made on a job's thread."""

    project: Project
    lock: Lock
    first: ProjectSnapshot

    @classmethod
    def of(cls, project: Project) -> Self:
        """Raises ProjectError when it is open elsewhere or cannot be read."""
        with ExitStack() as undo:
            lock = undo.enter_context(project.lock())
            sweep(project)
            locked = cls(project, lock, snapshot(project))
            with suppress(ProjectError):  # a disk that may not be written is told when something is to be saved
                write_desktop_file(project)
            undo.pop_all()
            return locked


@dataclass(frozen=True, slots=True)
class _Change:
    """Something small to write into the folder, and whom to tell on the window's thread."""

    write: Callable[[], object]
    then: Callable[[], object]
    failed: Callable[[str, str], object]


@dataclass(frozen=True, slots=True)
class _Written:
    change: _Change
    failure: Failure | None


def _seen(project: Project, lock: Lock) -> ProjectSnapshot | None:
    """None: its folder is gone, or another one in its place is open elsewhere."""
    try:
        _hold(project, lock)
        return snapshot(project)
    except EngineError:
        if project.exists() and lock.is_in_place():
            raise
        return None


def _hold(project: Project, lock: Lock) -> None:
    """The folder may have been exchanged for a copy of another day. Raises ProjectError when that is open elsewhere."""
    if project.exists() and not lock.is_in_place():
        lock.take_again()


class OpenProject(QObject):
    """Views get it with ``open`` and keep it until the next one comes.

    Signals: ``changed(ProjectSnapshot)`` whenever the folder was looked at anew, ``snapshot`` is the newest; ``gone()``
    when the folder is not in its place any more, and ``is_gone`` until it is ``back()``; ``outdated(sentence)``: what
    was told is of the past.
    """

    changed = Signal(object)
    gone = Signal()
    back = Signal()
    outdated = Signal(str)

    def __init__(self, locked: LockedProject, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project, self.snapshot = locked.project, locked.first
        self.jobs = JobRunner(self, self._explain)
        self._lock = locked.lock
        self.is_gone = self._looking = self._again = self._changing = False
        self._returning = QTimer(self, interval=RETURN_MS, singleShot=True)
        self._returning.timeout.connect(self.look)
        self.jobs.closed.connect(self._returning.stop)
        self._changes: deque[_Change] = deque()
        self._failed = ""  # what was told of the last change that failed

    @property
    def gone_in_words(self) -> str:
        if self.project.exists():
            return (
                f"{self.project.folder} was exchanged for another folder, which this window cannot hold: another one "
                "may have it open. Nothing is read or saved here until it can. What you see can still be copied."
            )
        return (
            f"The folder of this project is gone: {self.project.folder}. Nothing can be read or saved until it is back "
            "in its place. What you see can still be copied."
        )

    def _explain(self, failure: Failure) -> Failure:
        """Where the whole folder is gone, that is what went wrong, whichever file of it was missed first."""
        if self.project.exists():
            return failure
        return Failure(self.gone_in_words, failure.details)

    def look(self) -> None:
        """Reads the folder on a job's thread; ``changed`` follows. Called again meanwhile, it looks once more."""
        self._again = self._looking
        if not self._looking:
            self._looking = True
            self.jobs.start(lambda control: iter([_seen(self.project, self._lock)]), self._looked, finished=self._done)

    def _looked(self, found: ProjectSnapshot | None) -> None:
        was_gone, self.is_gone = self.is_gone, found is None
        if found is not None:
            self.snapshot = found
            self.changed.emit(found)
            if was_gone:
                self.back.emit()
        elif not was_gone:
            self.gone.emit()

    def _done(self) -> None:
        self._looking = False
        if self._again:
            self.look()
        elif self.is_gone:
            self._returning.start()

    def change(
        self,
        write: Callable[[], object],
        *,
        then: Callable[[], object] = lambda: None,
        failed: Callable[[str, str], object] | None = None,
    ) -> None:
        """Small writes happen on a job's thread, one after the other in the order in which they are asked for.

        ``then`` or ``failed(sentence, details)`` is called on the window's thread; at the end the folder is looked at.
        """
        self._changes.append(_Change(write, then, failed or self.jobs.problem.emit))
        if not self._changing:
            self._changing = True
            self.jobs.start(self._write_all, self._written, finished=self._all_written)

    def go_on(self) -> None:
        """Somebody asks for something else, or once more: that something failed before is of the past."""
        self.outdated.emit(self._failed)

    def after_changes(self, then: Callable[[], object]) -> None:
        """For work that reads what was changed: at once when nothing is being written, else afterwards."""
        if self._changing:
            self.change(lambda: None, then=then)
        else:
            then()

    def _write_all(self, control: Control) -> Iterator[_Written]:
        """Also when it is asked to stop: what somebody typed is not to be lost."""
        while self._changes:
            change = self._changes.popleft()
            yield _Written(change, attempt(lambda: _hold(self.project, self._lock)) or attempt(change.write))

    def _written(self, written: _Written) -> None:
        if written.failure:
            self._failed = written.failure.sentence
            written.change.failed(written.failure.sentence, written.failure.details)
        else:
            written.change.then()

    def _all_written(self) -> None:
        self._changing = False
        if self._changes:  # asked for when the job was about to end
            self._changing = True
            self.jobs.start(self._write_all, self._written, finished=self._all_written)
        else:
            self.look()

    def release(self) -> None:
        """To be called when its jobs are closed: another window may open the project then."""
        self._lock.close()
