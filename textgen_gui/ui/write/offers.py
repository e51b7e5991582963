"""Word by word: the next words, offered while one writes, taken by a key, typed over, or stepped back."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from ...engine.core import events
from ...engine.core.events import Event
from ...engine.core.project import Checkpoint, Run
from ..parts import widgets
from ..parts.job_runner import Job
from .editor import Editor, before_cursor

COUNT = 5
PAUSE_MS = 150  # after the last key, so that fast typing asks for nothing


class Offers(QWidget):
    """A switch and a row of words. Signal: ``problem(sentence, details)``."""

    problem = Signal(str, str)

    def __init__(self, page: Editor, chosen: Callable[[], Run | Checkpoint | None]) -> None:
        super().__init__()
        self.page, self._chosen = page, chosen
        self.job: Job | None = None
        self._taken: list[str] = []
        self._again = False
        self.switch = QCheckBox("Offer words")
        self.switch.setToolTip(
            "While you write, the model offers the next words. Tab takes the first, Alt+1 to Alt+5 any, "
            "Ctrl+Backspace steps back; or just type on"
        )
        self.switch.toggled.connect(self._switched)
        self.buttons = [self._button(number) for number in range(COUNT)]
        self.setLayout(widgets.row(self.switch, *self.buttons, 1))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._ask)
        page.cursorPositionChanged.connect(self._soon)
        page.installEventFilter(self)

    def _button(self, number: int) -> QPushButton:
        made = widgets.button("", f"Writes this word (Alt+{number + 1})", lambda: self.take(number), role="offer")
        made.setAccessibleName(f"Offered word {number + 1}")
        made.setShortcut(f"Alt+{number + 1}")
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the words are chosen while the cursor stays in the text
        made.hide()
        return made

    def take(self, number: int) -> None:
        """Writes the offered word at the cursor."""
        button = self.buttons[number]
        if button.isVisible():
            self.page.textCursor().insertText(button.property("word"))
            self.page.setFocus()

    def _switched(self) -> None:
        self._show(())
        self._soon()

    def _soon(self) -> None:
        if self.switch.isChecked() and not self.page.isReadOnly():
            self._timer.start()

    def _ask(self) -> None:
        model = self._chosen()
        if model is None or not self.switch.isChecked():
            return
        if self.job:
            self._again = True
            return
        before = before_cursor(self.page)
        self.job = Job(lambda stop: _suggest(model, before), self)
        self.job.happened.connect(self._happened)
        self.job.failed.connect(self.problem)
        self.job.finished.connect(self._finished)
        self.job.start()

    def _happened(self, event: Event) -> None:
        assert isinstance(event, events.Suggested)
        if before_cursor(self.page).endswith(event.after) and self.switch.isChecked():
            self._show(event.words)

    def _show(self, words: tuple[tuple[str, float], ...]) -> None:
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(words))
            if number < len(words):
                word, share = words[number]
                button.setProperty("word", word)
                button.setText(f"{word.strip()}  {share:.0%}".replace("&", "&&"))
                button.setAccessibleName(f"{word.strip()}, {share:.0%}")

    def _finished(self) -> None:
        job, self.job = self.job, None
        if job:
            job.deleteLater()
        if self._again:
            self._again = False
            self._soon()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if (
            watched is self.page
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Tab
            and self.switch.isChecked()
            and self.buttons[0].isVisible()
        ):
            self.take(0)
            return True
        return super().eventFilter(watched, event)

    def stop_for_closing(self) -> None:
        self._timer.stop()
        if self.job:
            self.job.stop()
            self.job.wait()


def _suggest(model: Run | Checkpoint, before: str) -> Iterator[Event]:
    from ...engine.models.checkpoint import good
    from ...engine.runtime import device
    from ...engine.writing.suggest import suggest

    device.use_one_thread()
    yield suggest(good(model).folder, before, COUNT)
