"""The words of models stand on the page in an ink of their own. It is only seen: no copy and no file has it."""

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QColor, QTextCharFormat
from PySide6.QtWidgets import QTextEdit

from ..parts import resources
from ..parts.open_project import OpenProject
from ..parts.preferences import Preferences
from .authors import Written
from .draft import Draft
from .editor import Editor, Layer, qt_positions
from .piece_writer import PieceWriter

AROUND = 400  # positions before and behind what is in sight, which tell whose words begin or end there
SOON_MS = 60


def in_ink(look: QTextCharFormat) -> QTextCharFormat:
    """The look of words of a model, where they are told apart."""
    if Preferences().shows_authors:
        look.setForeground(QColor(resources.colours()["ink"]))
    return look


class Authorship(QObject):
    def __init__(self, page: Editor, draft: Draft, pieces: PieceWriter) -> None:
        super().__init__(page)
        self.page, self._draft, self._pieces = page, draft, pieces
        self._written = Written()
        self._begin: int | None = None  # where a model writes just now
        self._soon = QTimer(self, interval=SOON_MS, singleShot=True)
        self._soon.timeout.connect(self.show_visible)
        page.verticalScrollBar().valueChanged.connect(self._changed)
        page.verticalScrollBar().rangeChanged.connect(self._changed)  # more of it is in sight, or less
        page.document().contentsChange.connect(self._changed)
        draft.known.connect(self._changed)

    def open(self, opened: OpenProject) -> None:
        self._begin = None
        opened.jobs.closed.connect(self._soon.stop)

    def begin(self, position: int) -> None:
        """A model writes from here on."""
        self._begin = position

    def end(self) -> None:
        self._begin = None
        self.show_visible()

    def show_visible(self) -> None:
        """Only what is in sight, so that a long text stays quick."""
        self.page.highlight(Layer.AUTHORS, list(self._stretches()) if Preferences().shows_authors else [])

    def _changed(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _stretches(self) -> Iterator[QTextEdit.ExtraSelection]:
        ink = in_ink(QTextCharFormat())
        self._written.learn(self._draft.done)
        top = self.page.cursorForPosition(QPoint(0, 0)).position()
        bottom = self.page.cursorForPosition(self.page.viewport().rect().bottomRight()).position()
        first, last = max(0, top - AROUND), min(self.page.document().characterCount() - 1, bottom + AROUND)
        text = self.page.cursor_at(first, last).selectedText()
        at = qt_positions(text)
        known = [(first + at[start], first + at[end]) for start, end in self._written.stretches(text)]
        grows_to = None if self._begin is None else self._pieces.position
        if self._begin is not None and grows_to is not None:
            known.append((self._begin, grows_to))
        for start, end in _in_one(known):
            made = self.page.highlighted(start, end, ink)
            if end == grows_to:
                cursor = made.cursor
                cursor.setKeepPositionOnInsert(False)
                made.cursor = cursor
            yield made


def _in_one(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that touch each other: of two such Qt does not draw the second."""
    found = list[tuple[int, int]]()
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
