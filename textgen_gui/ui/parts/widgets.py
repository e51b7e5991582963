"""Small pieces that several tabs are made of: labels, buttons, cards, folds. No behaviour of the program."""

import html
import itertools
from collections.abc import Callable, Iterator
from typing import TypeVar

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QSplitterHandle,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...engine.core import line_ends
from . import resources

GRID = 8
SERIF = "Source Serif 4"
L = TypeVar("L", QVBoxLayout, QHBoxLayout)


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)  # names of files must never be read as markup
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def plain(words: str) -> str:
    """For tool tips and boxes, which guess: words that hold the name of a file must never be read as markup."""
    return f"<p style='white-space: pre-wrap'>{html.escape(words)}</p>" if "<" in words else words


class Figure(QLabel):
    """A number or a few words under a caption. A screen reader says both."""

    def __init__(self, caption: str, role: str = "number") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self._caption = caption

    def setText(self, text: str) -> None:  # noqa: N802 (Qt's name)
        super().setText(text)
        self.setAccessibleName(f"{self._caption}: {text}")


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


def write_on(button: QAbstractButton, words: str) -> None:
    """Words of which some are a person's own: an & in them is no key."""
    button.setText(words.replace("&", "&&"))


def text_of(edit: QPlainTextEdit) -> str:
    """The whole text, with usual line ends. Qt's ``toPlainText`` would turn non-breaking spaces, as French sets them,
    into plain ones.
    """
    return line_ends.plain(edit.document().toRawText())


def tool(name: str, icon: str, tip: str, clicked: Callable[[], object]) -> QToolButton:
    made = QToolButton()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    tint(made, icon, "text")
    made.clicked.connect(lambda: clicked())
    return made


def more(name: str, tip: str, menu: QMenu) -> QToolButton:
    """Three dots that open a menu."""
    made = tool(name, "more", tip, lambda: None)
    made.setMenu(menu)
    made.setStyleSheet("QToolButton::menu-indicator { image: none; }")
    made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return made


def tint(widget: QAbstractButton, icon: str, colour: str) -> None:
    """Gives a button an icon and remembers it, so that ``retint`` can draw it again for another theme and size."""
    widget.setProperty("tinted", f"{icon} {colour}")
    widget.setIcon(resources.icon(icon, colour))
    widget.setIconSize(QSize(resources.ICON, resources.ICON) * resources.zoomed())


def accent(made: QPushButton, is_primary: bool) -> None:
    """Whether this is what the page is for now."""
    role = "primary" if is_primary else ""
    if made.property("role") == role:
        return
    made.setProperty("role", role)
    if tinted := made.property("tinted"):
        tint(made, str(tinted).split()[0], "on_accent" if is_primary else "text")
    made.style().polish(made)


def retint(root: QWidget) -> None:
    for kind in (QPushButton, QToolButton):
        for widget in root.findChildren(kind):
            if tinted := widget.property("tinted"):
                tint(widget, *str(tinted).split())


def column(*items: QWidget | QLayout | int, margin: int = 0, gap: int = GRID) -> QVBoxLayout:
    return _filled(QVBoxLayout(), items, margin, gap)


def row(*items: QWidget | QLayout | int, margin: int = 0, gap: int = GRID) -> QHBoxLayout:
    return _filled(QHBoxLayout(), items, margin, gap)


def to_the_foot(layout: QVBoxLayout) -> QVBoxLayout:
    """What scrolls in it goes on to the edge of the window, and is not cut above a blank strip."""
    around = layout.contentsMargins()
    layout.setContentsMargins(around.left(), around.top(), around.right(), 0)
    return layout


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


def layout_of(widget: QWidget) -> QLayout:
    layout = widget.layout()
    assert layout is not None
    return layout


def settle(page: QWidget) -> None:
    """Lays it out, and what it stands in: a wish for that which came while a page was hidden is lost."""
    for outer in (page, page.parentWidget()):
        if outer and (layout := outer.layout()):
            layout.activate()


class ScrollArea(QScrollArea):
    """Of the main window. Where what has the keyboard is hidden, as by a click on another view, Qt passes it on and
    would scroll to wherever it goes; for a key ``FocusInSight`` does so.
    """

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 (Qt's name)
        return QWidget.focusNextPrevChild(self, forward)


def scrolling(area: QScrollArea, page: QWidget) -> QScrollArea:
    """Shows all of a page in an area that may be smaller, and is no stop of the Tab key itself."""
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area


class Pages(QStackedWidget):
    """A stack that is only as large as the page which is shown."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        shown = self.currentWidget()
        return shown.minimumSizeHint() if shown else super().minimumSizeHint()


class _PlainHandle(QSplitterHandle):
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Nothing, where the style would draw dots."""


class Split(QSplitter):
    """Halves with an unseen handle between them, whether or not a sheet of a theme lies on it."""

    def createHandle(self) -> QSplitterHandle:  # noqa: N802 (Qt's name)
        return _PlainHandle(self.orientation(), self)


class Flow(QWidget):
    """Widgets in a row that goes on in the next line where there is no space; those of a line share their middle, or
    their ``top``.
    """

    def __init__(self, *items: QWidget, gap: int = 2 * GRID, top: bool = False) -> None:
        super().__init__()
        self._items, self._gap, self._shares_top = items, gap, top
        for item in items:
            item.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:  # noqa: N802 (Qt's name)
        return max((corner.y() + item.sizeHint().height() for item, corner in self._laid_out(width)), default=0)

    def sizeHint(self) -> QSize:  # noqa: N802
        width = sum(item.sizeHint().width() + self._gap for item in self._there()) - self._gap
        return QSize(max(0, width), self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        widest = max((item.sizeHint().width() for item in self._there()), default=0)
        return QSize(widest, self.heightForWidth(max(widest, self.width())))

    def _there(self) -> Iterator[QWidget]:
        return (item for item in self._items if not item.isHidden())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        self._lay_out()  # while it was hidden nobody told it of changes

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # one of them came, went, or has other words
            self._lay_out()
        return super().event(event)

    def _lay_out(self) -> None:
        lines = itertools.groupby(self._laid_out(self.width()), key=lambda placed: placed[1].y())
        for top, line in lines:
            placed = list(line)
            tallest = max(item.sizeHint().height() for item, _ in placed)
            for item, corner in placed:
                size = item.sizeHint()
                down = 0 if self._shares_top else (tallest - size.height()) // 2
                item.setGeometry(QRect(QPoint(corner.x(), top + down), size))
        self.updateGeometry()

    def _laid_out(self, width: int) -> Iterator[tuple[QWidget, QPoint]]:
        across = down = tallest = 0
        for item in self._there():
            size = item.sizeHint()
            if across and across + size.width() > width:
                across, down, tallest = 0, down + tallest + self._gap, 0
            yield item, QPoint(across, down)
            across, tallest = across + size.width() + self._gap, max(tallest, size.height())


def card(layout: QLayout, name: str = "card") -> QFrame:
    made = QFrame()
    made.setObjectName(name)
    made.setLayout(layout)
    return made


def serif(size: float = 1.15) -> QFont:
    """The font for reading longer text."""
    font = QFont()
    font.setFamilies([SERIF, "Georgia", "Noto Serif", "Liberation Serif", "DejaVu Serif"])
    font.setStyleHint(QFont.StyleHint.Serif)
    font.setPointSizeF(font.pointSizeF() * size)
    return font


def indent_numbers(root: QWidget) -> None:
    """The style sheet's padding at the left of number fields, which Qt leaves out."""
    for field in root.findChildren(QAbstractSpinBox):
        field.lineEdit().setTextMargins(GRID, 0, 0, 0)


def rescale(root: QWidget, before: float, now: float) -> None:
    """From one zoom (1: as usual) to another: text in the font for reading has a size that follows no other."""
    for shown in root.findChildren(QWidget):
        font = shown.font()
        is_viewport = isinstance(outer := shown.parentWidget(), QAbstractScrollArea) and outer.viewport() is shown
        own = shown.testAttribute(Qt.WidgetAttribute.WA_SetFont) and not is_viewport
        if own and font.families()[:1] == [SERIF]:
            usual = shown.property("usual_size") or font.pointSizeF() / before
            shown.setProperty("usual_size", usual)
            font.setPointSizeF(usual * now)
            shown.setFont(font)
            if isinstance(shown, QAbstractScrollArea):  # a placeholder is drawn in the font of this
                shown.viewport().setFont(font)


class Fold(QWidget):
    """A heading that opens and closes what is below it."""

    def __init__(self, title: str, tip: str, body: QWidget) -> None:
        super().__init__()
        self.body = body
        self.heading = button(title, tip, self.toggle, icon="right", role="flat")
        self.setLayout(column(self.heading, body))
        body.hide()

    def toggle(self) -> None:
        self.body.setVisible(self.body.isHidden())
        tint(self.heading, "right" if self.body.isHidden() else "down", "text")
