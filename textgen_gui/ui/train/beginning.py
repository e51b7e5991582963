"""What a run begins with: random weights, another run, or the folder of a model from elsewhere."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from ...engine.core import events
from ...engine.core.config import StartConfig
from ...engine.core.library import starter
from ...engine.core.schema import problems
from ...engine.core.snapshot import RunSnapshot
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject

SCRATCH = "Nothing: a new model from scratch"
ELSEWHERE = "The folder of a model …"


class Beginning(QWidget):
    """Signals: ``changed()``, ``tokens_asked(folder)``: prepare the texts with the tokens of this model."""

    changed = Signal()
    tokens_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self.described: events.StartDescribed | None = None
        self._refusal = ""
        self._number = 0  # of the newest look
        self._runs: list[str] = []
        self.choice = QComboBox()
        self.choice.setAccessibleName("Begin with")
        self.choice.setToolTip(
            "From scratch the model knows nothing but your text. A model that has learnt before brings what it knows"
        )
        self.choice.activated.connect(self._chosen)
        self.facts = widgets.label("", "muted", wrap=True)
        self.tokens_button = widgets.button(
            "Prepare with its tokens",
            "A model understands only the tokens it has learnt; your texts are cut anew, in a moment",
            self._ask_for_tokens,
        )
        self.form = ConfigForm(StartConfig(), leave_out=["model"])
        self.form.changed.connect(self.changed)
        self.fold = widgets.Fold("Advanced: fine-tuning", "What stays as it is", self.form)
        row = widgets.row(self.tokens_button, 1)
        self.setLayout(widgets.column(self.choice, self.facts, row, self.fold))
        self._fill("")

    def open_project(self, opened: OpenProject) -> None:
        self.opened, self.job, self.described, self._refusal, self._runs = opened, None, None, "", []
        self._fill("")

    def show_runs(self, runs: Sequence[RunSnapshot]) -> None:
        """Offers those that have a model, the newest first; what was chosen stays chosen where it is still there."""
        names = [known.run.name for known in reversed(runs) if known.checkpoints]
        if names != self._runs:
            self._runs, chosen = names, self.model()
            self._fill(chosen)
            if self.model() != chosen:
                self.look()

    def _fill(self, chosen: str) -> None:
        self.choice.clear()
        self.choice.addItem(SCRATCH, "")
        for name in self._runs:
            self.choice.addItem(f"The run “{name}”", f"runs/{name}")
        if chosen and self.choice.findData(chosen) < 0 and Path(chosen).is_absolute():
            self.choice.addItem(f"The model in {chosen}", chosen)
        self.choice.addItem(ELSEWHERE, None)
        self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)))
        self._show()

    def model(self) -> str:
        """As ``start.model`` wants it; "" is from scratch."""
        return self.choice.currentData() or ""

    def choose(self, model: str) -> None:
        """As if the user had: "starter", a run ("runs/001 name") or an absolute folder."""
        found = starter() if model == "starter" else None
        self._fill(str(found.folder) if found else model)
        self.look()

    def _chosen(self) -> None:
        if self.choice.currentData() is None:
            folder = QFileDialog.getExistingDirectory(self, "The folder of a model (config.json, *.safetensors)")
            self._fill(folder)
        self.look()

    def look(self) -> None:
        """Reads what the chosen model is, in the background; what is still read of another one no longer counts."""
        self.described, self._refusal = None, ""
        if self.job:
            self.job.stop()
            self.job = None
        model = self.model()
        if model and self.opened:
            self._number += 1
            project, number = self.opened.project, self._number
            self.job = self.opened.jobs.start(
                lambda control: iter([project.describe_start(model)]),
                functools.partial(self._described, number),
                failed=functools.partial(self._refused, number),
                finished=functools.partial(self._looked, number),
            )
        self._show()

    def _ask_for_tokens(self) -> None:
        if self.described:
            self.tokens_asked.emit(self.described.folder)

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

    def _show(self) -> None:
        known = self.described
        self.facts.setText(self._refusal or (known.words if known else "Looking at the model …" if self.job else ""))
        self.facts.setVisible(bool(self.facts.text()))
        self.tokens_button.setVisible(bool(known and not known.fits))
        self.fold.setVisible(bool(self.model()))
        self.changed.emit()

    def blocks(self) -> list[str]:
        """Why nothing can begin like this, in sentences."""
        if not self.model():
            return []
        if self._refusal:
            return [self._refusal]
        if self.described is None:
            return ["Looking at the model …"]
        if not self.described.fits:
            return ["This model knows other tokens than your texts are prepared with. Prepare them with its tokens."]
        return problems(self.config())

    def config(self) -> StartConfig:
        """From scratch nothing of it counts."""
        model = self.model()
        return dataclasses.replace(self.form.config(), model=model) if model else StartConfig()
