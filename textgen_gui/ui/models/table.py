"""A list of models: a row each, one of them chosen."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from ..parts import widgets

ROW = 36  # pixels
LEFT, RIGHT = (
    side | Qt.AlignmentFlag.AlignVCenter for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
)
licences = {"mit": "MIT", "apache-2.0": "Apache 2.0"}  # that most models have


class Table(QTableWidget):
    """``wide``: the column that takes the room that is left, and needs no less than its words; where that is too little
    the table scrolls. ``numbers``: those that stand at the right.
    """

    def __init__(self, columns: Sequence[str], name: str, tip: str, wide: int, numbers: Sequence[int]) -> None:
        super().__init__(0, len(columns))
        self.setObjectName("models")
        self._numbers, self._wide = numbers, wide
        self.setHorizontalHeaderLabels(list(columns))
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(LEFT)
        header.sectionResized.connect(lambda: self._fit())
        for column in numbers:
            self.model().setHeaderData(column, Qt.Orientation.Horizontal, RIGHT, Qt.ItemDataRole.TextAlignmentRole)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        header, wide = self.horizontalHeader(), self._wide
        others = header.length() - header.sectionSize(wide)
        needed = max(self.sizeHintForColumn(wide), header.sectionSizeHint(wide))
        is_room = self.viewport().width() - others >= needed
        mode = QHeaderView.ResizeMode.Stretch if is_room else QHeaderView.ResizeMode.ResizeToContents
        if header.sectionResizeMode(wide) is not mode:
            header.setSectionResizeMode(wide, mode)

    def write(self, row: int, column: int, words: str, tip: str) -> None:
        item = QTableWidgetItem(words)
        item.setToolTip(widgets.plain(tip))
        if column in self._numbers:
            item.setTextAlignment(RIGHT)
        self.setItem(row, column, item)

    def chosen_row(self) -> int:
        """-1: none."""
        return self.currentRow() if self.selectedItems() else -1


def licence_in_words(licence: str) -> str:
    return licences.get(licence.lower(), licence) or "not said"
