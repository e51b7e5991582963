"""How much of what a model wrote on its way stands word for word in the texts: a button, and a sentence beside it."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from ... import Run
from ...engine.core import events, project
from ...engine.core.events import Event
from ...words import percent
from ..parts import widgets
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .run_numbers import copied_words

ASKED = "How much is copied?"
TIP = "How many words of what it wrote at each evaluation stand word for word in your texts"


class Copied(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._opened: OpenProject | None = None
        self._run: project.Run | None = None
        self._samples: Sequence[events.SampleWritten] = ()
        self._job: Job | None = None
        self.measured: list[events.CopyMeasured] = []
        self.button = widgets.button(ASKED, TIP, self.measure, icon="book")
        self.words = widgets.label("", "muted", wrap=True)
        line = widgets.row(self.button, self.words)
        line.setStretch(1, 1)
        self.setLayout(line)

    def open_project(self, opened: OpenProject) -> None:
        self._opened, self._job = opened, None
        self.button.setText(ASKED)

    def show_of(self, run: project.Run | None, samples: Sequence[events.SampleWritten]) -> None:
        """``samples``: what it wrote; more may come."""
        self._run, self._samples = run, samples
        self.words.clear()

    def measure(self) -> None:
        if self._job or self._run is None or self._opened is None:
            return
        run, samples = Run(self._run.folder), list(self._samples)
        self.measured = []  # the button stays as it is, or the focus would go elsewhere
        self._job = self._opened.jobs.start(
            lambda control: run.measuring_copies(samples, control),
            self._show,
            failed=lambda sentence, details: self.words.setText(sentence),
            finished=lambda: self._end(run),
        )

    def _show(self, event: Event) -> None:
        if isinstance(event, events.CopyMeasured):
            self.measured.append(event)
        elif isinstance(event, events.Progressed):
            self.button.setText(f"{event.stage} … {percent(event.done / max(1, event.total))}")

    def _end(self, run: Run) -> None:
        self._job = None
        self.button.setText(ASKED)
        if self._run and self._run.folder == run.folder and self.measured:
            self.words.setText(copied_words(self.measured))
