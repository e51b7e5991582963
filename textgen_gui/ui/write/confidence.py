"""How sure the model was of each word it wrote, and what else it would have written there."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QCheckBox, QMenu, QTextEdit, QWidget

from ...engine.core.events import TokenChosen
from ..parts import resources, widgets
from .editor import Editor, qt_places

LEVELS = (0.5, 0.15, 0.03)  # surer than the first: no mark at all
styles = QTextCharFormat.UnderlineStyle
# Told apart by the line below the word, not by colour alone.
lines = (styles.NoUnderline, styles.DotLine, styles.DashUnderline, styles.SingleUnderline)
names = ("sure", "likely", "hesitant", "surprising")


class Confidence(QWidget):
    """A switch with its legend. Signal: ``alternative_chosen(place, text)``: go on from there with this instead."""

    alternative_chosen = Signal(int, str)

    def __init__(self, page: Editor) -> None:
        super().__init__()
        self.page = page
        self.tokens: list[TokenChosen] = []
        self._begin = QTextCursor(page.document())
        self._text = ""
        self._places: Sequence[int] = (0,)
        self.switch = QCheckBox("Show how sure it is")
        self.switch.setToolTip(
            "Tints what the model was unsure of. Click a word, or press Alt+Down in it, for what else could stand there"
        )
        self.switch.toggled.connect(self.show_visible)
        self.legend = widgets.label("", "muted")
        self.legend.setToolTip("How likely the model found what it wrote")
        self.setLayout(widgets.row(self.switch, self.legend, 1, gap=2 * widgets.GRID))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(60)
        self._soon.timeout.connect(self.show_visible)
        page.verticalScrollBar().valueChanged.connect(lambda: self._soon.start() if self.switch.isChecked() else None)
        self._show_legend()

    def begin(self, place: int) -> None:
        """A new stretch is written from this place (as Qt counts) on."""
        self.tokens, self._text = [], ""
        self._begin = QTextCursor(self.page.document())
        self._begin.setPosition(place)
        self._begin.setKeepPositionOnInsert(True)
        self.show_visible()

    def end(self, text: str) -> None:
        """The stretch is complete."""
        self._text, self._places = text, qt_places(text)
        self.show_visible()

    def forget(self) -> None:
        """Somebody wrote into it: places no longer fit."""
        self.tokens = []
        self.page.mark("confidence", [])

    def show_visible(self) -> None:
        """Only what is in sight is tinted, so that a long text stays quick."""
        selections = []
        if self.switch.isChecked() and self.tokens:
            first = self.page.cursorForPosition(QPoint(0, 0)).position()
            area = self.page.viewport().rect()
            last = self.page.cursorForPosition(area.bottomRight()).position()
            for token, start, end in self.places():
                level = _level(token.probability)
                if level and end > first and start <= last:
                    selections.append(self._selection(start, end, level))
        self.page.mark("confidence", selections)
        self._show_legend()

    def places(self) -> list[tuple[TokenChosen, int, int]]:
        """Each token with where it begins and ends in the page, as Qt counts."""
        begin, last = self._begin.position(), len(self._text)
        return [
            (token, begin + self._places[min(token.start, last)], begin + self._places[min(token.end, last)])
            for token in self.tokens
        ]

    def _selection(self, start: int, end: int, level: int) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        look = QTextCharFormat()
        look.setBackground(QColor(resources.confidence_tints[resources.is_dark()][level - 1]))
        look.setUnderlineStyle(lines[level])
        look.setUnderlineColor(QColor(resources.colours()["faint"]))
        cursor = QTextCursor(self.page.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        selection.cursor, selection.format = cursor, look
        return selection

    def _show_legend(self) -> None:
        tints = resources.confidence_tints[resources.is_dark()]
        underlines = ("", "underline dotted", "underline dashed", "underline")
        looks = [f"background:{tints[level - 1]}; text-decoration:{underlines[level]}" for level in (1, 2, 3)]
        pieces = [
            f'<span style="{look}">&nbsp;{name}&nbsp;</span>' for look, name in zip(looks, names[1:], strict=True)
        ]
        shares = ("over 15 %", "over 3 %", "less")
        self.legend.setText("&nbsp; ".join(f"{p} {share}" for p, share in zip(pieces, shares, strict=True)))
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setVisible(self.switch.isChecked())

    def at(self, place: int) -> tuple[TokenChosen, int] | None:
        """The token at a place of the page and where it begins."""
        for token, start, end in self.places():
            if start <= place < end:
                return token, start
        return None

    def offer(self, place: int) -> QMenu | None:
        """The alternatives at a place, as a menu that is ready to be shown."""
        found = self.at(place)
        if found is None:
            return None
        token, start = found
        menu = QMenu(self.page)
        menu.setAccessibleName("What else could stand here")
        for text, share in token.alternatives:
            shown = text.replace("\n", "↵").replace("\t", "⇥").replace("&", "&&") or "the end"
            action = menu.addAction(f"{shown}\t{share:.0%}" if share >= 0.005 else f"{shown}\tless than 1 %")
            action.triggered.connect(self._choosing(start, text))
        return menu

    def _choosing(self, start: int, text: str) -> Callable[[], None]:
        return lambda: self.alternative_chosen.emit(start, text)


def _level(probability: float) -> int:
    return sum(probability < limit for limit in LEVELS)
