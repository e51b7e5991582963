"""The sheet that one writes on: reading type, a comfortable measure, highlights behind words, signs in the margin."""

import contextlib
import enum
from collections.abc import Iterator, Sequence

import regex
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip

from ..parts import resources, widgets
from ..parts.direction import follow_text_direction

MEASURE = 72  # letters a line at most; longer ones are hard to read
LEAST = 8  # lines
# Letters in a row, as in "don't" too, and what closes a sentence behind them; not of scripts that put no space between
# words.
WORD = regex.compile(
    r"(?V1)(?P<word>(?P<letter>[\w--[\p{Line_Break=Complex_Context}\p{Han}\p{Hiragana}\p{Katakana}]])+(?:['’](?&letter)+)*)"
    r"[.,;:!?…»”’\"')\]]*"
)
NOTED = ". From a line in the margin on it no longer knew what stands far above: it reads only so much at once."
FORGOTTEN = "From here on the model no longer knows what stands far above: it reads only so much at once."


class Layer(enum.Enum):
    """Highlights lie over each other in this order."""

    AUTHORS = enum.auto()
    CONFIDENCE = enum.auto()
    COPIES = enum.auto()


class Editor(QPlainTextEdit):
    """A plain text. Positions in it are those of Qt, see ``qt_positions``. Signals, while nothing can be written on it:
    ``typed()``: somebody types where that is kept for ``take_typed``; ``refused()``: somebody takes something back.
    """

    typed = Signal()
    refused = Signal()

    def __init__(self, *, keeps_typing: bool = False) -> None:
        super().__init__()
        self._keeps_typing = keeps_typing
        self.setFont(widgets.serif())
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(3 * widgets.GRID)
        self._layers: dict[Layer, list[QTextEdit.ExtraSelection]] = {layer: [] for layer in Layer}
        self._forgotten: list[QTextCursor] = []
        self._typed: list[QKeyEvent] = []  # while nothing could be written
        self.document().contentsChange.connect(self._take_notes_away)
        follow_text_direction(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        if self._waits and _is_typing(event):
            self._keep(QKeyEvent(event.type(), event.key(), event.modifiers(), event.text()))
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:  # noqa: N802 (Qt's name)
        if not self._waits:
            super().inputMethodEvent(event)
        elif words := event.commitString():
            self._keep(QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, words))

    def setReadOnly(self, on: bool) -> None:  # noqa: N802 (Qt's name)
        super().setReadOnly(on)
        if self._keeps_typing:  # also of those who need several keys for a letter
            self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)

    @property
    def _waits(self) -> bool:
        return self._keeps_typing and self.isReadOnly()

    def _keep(self, key: QKeyEvent) -> None:
        self._typed.append(key)
        self.typed.emit()

    @property
    def has_typed(self) -> bool:
        """Whether something waits for ``take_typed``."""
        return bool(self._typed)

    def take_typed(self) -> None:
        """What was typed while nothing could be written goes where the cursor is, now that something can be."""
        typed, self._typed = self._typed, []
        for event in typed:
            super().keyPressEvent(event)

    def clear_typed(self) -> None:
        self._typed = []

    def undo(self) -> None:
        """Nothing goes from under a model that writes."""
        self.refused.emit() if self.isReadOnly() else super().undo()

    def redo(self) -> None:
        self.refused.emit() if self.isReadOnly() else super().redo()

    def cursor_at(self, start: int, end: int | None = None) -> QTextCursor:
        """A cursor of its own, apart from the user's; it selects up to ``end``."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        if end is not None:
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def leave_word(self) -> None:
        """The cursor goes behind the word within which it stands, and what closes it; nothing happens where it selects
        something.
        """
        cursor = self.textCursor()
        block, place = cursor.block(), cursor.positionInBlock()
        at = qt_positions(block.text())
        words = ((at[one.start()], at[one.end("word")], at[one.end()]) for one in WORD.finditer(block.text()))
        behind = (closed for begin, end, closed in words if begin < place < end)
        if not cursor.hasSelection():
            cursor.setPosition(block.position() + next(behind, place))
            self.setTextCursor(cursor)

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """What is written meanwhile is one step for Ctrl+Z. Qt would join it to the words before, and those that follow
        to it, but not where a page counts as saved.
        """
        self.document().setModified(False)
        yield
        self.document().setModified(False)

    def highlighted(self, start: int, end: int, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
        """A stretch of the page with this look, to be shown by ``highlight``."""
        made = QTextEdit.ExtraSelection()
        made.cursor, made.format = self.cursor_at(start, end), look
        made.cursor.setKeepPositionOnInsert(True)  # what is typed just behind it does not belong to it
        return made

    def highlight(self, layer: Layer, stretches: list[QTextEdit.ExtraSelection]) -> None:
        """Shows these in place of what the layer showed before."""
        self._layers[layer] = stretches
        self.setExtraSelections([one for stretches in self._layers.values() for one in stretches])

    def note_forgotten(self, position: int) -> None:
        """Here the model's memory began anew; a sign in the margin says so."""
        cursor = self.cursor_at(position)
        cursor.setKeepPositionOnInsert(True)
        self._forgotten.append(cursor)
        self.viewport().update()

    def _take_notes_away(self, position: int, removed: int, added: int) -> None:
        """Of what is not written any more, as when it was undone."""
        if removed > added:
            self._forgotten = [cursor for cursor in self._forgotten if cursor.position() != position]

    def clear_notes(self) -> None:
        self._forgotten = []

    @property
    def about_notes(self) -> str:
        """What the signs in the margin mean, where there are any."""
        return NOTED if self._forgotten else ""

    def notes(self) -> list[QRect]:
        """Where the signs in the margin stand."""
        rows = [self.cursorRect(cursor) for cursor in self._forgotten]
        return [QRect(QPoint(0, row.top()), QSize(3 * widgets.GRID, row.height())) for row in rows]

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """So much is in sight at least, however large the text is; where there is less room, what is around scrolls."""
        return QSize(super().minimumSizeHint().width(), LEAST * self.fontMetrics().lineSpacing())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        measure = MEASURE * self.fontMetrics().averageCharWidth() + 6 * widgets.GRID
        side = max(0, (self.width() - measure) // 2)
        self.setViewportMargins(side, 0, side, 0)  # first, or what was resized unseen keeps its long lines
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setPen(QColor(resources.colours()["accent"]))
        for note in self.notes():
            painter.fillRect(note.left(), note.top(), note.width(), 2, painter.pen().color())
        painter.end()

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if isinstance(event, QHelpEvent) and any(note.contains(event.pos()) for note in self.notes()):
            QToolTip.showText(event.globalPos(), FORGOTTEN, self)
            return True
        return super().viewportEvent(event)


def _is_typing(event: QKeyEvent) -> bool:
    """Whether a key writes, or takes back the last letter of what it has written."""
    edits = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)
    is_command = event.modifiers() & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier)
    return (
        (edits and not is_command)
        or event.matches(QKeySequence.StandardKey.Paste)
        or (event.text() != "" and event.text().isprintable())
    )


def qt_positions(text: str) -> Sequence[int]:
    """Where each character of a text begins in the page, and where the last ends: one number more than characters.

    Qt counts in halves of UTF-16, and a line end of two characters as one.
    """
    if text.isascii() and "\r\n" not in text:
        return range(len(text) + 1)
    positions, before = [0], ""
    for character in text:
        positions.append(positions[-1] + _width(before, character))
        before = character
    return positions


def _width(before: str, character: str) -> int:
    if before == "\r" and character == "\n":
        return 0
    return 2 if character > "\uffff" else 1


def before_cursor(edit: QPlainTextEdit) -> str:
    """The text up to the cursor, or up to where a selection begins."""
    return before(edit, edit.textCursor().selectionStart())


def before(edit: QPlainTextEdit, position: int) -> str:
    """The text up to a position, as Qt counts."""
    text = widgets.text_of(edit).encode("utf-16-le", "surrogatepass")
    return text[: 2 * position].decode("utf-16-le", "surrogatepass")
