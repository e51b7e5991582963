"""The list of a project's texts: sorted and found, chosen, and what can be done with the chosen ones."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePath

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDesktopServices, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from ...engine.core.project import Source
from ..parts import widgets
from ..parts.row_menu import RowMenu
from .text_model import Column, Index, TextModel, stretches, titles

MEASURED = 100  # rows
MANY_PARTS = 2000  # of a selection
WIDEST = {Column.FOLDER: 22 * widgets.GRID, Column.READ_AS: 20 * widgets.GRID, Column.STATE: 19 * widgets.GRID}
LEAST = 16  # letters of a name that are always in sight
# The least useful column first; each as long as fewer letters of a name would be in sight.
GIVING_WAY = {Column.READ_AS: 40, Column.DOCUMENTS: 40, Column.FOLDER: 24, Column.SIZE: LEAST, Column.TOKENS: LEAST}
ENDING = "….docx"
NARROWEST = 8 * widgets.GRID
PADDING = 3 * widgets.GRID
Select = QItemSelectionModel.SelectionFlag


class TextList(QTableView):
    """Signals: ``chosen_changed()``, and ``removal_asked()`` from its menu or by key."""

    chosen_changed = Signal()
    removal_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.texts = TextModel()
        self.setObjectName("texts")
        self._fitting, self._by_hand = False, set[int]()
        self._told: list[str] = []
        self._remembered: list[str] = []
        self.setModel(self.texts)
        self.setAccessibleName("Texts of this project")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(20 * widgets.GRID)
        self.setItemDelegateForColumn(Column.TEXT, _Name(self))
        self._set_up_headers()
        self.texts.modelAboutToBeReset.connect(self._remember)
        self.texts.modelReset.connect(self._choose_remembered)
        self.selectionModel().selectionChanged.connect(self._tell)
        self.menu = self._make_menu()

    def _set_up_headers(self) -> None:
        rows, header = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # a hundred thousand rows are never measured
        self._fit_rows()
        header.setHighlightSections(False)
        # It would ask for each row whether the whole column is chosen, to draw what is not drawn here.
        header.setSelectionModel(QItemSelectionModel(self.texts, self))
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.TEXT, QHeaderView.ResizeMode.Stretch)  # names get all that is left
        header.sectionResized.connect(self._resized)
        header.setMinimumSectionSize(NARROWEST)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 2 * widgets.GRID)

    def fit(self) -> None:
        """As wide as the words in the first rows, unless the user chose other widths; names have room first."""
        self._fitting = True
        header, room = self.horizontalHeader(), self.viewport().width()
        wanted = {column: self._wanted(column) for column in titles}
        wide = {column: min(width, WIDEST.get(column, width)) for column, width in wanted.items()}
        wide |= {Column(column): header.sectionSize(column) for column in self._by_hand if header.sectionSize(column)}
        hidden = self._hidden(wide, room)
        for column in GIVING_WAY:
            self.setColumnHidden(column, column in hidden)
        # What names do not need goes to what became of the texts, which may be a sentence.
        others = sum(width for column, width in wide.items() if column not in {Column.STATE, Column.TEXT, *hidden})
        left = max(wide[Column.STATE], room - others - wide[Column.TEXT])
        wide[Column.STATE] = min(wanted[Column.STATE], left, max(NARROWEST, room - others - self._names(wanted, LEAST)))
        for column, width in wide.items():
            if column != Column.TEXT and column not in self._by_hand:
                header.resizeSection(column, width)
        self._fitting = False

    def _hidden(self, wide: Mapping[Column, int], room: int) -> set[Column]:
        """The columns that give way to names, and the one that says nothing where all are of one folder."""
        hidden = set[Column]() if self.texts.folders else {Column.FOLDER}
        for column, letters in GIVING_WAY.items():
            others = sum(width for other, width in wide.items() if other not in {Column.TEXT, *hidden})
            if room - others < self._names(wide, letters):
                hidden.add(column)
        return hidden

    def _names(self, wide: Mapping[Column, int], letters: int) -> int:
        """The width of names of so many letters, where there are any so long."""
        return min(wide[Column.TEXT], self.fontMetrics().horizontalAdvance(letters * "n" + ENDING) + PADDING)

    def _wanted(self, column: Column) -> int:
        words = {self.texts.words(source, column) for source in self.texts.shown[:MEASURED]}
        return max(map(self.fontMetrics().horizontalAdvance, [f"{titles[column][0]}  ", *words])) + PADDING

    def _resized(self, column: int, before: int, after: int) -> None:
        if not self._fitting and column != Column.TEXT and before and after:  # it is not just hidden or shown
            self._by_hand.add(column)

    def moveCursor(  # noqa: N802 (Qt's name)
        self, action: QTableView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End go to the first and the last text: what is a table to Qt is a list to people."""
        if action in (QTableView.CursorAction.MoveHome, QTableView.CursorAction.MoveEnd):
            modifiers |= Qt.KeyboardModifier.ControlModifier
        return super().moveCursor(action, modifiers)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self.fit()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:  # noqa: N802 (Qt's name)
        """Qt paints all that is in sight, whichever rows have changed: most of the thousands that are being read are
        far from it."""
        top, bottom = self.rowAt(0), self.rowAt(self.viewport().height() - 1)  # -1 below the last row
        if last.row() >= top and (bottom < 0 or first.row() <= bottom):
            super().dataChanged(first, last, roles)

    # --- what is chosen

    def selected(self) -> list[Source]:
        """In the order of their rows."""
        return [self.texts.shown[row] for top, bottom in self._ranges() for row in range(top, bottom + 1)]

    def _ranges(self) -> list[tuple[int, int]]:
        """The first and the last row of each stretch that is chosen."""
        chosen = self.selectionModel().selection()
        return sorted((part.top(), part.bottom()) for part in (chosen.at(nth) for nth in range(chosen.size())))

    def neighbour(self) -> str:
        """Where one goes on when the chosen ones are removed: the text below, or else the one above; "" for none."""
        ranges, shown = self._ranges(), self.texts.shown
        first, last = (ranges[0][0], ranges[-1][1]) if ranges else (0, -1)
        return next((shown[row].file for row in (last + 1, first - 1) if 0 <= row < len(shown)), "")

    def choose(self, files: Iterable[str]) -> None:
        """Those of them that are shown; the first where they are strewn over a long list, which would take seconds.
        Where none is shown, nothing changes."""
        rows = sorted(row for file in set(files) if (row := self.texts.row_of(file)) is not None)
        if not rows:
            return
        if len(rows) == len(self.texts.shown):
            self.selectAll()
            return
        chosen, last = QItemSelection(), len(titles) - 1
        parts = list(itertools.islice(stretches(rows), MANY_PARTS))
        for part in parts if len(parts) < MANY_PARTS else stretches(rows[:1]):
            chosen.select(self.texts.index(part[0], 0), self.texts.index(part[-1], last))
        self.selectionModel().setCurrentIndex(self.texts.index(rows[0], 0), Select.NoUpdate)
        self.selectionModel().select(chosen, Select.ClearAndSelect)

    def selectionCommand(self, index: Index, event: QEvent | None = None) -> Select:  # noqa: N802 (Qt's name)
        """Whoever presses beside all rows has chosen nothing else."""
        return super().selectionCommand(index, event) if index.isValid() else Select.NoUpdate

    def choose_one(self) -> None:
        """Something is chosen wherever there is something."""
        if self.texts.shown and not self.selectionModel().hasSelection():
            self.selectRow(max(0, self.currentIndex().row()))

    def _remember(self) -> None:
        self._remembered = [source.file for source in self.selected()]

    def _choose_remembered(self) -> None:
        self.choose(self._remembered)

    def _tell(self) -> None:
        chosen = [source.file for source in self.selected()]
        if chosen != self._told:
            self._told = chosen
            self.chosen_changed.emit()

    # --- its menu

    def _make_menu(self) -> RowMenu:
        """What can be done with the chosen texts."""
        menu, is_chosen = RowMenu(self), self.selectionModel().hasSelection
        menu.add("Remove", self.removal_asked.emit, QKeySequence.StandardKey.Delete, is_chosen)
        menu.add("Show the folder it came from", lambda: self._show_origin(self.selected()[0]), possible=is_chosen)
        menu.add("Choose all of the same folder", lambda: self._choose_same(self.selected()[0]), possible=is_chosen)
        menu.add("Choose all", self.selectAll, QKeySequence.StandardKey.SelectAll)
        sorting = menu.addMenu("Sort by")
        for column, (title, _) in titles.items():
            sorting.addAction(title, partial(self.sortByColumn, column, Qt.SortOrder.AscendingOrder))
        sorting.addAction("Order of adding", partial(self.sortByColumn, -1, Qt.SortOrder.AscendingOrder))
        return menu

    def _show_origin(self, source: Source) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(source.origin).parent)))

    def _choose_same(self, source: Source) -> None:
        folder = source.folder
        self.choose(other.file for other in self.texts.shown if other.folder == folder)

    def restyle(self) -> None:
        """In other colours, or with larger text."""
        self._fit_rows()
        self.fit()
        self.viewport().update()


class _Name(QStyledItemDelegate):
    """Where there is no room, it is cut before its ending: its first words tell it apart."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        super().initStyleOption(option, index)
        letters, ending = option.fontMetrics, PurePath(option.text).suffix
        room = option.rect.width() - PADDING
        if letters.horizontalAdvance(option.text) > room:
            stem, left = option.text.removesuffix(ending), room - letters.horizontalAdvance(ending)
            option.text = letters.elidedText(stem, Qt.TextElideMode.ElideRight, left) + ending
