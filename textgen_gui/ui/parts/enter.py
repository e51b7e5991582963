"""Enter presses the button that has the focus, as the space bar does."""

import time

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
IMPATIENT_S = 0.7  # an Enter that comes so soon after another one was meant for the same button


class EnterPresses(QObject):
    """Watches what the system tells a window, and nothing else: dialogs have a button for Enter by themselves.

    Whoever presses Enter twice on Start does not mean Cancel, which has the focus by then.
    """

    def __init__(self, window: QWidget) -> None:
        """``window`` has to be shown, or to have a native window by other means."""
        super().__init__(window)
        self._pressed: QWidget | None = None
        self._pressed_at = float("-inf")
        handle = window.windowHandle()
        assert handle is not None
        handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or event.key() not in ENTER:
            return False
        button = QApplication.focusWidget()
        if QApplication.activePopupWidget():  # an open menu has its own use for the key
            return False
        if not isinstance(button, QPushButton | QToolButton) or event.isAutoRepeat() or _is_chord(event):
            return False
        now = time.monotonic()
        if button is not self._pressed and now - self._pressed_at < IMPATIENT_S:
            return True
        self._pressed, self._pressed_at = button, now
        for step in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(button, QKeyEvent(step, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier))
        return True


def _is_chord(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier)
