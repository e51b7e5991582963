"""A list of models: a row each, one of them chosen."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from ..parts import widgets

ROW = 36  # pixels
LEFT, RIGHT = (
    side | Qt.AlignmentFlag.AlignVCenter for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
)
licences = {"mit": "MIT", "apache-2.0": "Apache 2.0"}  # that most models have


class Table(QTableWidget):
    """``wide``: the column that takes the room that is left. ``numbers``: those that stand at the right."""

    def __init__(self, columns: Sequence[str], name: str, tip: str, wide: int, numbers: Sequence[int]) -> None:
        super().__init__(0, len(columns))
        self.setObjectName("models")
        self._numbers = numbers
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
        for column in numbers:
            self.model().setHeaderData(column, Qt.Orientation.Horizontal, RIGHT, Qt.ItemDataRole.TextAlignmentRole)

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
