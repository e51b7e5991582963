"""Starts the window: application object, theme, fonts, and what happens with errors nobody caught."""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QLocale, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication

from .. import log, words
from ..engine.core import home
from .interruptions import Interruptions
from .main_window import MainWindow
from .one_instance import OneInstance, hand_over
from .parts import resources
from .parts.desktop_bus import leave_out_silent_bus
from .parts.job_runner import failure_of
from .parts.preferences import Preferences

TITLE = 40  # pixels above a window, in which its title stands


class Uncaught(QObject):
    """Carries an error from any thread to the window's thread. Signal: ``raised(sentence, details)``."""

    raised = Signal(str, str)

    def report(self, kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        failure = failure_of(problem)
        self.raised.emit(failure.sentence, failure.details)


def make_application() -> QApplication:
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        leave_out_silent_bus()
        application = QApplication(sys.argv[:1])
    application.setApplicationName("TextGen GUI")
    application.setDesktopFileName("org.textgen_gui.TextGenGUI")
    if not application.property("has_style"):  # below a style sheet the style says nothing of itself
        application.setStyle("Fusion")
        application.setProperty("has_style", True)
    _take_numbers()
    application.setWindowIcon(resources.logo())
    if not QFontDatabase.families():
        for font in (home.resources() / "fonts").glob("*.ttf"):
            QFontDatabase.addApplicationFont(str(font))
    return application


def _take_numbers() -> None:
    """Digits and separators of the user's system, in labels and in fields alike."""
    system = QLocale.system()
    plain = system.language() == QLocale.Language.C  # it has no separators; nobody's system is meant to be like that
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates) if plain else system)
    words.write_numbers_with(lambda value, decimals: QLocale().toString(float(value), "f", decimals))


def make_window() -> MainWindow:
    preferences = Preferences()
    resources.apply_theme(preferences.theme, preferences.zoom)
    window = MainWindow(preferences)
    window.restyle()
    QApplication.styleHints().colorSchemeChanged.connect(window.restyle)
    return window


def fitted(wanted: QRect, available: QRect) -> QRect:
    """The place of a window on a screen that may be smaller: all of it is seen, with its title."""
    inside = available.adjusted(0, TITLE, 0, 0)
    made = QRect(wanted.topLeft(), wanted.size().boundedTo(inside.size()))
    if made != wanted or not inside.contains(made):
        made.moveCenter(inside.center())
    return made


def start(screenshot: Path | None = None, paths: Sequence[Path] = ()) -> int:
    """Opens the window and returns the exit code; with ``screenshot`` saves a picture of it and closes.

    ``paths``: a project to open, or texts. A window that is open already takes them over.
    """
    application = make_application()
    if not screenshot and hand_over(paths):
        return 0
    log.start_log()
    window = make_window()
    uncaught = Uncaught(window)
    uncaught.raised.connect(window.tell, Qt.ConnectionType.QueuedConnection)
    sys.excepthook = uncaught.report
    Interruptions(window).asked.connect(window.leave)
    application.commitDataRequest.connect(lambda session: window.leave_now())  # somebody logs out
    application.aboutToQuit.connect(window.leave_now)
    if not screenshot and not window.isMaximized():
        screen = QGuiApplication.screenAt(window.geometry().center()) or window.screen()
        window.setGeometry(fitted(window.geometry(), screen.availableGeometry()))
    window.show()
    if screenshot:
        QTimer.singleShot(300, lambda: (window.grab().save(str(screenshot)), window.close()))
    else:
        OneInstance(window, lambda: window.is_ending).called.connect(window.come_forward)
        QTimer.singleShot(0, window.load_engine)
        QTimer.singleShot(0, lambda: window.open_paths(paths))
    return application.exec()
