"""Which model writes: a run, and a moment of its training."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from ...engine.core.project import Checkpoint, Project, Run
from ..parts import widgets

BEST = -1


class ModelChoice(QWidget):
    """Two boxes. Signal: ``changed()``."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.project: Project | None = None
        self.run_box = QComboBox()
        self.run_box.setAccessibleName("Run")
        self.run_box.setToolTip("Which training the model comes from")
        self.run_box.currentIndexChanged.connect(self._list_checkpoints)
        self.checkpoint_box = QComboBox()
        self.checkpoint_box.setAccessibleName("Checkpoint")
        self.checkpoint_box.setToolTip(
            "Which moment of the training; the best is the one with the lowest held-out loss"
        )
        self.checkpoint_box.currentIndexChanged.connect(self.changed)
        for box in (self.run_box, self.checkpoint_box):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        self.setLayout(widgets.column(self.run_box, self.checkpoint_box))

    def list_runs(self) -> None:
        """The runs that have a model, the newest first; keeps what is chosen."""
        if self.project is None:
            return
        before = self.run_box.currentText()
        runs = [run for run in reversed(self.project.runs()) if run.checkpoints()]
        self.run_box.blockSignals(True)
        self.run_box.clear()
        for run in runs:
            self.run_box.addItem(run.name, run)
        self.run_box.setCurrentIndex(max(0, self.run_box.findText(before)))
        self.run_box.blockSignals(False)
        self._list_checkpoints()

    def choose(self, run: Run) -> None:
        self.list_runs()
        self.run_box.setCurrentIndex(max(0, self.run_box.findText(run.name)))

    def _list_checkpoints(self) -> None:
        before = self.checkpoint_box.currentData()
        self.checkpoint_box.blockSignals(True)
        self.checkpoint_box.clear()
        run = self.run_box.currentData()
        if run is not None:
            self.checkpoint_box.addItem("The best so far", BEST)
            for checkpoint in reversed(run.checkpoints()):
                self.checkpoint_box.addItem(f"Step {checkpoint.step:,}", checkpoint.step)
            self.checkpoint_box.setCurrentIndex(max(0, self.checkpoint_box.findData(before)))
        self.checkpoint_box.blockSignals(False)
        self.changed.emit()

    @property
    def run(self) -> Run | None:
        run: Run | None = self.run_box.currentData()
        return run

    def chosen(self) -> Run | Checkpoint | None:
        """A run stands for its best checkpoint. None: there is no model yet."""
        run, step = self.run, self.checkpoint_box.currentData()
        if run is None or step is None:
            return None
        return run if step == BEST else run.checkpoint(step)

    def words(self) -> str:
        return f"{self.run_box.currentText()}, {self.checkpoint_box.currentText().lower()}"
