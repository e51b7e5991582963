"""What those who use the engine ask of long work, from another thread: to stop, or to hold for a while."""

import threading
import time
from collections.abc import Callable

Ask = Callable[[], bool]
"""A question that long work asks between its steps: shall I stop, or hold?"""

HOLD_S = 0.05  # between two looks at whether it goes on


def never() -> bool:
    """The answer of those who neither stop nor hold anything."""
    return False


class Control:
    """A stop is for good and ends a hold; a hold ends when ``go_on`` is called. Called, it tells whether to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._hold = threading.Event()

    def __call__(self) -> bool:
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
