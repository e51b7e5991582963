"""What curves are drawn on: axes with numbers as the user writes them, and a wheel that scrolls the page."""

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPicture, QResizeEvent, QWheelEvent

from ...words import number


class NumberAxis(pg.AxisItem):
    def updateAutoSIPrefix(self) -> None:  # noqa: N802 (its name)
        """Nothing is scaled: half a minute would stand there as 500, for the axis was named after it had a range."""
        self._updateLabel()

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802 (its name)
        if self.logMode:  # the values are powers of ten
            return [number(10**value * scale, max(0, 1 - math.floor(value))) for value in values]
        decimals = max(0, math.ceil(-math.log10(spacing * scale)))
        return [number(value * scale, decimals) for value in values]


class Plot(pg.PlotWidget):
    """As large as there is space. The wheel zooms only with Ctrl: without it, it scrolls the page."""

    def __init__(self) -> None:
        super().__init__(axisItems={side: NumberAxis(side) for side in ("left", "bottom")})
        for side in ("left", "bottom"):
            self.getAxis(side).setStyle(autoReduceTextSpace=False)  # what was needed once may be needed again

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(360, 200)

    def make_room(self) -> None:
        """For the numbers of the axes: they are measured when they are drawn, which is too late for the first picture,
        where the name of an axis would lie on them."""
        for side in ("left", "bottom"):
            self.plotItem.layout.activate()  # or it has no length, and no numbers
            picture = QPicture()
            painter = QPainter(picture)
            self.getAxis(side).generateDrawSpecs(painter)
            painter.end()
        self.plotItem.layout.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        if self.plotItem is not None:  # its base is given a size while it is made
            self.make_room()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt's name)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()
