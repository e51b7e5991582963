"""All settings of a run, grouped by what they do, with a field to search them."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QSpinBox, QWidget

from ...engine.core.config import ModelConfig, TrainConfig
from ...words import number
from ..parts import widgets
from ..parts.config_form import ConfigForm, Group
from ..parts.file_dialogs import ask_for_file
from ..parts.glossary import word_links
from ..parts.preferences import Purpose
from ..parts.search_field import SearchField

model_groups = (
    Group("How large the model is", ("layers", "width", "heads", "context")),
    Group("How it is built", ("architecture",)),
    Group("Against learning by heart", ("dropout",)),
)
NAME_WIDTH = 160  # pixels; the page is no wider than the window, whatever a folder is called
BY_FILE = ("architecture", "layers", "width", "heads")  # what a config.json decides
train_groups = (
    Group("How long it learns, and how much at once", ("steps", "batch", "generations", "patience")),
    Group(
        "How large its adjustments are",
        ("learning_rate", "warmup", "decay", "schedule", "optimizer", "beta2", "adam_epsilon", "clip"),
    ),
    Group("Against learning by heart, in training", ("weight_decay", "label_smoothing", "ngram_teacher", "average")),
    Group("What it reads, and when", ("short_passages", "stages")),
    Group("How often it is tried", ("mark_every", "save_every", "sample_every", "sample_tokens")),
    Group("Speed, memory and exactness", ("precision", "save_memory")),
    Group("The same again", ("seed",)),
)


class AdvancedSettings(QWidget):
    """Signal: ``changed()`` whenever the user changes anything. ``shape``: a config.json that decides what the model is
    built like.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shape = ""
        self.model = ConfigForm(ModelConfig(), leave_out=["shape"], groups=model_groups)
        self.train = ConfigForm(TrainConfig(), leave_out=["prompts"], groups=train_groups)
        self.search = SearchField("Search the settings", "Shows only settings whose name or explanation holds this")
        self.search.textChanged.connect(self._search)
        self.back_button = widgets.button("Set all back", "All settings as is usual", self.set_back, icon="reset")
        self.none = widgets.label("No setting has that in its name or explanation.", "muted", wrap=True)
        line = widgets.row(self.search, self.back_button)
        line.setStretch(0, 1)
        self._machine = self._processes()
        words = word_links("Step", "Epoch", "Learning rate", "Evaluation", "Checkpoint", "Context", "Parameters")
        self._of_file = self._shape_row()
        parts = (self.none, self.model, self._of_file, self.train, self._machine)
        self.setLayout(widgets.column(line, words, *parts, gap=2 * widgets.GRID))
        for form in (self.model, self.train):
            form.changed.connect(self.changed)
            form.sought.connect(self.search.clear)
        self._shows_model = True
        self._search("")
        self.show_changes()

    def _shape_row(self) -> QWidget:
        tip = "Builds a new model as the config.json of another one says, of any kind that the program knows"
        self.shape_button = widgets.button("Shape from a file …", tip, self._choose_shape, icon="folder")
        tip = "The settings above decide again"
        self.no_shape_button = widgets.button("Without it", tip, lambda: self.take_shape(""), icon="reset")
        self.shape_words = widgets.label("", "muted", wrap=True)
        line = widgets.row(self.shape_button, self.no_shape_button, self.shape_words)
        line.setStretch(2, 1)
        self.no_shape_button.hide()
        return widgets.widget(line)

    def _choose_shape(self) -> None:
        if file := ask_for_file(self, Purpose.MODELS, "The shape of a model", "config.json (config.json)"):
            self.take_shape(str(file))

    def take_shape(self, file: str) -> None:
        """Of a config.json, which is read when the run is made; "" for none."""
        self.shape = file
        for name in BY_FILE:
            self.model.controls[name].setEnabled(not file)
        if file:
            self.model.set_back(*BY_FILE)
        folder = self.fontMetrics().elidedText(Path(file).parent.name, Qt.TextElideMode.ElideMiddle, NAME_WIDTH)
        words = f"Built as “{folder}” says, with its context unless you change the one above."
        self.shape_words.setText(words if file else "")
        self.shape_words.setToolTip(widgets.plain(file))
        self.no_shape_button.setVisible(bool(file))
        self.changed.emit()

    def _processes(self) -> QWidget:
        self.processes = QSpinBox()
        self.processes.setRange(1, 64)
        self.processes.setAccessibleName("Processes")
        self.processes.setToolTip(
            "For a computer with several graphics cards: one process for each. They share every batch evenly"
        )
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(2 * widgets.GRID)
        form.addRow(widgets.label("This computer", "heading"))
        form.addRow(widgets.label("Processes"), widgets.row(self.processes, 1))
        return widgets.widget(form)

    def show_model(self, shown: bool) -> None:
        """The shape is for the user to choose only where neither the time nor a model decides it."""
        self._shows_model = shown
        self._search(self.search.text())

    def _search(self, words: str) -> None:
        of_model, of_train = self.model.show_only(words), self.train.show_only(words)
        machine = words.strip().lower() in f"processes this computer {self.processes.toolTip().lower()}"
        self.model.setVisible(self._shows_model and of_model > 0)
        of_file = words.strip().lower() in f"shape from a file {self.shape_button.toolTip().lower()}"
        self._of_file.setVisible(self._shows_model and of_file)
        self.train.setVisible(of_train > 0)
        self._machine.setVisible(machine)
        self.none.setVisible(not (machine or of_train or ((of_model or of_file) and self._shows_model)))

    def changes(self) -> int:
        of_model = len(self.model.unusual()) + bool(self.shape)
        return len(self.train.unusual()) + (of_model if self._shows_model else 0)

    def show_changes(self) -> None:
        count = self.changes()
        self.back_button.setEnabled(count > 0)
        self.back_button.setText(f"Set all back ({number(count)} changed)" if count else "Set all back")

    def set_back(self) -> None:
        self.take_shape("")
        self.model.set_back()
        self.train.set_back()
