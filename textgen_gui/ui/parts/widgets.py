"""Small pieces that several tabs are made of: labels, buttons, cards, folds, notices. No behaviour of the program."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from . import resources

GRID = 8
L = TypeVar("L", QVBoxLayout, QHBoxLayout)


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)  # names of files must never be read as markup
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def button(text: str, tip: str, clicked: Callable[[], object], *, icon: str = "", role: str = "") -> QPushButton:
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setToolTip(tip)
    made.setAccessibleDescription(tip)
    if icon:
        tint(made, icon, "on_accent" if role == "primary" else "text")
    made.clicked.connect(lambda: clicked())
    return made


def text_of(edit: QPlainTextEdit) -> str:
    """The whole text. Qt's ``toPlainText`` would turn non-breaking spaces, as French sets them, into plain ones."""
    return edit.document().toRawText().replace("\u2029", "\n")


def tool(name: str, icon: str, tip: str, clicked: Callable[[], object]) -> QToolButton:
    made = QToolButton()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    tint(made, icon, "text")
    made.clicked.connect(lambda: clicked())
    return made


def tint(widget: QPushButton | QToolButton, icon: str, colour: str) -> None:
    """Gives a button an icon and remembers it, so that ``retint`` can draw it again for another theme."""
    widget.setProperty("tinted", f"{icon} {colour}")
    widget.setIcon(resources.icon(icon, colour))
    widget.setIconSize(QSize(18, 18))


def retint(root: QWidget) -> None:
    for kind in (QPushButton, QToolButton):
        for widget in root.findChildren(kind):
            if tinted := widget.property("tinted"):
                widget.setIcon(resources.icon(*str(tinted).split()))


def column(*items: QWidget | QLayout | int, margin: int = 0, gap: int = GRID) -> QVBoxLayout:
    return _filled(QVBoxLayout(), items, margin, gap)


def row(*items: QWidget | QLayout | int, margin: int = 0, gap: int = GRID) -> QHBoxLayout:
    return _filled(QHBoxLayout(), items, margin, gap)


def _filled(layout: L, items: tuple[QWidget | QLayout | int, ...], margin: int, gap: int) -> L:
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(gap)
    for item in items:
        if isinstance(item, int):
            layout.addStretch(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


def widget(layout: QLayout) -> QWidget:
    made = QWidget()
    made.setLayout(layout)
    return made


def card(layout: QLayout, name: str = "card") -> QFrame:
    made = QFrame()
    made.setObjectName(name)
    made.setLayout(layout)
    return made


def serif(size: float = 1.15) -> QFont:
    """The font for reading longer text."""
    font = QFont()
    font.setFamilies(["Source Serif 4", "Georgia", "Noto Serif", "Liberation Serif", "DejaVu Serif"])
    font.setStyleHint(QFont.StyleHint.Serif)
    font.setPointSizeF(font.pointSizeF() * size)
    return font


class Fold(QWidget):
    """A heading that opens and closes what is below it."""

    def __init__(self, title: str, tip: str, body: QWidget) -> None:
        super().__init__()
        self.body = body
        self.heading = button(title, tip, self.toggle, icon="right", role="flat")
        self.setLayout(column(self.heading, body, gap=0))
        body.hide()

    def toggle(self) -> None:
        self.body.setVisible(self.body.isHidden())
        tint(self.heading, "right" if self.body.isHidden() else "down", "text")


class Notice(QFrame):
    """One sentence above the page, with the details behind a button. Signal: ``details_asked(str)``."""

    details_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.words = label(wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = ""
        self.more = button("Details", "Show what the program itself says about it", self._ask, role="flat")
        dismiss = tool("Dismiss", "close", "Hide this message", self.hide)
        line = row(self.words, self.more, dismiss, margin=GRID)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.hide()

    def tell(self, sentence: str, details: str = "") -> None:
        self.words.setText(sentence)
        self._details = details
        self.more.setVisible(bool(details))
        self.show()

    def _ask(self) -> None:
        self.details_asked.emit(self._details)
