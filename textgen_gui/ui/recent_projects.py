"""Recent projects as cards: how the last run went, as a small curve, what the model wrote last, and when that was."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QDate, QLocale, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeySequence, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem

from .. import words
from ..engine.core.glance import Glance
from .parts import resources, widgets
from .parts.direction import below
from .parts.row_menu import RowMenu

PICTURE = QSize(96, 56)
CARD = QSize(352, 100)
DAY_S = 24 * 3600


class RecentProjects(QListWidget):
    """Signals: ``project_chosen(Path)``; ``left_out(Path)``: it is not to be listed any more."""

    project_chosen = Signal(object)
    left_out = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("recent")
        self.setAccessibleName("Recent projects")
        self.setToolTip("Projects you opened lately; Return or a click opens one, Delete takes it off this list")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setIconSize(PICTURE)
        self.setGridSize(CARD)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # the page scrolls
        self.shown: Sequence[Glance] = ()
        for signal in (self.itemActivated, self.itemClicked):
            signal.connect(self._choose)
        menu = RowMenu(self)
        menu.add("Show its folder", lambda: self._with_chosen(resources.open_folder))
        menu.add("Take off this list", lambda: self._with_chosen(self.left_out.emit), QKeySequence.StandardKey.Delete)

    def show_projects(self, glances: Iterable[Glance]) -> None:
        self.shown = tuple(glances)
        self.clear()
        for seen in self.shown:
            shown = below(*map(self._cut, _lines(seen)))
            item = QListWidgetItem(QIcon(_picture(seen.curve, self.devicePixelRatio())), shown)
            item.setSizeHint(CARD)
            item.setData(Qt.ItemDataRole.UserRole, seen.folder)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(_lines(seen)))
            item.setToolTip(widgets.plain(str(seen.folder)))
            self.addItem(item)
        self._settle()

    def restyle(self) -> None:
        self.show_projects(self.shown)

    def resizeEvent(self, event: object) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._settle()

    def _settle(self) -> None:
        """As high as its cards, so that there is one scroll bar and not two."""
        across = max(1, (self.width() - 2 * self.frameWidth()) // CARD.width())
        self.setFixedHeight(-(-max(1, self.count()) // across) * CARD.height() + 2 * widgets.GRID)

    def _cut(self, line: str) -> str:
        space = CARD.width() - PICTURE.width() - 7 * widgets.GRID
        return self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, space)

    def _with_chosen(self, done: Callable[[Path], object]) -> None:
        for item in self.selectedItems():
            done(item.data(Qt.ItemDataRole.UserRole))

    def _choose(self, item: QListWidgetItem) -> None:
        self.project_chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def _lines(seen: Glance) -> list[str]:
    return [line for line in (seen.name, _when(seen.used_at), seen.line) if line]


def _when(used_at: float) -> str:
    if not used_at:
        return ""
    days = int((time.time() + _zone_s()) // DAY_S - (used_at + _zone_s()) // DAY_S)
    if days < 1:
        return "Today"
    if days < 7:
        return "Yesterday" if days == 1 else f"{words.count('day', days)} ago"
    moment = time.localtime(used_at)
    return QLocale().toString(QDate(moment.tm_year, moment.tm_mon, moment.tm_mday), QLocale.FormatType.ShortFormat)


def _zone_s() -> int:
    return time.localtime().tm_gmtoff


def _picture(curve: Sequence[float], ratio: float) -> QPixmap:
    """The curve of the last run, or a sheet of paper where nothing was learnt yet."""
    picture = QPixmap(PICTURE * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(resources.colours()["tint"]))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if len(curve) > 1:
        painter.setPen(QPen(QColor(resources.colours()["accent"]), 2))
        painter.drawPolyline(_points(curve))
    else:
        resources.icon("book", "muted").paint(painter, 36, 16, 24, 24)
    painter.end()
    return picture


def _points(curve: Sequence[float]) -> QPolygonF:
    low, high, margin = min(curve), max(curve), widgets.GRID
    across, down = PICTURE.width() - 2 * margin, PICTURE.height() - 2 * margin
    return QPolygonF(
        [
            QPointF(margin + across * n / (len(curve) - 1), margin + down * (high - value) / ((high - low) or 1))
            for n, value in enumerate(curve)
        ]
    )
