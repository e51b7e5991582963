"""Other words for one on the page, whoever wrote it: the model is asked for the likeliest, and one takes its place."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QMenu

from ... import Model, words
from ...engine.core.control import Ask
from ...engine.core.events import Event, Suggested, Warned
from ...engine.core.project import Checkpoint, Run
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .editor import WORD, Editor, before, qt_positions
from .model_choice import ModelChoice

COUNT = 8
FOLLOWING = 200  # letters of the line behind it
WAITED_MS = 400  # before it is said that it looks
LONGEST = 60  # letters of a word that anybody would replace


@dataclass(frozen=True, slots=True)
class Word:
    """One on the page, from ``start`` to ``end`` as Qt counts, all that stands before it, and what follows."""

    start: int
    end: int
    text: str
    before: str
    after: str


class OtherWords(QObject):
    """Signal: ``said(words)``: that it looks, and what it could not find."""

    said = Signal(str)

    def __init__(self, page: Editor, model: ModelChoice) -> None:
        super().__init__(page)
        self.page, self.model = page, model
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self._asked: Word | None = None
        self._slow = QTimer(self, interval=WAITED_MS, singleShot=True)
        self._slow.timeout.connect(lambda: self.said.emit("Looking for other words …"))

    def open(self, opened: OpenProject) -> None:
        self.opened, self.job, self._asked = opened, None, None
        opened.jobs.closed.connect(self._slow.stop)

    def word_at(self, position: int) -> Word | None:
        """The one that stands there, or ends there; none that would fill the window."""
        block = self.page.document().findBlock(position)
        at, place = qt_positions(block.text()), position - block.position()
        for found in WORD.finditer(block.text()):
            begin, end = at[found.start()], at[found.end("word")]
            if begin <= place <= end and end - begin <= LONGEST:
                start, behind = block.position() + begin, block.text()[found.end("word") :]
                return Word(start, block.position() + end, found["word"], before(self.page, start), behind[:FOLLOWING])
        return None

    def add_to(self, menu: QMenu, position: int) -> None:
        """An entry that asks, where there is a word and a model that could be asked."""
        if (word := self.word_at(position)) and self._may_ask():
            menu.addAction(f"Other words for “{word.text}” …", lambda: self.ask(position))

    def _may_ask(self) -> bool:
        return self.opened is not None and self.job is None and not self.page.isReadOnly() and bool(self.model.chosen())

    def ask(self, position: int) -> None:
        """The answer opens as a menu below the word."""
        word, chosen = self.word_at(position), self.model.chosen()
        if self.page.isReadOnly():
            self.page.refused.emit()
        elif chosen is None:
            self.said.emit("There is no model yet that could be asked for other words.")
        elif word is None:
            self.said.emit("Put the cursor into a word, for others that could stand there.")
        elif self.opened and self.job is None:
            self._asked = word
            self._slow.start()
            self.job = self.opened.jobs.start(
                lambda control: suggested(chosen, word.before, COUNT + 1, control, word.after),
                self._take,
                finished=self._finished,
            )

    def _take(self, answer: Event) -> None:
        self._slow.stop()
        match answer:
            case Suggested() if self._asked and self.word_at(self._asked.start) == self._asked:
                self._show(self._asked, answer)
            case Warned():
                self.said.emit(answer.message)

    def _show(self, word: Word, answer: Suggested) -> None:
        others = [(text.strip(), share) for text, share in answer.words if any(map(str.isalnum, text))]
        others = [(text, share) for text, share in others if text != word.text][:COUNT]
        if not others:
            self.said.emit(f"The model finds no other word for “{word.text}”.")
            return
        menu = QMenu(self.page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(f"Other words for “{word.text}”")
        menu.addAction(f"Instead of “{word.text}”:").setEnabled(False)
        for text, share in others:
            entry = menu.addAction(f"{text.replace('&', '&&')}\t{share_in_words(share)}")
            entry.triggered.connect(lambda _=False, text=text: self._replace(word, text))
        below = self.page.cursorRect(self.page.cursor_at(word.start)).bottomLeft()
        menu.popup(self.page.viewport().mapToGlobal(below))

    def _replace(self, word: Word, text: str) -> None:
        """One step for Ctrl+Z; the cursor goes behind it."""
        cursor = self.page.cursor_at(word.start, word.end)
        with self.page.step():
            cursor.insertText(text)
        self.page.setTextCursor(cursor)
        self.page.setFocus()

    def _finished(self) -> None:
        self._slow.stop()
        self.job, self._asked = None, None


def suggested(chosen: Run | Checkpoint, before: str, count: int, stop: Ask, after: str = "") -> Iterator[Event]:
    model = Model.load(chosen)
    yield from model.opening(stop)
    if not stop():
        yield from model.telling(iter([model.suggest(before, count, after)]))


def share_in_words(share: float) -> str:
    """How likely a word is; never “0%” for one that is offered."""
    return words.percent(share) if share >= 0.01 else f"under {words.percent(0.01)}"
