"""Marks what a written text has word for word from the training texts."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QWidget

from ...engine.core import events
from ...engine.core.events import Event
from ...engine.core.project import Run
from ..parts import resources, widgets
from ..parts.job_runner import Job
from .editor import Editor, qt_places


class CopyCheck(QWidget):
    """A button and what it found. Signal: ``problem(sentence, details)``."""

    problem = Signal(str, str)

    def __init__(self, page: Editor) -> None:
        super().__init__()
        self.page = page
        self.job: Job | None = None
        self.run: Run | None = None
        self._found: list[events.CopyFound] = []
        self._text = ""
        self.button = widgets.button(
            "Check for copies",
            "Marks every passage of eight words and more that stands word for word in your texts",
            self.check,
            icon="book",
        )
        self.words = widgets.label("", "muted", wrap=True)
        line = widgets.row(self.button, self.words)
        line.setStretch(1, 1)
        self.setLayout(line)
        page.textChanged.connect(self.clear)

    def clear(self) -> None:
        """What was marked belongs to another text now."""
        self._found = []
        self.words.setText("")
        self.words.setToolTip("")
        self.page.mark("copies", [])

    def check(self) -> None:
        if self.run and self.job is None:
            self.clear()
            run, self._text = self.run, widgets.text_of(self.page)
            self.button.setEnabled(False)
            self.job = Job(lambda stop: _check(run, self._text, stop), self)
            self.job.happened.connect(self._happened)
            self.job.failed.connect(self.problem)
            self.job.finished.connect(self._finished)
            self.job.start()

    def _happened(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self.words.setText(f"{event.stage} … {event.done / max(1, event.total):.0%}")
            case events.CopyFound():
                self._found.append(event)
            case events.CopyChecked() if self._text == widgets.text_of(self.page):
                self._show(event)
            case _:
                pass

    def _show(self, summary: events.CopyChecked) -> None:
        look = QTextCharFormat()
        look.setBackground(QColor(resources.colours()["notice"]))
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
        selections, at = [], qt_places(self._text)
        for found in self._found:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.page.document())
            cursor.setPosition(at[found.start])
            cursor.setPosition(at[found.end], QTextCursor.MoveMode.KeepAnchor)
            selection.cursor, selection.format = cursor, look
            selections.append(selection)
        self.page.mark("copies", selections)
        share = summary.copied / max(1, summary.words)
        places = [f"{found.words} words: {found.path}, {found.place:.0%} into it" for found in self._found[:20]]
        self.words.setToolTip("\n".join(places))
        self.words.setText(
            f"{share:.0%} of the words stand like this in your texts, in {summary.passages:,} passages."
            if summary.passages
            else "Nothing stands like this in your texts."
        )

    def _finished(self) -> None:
        job, self.job = self.job, None
        if job:
            job.deleteLater()
        self.button.setEnabled(True)

    def stop_for_closing(self) -> None:
        if self.job:
            self.job.stop()
            self.job.wait()


def _check(run: Run, text: str, stop: Callable[[], bool]) -> Iterator[Event]:
    from ...engine.text.copycheck import check
    from ...engine.text.dataset import Prepared

    yield from check(Prepared.load(run.project.prepared_folder / run.config().prepared), text, stop)
