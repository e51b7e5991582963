"""Word by word: the next words, offered while one writes, taken by a key, typed over, or stepped back."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from ... import words
from ...engine.core.events import Event, Suggested, Warned
from ..parts import widgets
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .editor import Editor, before_cursor
from .model_choice import ModelChoice
from .other_words import share_in_words, suggested

COUNT = 5
RARE = 0.01  # of the likeliest word: what is less likely is not offered beside it
PAUSE_MS = 150  # after the last key, so that fast typing asks for nothing


@dataclass(frozen=True, slots=True)
class Offer:
    """What would be typed, and how likely the model finds it."""

    word: str
    share: float

    def __str__(self) -> str:
        return f"{self.word.strip()}, {share_in_words(self.share)}"


class Offers(QWidget):
    """A switch and a row of words. Signal: ``said(words)``, once for each thing that is to be said."""

    said = Signal(str)

    def __init__(self, page: Editor, model: ModelChoice) -> None:
        super().__init__()
        self.page, self.model = page, model
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self.offered: tuple[Offer, ...] = ()
        self._is_stale, self._told = False, ""  # the place or the model is another than what was last asked for
        self.switch = QCheckBox("Offer words")
        self.switch.setToolTip(
            "While you write, the model offers the next words. Tab takes the first, Alt+1 to Alt+5 any, "
            "Ctrl+Backspace steps back; or just type on"
        )
        self.switch.toggled.connect(self._switched)
        self.buttons = [self._button(number) for number in range(COUNT)]
        self._line = widgets.Flow(self.switch, *self.buttons, gap=widgets.GRID)
        self.setLayout(widgets.column(self._line))
        self._timer = QTimer(self, interval=PAUSE_MS, singleShot=True)
        self._timer.timeout.connect(self._ask)
        for changed in (page.cursorPositionChanged, page.selectionChanged, page.textChanged, model.changed):
            changed.connect(self._soon)
        page.installEventFilter(self)

    def _button(self, number: int) -> QPushButton:
        made = widgets.button("", f"Writes this word (Alt+{number + 1})", lambda: self.take(number), role="offer")
        made.setAccessibleName(f"Offered word {words.number(number + 1)}")
        made.setShortcut(f"Alt+{number + 1}")
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the words are chosen while the cursor stays in the text
        made.hide()
        return made

    def open(self, opened: OpenProject) -> None:
        self.opened, self.job, self._is_stale, self._told = opened, None, False, ""
        self._show(())
        opened.jobs.closed.connect(self._timer.stop)

    def take(self, number: int) -> None:
        """Writes the offered word at the cursor."""
        if number < len(self.offered):
            with self.page.step():
                self.page.textCursor().insertText(self.offered[number].word)
            self.page.setFocus()

    def _switched(self) -> None:
        self._show(())
        self._soon()

    def _soon(self) -> None:
        """What was offered for another place, or by another model, cannot be taken any more. It stays in sight until
        there is other: a row that came and went at each letter would move the page.
        """
        self._is_stale, self.offered = True, ()
        for button in self.buttons:
            button.setEnabled(False)
        if self.switch.isChecked() and not self.page.isReadOnly():
            self._timer.start()
        else:
            self._timer.stop()

    def _ask(self) -> None:
        chosen = self.model.chosen()
        if chosen is None:
            self._show(())
        if self.opened is None or chosen is None or self.job:
            return
        self._is_stale = False
        before = before_cursor(self.page)
        self.job = self.opened.jobs.start(
            lambda control: suggested(chosen, before, COUNT, control),
            self._take_answer,
            finished=self._finished,
        )

    def _take_answer(self, answer: Event) -> None:
        match answer:
            case Suggested():
                self._offer(answer)
            case Warned() if answer.message != self._told:
                self._told = answer.message
                self.said.emit(answer.message)

    def _offer(self, answer: Suggested) -> None:
        if not self._is_stale:
            likeliest = max((share for _, share in answer.words), default=0.0)
            self._show(tuple(Offer(word, share) for word, share in answer.words if share >= RARE * likeliest))

    def _show(self, offered: tuple[Offer, ...]) -> None:
        self.offered = offered
        within_word = before_cursor(self.page)[-1:].isalnum()
        for button in self.buttons[len(offered) :]:
            button.hide()
        for button, offer in zip(self.buttons, offered, strict=False):
            ends_word = within_word and offer.word[:1].isalnum()
            sign = "…" if ends_word else "¶ " if "\n" in offer.word else ""
            word = " ".join(offer.word.split())
            widgets.write_on(button, f"{sign}{word}  {share_in_words(offer.share)}")
            button.setAccessibleName(str(offer))
            button.setEnabled(True)
            button.show()
        self._line.updateGeometry()

    def _finished(self) -> None:
        self.job = None
        if self._is_stale:
            self._soon()
        elif not self.offered:  # it failed
            self._show(())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.ReadOnlyChange and watched is self.page:
            self._soon()  # a model has written, or begins to
        if watched is self.page and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            is_tab = event.key() == Qt.Key.Key_Tab and (bool(self.offered) or self._is_awaited)
            if is_tab:
                self.take(0)
            return is_tab or self._is_number(event)
        return super().eventFilter(watched, event)

    @property
    def _is_awaited(self) -> bool:
        return self._timer.isActive() or self.job is not None

    def _is_number(self, event: QKeyEvent) -> bool:
        """Of a word that is not there: it is not typed instead."""
        is_of_word = Qt.Key.Key_1 <= event.key() < Qt.Key.Key_1 + COUNT
        return is_of_word and event.modifiers() == Qt.KeyboardModifier.AltModifier and self.switch.isChecked()
