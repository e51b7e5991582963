"""What a run begins with: random weights or a model that has learnt before; chosen, or left to the rule."""

import dataclasses
import functools

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from ...engine.core import events
from ...engine.core.beginnings import AUTOMATIC, FEW_MINUTES, SCRATCH
from ...engine.core.config import StartConfig
from ...engine.core.events import Event
from ...engine.core.library import STARTER
from ...engine.core.schema import problems_in_labels
from ...engine.core.snapshot import ProjectSnapshot
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.job_runner import Job, Source
from ..parts.model_box import Entry, ModelBox, entries_of
from ..parts.open_project import OpenProject

UNPREPARED = "Whether that helps is known once your texts are prepared."


class Beginning(QWidget):
    """Signals: ``changed()``, ``models_asked()``: the page where models are found should be shown."""

    changed = Signal()
    models_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self.described: events.StartDescribed | None = None
        self._refusal = ""
        self._number = 0  # of the newest look
        self._minutes: float | None = float("inf")  # None: the time decides nothing
        self.choice = ModelBox(
            "Begin with",
            "From scratch the model knows nothing but your text. A model that has learnt before brings what it knows",
        )
        self.choice.picked.connect(self.look)
        self.choice.models_asked.connect(self.models_asked)
        self.facts = widgets.label("", "muted", wrap=True)
        self.scratch_button = widgets.button(
            "From scratch instead",
            "The model learns from nothing but your text, and writes like nothing else",
            lambda: self.choose(SCRATCH),
        )
        self.form = ConfigForm(StartConfig(), leave_out=["model"])
        self.form.changed.connect(self.changed)
        self.fold = widgets.Fold("Advanced: fine-tuning", "What stays as it is", self.form)
        line = widgets.row(self.facts, self.scratch_button)
        line.setStretch(0, 1)
        said = widgets.widget(line)  # as high before anything is known, so that nothing below moves
        said.setMinimumHeight(5 * widgets.GRID)
        self.setLayout(widgets.column(self.choice, said, self.fold))
        self.choice.show_entries(_entries(None))
        self._show()

    def open_project(self, opened: OpenProject) -> None:
        self.opened, self.job, self.described, self._refusal = opened, None, None, ""
        self.choice.forget()
        self.show_models(opened.snapshot)
        opened.changed.connect(self.show_models)

    def show_models(self, snapshot: ProjectSnapshot) -> None:
        """What was chosen stays chosen where it is still there."""
        before = self.choice.name()
        self.choice.show_entries(_entries(snapshot))
        if self.choice.name() != before:
            self.look()

    def choose(self, model: str) -> None:
        """A model as ``--from`` takes it, scratch or auto."""
        self.choice.choose(model)
        self.look()

    @property
    def is_automatic(self) -> bool:
        return self.choice.name() == AUTOMATIC

    def model(self) -> str:
        """As ``start.model`` wants it; "" is from scratch, or left to the rule."""
        name = self.choice.name()
        return "" if name in (AUTOMATIC, SCRATCH) else name

    def goes_on(self) -> bool:
        """Whether the run will go on from a model that has learnt before, as far as is known."""
        rule = self.is_automatic and self._minutes and self.described
        return bool(self.model() or (rule and rule.model))

    @property
    def is_undecided(self) -> bool:
        """Whether the rule decides, and has not yet: nothing can be said about what it will be."""
        decides = bool(self.is_automatic and self._minutes and self.opened)
        return decides and self.described is None and not self._refusal

    def show_time(self, minutes: float | None) -> None:
        """How much of it decides how large the model is; None: it does not, and no rule takes one that is there."""
        before, self._minutes = self._minutes, minutes
        if before and minutes and (before <= FEW_MINUTES) != (minutes <= FEW_MINUTES):
            self.look()
        elif (before is None) != (minutes is None):
            self._show_facts()

    def look(self) -> None:
        """Reads what the chosen model is, in the background; what is still read of another one no longer counts."""
        self.described, self._refusal = None, ""
        self._number += 1
        if self.job:
            self.job.stop()
            self.job = None
        if self.opened and (self.model() or (self.is_automatic and self.isVisible())):
            number = self._number
            self.job = self.opened.jobs.start(
                self._described_by(),
                functools.partial(self._described, number),
                failed=functools.partial(self._refused, number),
                finished=functools.partial(self._looked, number),
            )
        self._show()

    def _described_by(self) -> Source[Event]:
        assert self.opened
        project, model = self.opened.project, self.model()
        if model:
            return lambda control: iter([project.describe_start(model)])
        minutes = self._minutes or float("inf")
        return lambda control: project.describing_choice(minutes, control)

    def _described(self, number: int, event: events.StartDescribed) -> None:
        if number == self._number:
            self.described = event
            self._show()

    def _refused(self, number: int, sentence: str, details: str) -> None:
        if number == self._number:
            self._refusal = sentence
            self._show()

    def _looked(self, number: int) -> None:
        if number == self._number:
            self.job = None
            self._show()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        if self.is_automatic and self.described is None and self.job is None:
            self.look()

    def _show(self) -> None:
        self._show_facts()
        self.fold.setVisible(bool(self.model()))
        self.changed.emit()

    def _show_facts(self) -> None:
        known, decides = self.described, self.is_automatic and self._minutes
        self.facts.setText(self._words())
        self.scratch_button.setVisible(bool(decides and known and known.model))

    def _words(self) -> str:
        known, decides = self.described, self.is_automatic
        if decides and not self._minutes:
            return (
                "Begins from scratch, because you chose how large the model is: it knows no word before it has learnt "
                "from your texts. “By time” begins with a model that can write, where that helps."
            )
        if known is None:
            return self._refusal or ("Looking at the model …" if self.job else UNPREPARED if decides else "")
        tokens = "" if known.fits or self.is_automatic else " Your texts are cut into its tokens before it learns."
        return known.words + tokens

    def blocks(self) -> list[str]:
        """Why nothing can begin like this, in sentences."""
        if not self.model():
            return []
        if self._refusal:
            return [self._refusal]
        if self.described is None:
            return ["Looking at the model …"]
        return [words for _, words in problems_in_labels(self.config())]

    def config(self) -> StartConfig:
        """From scratch nothing of it counts."""
        model = self.model()
        return dataclasses.replace(self.form.config(), model=model) if model else StartConfig()

    def chosen(self) -> frozenset[str]:
        """The names of the settings that the user has chosen; none where it is left to the rule."""
        if self.is_automatic:
            return frozenset()
        of_form = self.form.chosen() if self.model() else frozenset()
        return frozenset({"start.model", *(f"start.{name}" for name in of_form)})


def _entries(snapshot: ProjectSnapshot | None) -> list[Entry]:
    listed = entries_of(snapshot) if snapshot else []
    automatic = Entry(AUTOMATIC, "A model that can write already, where it helps")
    rule = [automatic] if any(entry.name == STARTER for entry in listed) else []
    return [*rule, Entry(SCRATCH, "Nothing: a new model from scratch"), *listed]
