"""What a run begins with: random weights, another run, or the folder of a model from elsewhere."""

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from ...engine.core import events
from ...engine.core.config import StartConfig
from ...engine.core.events import Event
from ...engine.core.project import Project
from ...engine.core.schema import problems
from ...engine.core.schema import to_settings as settings_of
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.job_runner import Job

SCRATCH = "Nothing: a new model from scratch"
ELSEWHERE = "The folder of a model …"


class Beginning(QWidget):
    """Signals: ``changed()``, ``tokens_asked(folder)``: prepare the texts with the tokens of this model."""

    changed = Signal()
    tokens_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.project: Project | None = None
        self.job: Job | None = None
        self.described: events.StartDescribed | None = None
        self._refusal = ""
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

    def open(self, project: Project) -> None:
        """Offers the runs of this project; what was chosen stays chosen where it is still there."""
        same = self.project is not None and self.project.folder == project.folder
        chosen, self.project = self.model() if same else "", project
        self._fill(chosen)

    def _fill(self, chosen: str) -> None:
        self.choice.clear()
        self.choice.addItem(SCRATCH, "")
        for run in reversed(self.project.runs() if self.project else []):
            if run.checkpoints():
                self.choice.addItem(f"The run “{run.name}”", f"runs/{run.name}")
        if chosen and self.choice.findData(chosen) < 0 and Path(chosen).is_absolute():
            self.choice.addItem(f"The model in {chosen}", chosen)
        self.choice.addItem(ELSEWHERE, None)
        self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)))
        self._show()

    def model(self) -> str:
        """As ``start.model`` wants it; "" is from scratch."""
        return self.choice.currentData() or ""

    def _chosen(self) -> None:
        if self.choice.currentData() is None:
            folder = QFileDialog.getExistingDirectory(self, "The folder of a model (config.json, *.safetensors)")
            self._fill(folder)
        self.look()

    def look(self) -> None:
        """Reads what the chosen model is, in the background."""
        self.described, self._refusal = None, ""
        if self.job:
            self.job.stop()
            self.job.finished.disconnect()
            self.job.finished.connect(self.job.deleteLater)
            self.job = None
        if self.model() and self.project:
            self.job = Job(_look(self.project, self.model()), self)
            self.job.happened.connect(self._described)
            self.job.failed.connect(self._refused)
            self.job.finished.connect(self._looked)
            self.job.start()
        self._show()

    def _ask_for_tokens(self) -> None:
        if self.described:
            self.tokens_asked.emit(self.described.folder)

    def _described(self, event: Event) -> None:
        if isinstance(event, events.StartDescribed) and event.model == self.model():
            self.described = event
            self._show()

    def _refused(self, sentence: str, details: str) -> None:
        self._refusal = sentence
        self._show()

    def _looked(self) -> None:
        job, self.job = self.job, None
        if job:
            job.deleteLater()
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
        return problems(self._config())

    def _config(self) -> StartConfig:
        chosen: StartConfig = self.form.config()
        return StartConfig(model=self.model(), frozen=chosen.frozen, lora=chosen.lora)

    def settings(self) -> Iterator[str]:
        """As the command line would write it."""
        if self.model():
            yield from settings_of("start", StartConfig(), self._config())

    def stop_for_closing(self) -> None:
        if self.job:
            self.job.stop()
            self.job.wait()


def _look(project: Project, model: str) -> Callable[[Callable[[], bool]], Iterator[Event]]:
    def look(stop: Callable[[], bool]) -> Iterator[Event]:
        from ...engine.training.plan import describe_start

        yield describe_start(project, model)

    return look
