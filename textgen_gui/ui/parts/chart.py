"""What curves are drawn on: axes with numbers as the user writes them, and a wheel that scrolls the page."""

import itertools
import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPicture, QResizeEvent, QWheelEvent

from ...words import number
from . import resources

GRID = 0.12  # how much is seen of its lines


class NumberAxis(pg.AxisItem):
    def updateAutoSIPrefix(self) -> None:  # noqa: N802 (its name)
        """Nothing is scaled: half a minute would stand there as 500, for the axis was named after it had a range."""
        self._updateLabel()

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802 (its name)
        if self.logMode:  # the values are powers of ten
            return [number(10**value * scale, max(0, 1 - math.floor(value))) for value in values]
        decimals = max(0, math.ceil(-math.log10(spacing * scale)))
        return [number(value * scale, decimals) for value in values]


def _lengths(low: float, high: float) -> tuple[int, int]:
    """By which the numbers on an axis become longer: the place of their first digit, and about that of their last."""
    return _magnitude(max(abs(low), abs(high))), _magnitude(high - low)


def _magnitude(value: float) -> int:
    return math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 0


class Plot(pg.PlotWidget):
    """As large as there is space. The wheel zooms only with Ctrl: without it, it scrolls the page."""

    def __init__(self) -> None:
        self._room_for: tuple[int, ...] = ()
        super().__init__(axisItems={side: NumberAxis(side) for side in ("left", "bottom")})
        for side in ("left", "bottom"):
            self.getAxis(side).setStyle(autoReduceTextSpace=False)  # what was needed once may be needed again

    def restyle(self) -> None:
        """Colours from the palette, for when the theme changes."""
        colours = resources.colours()
        self.setBackground(colours["card"])
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(colours["border"]))
            axis.setTextPen(pg.mkPen(colours["muted"]))
            axis.enableAutoSIPrefix(False)
        self.showGrid(x=False, y=True, alpha=GRID)

    def name_axes(self, left: str, bottom: str) -> None:
        """In the letters of the page, with room for them: the upright name would be cut, or the numbers below."""
        style = {"color": resources.colours()["muted"], "font-size": f"{self.font().pointSizeF():g}pt"}
        self.setLabel("left", left, **style)
        self.setLabel("bottom", bottom, **style)
        letters = self.fontMetrics()
        self.setMinimumHeight(letters.horizontalAdvance(left) + 4 * letters.height())

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(360, 200)

    def make_room(self, *, anew: bool = False) -> None:
        """For the numbers of the axes: they are measured when they are drawn, which is too late for the first picture,
        where the name of an axis would lie on them. It takes longer than to draw, so it is done only for numbers of
        other lengths, or ``anew``.
        """
        lengths = tuple(itertools.chain(*(_lengths(*self.getAxis(side).range) for side in ("left", "bottom"))))
        if lengths == self._room_for and not anew:
            return
        self._room_for = lengths if self.isVisible() else ()
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
