"""Upright lines of a curve: what happened there, and where its name stands."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF

from .curve import Numbers

HIGH, UPPER, MIDDLE, LOW = 0.96, 0.78, 0.5, 0.06  # where a name may stand, in shares of the length of its line
PLACES = (HIGH, LOW, MIDDLE, UPPER)
FAR = 0.2  # of it: what is so far away does not touch a name
APART = 8  # pixels between two names


class Moments:
    """They begin with none."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._plot = plot
        self.lines: list[Any] = []

    def add(self, step: int, words: str) -> None:
        line = pg.InfiniteLine(step, angle=90, label=words)
        self.lines.append(line)
        self._plot.addItem(line, ignoreBounds=True)

    def clear(self) -> None:
        for line in self.lines:
            self._plot.removeItem(line)
        self.lines = []

    def place(self, heights: Callable[[float, float], Numbers], levels: Numbers, words: Sequence[QRectF] = ()) -> None:
        """Each name beside its line, where neither the curve nor a level line is. Of names that would lie on each
        other the first says it for both. ``heights``: those of the curve between two steps; ``levels``: of other lines;
        ``words``: where others stand at the upper edge, in pixels of the view.
        """
        box = self._plot.getViewBox()
        low, high = box.viewRange()[1]
        until = -math.inf
        for line in sorted(self.lines, key=lambda line: line.value()):
            label, at = line.label, box.mapFromView(QPointF(line.value(), 0)).x()
            wide = label.boundingRect().width()
            left = at if at < box.width() / 2 else at - wide
            first, last = (box.mapToView(QPointF(x, 0)).x() for x in (left, left + wide))
            taken = (np.concatenate([levels, heights(first, last)]) - low) / (high - low)
            above = [said.bottom() for said in words if said.left() < left + wide and left < said.right()]
            free = 1 - (max(above) + label.boundingRect().height()) / box.height() if above else 1.0
            label.orthoPos = _freest(taken, [at for at in PLACES if at <= free] or [LOW])
            label.updatePosition()
            stands = left >= until + APART
            label.setVisible(stands)
            until = left + wide if stands else until


def _freest(taken: Numbers, places: Sequence[float]) -> float:
    return max(places, key=lambda at: min(FAR, float(np.abs(taken - at).min(initial=FAR))))
