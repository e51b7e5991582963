"""The list of a project's texts: sorted and found, chosen, and what can be done with the chosen ones."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from ...engine.core.project import Source
from ..parts import widgets
from .text_model import Column, TextModel, titles

# As wide as these words, which are among the longest; the names and states share what is left.
widest = {
    Column.FOLDER: "letters of 1990",
    Column.SIZE: "9,999 bytes",
    Column.READ_AS: "windows-1252",
    Column.DOCUMENTS: "9,999,999",
    Column.TOKENS: "999,999,999",
}
Select = QItemSelectionModel.SelectionFlag


class TextList(QTableView):
    """Signals: ``chosen_changed()``, and ``removal_asked()`` from its menu."""

    chosen_changed = Signal()
    removal_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.texts = TextModel()
        self._told: list[str] = []
        self._remembered: list[str] = []
        self.setModel(self.texts)
        self.setAccessibleName("Texts of this project")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(20 * widgets.GRID)
        self._set_up_headers()
        self.texts.modelAboutToBeReset.connect(self._remember)
        self.texts.modelReset.connect(self._choose_remembered)
        self.selectionModel().selectionChanged.connect(self._tell)

    def _set_up_headers(self) -> None:
        rows, header = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # a hundred thousand rows are never measured
        rows.setDefaultSectionSize(self.fontMetrics().height() + 2 * widgets.GRID)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, words in widest.items():
            wide = max(map(self.fontMetrics().horizontalAdvance, (words, titles[column][0] + "   ")))
            header.resizeSection(column, wide + 3 * widgets.GRID)
        for column in (Column.TEXT, Column.STATE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(8 * widgets.GRID)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    # --- what is chosen

    def selected(self) -> list[Source]:
        """In the order of their rows."""
        ranges = sorted((part.top(), part.bottom()) for part in self.selectionModel().selection())
        return [self.texts.shown[row] for top, bottom in ranges for row in range(top, bottom + 1)]

    def choose(self, files: Iterable[str]) -> None:
        """Those of them that are shown."""
        rows = sorted(row for file in files if (row := self.texts.row_of(file)) is not None)
        chosen, last = QItemSelection(), len(titles) - 1
        for row in rows:
            chosen.select(self.texts.index(row, 0), self.texts.index(row, last))
        if rows:
            self.selectionModel().setCurrentIndex(self.texts.index(rows[0], 0), Select.NoUpdate)
        self.selectionModel().select(chosen, Select.ClearAndSelect)

    def choose_one(self) -> None:
        """Something is chosen wherever there is something."""
        if self.texts.shown and not self.selectionModel().hasSelection():
            self.selectRow(max(0, self.currentIndex().row()))

    def _remember(self) -> None:
        self._remembered = [source.file for source in self.selected()]

    def _choose_remembered(self) -> None:
        self.texts.index_rows()
        self.choose(self._remembered)

    def _tell(self) -> None:
        chosen = [source.file for source in self.selected()]
        if chosen != self._told:
            self._told = chosen
            self.chosen_changed.emit()

    # --- its menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 (Qt's name)
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        place = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        self.menu().popup(place if keyboard else event.globalPos() + QPoint(1, 1))

    def menu(self) -> QMenu:
        """What can be done with the chosen texts."""
        menu, chosen = QMenu(self), self.selected()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        remove = menu.addAction("Remove", self.removal_asked.emit)
        remove.setShortcut(QKeySequence.StandardKey.Delete)
        origin = menu.addAction("Show the folder it came from", lambda: self._show_origin(chosen[0]))
        same = menu.addAction("Choose all of the same folder", lambda: self._choose_same(chosen[0]))
        every = menu.addAction("Choose all", self.selectAll)
        every.setShortcut(QKeySequence.StandardKey.SelectAll)
        for action in (remove, origin, same):
            action.setEnabled(bool(chosen))
        sorting = menu.addMenu("Sort by")
        for column, (title, _) in titles.items():
            sorting.addAction(title, lambda c=column: self.sortByColumn(c, Qt.SortOrder.AscendingOrder))
        sorting.addAction("The order of adding", lambda: self.sortByColumn(-1, Qt.SortOrder.AscendingOrder))
        return menu

    def _show_origin(self, source: Source) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(source.origin).parent)))

    def _choose_same(self, source: Source) -> None:
        folder = str(Path(source.origin).parent)
        self.choose(other.file for other in self.texts.shown if str(Path(other.origin).parent) == folder)

    def restyle(self) -> None:
        self.viewport().update()

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:  # noqa: N802 (Qt's name)
        """Only down and up: a row that is chosen does not push the names out of sight."""
        if current.isValid():
            across = self.horizontalScrollBar().value()
            super().currentChanged(current, previous)
            self.horizontalScrollBar().setValue(across)
