"""How sure the model was of each word that it wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QTextCharFormat
from PySide6.QtWidgets import QCheckBox, QTextEdit, QWidget

from ...engine.core import line_ends
from ...engine.core.events import TokenChosen
from ..parts import resources, widgets
from ..parts.open_project import OpenProject
from .authorship import in_ink
from .editor import Editor, Layer, qt_positions

Line = QTextCharFormat.UnderlineStyle


@dataclass(frozen=True, slots=True)
class Level:
    """How a word looks that the model found less likely than ``limit``, and how the legend calls it.

    Levels are told apart by the line below the word, not by colour alone.
    """

    limit: float
    name: str
    share: str
    line: Line
    line_in_html: str


# The surest words look like any other text.
levels = (
    Level(0.5, "likely", "over 15%", Line.DotLine, "underline dotted"),
    Level(0.15, "hesitant", "over 3%", Line.DashUnderline, "underline dashed"),
    Level(0.03, "surprising", "less", Line.SingleUnderline, "underline"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """A token, and where it begins and ends in the page, as Qt counts."""

    token: TokenChosen
    start: int
    end: int


class Confidence(QWidget):
    """A switch with its legend, and the stretch of the page that was written last."""

    def __init__(self, page: Editor) -> None:
        super().__init__()
        self.page = page
        self.tokens: Sequence[TokenChosen] = ()
        self._has_older = False
        self._begin = page.cursor_at(0)
        self._positions: Sequence[int] = (0,)
        self.switch = QCheckBox("Show how sure it is")
        self.switch.setToolTip(
            "Tints what the model was unsure of. Click a word with the right button, or press Alt+Down in it, for what "
            "else could stand there"
        )
        self.switch.toggled.connect(self.show_visible)
        self.legend = widgets.label("", "muted")
        self.legend.setToolTip("How likely the model found what it wrote")
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        line = widgets.row(self.switch, self.legend, gap=2 * widgets.GRID)
        line.setStretch(1, 1)
        self.setLayout(line)
        self._soon = QTimer(self, interval=60, singleShot=True)
        self._soon.timeout.connect(self.show_visible)
        page.verticalScrollBar().valueChanged.connect(self._scrolled)
        page.verticalScrollBar().rangeChanged.connect(self._scrolled)  # more of it is in sight, or less
        page.document().contentsChange.connect(self._edited)
        self._show_legend()

    def open(self, opened: OpenProject) -> None:
        self.begin(0)
        opened.jobs.closed.connect(self._soon.stop)

    def begin(self, position: int) -> None:
        """A new stretch is written from here on."""
        self.tokens = ()
        self._begin = self.page.cursor_at(position)
        self._begin.setKeepPositionOnInsert(True)
        self.show_visible()

    def end(self, text: str, tokens: Sequence[TokenChosen]) -> None:
        """The stretch is complete; its tokens know their characters in ``text``."""
        self.tokens, self._positions = tokens if self._stands(text) else (), qt_positions(text)
        self._begin.setKeepPositionOnInsert(False)  # what is typed just before it does not belong to it
        self.show_visible()

    def _stands(self, text: str) -> bool:
        """Whether all of it is on the page still: somebody may have written into it, or emptied the page, meanwhile."""
        as_shown = line_ends.plain(text.replace("\r\n", "\n").replace("\r", "\n"))
        begin, wanted = 2 * self._begin.position(), _halves(as_shown)
        return _halves(widgets.text_of(self.page))[begin : begin + len(wanted)] == wanted

    def forget(self) -> None:
        self.tokens = ()
        self.show_visible()

    def tell_older(self, has_older: bool) -> None:
        """Whether anything that a model wrote stands on the page."""
        if has_older != self._has_older:
            self._has_older = has_older
            self._show_legend()

    def spans(self) -> list[Span]:
        """Each token of the stretch in order."""
        begin, last = self._begin.position(), len(self._positions) - 1
        return [
            Span(token, begin + self._positions[min(token.start, last)], begin + self._positions[min(token.end, last)])
            for token in self.tokens
        ]

    def span_at(self, position: int) -> Span | None:
        return next((span for span in self.spans() if span.start <= position < span.end), None)

    def show_visible(self) -> None:
        """Only what is in sight is tinted, so that a long text stays quick."""
        stretches: list[QTextEdit.ExtraSelection] = []
        if self.switch.isChecked() and self.tokens:
            first = self.page.cursorForPosition(QPoint(0, 0)).position()
            last = self.page.cursorForPosition(self.page.viewport().rect().bottomRight()).position()
            looks = [_look(number) for number in range(len(levels))]
            for span in self.spans():
                unsure = sum(span.token.probability < level.limit for level in levels)
                is_shown = span.start < span.end  # a token may be one byte of a letter only
                if unsure and is_shown and span.end > first and span.start <= last:
                    stretches.append(self.page.highlighted(span.start, span.end, looks[unsure - 1]))
        self.page.highlight(Layer.CONFIDENCE, stretches)
        self._show_legend()

    def _scrolled(self) -> None:
        if self.switch.isChecked():
            self._soon.start()

    def _edited(self, position: int, removed: int, added: int) -> None:
        """What somebody wrote into does not belong to the model any more, and positions no longer fit."""
        if self.tokens:
            spans = self.spans()
            begin, end = spans[0].start, spans[-1].end
            replaced = removed and position + added >= begin  # what comes in its place pushes the beginning on
            if position < end and (position + removed > begin or replaced):
                self.forget()

    def _show_legend(self) -> None:
        entries = [
            f'<span style="background:{_tint(number)}; text-decoration:{level.line_in_html}">'
            f"&nbsp;{level.name}&nbsp;</span> {level.share}"
            for number, level in enumerate(levels)
        ]
        nothing = "What the model writes from now on is shown."
        if self._has_older:
            nothing = "Only what the model writes from now on can be shown; older writing has lost it."
        self.legend.setText("&nbsp; ".join(entries) if self.tokens else nothing)
        self.legend.setVisible(self.switch.isChecked())


def _halves(text: str) -> bytes:
    """Two bytes for each position of Qt."""
    return text.encode("utf-16-le", "surrogatepass")


def _tint(number: int) -> str:
    return resources.confidence_tints[resources.is_dark()][number]


def _look(number: int) -> QTextCharFormat:
    look = in_ink(QTextCharFormat())
    look.setBackground(QColor(_tint(number)))
    look.setUnderlineStyle(levels[number].line)
    look.setUnderlineColor(QColor(resources.colours()["faint"]))
    return look
