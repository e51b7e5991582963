"""The texts that were taken out of the project and can still be put back."""

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QDialog, QListWidget, QListWidgetItem, QWidget

from ...engine.core.project import RemovedText
from ...engine.core.text_changes import KEPT_DAYS
from ..parts import widgets


class RemovedTexts(QDialog):
    """Signal: ``put_back_asked(list[str])``: their files."""

    put_back_asked = Signal(object)

    def __init__(self, texts: Sequence[RemovedText], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Removed texts")
        self.list = QListWidget()
        self.list.setAccessibleName("Removed texts, the newest first")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for text in sorted(texts, key=lambda text: text.removed_at, reverse=True):
            self._add(text)
        self.list.setCurrentRow(0)
        words = f"They wait in the project’s folder “removed” for {KEPT_DAYS} days. Your own files were never touched."
        tip = "The chosen texts become part of the project again, as they were"
        self.back_button = widgets.button("Put back", tip, self._put_back, role="primary")
        self.close_button = widgets.button("Close", "Leaves them where they are (Esc)", self.reject)
        buttons = widgets.row(1, self.close_button, self.back_button)
        self.setLayout(widgets.column(widgets.label(words, "muted", wrap=True), self.list, buttons, margin=16, gap=16))
        self.resize(480, 400)
        self.list.itemSelectionChanged.connect(lambda: self.back_button.setEnabled(bool(self.list.selectedItems())))

    def _add(self, text: RemovedText) -> None:
        removed = QDateTime.fromString(text.removed_at, Qt.DateFormat.ISODateWithMs).toLocalTime()
        when = QLocale().toString(removed, QLocale.FormatType.ShortFormat)
        item = QListWidgetItem(f"{text.source.file}    {when}", self.list)
        item.setData(Qt.ItemDataRole.UserRole, text.source.file)
        item.setToolTip(widgets.plain(text.source.origin))

    def _put_back(self) -> None:
        self.put_back_asked.emit([item.data(Qt.ItemDataRole.UserRole) for item in self.list.selectedItems()])
        self.accept()
