"""Highlights what a written text has word for word from the training texts."""

from PySide6.QtGui import QColor, QTextCharFormat
from PySide6.QtWidgets import QWidget

from ... import Run, words
from ...engine.core import events
from ...engine.core.events import Event
from ..parts import resources, widgets
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .editor import Editor, Layer, qt_positions
from .model_choice import ModelChoice


class CopyCheck(QWidget):
    """A button and what it found."""

    def __init__(self, page: Editor, model: ModelChoice) -> None:
        super().__init__()
        self.page, self.model = page, model
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self._found: list[events.CopyFound] = []
        self._text, self._again = "", False  # what is looked for, and whether another text is to be after it
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

    def open(self, opened: OpenProject) -> None:
        self.opened, self.job, self._again = opened, None, False

    def clear(self) -> None:
        """What was found belongs to another text now."""
        self._found = []
        self.words.setText("")
        self.words.setToolTip("")
        self.page.highlight(Layer.COPIES, [])

    def check(self) -> None:
        if self.job:
            self._again = self._text != widgets.text_of(self.page)
        if self.opened is None or self.model.run is None or self.job:
            return
        self.clear()
        run, text = Run(self.model.run.folder), widgets.text_of(self.page)
        self._text = text  # the button stays as it is, or the focus would go elsewhere
        self.job = self.opened.jobs.start(
            lambda control: run.checking_copies(text, control), self.show_event, finished=self._finished
        )

    def show_event(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self.words.setText(f"{event.stage} … {words.percent(event.done / max(1, event.total))}")
            case events.CopyFound():
                self._found.append(event)
            case events.CopyChecked() if self._text == widgets.text_of(self.page):
                self._show(event)
            case _:
                self.clear()  # the text was changed meanwhile

    def _show(self, summary: events.CopyChecked) -> None:
        look = QTextCharFormat()
        look.setBackground(QColor(resources.colours()["notice"]))
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
        at = qt_positions(self._text)
        copies = [self.page.highlighted(at[found.start], at[found.end], look) for found in self._found]
        self.page.highlight(Layer.COPIES, copies)
        sources = "\n".join(map(_source_in_words, self._found[:20]))
        self.words.setToolTip(widgets.plain(sources))
        self.words.setText(_in_words(summary))

    def _finished(self) -> None:
        self.job = None
        if self._again:
            self._again = False
            self.check()


def _source_in_words(found: events.CopyFound) -> str:
    return f"{words.count('word', found.words)}: {found.path}, {words.percent(found.place)} into it"


def _in_words(summary: events.CopyChecked) -> str:
    if not summary.passages:
        return "Nothing stands like this in your texts."
    share = summary.copied / max(1, summary.words)
    passages = words.count("passage", summary.passages)
    return f"{words.percent(share)} of the words stand like this in your texts, in {passages}."
