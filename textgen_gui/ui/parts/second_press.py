"""A double click on a button is one press, and its second half is not for what the first brought under the mouse."""

import shiboken6
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWindow
from PySide6.QtWidgets import QApplication, QPushButton, QWidget


class SecondPress(QObject):
    """Watches what the system tells a window and the dialogs that open over it, and nothing else.

    Whoever presses twice where once is enough would take out the next text as well, or mark a word on the page that has
    just opened, for the next key to write over. Words that are offered come one after the other, as fast as one likes.
    """

    def __init__(self, window: QWidget) -> None:
        """``window`` has to be shown, or to have a native window by other means."""
        super().__init__(window)
        self._window = window
        # Where the last two widgets lie in memory: to hold one of Qt's own that is gone by now would end the program.
        self._pressed = [0, 0]
        self._pressed_at = 0  # by the clock of mouse events, ms
        handle, application = window.windowHandle(), QGuiApplication.instance()
        assert handle is not None and isinstance(application, QGuiApplication)
        handle.installEventFilter(self)
        self._handle = handle
        application.focusWindowChanged.connect(self._watch)

    def _watch(self, opened: QWindow | None) -> None:
        if opened is not None and opened is not self._handle:
            opened.installEventFilter(self)  # once, however often it is asked for

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Qt tells a window of both presses, and of the double click after the second one."""
        if event.type() not in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            return False
        assert isinstance(event, QMouseEvent)
        if watched is not self._handle:  # a dialog that a press in the window has opened
            return event.timestamp() - self._pressed_at <= QApplication.doubleClickInterval()
        under = self._window.childAt(event.position().toPoint())
        if event.type() == QEvent.Type.MouseButtonPress:
            self._pressed = [self._pressed[1], shiboken6.getCppPointer(under)[0] if under else 0]
            self._pressed_at = event.timestamp()
            return False
        once = isinstance(under, QPushButton) and under.property("role") != "offer"
        return once or self._pressed[0] != self._pressed[1]
