"""The sheet that one writes on: reading type, a comfortable measure, marks behind the words and at the margin."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip

from ..parts import resources, widgets

MEASURE = 72  # letters a line at most; longer ones are hard to read
FORGOTTEN = "From here on the model no longer knows what stands further up: its memory was full."


class Editor(QPlainTextEdit):
    """Marks of several kinds lie over each other; each kind is set as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(widgets.serif())
        self.document().setDocumentMargin(3 * widgets.GRID)
        self._marks: dict[str, list[QTextEdit.ExtraSelection]] = {}
        self._forgotten: list[QTextCursor] = []

    def mark(self, kind: str, selections: list[QTextEdit.ExtraSelection]) -> None:
        self._marks[kind] = selections
        self.setExtraSelections([one for kind in sorted(self._marks) for one in self._marks[kind]])

    def note_forgotten(self, place: int) -> None:
        """At this place of the text the model's memory began anew; a sign in the margin says so."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(place)
        cursor.setKeepPositionOnInsert(True)
        self._forgotten.append(cursor)
        self.viewport().update()

    def clear_notes(self) -> None:
        self._forgotten = []

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        measure = MEASURE * self.fontMetrics().averageCharWidth() + 6 * widgets.GRID
        side = max(0, (self.width() - measure) // 2)
        self.setViewportMargins(side, 0, side, 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setPen(QColor(resources.colours()["accent"]))
        for place in self._notes():
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "↺")
        painter.end()

    def _notes(self) -> list[QRect]:
        rows = [self.cursorRect(cursor) for cursor in self._forgotten]
        return [QRect(QPoint(0, row.top()), QSize(3 * widgets.GRID, row.height())) for row in rows]

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if isinstance(event, QHelpEvent) and any(place.contains(event.pos()) for place in self._notes()):
            QToolTip.showText(event.globalPos(), FORGOTTEN, self)
            return True
        return super().viewportEvent(event)


def qt_places(text: str) -> Sequence[int]:
    """Where each character of a text begins in the page, and where the last ends: Qt counts halves of UTF-16, and a
    line end of two characters as one.
    """
    if text.isascii() and "\r\n" not in text:
        return range(len(text) + 1)
    widths = (0 if pair == "\r\n" else 1 + (pair[-1] > "\uffff") for pair in map("".join, pairwise(f" {text}")))
    return list(accumulate(widths, initial=0))


def before_cursor(edit: QPlainTextEdit) -> str:
    """The text up to the cursor, or up to where a selection begins."""
    cursor = edit.textCursor()
    text = widgets.text_of(edit).encode("utf-16-le", "surrogatepass")
    return text[: 2 * cursor.selectionStart()].decode("utf-16-le", "surrogatepass")
