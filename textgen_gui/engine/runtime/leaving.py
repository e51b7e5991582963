"""Work that has something to save saves it before whoever follows it is gone: by Ctrl-C, by ``break``, by an error."""

import atexit
import contextlib
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from types import FrameType
from typing import TypeVar

from ..core.control import Ask

T = TypeVar("T")


def saved_first(work: Callable[[Ask], Iterator[T]], stop: Ask) -> Iterator[T]:
    """What happens in ``work``, which is given the question whether to stop.

    Ctrl-C while it works asks it to stop, and is raised when it has; a second one at once. A program that has an answer
    of its own to Ctrl-C keeps that.
    """
    leaving = threading.Event()
    happened = _followed(work(lambda: leaving.is_set() or stop()), leaving)
    atexit.register(_close, weakref.ref(happened))  # of a program that ends while it still has a name for it
    return happened


def _close(held: "weakref.ref[Generator[T, None, None]]") -> None:
    happened = held()
    if happened is not None:
        with contextlib.suppress(ValueError):  # it works just now, on another thread
            happened.close()


def _followed(happened: Iterator[T], leaving: threading.Event) -> Generator[T, None, None]:
    try:
        while True:
            with _asking(leaving):
                event = next(happened, None)
            if event is None:
                break
            yield event
        if leaving.is_set():
            raise KeyboardInterrupt
    except (GeneratorExit, KeyboardInterrupt):
        leaving.set()
        if not sys.is_finalizing():  # else what it would need to save is gone already
            for _ in happened:
                pass
        raise


@contextlib.contextmanager
def _asking(leaving: threading.Event) -> Iterator[None]:
    """Ctrl-C sets ``leaving``, instead of breaking off whatever is half done."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if leaving.is_set():
            raise KeyboardInterrupt
        leaving.set()

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
