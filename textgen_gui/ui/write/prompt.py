"""A few lines to begin from, above texts that the model writes."""

from PySide6.QtWidgets import QPlainTextEdit

from ..parts import widgets
from ..parts.direction import follow_text_direction


class Prompt(QPlainTextEdit):
    def __init__(self, name: str, tip: str, placeholder: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setPlaceholderText(placeholder)
        self.setFont(widgets.serif())
        self.setFixedHeight(72)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(widgets.GRID)
        follow_text_direction(self)

    def text(self) -> str:
        return widgets.text_of(self)
