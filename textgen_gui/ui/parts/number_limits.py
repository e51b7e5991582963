"""A number field says which numbers it takes, where it refuses a key: Qt drops it without a word."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QValidator
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QLineEdit, QSpinBox, QToolTip, QWidget

TYPED = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier  # anything else is a command


class NumberLimits(QObject):
    """Watches what the system tells a window, and nothing else."""

    def __init__(self, window: QWidget) -> None:
        """``window`` has to be shown, or to have a native window by other means."""
        super().__init__(window)
        handle = window.windowHandle()
        assert handle is not None
        handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        field = QApplication.focusWidget()
        if isinstance(field, QSpinBox | QDoubleSpinBox):
            if _is_refused(field, event):
                QToolTip.showText(field.mapToGlobal(QPoint(0, field.height())), limits(field), field)
            elif QToolTip.text() == limits(field):
                QToolTip.hideText()
        return False


def limits(field: QSpinBox | QDoubleSpinBox) -> str:
    least, most = (field.textFromValue(value) for value in (field.minimum(), field.maximum()))  # type: ignore[arg-type]
    unit = "" if field.suffix().strip().isalpha() else field.suffix()  # “texts” is “text” for one
    return f"A number from {least} to {most}{unit}"


def _is_refused(field: QSpinBox | QDoubleSpinBox, event: QKeyEvent) -> bool:
    edit, typed = field.findChild(QLineEdit), event.text()
    if edit is None or not typed.isprintable() or not typed or event.modifiers() & ~TYPED:
        return False
    begin = edit.selectionStart() if edit.hasSelectedText() else edit.cursorPosition()
    text = edit.text()[:begin] + typed + edit.text()[begin + len(edit.selectedText()) :]
    state = field.validate(text, begin + len(typed))
    return (state[0] if isinstance(state, tuple) else state) == QValidator.State.Invalid
