"""Tells what happened when nobody is looking: the desktop's notification, and the taskbar."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from ..engine.core.events import Event, RunFinished
from .parts import resources
from .parts.announce import announce
from .parts.job_runner import Job

SHOWN_MS = 10_000


class Alerts(QObject):
    """Watches the training of the window. ``told``: what was said last, and to whom it is of no use any more."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._watched: Job | None = None
        self._tray: QSystemTrayIcon | None = None
        self.told = ""

    def watch(self, training: Job | None) -> None:
        """Called whenever a job begins or ends; the same one may come many times."""
        if training is not None and training is not self._watched:
            training.happened.connect(self._happened)
            training.failed.connect(self.tell)
        self._watched = training

    def _happened(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            self.tell(event.message)

    def tell(self, sentence: str, details: str = "") -> None:
        self.told = sentence
        announce(self._window, sentence)
        if not self._window.isActiveWindow():
            QApplication.alert(self._window)
            self._notify(sentence)

    def _notify(self, sentence: str) -> None:
        """Nothing where the desktop has no place for it. The icon is there only as long as the message."""
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(resources.logo(), self)
            self._tray.messageClicked.connect(self._window.activateWindow)
        self._tray.show()
        self._tray.showMessage("TextGen GUI", sentence, resources.logo(), SHOWN_MS)
