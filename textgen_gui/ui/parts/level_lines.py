"""Level lines of a curve: what else can foresee the same text, and where their names stand.

Each line is a ``pg.InfiniteLine`` with its ``loss``, and with the ``side`` at which its name stands: 0 left, 1 right.
"""

import itertools
import math
from typing import Any

import numpy as np
import pyqtgraph as pg

from .curve import Numbers

NAMES_APART = 0.16  # two level lines nearer than this share of the height have their names above and below both
FAR = 0.5  # of the curve's height: a line that lies so much higher would flatten it


def highest(curve: Numbers) -> float:
    """The loss above which a level line is left out of the scale of a whole curve."""
    curve = curve[np.isfinite(curve)]
    return float(curve.max() + FAR * (curve.max() - curve.min())) if len(curve) else math.inf


def name(lines: list[Any], latest: Numbers, view: tuple[float, float], *, ends_near: bool) -> None:
    """Each name on the side of its line on which the curve is not; never on another name or line.

    ``latest``: losses of the curve. ``ends_near``: it is by now where names on the right stand.
    """
    if ends_near and len(latest) and lines:
        _choose_ends(lines, latest)
    above = {id(line): not len(latest) or latest[-1] <= line.loss for line in lines}
    pairs = itertools.pairwise(sorted(lines, key=lambda line: line.value()))  # the nearest have the last say
    for lower, upper in sorted(pairs, key=lambda pair: pair[0].value() - pair[1].value()):
        if upper.value() - lower.value() < NAMES_APART * (view[1] - view[0]):
            above[id(lower)], above[id(upper)] = False, True
    for line in lines:
        line.label.anchors = 2 * [(line.side, int(above[id(line)]))]
        line.label.orthoPos = 0.01 + 0.98 * line.side
        line.label.updatePosition()


def _choose_ends(lines: list[Any], heights: Numbers) -> None:
    """The name that is nearest to the curve goes to the end of its line at which that is farther away."""
    rising, part = sorted(lines, key=lambda line: line.loss), max(1, len(heights) // 3)
    nearest = min(range(len(rising)), key=lambda at: float(np.abs(heights - rising[at].loss).min()))
    begin, end = (np.abs(some - rising[nearest].loss).min() for some in (heights[:part], heights[-part:]))
    for at, line in enumerate(rising):
        line.side = (int(end >= begin) + at - nearest) % 2


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

    def _place(self) -> None:
        self.setPos(self._view.width() - 4, 0)
