"""A card to choose: a title, what it is good for, and a line of facts. Several of them are one group of choices."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy

from . import widgets


class ChoiceCard(QPushButton):
    def __init__(self, title: str, words: str, name: str = "") -> None:
        super().__init__()
        self.facts = widgets.label("", "muted", wrap=True)
        lines = (widgets.label(title, "heading"), widgets.label(words, wrap=True), self.facts)
        for line in lines:
            line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setLayout(widgets.column(*lines, 1, margin=2 * widgets.GRID))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)  # as high as its words need
        self.setCheckable(True)
        self.setAutoExclusive(True)  # one group of choices, also to a screen reader
        self.setProperty("role", "preset")
        self.setToolTip(words.replace("\n", " "))
        self.setAccessibleName(name or title)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name; a button measures its text only, not its layout)
        layout = self.layout()
        return layout.sizeHint() if layout else super().sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        layout = self.layout()
        return layout.minimumSize() if layout else super().minimumSizeHint()
