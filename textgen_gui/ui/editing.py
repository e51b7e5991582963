"""The Edit menu: what it does is done by the field that has the focus."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from .parts import widgets
from .parts.fields import Field, may_redo, may_undo
from .parts.search_field import SearchField
from .parts.styled import Styled


def field() -> Field | None:
    """Where one types or reads just now."""
    focused = QApplication.focusWidget()
    here = focused.lineEdit() if isinstance(focused, QAbstractSpinBox) else focused  # which has the focus in its stead
    return here if isinstance(here, Field) else None


def undo() -> bool:
    """Whether there was something to undo in the field."""
    if (here := field()) and may_undo(here):
        here.undo()
        return True
    return False


def redo() -> bool:
    """Whether there was something to do again in the field."""
    if (here := field()) and may_redo(here):
        here.redo()
        return True
    return False


def may_cut() -> bool:
    here = field()
    return here is not None and not here.isReadOnly() and _is_marked(here)


def cut() -> None:
    if here := field():
        here.cut()


def may_copy() -> bool:
    """Also from a label."""
    focused, here = QApplication.focusWidget(), field()
    return (isinstance(focused, QLabel) and focused.hasSelectedText()) or (here is not None and _is_marked(here))


def _is_marked(here: Field) -> bool:
    return here.hasSelectedText() if isinstance(here, QLineEdit) else here.textCursor().hasSelection()


def copy() -> None:
    """Also what is marked in a label."""
    focused = QApplication.focusWidget()
    if isinstance(focused, QLabel) and focused.hasSelectedText():
        QApplication.clipboard().setText(focused.selectedText())
    elif here := field():
        here.copy()


def paste() -> bool:
    """Whether there was a field to type in."""
    if (here := field()) and not here.isReadOnly():
        here.paste()
        return True
    return False


def may_select() -> bool:
    return field() is not None


def select_all() -> None:
    if here := field():
        here.selectAll()


class Find(QDialog):
    """Looks for words in one text, again and again, from its beginning when it comes to its end."""

    def __init__(self, window: QWidget, text: QPlainTextEdit | QTextEdit) -> None:
        super().__init__(window)
        Styled(self)
        self.setWindowTitle("Find")
        self._text = text
        self.answer = widgets.label("", "muted")
        self.words = QLineEdit(text.textCursor().selectedText())
        self.words.setAccessibleName("Find")
        self.words.returnPressed.connect(self.next)
        self.words.textChanged.connect(lambda: self.answer.clear())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for close in buttons.buttons():  # or Return in the field would press it, and go on into the text
            close.setAutoDefault(False)  # type: ignore[attr-defined]
        self.forward = widgets.button("Next", "The next place with these words (Return)", self.next)
        self.forward.setAutoDefault(False)
        self.back = widgets.button("Previous", "The one before", self.previous)
        self.back.setAutoDefault(False)
        line = widgets.row(self.answer, 1, self.back, self.forward, buttons)
        self.setLayout(widgets.column(self.words, line, margin=2 * widgets.GRID))
        self.setMinimumWidth(400)
        self.finished.connect(self.deleteLater)

    def next(self) -> None:
        self._find(QTextDocument.FindFlag(0))

    def previous(self) -> None:
        self._find(QTextDocument.FindFlag.FindBackward)

    def _find(self, flags: QTextDocument.FindFlag) -> None:
        if self._text.find(self.words.text(), flags):
            self.answer.clear()
            return
        before, edge = self._text.textCursor(), self._text.textCursor()
        edge.movePosition(edge.MoveOperation.End if flags else edge.MoveOperation.Start)
        self._text.setTextCursor(edge)
        found = self._text.find(self.words.text(), flags)
        if not found:
            self._text.setTextCursor(before)
        self.answer.setText("From the other end again." if found else "Not found.")


def find(window: QWidget) -> None:
    """In the text that has the focus; elsewhere in what is listed, and then in the text that is in sight."""
    here = field()
    if isinstance(here, QPlainTextEdit | QTextEdit):
        Find(window, here).show()
    elif search := next(filter(QWidget.isVisible, window.findChildren(SearchField)), None):
        search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        search.selectAll()
    elif text := next(filter(QWidget.isVisible, window.findChildren(QPlainTextEdit)), None):
        Find(window, text).show()
