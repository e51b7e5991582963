"""Background work: a job iterates a source of events on a thread of its own. The only file with threads.

A JobRunner owns all jobs of an open project. Views start work with it and never hold a thread: when the project is
closed, its jobs are asked to stop and save, and nothing that they still say reaches a view.
"""

import functools
import gc
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal

from ...engine.core.control import Control
from ...engine.core.disk_errors import in_words
from ...engine.core.errors import EngineError
from ...front_door import give_back_memory
from ...log import trace_of
from .retold import in_users_numbers

BEAT_MS = 100  # between two looks at new objects; in 250 a worker makes so many that it takes 120
FULL_ROUND = 200  # beats, between two looks at all
MANY, BUSY_S = 20_000, 0.002  # objects, and the time to look at new ones: more than come when nothing much happens
SLOW_S = 0.03  # of looking at new objects between two looks at all, or of such a look: so many are not looked at again
T = TypeVar("T")
Source = Callable[[Control], Iterable[T]]


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, as it is told to the user. ``details`` is what the program itself says about it; ``setting`` the
    name of the one that is to be mended, if it is one.
    """

    sentence: str
    details: str
    setting: str = ""


Explain = Callable[[Failure], Failure]


def failure_of(problem: BaseException) -> Failure:
    """What the engine raises is a sentence already; what nobody expected goes into the log, too."""
    details = "".join(traceback.format_exception(problem))
    if isinstance(problem, EngineError):
        return Failure(str(problem), details, problem.setting)
    logging.getLogger(__name__).error("Unexpected: %s", trace_of(problem))
    words = f"Something unexpected went wrong ({type(problem).__name__}). The details are in the log."
    return Failure(in_words(problem) or words, details)


def attempt(work: Callable[[], object]) -> Failure | None:
    """Does it; None when it went well."""
    try:
        work()
    except BaseException as problem:
        return failure_of(problem)
    return None


def as_it_is(failure: Failure) -> Failure:
    return failure


class Job(QThread):
    """Runs ``source(control)`` to its end.

    Signals: ``happened(event)`` for each event, ``failed(sentence, details)`` at most once, ``misset(setting,
    sentence)`` after it where a setting is to be mended, ``finished`` last.
    """

    happened = Signal(object)
    failed = Signal(str, str)
    misset = Signal(str, str)

    def __init__(self, source: Source[Any], parent: QObject | None, explain: Explain = as_it_is) -> None:
        super().__init__(parent)
        self.setStackSize(16 * 1024 * 1024)  # macOS gives threads 512 KB, too little for numerics
        self._source, self._explain = source, explain
        self.control = Control()

    def run(self) -> None:
        try:
            for event in self._source(self.control):
                self.happened.emit(event)
        except BaseException as problem:  # the edge: tokenizers panics with what is no Exception
            failure = self._explain(failure_of(problem))
            self.failed.emit(failure.sentence, failure.details)
            if failure.setting:
                self.misset.emit(failure.setting, failure.sentence)

    def stop(self) -> None:
        """Asks the source to stop at its next step; a paused job goes on just to stop."""
        self.control.stop()

    @property
    def stopping(self) -> bool:
        return self.control()

    @property
    def paused(self) -> bool:
        return self.control.paused()


class _Listener(QObject):
    """Takes what a job says to those who asked for it: on the window's thread, because this object lives there."""

    ended = Signal(QObject)
    misset = Signal(str, str)

    def __init__(
        self,
        job: Job,
        show: Callable[[Any], object],
        failed: Callable[[str, str], object],
        finished: Callable[[], object],
    ) -> None:
        super().__init__(job)
        self.job, self.deaf = job, False
        self._show, self._failed, self._finished = show, failed, finished
        queued = Qt.ConnectionType.QueuedConnection
        job.happened.connect(self._happened, queued)
        job.failed.connect(self._has_failed, queued)
        job.misset.connect(self._is_misset, queued)
        job.finished.connect(self._has_finished, queued)

    def _happened(self, event: object) -> None:
        if not self.deaf:
            self._show(in_users_numbers(event))

    def _has_failed(self, sentence: str, details: str) -> None:
        if not self.deaf:
            self._failed(sentence, details)

    def _is_misset(self, setting: str, sentence: str) -> None:
        if not self.deaf:
            self.misset.emit(setting, sentence)

    def _has_finished(self) -> None:
        self.ended.emit(self)

    def tell_end(self) -> None:
        if not self.deaf:
            self._finished()


class JobRunner(QObject):
    """Starts, stops and closes the jobs of one project.

    ``explain``: is asked on a job's thread for better words about what went wrong.

    Signals: ``changed()`` whenever a job begins or ends, ``problem(sentence, details)`` for a failure that no view
    took, ``misset(setting, sentence)`` for one that a setting is to blame for, ``closed()`` once after ``close``, when
    no thread runs any more.
    """

    changed = Signal()
    problem = Signal(str, str)
    misset = Signal(str, str)
    closed = Signal()

    def __init__(self, parent: QObject | None = None, explain: Explain = as_it_is) -> None:
        super().__init__(parent)
        self._explain = explain
        self._listeners: set[_Listener] = set()
        self._when_idle: Callable[[], object] | None = None
        self._closing = False

    def start(
        self,
        source: Source[T],
        show: Callable[[T], object],
        *,
        failed: Callable[[str, str], object] | None = None,
        finished: Callable[[], object] = lambda: None,
    ) -> Job:
        """``show`` is called for each event and ``finished`` at the end, both on the window's thread.

        ``failed(sentence, details)`` instead of the signal ``problem``. Nothing is called once the project is closed,
        and what is to be started after that never begins.
        """
        job = Job(source, None if self._closing else self, self._explain)  # this one may be gone by then
        if self._closing:
            job.stop()
            return job
        listener = _Listener(job, show, failed or self.problem.emit, finished)
        listener.ended.connect(self._ended)
        listener.misset.connect(self.misset)
        self._listeners.add(listener)
        QTimer.singleShot(0, job, functools.partial(self._begin, job))
        return job

    def _begin(self, job: Job) -> None:
        """Once whoever asked for it has it: who hears of the change looks for it there, and misses no event."""
        if not self._closing:
            self.changed.emit()
        job.start()

    def _ended(self, listener: _Listener) -> None:
        self._listeners.remove(listener)
        listener.job.wait()  # it has finished: only its thread is still leaving
        listener.job.deleteLater()
        try:
            listener.tell_end()
        finally:  # whatever a view gets wrong, the project can be closed
            self._tell_change()

    def _tell_change(self) -> None:
        if not self._closing:
            self.changed.emit()
            self._tell_idle()
        elif not self._listeners:
            self.closed.emit()

    def _tell_idle(self) -> None:
        if self._when_idle and not self._listeners:
            then, self._when_idle = self._when_idle, None
            then()

    @property
    def busy(self) -> bool:
        return bool(self._listeners)

    @property
    def stopping(self) -> bool:
        """All jobs are asked to stop. What would begin after them had better not."""
        return self._when_idle is not None

    def stop_all_then(self, then: Callable[[], object]) -> None:
        """Asks all jobs to stop and save; ``then`` is called when they have, and have told all that came of it."""
        self._when_idle = then
        for listener in self._listeners:
            listener.job.stop()
        self._tell_idle()

    def close(self) -> None:
        """Asks all jobs to stop and save, and returns at once; ``closed`` follows when they have."""
        if self._closing:
            return
        self._closing = True
        for listener in self._listeners:
            listener.deaf = True
            listener.job.stop()
        if not self._listeners:
            QTimer.singleShot(0, self, self.closed.emit)


class GarbageCollector(QObject):
    """Collects garbage on the window's thread only: on another thread it could delete Qt objects from there.

    What that freed goes back to the system a little later, from another thread, so that a model which is no longer used
    takes no memory: the process would keep it for the next one. The objects of a hundred thousand texts would make a
    round hold up the window, so new ones are looked at as soon as there are some, and when many have come they are not
    looked at again: they go when their project does, without a round. To look at them then would mean to look at all
    that the imports have left as well, for a quarter of a second.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._beats, self._come, self._busy_s = 0, 0, 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)

    def _beat(self) -> None:
        """Python counts those that came less those that went, so where as many went only the time tells of them."""
        self._beats += 1
        self._come += gc.get_count()[0]
        began = time.thread_time()
        gc.collect(1)
        took = time.thread_time() - began
        self._busy_s += took if took > BUSY_S else 0.0
        if self._beats % FULL_ROUND == 0:
            self._collect_old()

    def _collect_old(self) -> None:
        """What is in a circle, and old, only a full round finds: an error with all that it came from, for one."""
        many = self._come > MANY or self._busy_s > SLOW_S
        self._come, self._busy_s = 0, 0.0
        began = time.thread_time()
        if not many:  # else memory is wanted again at once, and to give back much of it holds up all who want some
            gc.collect()
            threading.Thread(target=give_back_memory, name="giving back memory", daemon=True).start()
        if many or time.thread_time() - began > SLOW_S:
            gc.freeze()

    def freeze(self) -> None:
        """After the large imports: what they left lives for ever and need not be looked at again."""
        self._come, self._busy_s = 0, 0.0
        gc.freeze()
