"""The mouse wheel scrolls the page; it changes a field only while that field has the focus."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QApplication, QComboBox, QScrollBar, QTabBar, QWidget


class WheelGuard(QObject):
    """Watches what the system tells a window, not every event of every widget: that would want the interpreter's lock
    each time, and wait for it while a job computes in Python.
    """

    def __init__(self, window: QWidget) -> None:
        """``window`` has to be shown, or to have a native window by other means."""
        super().__init__(window)
        self._window = window
        handle = window.windowHandle()
        assert handle is not None
        handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() != QEvent.Type.Wheel or not isinstance(event, QWheelEvent):
            return False
        field = _field(self._window.childAt(event.position().toPoint()))
        page = field.parentWidget() if field and not field.hasFocus() else None
        if page is None:
            return False
        while page and not page.isWindow() and not self._takes(page, event):
            page = page.parentWidget()  # Qt hands on only what the system itself has sent
        return True

    def _takes(self, page: QWidget, event: QWheelEvent) -> bool:
        """Whether it could scroll."""
        moved = _moved(event, self._window, page)
        moved.ignore()
        return QApplication.sendEvent(page, moved) and moved.isAccepted()


def _field(widget: QWidget | None) -> QWidget | None:
    """What would change its value: the widget itself, or what it is a piece of."""
    while widget and not widget.isWindow():
        if isinstance(widget, QAbstractSlider | QAbstractSpinBox | QComboBox | QTabBar):
            return None if isinstance(widget, QScrollBar) else widget
        widget = widget.parentWidget()
    return None


def _moved(event: QWheelEvent, window: QWidget, to: QWidget) -> QWheelEvent:
    return QWheelEvent(
        to.mapFrom(window, event.position()),
        event.globalPosition(),
        event.pixelDelta(),
        event.angleDelta(),
        event.buttons(),
        event.modifiers(),
        event.phase(),
        event.inverted(),
    )
