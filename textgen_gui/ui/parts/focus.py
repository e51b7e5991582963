"""What the keyboard goes to is in sight: Qt scrolls to it only when it was within the same page before."""

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from .widgets import GRID


class FocusInSight(QObject):
    """Scrolls to whatever gets the focus, but never under a mouse that is just pressed."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._changed)

    @Slot(QWidget, QWidget)
    def _changed(self, before: QWidget | None, now: QWidget | None) -> None:
        if now and now.window() is self._window and QApplication.mouseButtons() == Qt.MouseButton.NoButton:
            bring_into_sight(now)


def bring_into_sight(widget: QWidget) -> None:
    outer = widget.parentWidget()
    while outer:
        if isinstance(outer, QScrollArea):
            outer.ensureWidgetVisible(widget, GRID, GRID)
        outer = outer.parentWidget()
