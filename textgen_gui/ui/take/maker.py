"""What a page says of its maker: a name, and some words to whoever gets it. Both may stay empty."""

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from ...engine.core.model_forms import Maker
from ..parts import widgets
from ..parts.direction import follow_text_direction
from .fields import named

LINES = 3


class MakerForm(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.name, self.words = QLineEdit(), QPlainTextEdit()
        self.name.setPlaceholderText("your name, or nothing")
        self.name.setToolTip("It stands below the title of the page")
        self.words.setPlaceholderText("what you want to say to whoever opens it, or nothing")
        self.words.setToolTip("It stands on the page, above where one writes")
        self.words.setTabChangesFocus(True)
        follow_text_direction(self.words)
        self.words.setFixedHeight(LINES * self.words.fontMetrics().lineSpacing() + 3 * widgets.GRID)
        self.words.document().setDocumentMargin(widgets.GRID)  # as in the field above it
        self.setLayout(named({"Made by": self.name, "Your words": self.words}))

    def forget(self) -> None:
        """What was said of one model is not said of the next."""
        self.words.clear()

    def maker(self) -> Maker:
        return Maker(self.name.text().strip(), self.words.toPlainText().strip())
