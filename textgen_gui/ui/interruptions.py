"""Ctrl-C, a polite kill and a terminal that closes, as a signal of Qt."""

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal


class Interruptions(QObject):
    """Signal: ``asked()`` at the first one. A second Ctrl-C ends the program at once, as without a window; the others
    may come in pairs when somebody logs out, and wait for the save.

    Python runs its handlers only between two lines of Python, and Qt's loop has none while nothing happens. So the
    number of the signal is written into a socket, and Qt wakes up when there is something to read.
    """

    asked = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._reading, self._writing = socket.socketpair()
        for end in (self._reading, self._writing):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._caught)
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)

    def _caught(self, number: int, frame: FrameType | None) -> None:
        """Only so that the system does not end the program; ``_woken`` does the rest."""

    def _woken(self) -> None:
        self._reading.recv(4096)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.asked.emit()
