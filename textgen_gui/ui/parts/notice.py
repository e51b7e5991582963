"""Sentences that float over the foot of the page, so that nothing on the page moves when they come or go."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from ...engine.core.control import Ask
from . import widgets
from .announce import announce
from .styled import Styled

LOOK_MS = 500
DONE_S, OFFERED_S = 10, 60  # that something is done stays for so long; the second where it leads on
PASSING_MS = 8000
WIDEST = 760


@dataclass(frozen=True, slots=True)
class WayOn:
    """What a sentence leads to: a button beside it with these words. ``is_brief``: it is found elsewhere too, and
    nobody has to be given time for it.
    """

    words: str
    tip: str
    take: Callable[[], object]
    is_brief: bool = False


class Notice(QFrame):
    """It stays until it is dismissed, until its page is left or what it is about has ended, or its project is closed.
    What is done is told for some seconds, and never in place of a problem.

    Signals: ``details_asked(str)``; ``said(words)``: to be told elsewhere, as a problem is in sight here.
    """

    details_asked = Signal(str)
    said = Signal(str)

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self.setObjectName("notice")
        self.words = widgets.selectable()
        self._details = ""
        self._holds: Ask = _always
        self._way: WayOn | None = None
        self._is_done = False
        self.more = widgets.button("Details", "Show what the program itself says about it", self._ask, role="flat")
        self.way_button = widgets.button("", "", self._take_way)
        self.dismiss = widgets.tool("Dismiss", "close", "Hide this message", self.hide)
        line = widgets.row(self.words, self.more, self.way_button, self.dismiss, margin=widgets.GRID)
        line.setStretch(0, 1)
        self.setLayout(line)
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self._look)
        page.installEventFilter(self)
        Styled(self)
        self.hide()

    def tell(self, sentence: str, details: str = "", holds: Ask | None = None, way: WayOn | None = None) -> None:
        """``holds``: whether the sentence is still true; it goes when it is not. ``way``: what helps."""
        self._details, self._holds = details, holds or _always
        self._say(sentence, way, is_done=False)

    def tell_done(self, sentence: str, way: WayOn | None = None) -> None:
        """``way``: what can be done next with what is done."""
        if self._tells_problem:
            self.said.emit(sentence)
            return
        until = time.monotonic() + (OFFERED_S if way and not way.is_brief else DONE_S)
        self._details, self._holds = "", lambda: time.monotonic() < until or self.underMouse() or self._has_focus()
        self._say(sentence, way, is_done=True)

    def _say(self, sentence: str, way: WayOn | None, *, is_done: bool) -> None:
        self._way, self._is_done = way, is_done
        self.words.setText(sentence)
        self.more.setVisible(bool(self._details))
        self.way_button.setVisible(way is not None)
        if way:
            widgets.write_on(self.way_button, way.words)
            self.way_button.setToolTip(way.tip)
            self.way_button.setAccessibleDescription(way.tip)
        self.setProperty("good", is_done)
        self.style().polish(self)
        self.show()
        self.raise_()
        self._settle()
        announce(self, sentence, urgent=not is_done)
        if self._holds is _always:
            self._looking.stop()
        else:
            self._looking.start()

    def leave(self) -> None:
        """The page that it is about is left: it goes, unless it is known to be still true."""
        if self._holds is _always or self._is_done:
            self.hide()

    def take_back(self, sentence: str) -> None:
        """It is of the past; whatever else is told stays."""
        if self._tells_problem and self.words.text() == sentence:
            self.hide()

    @property
    def _tells_problem(self) -> bool:
        return self.isVisible() and not self._is_done

    def make_way(self) -> bool:
        """Hides it; whether that was all that Esc was pressed for."""
        was_problem = self._tells_problem
        self.hide()
        return was_problem

    def _take_way(self) -> None:
        self.hide()
        if self._way:
            self._way.take()

    def _has_focus(self) -> bool:
        focused = self.window().focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    def hideEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        self._looking.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._settle()
        return False

    def _settle(self) -> None:
        page = self._page
        width = min(WIDEST, page.width() - 4 * widgets.GRID)
        layout = self.layout()
        height = max(self.minimumSizeHint().height(), layout.heightForWidth(width) if layout else 0)
        below = max(4 * widgets.GRID, self.fontMetrics().height() + widgets.GRID)  # what is said in passing
        self.setGeometry((page.width() - width) // 2, page.height() - height - below, width, height)

    def _look(self) -> None:
        if not self._holds():
            self.hide()

    def _ask(self) -> None:
        self.details_asked.emit(self._details)


class Passing(QLabel):
    """A sentence of some seconds in small letters, below where a notice floats; the mouse goes through it."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self.setObjectName("passing")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._ending = QTimer(self, interval=PASSING_MS, singleShot=True)
        self._ending.timeout.connect(self.hide)
        page.installEventFilter(self)
        Styled(self)
        self.hide()

    def say(self, sentence: str, *, until_hidden: bool = False) -> None:
        """A screen reader does not look here by itself. ``until_hidden``: it stays as long as what it tells of."""
        self.setText(sentence)
        self.show()
        self.raise_()
        self._settle()
        self._ending.stop() if until_hidden else self._ending.start()
        announce(self, sentence)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._settle()
        return False

    def _settle(self) -> None:
        wanted, page, gap = self.sizeHint(), self._page, widgets.GRID
        width = min(wanted.width(), page.width() - 2 * gap)
        self.setGeometry(gap, page.height() - wanted.height() - gap // 2, width, wanted.height())


def _always() -> bool:
    return True
