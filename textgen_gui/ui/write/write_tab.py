"""Writing with a model: the desk, many texts at once, and side by side; at their right, which model and how."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QSplitter, QTabWidget, QWidget

from ... import front_door
from ...engine.core import events
from ...engine.core.events import Event
from ...engine.core.project import Run
from ...engine.core.snapshot import ProjectSnapshot
from ..parts import widgets
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .batch_view import BatchView
from .how_to_write import HowToWrite
from .model_choice import ModelChoice
from .records import Records
from .side_by_side import SideBySide
from .writing_desk import WritingDesk
from .writing_view import WritingView


@dataclass(frozen=True, slots=True)
class NamedView:
    view: WritingView
    name: str
    tip: str


class WriteTab(QWidget):
    """Signals: ``problem(sentence, details)``, ``said(words)``, ``texts_asked(paths)``: add these to the project."""

    problem = Signal(str, str)
    said = Signal(str)
    texts_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.model, self.how = ModelChoice(), HowToWrite()
        self.desk = WritingDesk(self.model, self.how)
        self.batch = BatchView(self.model, self.how)
        self.side_by_side = SideBySide(self.model, self.how)
        self.records = Records(self.model, self.how)
        self.opened: OpenProject | None = None
        self.replaying: Job | None = None
        self.views = QTabWidget()
        self.views.setDocumentMode(True)
        self.views.tabBar().setDrawBase(False)
        for named in self._named_views():
            self.views.setTabToolTip(self.views.addTab(named.view, named.name), named.tip)
            named.view.said.connect(self.said)
            self.model.changed.connect(named.view.show_state)
        self.how.problem.connect(self.problem)
        self.batch.texts_asked.connect(self.texts_asked)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.views)
        split.addWidget(self._side())
        split.setSizes([820, 312])
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        self.setLayout(widgets.column(split, margin=2 * widgets.GRID))

    def _named_views(self) -> tuple[NamedView, ...]:
        return (
            NamedView(self.desk, "Page", "Write together with the model, word by word or paragraph by paragraph"),
            NamedView(self.batch, "Many texts", "Hundreds of texts from one prompt; keep the good ones"),
            NamedView(self.side_by_side, "Side by side", "The same prompt with two models, or at several temperatures"),
            NamedView(
                self.records,
                "Table",
                "Rows with the columns that your table has: give some fields, the model writes the others",
            ),
        )

    def _side(self) -> QWidget:
        model, how = widgets.label("Model", "heading"), widgets.label("How to write", "heading")
        inside = widgets.widget(
            widgets.column(model, self.model, how, self.how, 1, margin=widgets.GRID, gap=widgets.GRID)
        )
        inside.setObjectName("scrolled")
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        scroll.setMinimumWidth(288)
        return scroll

    @property
    def _views(self) -> tuple[WritingView, ...]:
        return self.desk, self.batch, self.side_by_side, self.records

    @property
    def _shown(self) -> WritingView:
        return self._views[self.views.currentIndex()]

    @property
    def job(self) -> Job | None:
        """What writes just now."""
        return next((view.job for view in self._views if view.job), None)

    def open(self, opened: OpenProject) -> None:
        self.opened, self.replaying = opened, None
        self.how.open(opened)
        for view in self._views:
            view.open(opened)
        self.model.open(opened)
        self._show_records(opened.snapshot)
        opened.changed.connect(self._show_records)

    def unsaved(self) -> list[Callable[[], object]]:
        """What nobody has kept yet, so that closing loses nothing. Each raises EngineError when the disk refuses."""
        return [write for view in self._views for write in view.unsaved()]

    def choose(self, model: Run | str) -> None:
        self.model.choose(model)
        self.desk.page.setFocus()

    def write(self) -> None:
        """In the view that is shown."""
        if self.job is None:
            self._shown.write()

    def stop(self) -> None:
        for view in self._views:
            view.stop()

    def save(self) -> None:
        """Keeps what is shown."""
        self._shown.save()

    def replay(self, file: Path) -> None:
        """Writes a kept text again and says whether it is the same."""
        if self.opened and self.replaying is None:
            self.replaying = self.opened.jobs.start(
                lambda control: front_door.replaying(file, control), self._replayed, finished=self._replay_finished
            )

    def restyle(self) -> None:
        self.desk.restyle()

    def _show_records(self, snapshot: ProjectSnapshot) -> None:
        self.views.setTabVisible(self.views.indexOf(self.records), bool(snapshot.fields))

    def _replayed(self, event: Event) -> None:
        match event:
            case events.Replayed():
                self.problem.emit(f"{event.receipt}: {event.message}", "")
            case events.Progressed():
                self.said.emit(f"Writing it again, {event.done + 1} of {event.total} …")
            case _:
                pass  # the texts themselves are not shown

    def _replay_finished(self) -> None:
        self.replaying = None
