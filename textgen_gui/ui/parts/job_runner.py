"""Background work: a Job iterates a source of events on its own thread and emits each. The only file with threads."""

import gc
import logging
import threading
import traceback
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from ...engine.core.errors import EngineError
from ...engine.core.events import Event

Source = Callable[[Callable[[], bool]], Iterable[Event]]


class Job(QThread):
    """Runs ``source(stop)`` to its end.

    Signals: ``happened(event)`` for each event, ``failed(sentence, details)`` at most once, ``finished`` last.
    """

    happened = Signal(object)
    failed = Signal(str, str)

    def __init__(self, source: Source, parent: QObject) -> None:
        super().__init__(parent)
        self.setStackSize(16 * 1024 * 1024)  # macOS gives threads 512 KB, too little for numerics
        self._source = source
        self._stop = threading.Event()
        self._go = threading.Event()
        self._go.set()

    def run(self) -> None:
        try:
            for event in self._source(self._stop_requested):
                self.happened.emit(event)
        except EngineError as problem:
            self.failed.emit(str(problem), "".join(traceback.format_exception(problem)))
        except BaseException as problem:  # the edge: tokenizers panics with what is no Exception
            logging.getLogger(__name__).exception("A job failed")
            words = f"Something unexpected went wrong ({type(problem).__name__}). Your work up to here is saved."
            self.failed.emit(words, "".join(traceback.format_exception(problem)))

    def stop(self) -> None:
        """Asks the source to stop at its next step; a paused job goes on just to stop."""
        self._stop.set()
        self._go.set()

    def pause(self) -> None:
        self._go.clear()

    def go_on(self) -> None:
        self._go.set()

    @property
    def paused(self) -> bool:
        return not self._go.is_set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def _stop_requested(self) -> bool:
        self._go.wait()
        return self._stop.is_set()


class GarbageCollector(QObject):
    """Collects garbage on the window's thread only: on another thread it could delete Qt objects from there."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._beats = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(2000)

    def _collect(self) -> None:
        self._beats += 1
        # A model that is no longer used is a large circle of objects, and old by then: only a full round finds it.
        gc.collect(2 if self._beats % 10 == 0 else 1)

    @staticmethod
    def freeze() -> None:
        """After the large imports: what they left lives for ever and need not be looked at again."""
        gc.freeze()
