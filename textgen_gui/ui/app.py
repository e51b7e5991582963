"""Starts the window: application object, theme, fonts, and what happens with errors nobody caught."""

import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from .. import log
from ..engine.core import home
from .interruptions import Interruptions
from .main_window import MainWindow
from .parts import resources
from .parts.job_runner import failure_of
from .parts.preferences import Preferences


class Uncaught(QObject):
    """Carries an error from any thread to the window's thread. Signal: ``raised(sentence, details)``."""

    raised = Signal(str, str)

    def report(self, kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        failure = failure_of(problem)
        self.raised.emit(failure.sentence, failure.details)


def make_application() -> QApplication:
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setApplicationName("TextGen GUI")
    application.setDesktopFileName("textgen-gui")
    application.setStyle("Fusion")
    application.setWindowIcon(resources.logo())
    if not QFontDatabase.families():
        for font in (home.resources() / "fonts").glob("*.ttf"):
            QFontDatabase.addApplicationFont(str(font))
    return application


def make_window() -> MainWindow:
    preferences = Preferences()
    resources.apply_theme(preferences.theme)
    window = MainWindow(preferences)
    window.restyle()
    QApplication.styleHints().colorSchemeChanged.connect(window.restyle)
    return window


def start(screenshot: Path | None = None) -> int:
    """Opens the window and returns the exit code; with ``screenshot`` saves a picture of it and closes."""
    log.start_log()
    application = make_application()
    window = make_window()
    uncaught = Uncaught(window)
    uncaught.raised.connect(window.tell, Qt.ConnectionType.QueuedConnection)
    sys.excepthook = uncaught.report
    Interruptions(window).asked.connect(window.leave)
    application.commitDataRequest.connect(lambda session: window.leave_now())  # somebody logs out
    application.aboutToQuit.connect(window.leave_now)
    window.show()
    if screenshot:
        QTimer.singleShot(300, lambda: (window.grab().save(str(screenshot)), window.close()))
    else:
        QTimer.singleShot(0, window.load_engine)
    return application.exec()
