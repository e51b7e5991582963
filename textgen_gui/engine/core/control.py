"""What those who use the engine ask of long work, from another thread: to stop, or to hold for a while.

A generator of events that is asked to stop returns in the normal way and leaves nothing half made. Who asked knows:
the event that says it is done did not come.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

Ask = Callable[[], bool]
"""A question that long work asks between its steps: shall I stop, or hold?"""

HOLD_S = 0.05  # between two looks at whether it goes on
LET_GO = 100  # items at once
BREATH_S = 0.002  # between two breaths of a job that asks


def never() -> bool:
    """The answer of those who neither stop nor hold anything."""
    return False


class Stopped(Exception):  # noqa: N818 (no error)
    """The shortest path from deep inside long work to its generator, through every block that clears up after itself.

    It never leaves the generator: that catches it and returns.
    """


def until_stopped(happened: Iterator[T]) -> Iterator[T]:
    """What happens until somebody stops it."""
    with contextlib.suppress(Stopped):
        yield from happened


def until(items: Iterable[T], stop: Ask) -> Iterator[T]:
    """The items one by one. Raises Stopped as soon as ``stop()``."""
    for item in items:
        if stop():
            raise Stopped
        yield item


def let_go(items: list[T]) -> None:
    """Empties the list of what nobody else holds, some at a time: a hundred thousand texts that end in one moment would
    keep all other threads waiting meanwhile, the window among them.
    """
    while items:
        del items[-LET_GO:]


class Control:
    """A stop is for good and ends a hold; a hold ends when ``go_on`` is called. Called, it tells whether to stop.

    Who asks takes a breath. A thread that reads and writes thousands of small files gives Python's lock away with each
    of them and has it back before another thread, the window's, is awake to take it.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._hold = threading.Event()
        self._breathed = time.monotonic()

    def __call__(self) -> bool:
        if time.monotonic() - self._breathed > BREATH_S:
            time.sleep(1e-6)
            self._breathed = time.monotonic()
        return self._stop.is_set()

    def stop(self) -> None:
        self._stop.set()

    def pause(self) -> None:
        self._hold.set()

    def go_on(self) -> None:
        self._hold.clear()

    def paused(self) -> bool:
        return self._hold.is_set() and not self._stop.is_set()


def hold(stop: Ask, paused: Ask) -> float:
    """Waits while it is paused, and not a moment longer than until a stop. Returns the seconds that this took."""
    started = time.monotonic()
    while paused() and not stop():
        time.sleep(HOLD_S)
    return time.monotonic() - started
