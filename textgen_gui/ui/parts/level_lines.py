"""Level lines of a curve: what else can foresee the same text, and where their names stand.

Each line is a ``pg.InfiniteLine`` with its ``loss``.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF

from .curve import Numbers

STANDS = [(side, above) for side in (1, 0, 0.5, 0.75, 0.25) for above in (True, False)]  # right 1; above or below
ENOUGH = 4.0  # pixels; of places with as many, the first is taken
FAR = 0.5  # of the curve's height: a line that lies so much higher would flatten it


def highest(curve: Numbers) -> float:
    """The loss above which a level line is left out of the scale of a whole curve."""
    curve = curve[np.isfinite(curve)]
    return float(curve.max() + FAR * (curve.max() - curve.min())) if len(curve) else math.inf


def name(lines: list[Any], view: Any, heights: Callable[[float, float], Numbers], said: Sequence[QRectF]) -> None:
    """Each name at that end of its line, above or below, where neither the curve is nor another line or name.

    ``view``: the view box. ``heights``: those of the curve between two places of its horizontal axis. ``said``: where
    words stand already, in pixels of the view.
    """
    said = list(said)
    for line in sorted(lines, key=lambda line: line.value()):
        others = [other.value() for other in lines if other is not line]
        tried = [(_stands(line, view, side, above), side, above) for side, above in STANDS]
        rooms = [_room(box, view, np.array([*others, *heights(*_across(box, view))]), said) for box, _, _ in tried]
        box, side, above = tried[int(np.argmax(rooms))]
        said.append(box)
        line.label.anchors = 2 * [(side, int(above))]
        line.label.orthoPos = 0.01 + 0.98 * side
        line.label.updatePosition()


def _stands(line: Any, view: Any, side: float, above: bool) -> QRectF:
    """Where its name would be, in pixels of the view."""
    size, at = line.label.boundingRect().size(), float(_pixels(np.array([line.value()]), view)[0])
    left = (0.01 + 0.98 * side) * view.width() - side * size.width()
    return QRectF(QPointF(left, at - size.height() if above else at), size)


def _across(box: QRectF, view: Any) -> tuple[float, float]:
    return view.mapToView(box.topLeft()).x(), view.mapToView(box.topRight()).x()


def _pixels(heights: Numbers, view: Any) -> Numbers:
    """How far below the upper edge they are."""
    low, high = view.viewRange()[1]
    return (high - heights) / (high - low) * view.height()


def _room(box: QRectF, view: Any, heights: Numbers, said: list[QRectF]) -> float:
    """Pixels between the box and what is nearest above or below it, up to as many as are enough."""
    levels = _pixels(heights, view)
    nearest = np.maximum(box.top() - levels, levels - box.bottom()).min(initial=ENOUGH)
    beside = [name for name in said if name.left() < box.right() and box.left() < name.right()]
    gaps = [max(box.top() - name.bottom(), name.top() - box.bottom()) for name in beside]
    return min(float(nearest), box.top(), view.height() - box.bottom(), *gaps)


class UpperEdge(pg.TextItem):
    """Says of lines that lie higher than what is in sight what they are, in the upper right corner of a view."""

    def __init__(self, view: Any) -> None:
        super().__init__(anchor=(1, 0))
        self._view = view
        self.setParentItem(view)
        self.setZValue(15)
        view.sigResized.connect(self._place)

    def say(self, sentences: list[str]) -> None:
        self.setText("\n".join(f"↑ {sentence}" for sentence in sentences))
        self._place()

    def boxes(self) -> list[QRectF]:
        """Where it stands, in pixels of the view."""
        size = self.boundingRect().size()
        return [QRectF(QPointF(self._view.width() - 4 - size.width(), 0), size)] if self.toPlainText() else []

    def _place(self) -> None:
        self.setPos(self._view.width() - 4, 0)
