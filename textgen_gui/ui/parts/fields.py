"""Where one types or reads."""

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit

Field = QLineEdit | QPlainTextEdit | QTextEdit


def may_undo(field: Field) -> bool:
    return field.isUndoAvailable() if isinstance(field, QLineEdit) else field.document().isUndoAvailable()
