"""Where one looks for something among what is shown."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton


class SearchField(QLineEdit):
    """Escape takes the words away, and belongs to what is around where there are none."""

    def __init__(self, looks_for: str, tip: str, name: str = "") -> None:
        """``name``: for who cannot see it, where ``looks_for`` would be too long."""
        super().__init__()
        self.setPlaceholderText(looks_for)
        self.setAccessibleName(name or looks_for)
        self.setToolTip(tip)
        self.setClearButtonEnabled(True)
        for clear in self.findChildren(QToolButton):
            clear.setAccessibleName("Clear")
            clear.setToolTip("Shows all again (Esc)")

    def event(self, happened: QEvent) -> bool:
        """Escape is the key that stops what runs, too: it is asked for before any shortcut has it."""
        if (
            isinstance(happened, QKeyEvent)
            and happened.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
            and happened.key() == Qt.Key.Key_Escape
            and self.text()
        ):
            if happened.type() == QEvent.Type.KeyPress:
                self.clear()
            happened.accept()
            return True
        return super().event(happened)
