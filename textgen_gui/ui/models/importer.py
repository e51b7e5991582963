"""Models that lie on this computer already, in a folder or a file of another program."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from ...front_door import adopting
from ..parts import widgets
from ..parts.job_runner import JobRunner
from .model_source import ModelSource

FILES = "Models (*.safetensors *.bin *.pt *.gguf *.index);;All files (*)"


class Importer(ModelSource):
    def __init__(self, jobs: JobRunner) -> None:
        super().__init__(jobs)
        self.folder_button = widgets.button(
            "Open the folder of a model …",
            "Of aitextgen, of Hugging Face, of a training elsewhere. It is copied; the folder stays as it is",
            self.choose_folder,
            icon="folder",
        )
        self.file_button = widgets.button(
            "Open the file of a model …", "Weights in one file, such as .gguf or pytorch_model.bin", self.choose_file
        )
        buttons = widgets.row(widgets.label("From other programs, aitextgen too:", "muted"))
        for part in (self.folder_button, self.file_button):
            buttons.addWidget(part)
        buttons.addStretch(1)
        self.setLayout(widgets.column(buttons, self.download))
        self.show_state()

    def show_state(self) -> None:
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
        self.start(lambda control: adopting(path, stop=control), path.name)
