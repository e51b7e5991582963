"""Two halves beside each other, or below each other where there is no room for that."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from ..parts import resources, widgets

BESIDE_FROM = 110 * widgets.GRID
LEAST_HEIGHT = 32 * widgets.GRID


class Reflow(QSplitter):
    def __init__(self, left: QWidget, right: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._halves = (left, right)
        for half in self._halves:
            half.setMinimumHeight(LEAST_HEIGHT)
            self.addWidget(half)
        self.setSizes([620, 480])
        self.setHandleWidth(2 * widgets.GRID)
        self.setChildrenCollapsible(False)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Beside each other the halves may be wider than there is room: then they go below each other."""
        widest = max(half.minimumSizeHint().width() for half in self._halves)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        beside = event.size().width() >= BESIDE_FROM * (1 + resources.zoomed()) / 2  # larger text needs more
        wanted = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if wanted != self.orientation():
            self.setOrientation(wanted)
        least = round(LEAST_HEIGHT * resources.zoomed())
        for half in self._halves:  # below each other all of both has room, for there it scrolls
            half.setMinimumHeight(least if beside else max(least, half.minimumSizeHint().height()))
        super().resizeEvent(event)
