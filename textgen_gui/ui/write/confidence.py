"""How sure the model was of each word that it wrote."""

from collections import deque
from collections.abc import Iterable, Sequence
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


GONE = 16  # stretches
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

    def moved(self, by: int) -> "Span":
        return Span(self.token, self.start + by, self.end + by)


@dataclass(slots=True, eq=False)
class Stretch:
    """Tokens of a model that follow each other on the page. Their spans count from ``begin``, so that what is typed
    before them moves one number only. ``halves``: their text.
    """

    begin: int
    spans: list[Span]
    halves: bytes

    @property
    def end(self) -> int:
        return self.begin + self.spans[-1].end

    def placed(self) -> list[Span]:
        """Where they stand in the page."""
        return [span.moved(self.begin) for span in self.spans]

    def part(self, spans: Sequence[Span]) -> list["Stretch"]:
        """One with only these of its tokens, in the same place; none where there are none."""
        if not spans:
            return []
        first, last = spans[0].start, spans[-1].end
        return [Stretch(self.begin + first, [s.moved(-first) for s in spans], self.halves[2 * first : 2 * last])]

    def parted(self, start: int, end: int) -> tuple[list["Stretch"], list["Stretch"], list["Stretch"]]:
        """What of it ends before ``start``, what reaches between the two, and what begins behind ``end``."""
        before = [span for span in self.spans if self.begin + span.end <= start]
        behind = [span for span in self.spans[len(before) :] if self.begin + span.start >= end]
        between = self.spans[len(before) : len(self.spans) - len(behind)]
        return self.part(before), self.part(between), self.part(behind)

    def joined(self, other: "Stretch") -> "Stretch":
        """With one that begins where it ends."""
        spans = [*self.spans, *(span.moved(other.begin - self.begin) for span in other.spans)]
        return Stretch(self.begin, spans, self.halves + other.halves)


class Confidence(QWidget):
    """A switch with its legend, and what models wrote on the page since it was opened."""

    def __init__(self, page: Editor) -> None:
        super().__init__()
        self.page = page
        self._stretches: list[Stretch] = []
        self._gone = deque[Stretch](maxlen=GONE)  # what somebody wrote over or took back, and may bring back
        self._has_older = False
        self._begin = 0  # of what is written just now
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
        self.forget()
        opened.jobs.closed.connect(self._soon.stop)

    def begin(self, position: int) -> None:
        """A model writes from here on."""
        self._begin = position

    def end(self, text: str, tokens: Sequence[TokenChosen]) -> None:
        """It has written; its tokens know their characters in ``text``."""
        if tokens and self._stands(text):
            at = qt_positions(text)
            last = len(at) - 1
            spans = [Span(token, at[min(token.start, last)], at[min(token.end, last)]) for token in tokens]
            new = Stretch(self._begin, spans, _halves(_as_shown(text)))
            # The same may have been brought back there, where the same seed wrote it once more.
            for one in [one for one in self._stretches if one.end > new.begin and one.begin < new.end]:
                self._stretches.remove(one)
                before, _, behind = one.parted(new.begin, new.end)
                self._stretches += before + behind
            self._add(new)
        self.show_visible()

    def _add(self, new: Stretch) -> None:
        """What goes on where another one ends is one with it: another word there takes the place of both."""
        if before := next((one for one in self._stretches if one.end == new.begin), None):
            self._stretches.remove(before)
            new = before.joined(new)
        if behind := next((one for one in self._stretches if one.begin == new.end), None):
            self._stretches.remove(behind)
            new = new.joined(behind)
        self._stretches.append(new)

    def _stands(self, text: str) -> bool:
        """Whether all of it is on the page still: somebody may have written into it, or emptied the page, meanwhile."""
        begin, wanted = 2 * self._begin, _halves(_as_shown(text))
        return _halves(widgets.text_of(self.page))[begin : begin + len(wanted)] == wanted

    def forget(self) -> None:
        self._stretches = []
        self._gone.clear()
        self.show_visible()

    def tell_older(self, has_older: bool) -> None:
        """Whether anything that a model wrote stands on the page."""
        if has_older != self._has_older:
            self._has_older = has_older
            self._show_legend()

    def spans(self) -> list[Span]:
        """Each token on the page in order."""
        return [span for one in sorted(self._stretches, key=lambda one: one.begin) for span in one.placed()]

    def stretch_at(self, position: int) -> Stretch | None:
        return next((one for one in self._stretches if one.begin <= position < one.end), None)

    def show_visible(self) -> None:
        """Only what is in sight is tinted, so that a long text stays quick."""
        shown: list[QTextEdit.ExtraSelection] = []
        if self.switch.isChecked() and self._stretches:
            first = self.page.cursorForPosition(QPoint(0, 0)).position()
            last = self.page.cursorForPosition(self.page.viewport().rect().bottomRight()).position()
            looks = [_look(number) for number in range(len(levels))]
            for span in self._between(first, last):
                unsure = sum(span.token.probability < level.limit for level in levels)
                if unsure and span.start < span.end:  # a token may be one byte of a letter only
                    shown.append(self.page.highlighted(span.start, span.end, looks[unsure - 1]))
        self.page.highlight(Layer.CONFIDENCE, shown)
        self._show_legend()

    def _between(self, first: int, last: int) -> Iterable[Span]:
        for one in self._stretches:
            if one.end > first and one.begin <= last:
                yield from (span for span in one.placed() if span.end > first and span.start <= last)

    def _scrolled(self) -> None:
        if self.switch.isChecked():
            self._soon.start()

    def _edited(self, position: int, removed: int, added: int) -> None:
        """What somebody wrote over does not belong to the model any more, and what is behind it moves."""
        behind, by = position + removed, added - removed
        if position < self._begin:
            self._begin = max(position, self._begin + by)
        parted = [one for one in self._stretches if position < one.end and behind > one.begin]
        self._stretches = [one for one in self._stretches if one not in parted]
        for one in self._stretches:
            one.begin += by if behind <= one.begin else 0
        for one in self._gone:
            one.begin += by if behind <= one.begin and position < one.begin else 0
        for one in parted:
            self._part(one, position, behind, by)
        self._bring_back()
        if parted or self._gone:
            self._soon.start()  # the page does not know yet what is in sight

    def _part(self, one: Stretch, start: int, end: int, by: int) -> None:
        """Somebody wrote from ``start`` to ``end``; what stands behind moves ``by``."""
        before, gone, behind = one.parted(start, end)
        self._gone.extend(gone)
        for each in behind:
            each.begin += by
        self._stretches += before + behind

    def _bring_back(self) -> None:
        """What is gone stands in its place again after Ctrl+Z."""
        end = self.page.document().characterCount() - 1
        for one in [one for one in self._gone if one.end <= end]:
            stands = self.page.cursor_at(one.begin, one.end).selectedText().replace("\u2029", "\n")
            if _halves(stands) == one.halves:
                self._gone.remove(one)
                self._add(one)

    def _show_legend(self) -> None:
        entries = [
            f'<span style="background:{_tint(number)}; text-decoration:{level.line_in_html}">'
            f"&nbsp;{level.name}&nbsp;</span> {level.share}"
            for number, level in enumerate(levels)
        ]
        nothing = "What the model writes from now on is shown."
        if self._has_older:
            nothing = "Only what the model writes from now on can be shown; older writing has lost it."
        self.legend.setText("&nbsp; ".join(entries) if self._stretches else nothing)
        self.legend.setVisible(self.switch.isChecked())


def _as_shown(text: str) -> str:
    return line_ends.plain(text.replace("\r\n", "\n").replace("\r", "\n"))


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
