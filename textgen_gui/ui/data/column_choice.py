"""The columns of a table, fields of records or parts of a document, ticked from a list."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from ..parts import widgets

ROWS = 8  # of the list, before it scrolls


class ColumnChoice(QWidget):
    """Signal: ``changed()`` when the user ticks something. Nothing ticked: the program chooses what reads like text."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setAccessibleName("What is learnt of it")
        self.list.itemChanged.connect(self.changed)
        self.words = widgets.label("", "muted", wrap=True)
        title = widgets.label("Learnt of it", "heading")
        title.setBuddy(self.list)
        self.setLayout(widgets.column(title, self.words, self.list))
        self.hide()

    def show_columns(self, columns: Sequence[str], learnt: Sequence[str]) -> None:
        """Hidden where there is no choice. Nothing is emitted."""
        names = [*columns, *(name for name in learnt if name not in columns)]
        self.setVisible(bool(names))
        left_out = [name for name in names if name not in learnt]
        self.words.setText(f"Not learnt: {', '.join(left_out)}." if left_out else "All of it is learnt.")
        if names != self._names() or list(learnt) != self.chosen():
            self._fill(names, learnt)

    def _fill(self, names: Sequence[str], learnt: Sequence[str]) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for name in names:
            item = QListWidgetItem(name, self.list)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in learnt else Qt.CheckState.Unchecked)
        self.list.blockSignals(False)
        high = self.list.sizeHintForRow(0) if names else 0
        self.list.setFixedHeight(min(len(names), ROWS) * high + 2 * widgets.GRID)

    def chosen(self) -> list[str]:
        items = (self.list.item(row) for row in range(self.list.count()))
        return [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]

    def _names(self) -> list[str]:
        return [self.list.item(row).text() for row in range(self.list.count())]
