"""Which model writes: a run, and a moment of its training."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from ...engine.core.project import Checkpoint, Run
from ...engine.core.snapshot import ProjectSnapshot, RunSnapshot
from ..parts import widgets
from ..parts.open_project import OpenProject

BEST = -1  # in place of a step


class ModelChoice(QWidget):
    """Two boxes. Signal: ``changed()``."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunSnapshot] = []
        self._wished, self._step = "", BEST
        self.run_box = _box("Run", "Which training the model comes from")
        self.run_box.currentIndexChanged.connect(self._list_checkpoints)
        self.checkpoint_box = _box(
            "Checkpoint", "Which moment of the training; the best is the one with the lowest held-out loss"
        )
        self.checkpoint_box.currentIndexChanged.connect(self.changed)
        self.setLayout(widgets.column(self.run_box, self.checkpoint_box))

    def open(self, opened: OpenProject) -> None:
        self._wished = ""
        self.list_models(opened.snapshot)
        opened.changed.connect(self.list_models)

    def list_models(self, snapshot: ProjectSnapshot) -> None:
        """The runs that have a model, the newest first; what is chosen stays so."""
        runs = [known for known in reversed(snapshot.runs) if known.checkpoints]
        if runs == self._runs:
            return  # a list that is open is not rebuilt under the user's hand
        self._runs = runs
        names = [known.run.name for known in self._runs]
        before = self._wished if self._wished in names else self.run_box.currentText()
        with QSignalBlocker(self.run_box):
            self.run_box.clear()
            self.run_box.addItems(names)
            self._choose(before)
        self._list_checkpoints()

    def choose(self, model: Run | str) -> None:
        """Now, or when it is listed: a run that has just saved its first model is told of a moment later."""
        name, _, step = (model if isinstance(model, str) else model.name).partition("@")
        self._wished, self._step = name, int(step) if step.isdigit() else BEST
        if self._wished in [known.run.name for known in self._runs]:
            self._choose(self._wished)

    def _choose(self, name: str) -> None:
        if name == self._wished:
            self._wished = ""
        self.run_box.setCurrentIndex(max(0, self.run_box.findText(name)))
        if self._step != BEST and name == self.run_box.currentText():
            self.checkpoint_box.setCurrentIndex(max(0, self.checkpoint_box.findData(self._step)))
            self._step = BEST

    def _list_checkpoints(self) -> None:
        before, known = self.checkpoint_box.currentData(), self.known
        with QSignalBlocker(self.checkpoint_box):
            self.checkpoint_box.clear()
            if known:
                self.checkpoint_box.addItem("The best so far", BEST)
                for checkpoint in reversed(known.checkpoints):
                    self.checkpoint_box.addItem(f"Step {checkpoint.step:,}", checkpoint.step)
                self.checkpoint_box.setCurrentIndex(max(0, self.checkpoint_box.findData(before)))
        self.changed.emit()

    @property
    def known(self) -> RunSnapshot | None:
        """The chosen run, as it was when the folder was looked at."""
        row = self.run_box.currentIndex()
        return self._runs[row] if 0 <= row < len(self._runs) else None

    @property
    def run(self) -> Run | None:
        return self.known.run if self.known else None

    def chosen(self) -> Run | Checkpoint | None:
        """A run stands for its best checkpoint. None: there is no model yet."""
        run, step = self.run, self.checkpoint_box.currentData()
        if run is None or step is None:
            return None
        return run if step == BEST else run.checkpoint(step)

    @property
    def remembered(self) -> str:
        """What ``choose`` takes to choose the same again; empty where there is no model."""
        step = self.checkpoint_box.currentData()
        return self.run_box.currentText() + ("" if step in (None, BEST) else f"@{step}")

    def in_words(self) -> str:
        return f"{self.run_box.currentText()}, {self.checkpoint_box.currentText().lower()}"


def _box(name: str, tip: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(12)
    return made
