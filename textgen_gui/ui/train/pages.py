"""How the pages of this tab fit into a window of any size."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QWidget

from ..parts import resources, widgets

WIDE_LIST, NARROW_LIST = 220, 168  # pixels of the list of runs
SMALL = 760  # pixels of the tab, below which that is narrow
NARROW, WIDE = 620, 700  # pixels: below, one thing stands under the other; above, the curve beside the texts
LOW = 600  # pixels: below, what stands over the curve leaves it as much as it can


def stack(line: QBoxLayout, below: bool) -> None:
    """One thing below the other, or beside it."""
    line.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)


def scrolled(page: QWidget) -> QScrollArea:
    """The page at its own height where the window is lower, never wider than the window."""
    page.setObjectName("scrolled")
    area = widgets.scrolling(widgets.ScrollArea(), page)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


class ListBeside(widgets.Split):
    """A list at the left of the page; in a small window it gives way to the page."""

    def __init__(self, listed: QWidget, page: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._list = listed
        self.addWidget(listed)
        self.addWidget(page)
        self.setSizes([WIDE_LIST, 4 * WIDE_LIST])
        self.setStretchFactor(1, 1)
        self.setChildrenCollapsible(False)
        self._is_small = False
        resources.theme_changes().happened.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Larger text needs more, but never more than a third."""
        was_small, self._is_small = self._is_small, self.width() < SMALL
        narrow = min(round(NARROW_LIST * resources.zoomed()), max(NARROW_LIST, self.width() // 3))
        self._list.setMaximumWidth(narrow if self._is_small else 10_000)
        if self._is_small or was_small:
            width = narrow if self._is_small else WIDE_LIST
            self.setSizes([width, self.width() - width])
