"""How the pages of this tab fit into a window of any size."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QWidget

from ..parts import widgets

NARROW, WIDE = 620, 700  # pixels: below, one thing stands under the other; above, the curve beside the texts


def stack(line: QBoxLayout, below: bool) -> None:
    """One thing below the other, or beside it."""
    line.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)


def scrolled(page: QWidget) -> QScrollArea:
    """The page at its own height where the window is lower, never wider than the window."""
    page.setObjectName("scrolled")
    area = widgets.scrolling(QScrollArea(), page)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
