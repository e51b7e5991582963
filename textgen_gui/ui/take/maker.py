"""What a page says of its maker: a name, and some words to whoever gets it. Both may stay empty."""

from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QWidget

from ...engine.core.model_forms import Maker
from ..parts import widgets

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
        self.words.setFixedHeight(LINES * self.words.fontMetrics().lineSpacing() + 3 * widgets.GRID)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        for label, field in (("Made by", self.name), ("Your words", self.words)):
            field.setAccessibleName(label)
            form.addRow(label, field)
        self.setLayout(form)

    def forget(self) -> None:
        """What was said of one model is not said of the next."""
        self.words.clear()

    def maker(self) -> Maker:
        return Maker(self.name.text().strip(), self.words.toPlainText().strip())
