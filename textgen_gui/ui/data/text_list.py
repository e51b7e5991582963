"""The list of a project's texts: what each is and whether it is part of what a model would learn from."""

from collections.abc import Iterator, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from ...engine.core import events
from ...engine.core.project import Source
from ...engine.core.snapshot import ProjectSnapshot
from ...words import bytes_in_words

columns = (
    ("Text", "The file's name in the project"),
    ("Size", "How large the file is"),
    ("Read as", "Its format, or how the bytes of a plain text stand for letters"),
    ("Documents", "How many separate documents it holds"),
    ("Tokens", "How many tokens the tokenizer makes of it; a token is a few letters"),
    ("State", "Whether it is part of what a model would learn from now"),
)


class TextList(QTableWidget):
    def __init__(self) -> None:
        super().__init__(0, len(columns))
        self.setAccessibleName("Texts of this project")
        for number, (name, tip) in enumerate(columns):
            item = QTableWidgetItem(name)
            item.setToolTip(tip)
            self.setHorizontalHeaderItem(number, item)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for stretched in (0, len(columns) - 1):
            header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        header.setResizeContentsPrecision(200)  # measuring thousands of rows would make the window wait
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_texts(self, found: ProjectSnapshot, read: Mapping[str, events.TextRead], up_to_date: bool) -> None:
        sources, chosen = found.sources, self.currentRow()
        self.setUpdatesEnabled(False)
        self.blockSignals(True)
        self.setRowCount(len(sources))
        for number, source in enumerate(sources):
            size, known = found.sizes[source.file], read.get(f"texts/{source.file}")
            for column, cell in enumerate(_cells(source, size, known, up_to_date)):
                self.setItem(number, column, cell)
        self.blockSignals(False)
        self.setUpdatesEnabled(True)
        if sources and not self.selected():
            self.selectRow(max(0, min(chosen, len(sources) - 1)))

    def selected(self) -> list[Source]:
        rows = sorted({index.row() for index in self.selectedIndexes()})
        cells = (self.item(number, 0) for number in rows)
        return [cell.data(Qt.ItemDataRole.UserRole) for cell in cells if cell]


def _cells(source: Source, size: int, read: events.TextRead | None, up_to_date: bool) -> Iterator[QTableWidgetItem]:
    usable = read is not None and read.documents > 0
    words = (
        source.file,
        bytes_in_words(size),
        _encoding(read) if read and usable else "–",
        f"{read.documents:,}" if read and usable else "–",
        f"{read.tokens:,}" if read and read.tokens else "–",
        _state(read, up_to_date),
    )
    for column, text in enumerate(words):
        cell = QTableWidgetItem(text)
        cell.setToolTip("\n".join(read.warnings) if read and read.warnings else source.origin)
        if column == 0:
            cell.setData(Qt.ItemDataRole.UserRole, source)
        yield cell


def _encoding(read: events.TextRead) -> str:
    if not read.encoding:
        return read.format
    return read.encoding if read.confidence >= 0.9 else f"{read.encoding}, {read.confidence:.0%} sure"


def _state(read: events.TextRead | None, up_to_date: bool) -> str:
    if read is None:
        return "New"
    if not read.documents:
        return "Left out: " + " ".join(read.warnings)
    if not up_to_date:
        return "Not prepared"
    if not read.tokens:
        return read.warnings[-1] if read.warnings else "Left out"
    return "Ready, see note" if read.warnings else "Ready"
