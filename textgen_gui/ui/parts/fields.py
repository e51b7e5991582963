"""Where one types or reads."""

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

Field = QLineEdit | QPlainTextEdit | QTextEdit


def may_undo(field: Field) -> bool:
    return field.isUndoAvailable() if isinstance(field, QLineEdit) else field.document().isUndoAvailable()


def may_redo(field: Field) -> bool:
    return field.isRedoAvailable() if isinstance(field, QLineEdit) else field.document().isRedoAvailable()


def is_typed_in(widget: QWidget | None) -> bool:
    """Whether it takes what is typed just now."""
    return isinstance(widget, Field | QAbstractSpinBox) and not widget.isReadOnly()


def undo_keys(page: QWidget, undo: Callable[[], object], redo: Callable[[], object]) -> None:
    """They mean this wherever on the page the keyboard is. Not every desktop takes Ctrl+Y for Redo; people do."""
    keys = QKeySequence.StandardKey
    redo_keys = dict.fromkeys([*QKeySequence.keyBindings(keys.Redo), QKeySequence("Ctrl+Y")])
    for bound, does in ((QKeySequence.keyBindings(keys.Undo), undo), (list(redo_keys), redo)):
        made = QShortcut(page)
        made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        made.setKeys(bound)
        made.activated.connect(does)


class UndoPassedOn(QObject):
    """A field of ``page`` that has nothing to undo does not take the key away from the page.

    Only the field with the focus is watched: to watch all of them costs the interpreter's lock at every change of them.
    """

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._changed)

    @Slot(QWidget, QWidget)
    def _changed(self, before: QWidget | None, now: QWidget | None) -> None:
        if before:
            before.removeEventFilter(self)
        if now and self._page.isAncestorOf(now):
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() != QEvent.Type.ShortcutOverride:
            return False
        field = watched.lineEdit() if isinstance(watched, QAbstractSpinBox) else watched
        is_undo = cast(QKeyEvent, event).matches(QKeySequence.StandardKey.Undo)
        return is_undo and isinstance(field, Field) and not may_undo(field)
