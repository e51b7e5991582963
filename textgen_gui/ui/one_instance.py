"""One window for one user: a second start hands over what it was asked to open, and leaves."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from ..engine.core.home import home

PATIENCE_MS = 3000  # as long as a busy window may take to answer


class OneInstance(QObject):
    """The window that was there first, unless it ``is_ending``: then another start is a window of its own.

    Signal: ``called([Path, ...])``: another start wants these opened, or nothing but the window in front.
    """

    called = Signal(object)

    def __init__(self, parent: QObject, is_ending: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._is_ending = is_ending
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)
        QLocalServer.removeServer(_address())  # left by one that was killed
        self._server.listen(_address())

    def _answer(self) -> None:
        if self._is_ending():
            self._server.close()  # which ends the call, and leaves the address to whoever called
        while caller := self._server.nextPendingConnection():
            caller.readyRead.connect(lambda caller=caller: self._take(caller))
            caller.disconnected.connect(caller.deleteLater)
            if caller.bytesAvailable():
                self._take(caller)

    def _take(self, caller: QLocalSocket) -> None:
        if caller.canReadLine():
            asked = json.loads(bytes(caller.readLine().data()))
            caller.write(b"taken\n")  # first: what is called may ask something, and wait for the answer
            caller.flush()
            self.called.emit([Path(path) for path in asked])


def hand_over(paths: Sequence[Path]) -> bool:
    """Tells the window that is open already. False: there is none, or it does not answer."""
    socket = QLocalSocket()
    socket.connectToServer(_address())
    if not socket.waitForConnected(PATIENCE_MS):
        return False
    socket.write(json.dumps([str(path.resolve()) for path in paths]).encode() + b"\n")
    return socket.waitForBytesWritten(PATIENCE_MS) and socket.waitForReadyRead(PATIENCE_MS)


def _address() -> str:
    """One for each home: a portable copy is a program of its own. Short, as some systems allow 100 characters."""
    return f"textgen-gui-{hashlib.sha256(str(home().resolve()).encode()).hexdigest()[:16]}"
