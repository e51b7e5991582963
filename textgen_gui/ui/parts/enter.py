"""Enter presses the button that has the focus, as the space bar does."""

import time

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
GIVEN_S = 0.7  # an Enter that comes so soon was meant for what had the focus before
_MOVES = (
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
)


class EnterPresses(QObject):
    """Watches what the system tells a window, and nothing else: dialogs have a button for Enter by themselves.

    A button that got the focus by the program, as Cancel does when Start was pressed, is not pressed at once: whoever
    presses Enter twice did not mean it.
    """

    def __init__(self, window: QWidget) -> None:
        """``window`` has to be shown, or to have a native window by other means."""
        super().__init__(window)
        self._moving = False  # the user moves the focus with what is just told
        self._given_at = float("-inf")  # when the program last moved it
        handle = window.windowHandle()
        assert handle is not None
        handle.installEventFilter(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._note)

    def _note(self, old: QWidget | None, new: QWidget | None) -> None:
        self._given_at = float("-inf") if self._moving else time.monotonic()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.MouseButtonPress:
            self._move()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        self._moving = False
        if event.key() in _MOVES:
            self._move()
        return event.key() in ENTER and self._press(event)

    def _move(self) -> None:
        """Until the system tells the next thing; there is no word of Qt for the reason of a move that has been."""
        self._moving = True
        QTimer.singleShot(0, self._have_moved)

    def _have_moved(self) -> None:
        self._moving = False

    def _press(self, event: QKeyEvent) -> bool:
        button = QApplication.focusWidget()
        if QApplication.activePopupWidget():  # an open menu has its own use for the key
            return False
        if not isinstance(button, QPushButton | QToolButton) or event.isAutoRepeat() or _is_chord(event):
            return False
        if time.monotonic() - self._given_at >= GIVEN_S:
            for step in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(button, QKeyEvent(step, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier))
        return True


def _is_chord(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier)
