"""Processes that are kept, to read strangers' files with: several at once, and none has to be waited for twice.

They start when they are first needed, as many as this computer has cores to read with, and end after a minute without
work or with the program. One that failed, was cut short or has grown fat is not used again.
"""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait

from ..core.control import Ask, Stopped
from ..core.errors import EngineError
from .child import LOOK_S, Child, ChildError
from .task import IDLE_S, Json, Task

AT_ONCE = max(1, min(4, os.cpu_count() or 1))
AHEAD = 8  # quick tasks at one process, so that it never waits for the next
LEAVES_S = 5  # before it ends by itself, one that is idle is not asked any more
SLIM = 250_000_000  # bytes that a process may have taken and still be kept

_END = object()
_idle: deque[Child] = deque()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Done:
    """The task has ended. ``problem``: why it could not be done."""

    problem: EngineError | None = None


def answers(task: Task, stop: Ask) -> Iterator[Json]:
    """What one task yields, and None now and then while it is silent. Raises Stopped; whatever run_in_child raises."""
    for answer in work([task], stop):
        match answer:
            case None:
                yield None
            case (_, Done(problem)):
                if problem:
                    raise problem
            case (_, said):
                yield said


def work(tasks: Iterable[Task | None], stop: Ask) -> Iterator[tuple[Task, Json | Done] | None]:
    """What tasks yield, each with its task, as it comes; Done when one has ended; None after each look.

    ``tasks``: asked for the next while a process is free; None where whoever gives them did something himself. Raises
    Stopped. When the caller stops to iterate, all that is under way is killed.
    """
    busy: list[Child] = []
    again: list[Task] = []  # those that waited at a process that was ended
    coming, more = iter(tasks), True
    try:
        while more or again or busy:
            if stop():
                raise Stopped
            wait_s = LOOK_S
            if (more or again) and _has_room(busy):
                task = again.pop(0) if again else next(coming, _END)
                more, wait_s = more and task is not _END, 0.0
                if isinstance(task, Task):
                    _begin(task, busy)
            ready = wait([child.pipe for child in busy], wait_s) if busy else []
            for child in sorted(busy, key=lambda child: child.pipe not in ready):
                yield from _said(child, busy, again)
            yield None
    finally:
        for child in busy:
            child.end()


def _has_room(busy: Sequence[Child]) -> bool:
    return len(busy) < AT_ONCE or any(map(_takes_more, busy))


def _takes_more(child: Child) -> bool:
    return len(child.tasks) < AHEAD and all(task.quick for task in child.tasks)


def _begin(task: Task, busy: list[Child]) -> None:
    """At a process that has nothing to do, or the least of those with a moment's work."""
    if len(busy) < AT_ONCE:
        busy.append(_free())
        busy[-1].begin(task)
    else:
        min(filter(_takes_more, busy), key=lambda child: len(child.tasks)).begin(task)


def _said(child: Child, busy: list[Child], again: list[Task]) -> Iterator[tuple[Task, Json | Done]]:
    task, problem = child.tasks[0], None
    try:
        for message in child.messages():
            yield task, message
    except EngineError as raised:
        problem = raised
    if isinstance(problem, ChildError):
        busy.remove(child)
        child.end()
        again += (waiting for waiting in child.tasks if waiting is not task)
    elif not child.tasks:
        busy.remove(child)
        _put_back(child)
    if problem or task not in child.tasks:
        yield task, Done(problem)


def _free() -> Child:
    """One that was kept, or a new one."""
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.is_alive() and child.idle_s() < IDLE_S - LEAVES_S:
                return child
            child.end()
    return Child()


def _put_back(child: Child) -> None:
    with _lock:
        if len(_idle) < AT_ONCE and child.is_small(SLIM):
            _idle.append(child)
            return
    child.end()


def end_idle() -> None:
    """Ends those that wait for work."""
    with _lock:
        while _idle:
            _idle.pop().end()
