"""Writing with a model: the page, many texts at once, and side by side; at their right, which model and how."""

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QSplitter, QTabWidget, QWidget

from ...engine.core import events
from ...engine.core.events import Event
from ...engine.core.project import Run
from ..parts import widgets
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .batch_view import Tray
from .how_to_write import HowToWrite
from .model_choice import ModelChoice
from .records import Records
from .side_by_side import SideBySide
from .writing_desk import WritingPage

views = (
    ("Page", "Write together with the model, word by word or paragraph by paragraph"),
    ("Many texts", "Hundreds of texts from one prompt; keep the good ones"),
    ("Side by side", "The same prompt with two models, or at several temperatures"),
    ("Table", "Rows with the columns that your table has: give some fields, the model writes the others"),
)


class GenerateTab(QWidget):
    """Signals: ``problem(sentence, details)``, ``said(words)``, ``busy_changed()``, ``texts_asked(paths)``."""

    problem = Signal(str, str)
    said = Signal(str)
    busy_changed = Signal()
    texts_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.model, self.how = ModelChoice(), HowToWrite()
        self.page = WritingPage(self.model, self.how)
        self.tray = Tray(self.model, self.how)
        self.side_by_side = SideBySide(self.model, self.how)
        self.records = Records(self.model, self.how)
        self.views = QTabWidget()
        self.views.setDocumentMode(True)
        self.views.tabBar().setDrawBase(False)
        shown: list[WritingPage | Tray | SideBySide | Records] = [*self._views]
        for number, (view, (name, tip)) in enumerate(zip(shown, views, strict=True)):
            self.views.addTab(view, name)
            self.views.setTabToolTip(number, tip)
            view.problem.connect(self.problem)
            view.said.connect(self.said)
            view.busy_changed.connect(self.busy_changed)
            self.model.changed.connect(view.show_state)
        self.replaying: Job | None = None
        self.how.problem.connect(self.problem)
        self.tray.texts_asked.connect(self.texts_asked)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.views)
        split.addWidget(self._side())
        split.setSizes([820, 312])
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        self.setLayout(widgets.column(split, margin=2 * widgets.GRID))

    @property
    def _views(self) -> tuple[WritingPage, Tray, SideBySide, Records]:
        return self.page, self.tray, self.side_by_side, self.records

    def _side(self) -> QWidget:
        model, how = widgets.label("Model", "heading"), widgets.label("How to write", "heading")
        inside = widgets.widget(
            widgets.column(model, self.model, how, self.how, 1, margin=widgets.GRID, gap=widgets.GRID)
        )
        inside.setObjectName("scrolled")
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        scroll.setMinimumWidth(288)
        return scroll

    @property
    def job(self) -> Job | None:
        """What writes just now."""
        return next((view.job for view in self._views if view.job), None)

    def open(self, opened: OpenProject) -> None:
        project = opened.project
        opened.changed.connect(self.list_runs)
        self.model.project = project
        self.how.open(project)
        for view in self._views:
            view.open(project)
        self.views.setTabVisible(3, bool(self.records.given))
        self.list_runs()

    def choose(self, run: Run) -> None:
        self.model.choose(run)
        self.page.page.setFocus()

    def list_runs(self) -> None:
        if self.model.project and self.model.project.fields() != list(self.records.given):
            self.records.open(self.model.project)
            self.views.setTabVisible(3, bool(self.records.given))
        self.model.list_runs()
        self.side_by_side.list_runs()

    def write(self) -> None:
        """In the view that is shown."""
        if self.job is None:
            self._views[self.views.currentIndex()].write()

    def stop(self) -> None:
        for view in self._views:
            view.stop()

    def save(self) -> None:
        """Keeps what is shown."""
        {1: self.tray.save, 3: self.records.save}.get(self.views.currentIndex(), self.page.save)()

    def keep(self) -> None:
        """What nobody has kept yet, so that closing loses nothing. Raises EngineError when the disk refuses."""
        self.page.draft.keep()
        self.tray.keep_rest()

    def unsaved(self) -> list[Callable[[], object]]:
        self.keep()
        return []

    def replay(self, file: Path) -> None:
        """Writes a kept text again and says whether it is the same."""
        if self.replaying is None:
            self.replaying = Job(lambda stop: _replay(file, stop), self)
            self.replaying.happened.connect(self._replayed)
            self.replaying.failed.connect(self.problem)
            self.replaying.finished.connect(self._replay_finished)
            self.replaying.start()

    def _replayed(self, event: Event) -> None:
        if isinstance(event, events.Replayed):
            self.problem.emit(f"{event.receipt}: {event.message}", "")
        elif isinstance(event, events.Progressed):
            self.said.emit(f"Writing it again, {event.done + 1} of {event.total} …")

    def _replay_finished(self) -> None:
        job, self.replaying = self.replaying, None
        if job:
            job.deleteLater()

    def restyle(self) -> None:
        self.page.restyle()

    def stop_for_closing(self) -> None:
        for view in self._views:
            view.stop_for_closing()
        if self.replaying:
            self.replaying.stop()
            self.replaying.wait()


def _replay(file: Path, stop: Callable[[], bool]) -> Iterator[Event]:
    from ...engine.runtime import device
    from ...engine.writing.receipt import replay

    device.use_one_thread()
    for event in replay(file, stop):
        if not isinstance(event, events.TextGenerated):
            yield event
