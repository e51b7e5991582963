"""Tells what happened when nobody is looking: the desktop's notification, and the taskbar."""

import math

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from .. import words
from ..engine.core.events import Event, Outcome, Replanned, RunFinished, RunStarted, StepDone
from ..engine.core.share_done import ShareDone
from .parts import desktop_bus, resources
from .parts.announce import announce
from .parts.job_runner import Job
from .parts.launcher import show_share
from .parts.retold import in_users_numbers

SHOWN_MS = 10_000
LAST = 0.99  # that is told of a training before its end


class Alerts(QObject):
    """Watches the training of the window: how far it is stands in the title and on its icon in the taskbar. ``told``:
    what was said last.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._watched: Job | None = None
        self._tray: QSystemTrayIcon | None = None
        self._done, self._share = ShareDone(), ""
        self.told = ""

    def watch(self, training: Job | None) -> None:
        """Called whenever a job begins or ends; the same one may come many times."""
        if training is not None and training is not self._watched:
            training.happened.connect(self._happened)
            training.failed.connect(self.alert)
        self._watched = training
        if training is None:
            self._show_share(None)

    def _happened(self, event: Event) -> None:
        event = in_users_numbers(event)
        match event:
            case RunStarted() | Replanned():
                self._done.hear(event)
            case StepDone() if self._done.steps:
                self._done.hear(event)
                self._show_share(self._done.value)
            case RunFinished(outcome=Outcome.FAILED):
                self.alert(event.message)
            case RunFinished():
                self.tell(event.message)
            case _:
                pass

    def _show_share(self, share: float | None) -> None:
        """What is left to do is never told as done: the last step is looked at and saved as well."""
        told = "" if share is None else f"{words.percent(min(LAST, math.floor(100 * share) / 100))} · "
        before, self._share = self._share, told
        if before != self._share:
            self._window.setWindowTitle(self._share + self._window.windowTitle().removeprefix(before))
            show_share(share)

    def tell(self, sentence: str) -> None:
        announce(self._window, sentence)
        self.alert(sentence)

    def alert(self, sentence: str, details: str = "") -> None:
        """Silent where the window is in front: there a notice says what has failed."""
        self.told = sentence
        if not self._window.isActiveWindow():
            QApplication.alert(self._window)
            self._notify(sentence)

    def _notify(self, sentence: str) -> None:
        """Nothing where the desktop has no place for it. The icon is there only as long as the message."""
        if desktop_bus.is_silent():
            return
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(resources.logo(), self)
            self._tray.messageClicked.connect(self._window.activateWindow)
        self._tray.show()
        self._tray.showMessage("TextGen GUI", sentence, resources.logo(), SHOWN_MS)
