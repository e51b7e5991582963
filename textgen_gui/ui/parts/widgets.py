"""Small pieces that several tabs are made of: labels, buttons, cards, folds. No behaviour of the program."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
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


def selectable() -> QLabel:
    """Sentences that one may want to copy."""
    made = label(wrap=True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
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
