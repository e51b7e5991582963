"""Setting up a run: a preset in words, a time budget, prompts; the rest folded under Advanced."""

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from ...engine.core import events
from ...engine.core.config import PACES, ModelConfig, RunConfig, TrainConfig
from ...engine.core.presets import AUTO, GENTLER, Preset, presets
from ...engine.core.schema import problems
from ...engine.core.schema import to_settings as settings_of
from ...words import bytes_in_words, count_in_words
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.preferences import Preferences
from .beginning import Beginning


class PresetCard(QPushButton):
    """A preset to choose: its name, what it is good for, and what it takes on this machine."""

    def __init__(self, title: str, words: str) -> None:
        super().__init__()
        self.facts = widgets.label("", "muted")
        lines = (widgets.label(title, "heading"), widgets.label(words), self.facts)
        for line in lines:
            line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setLayout(widgets.column(*lines, margin=2 * widgets.GRID))
        self.setCheckable(True)
        self.setProperty("role", "preset")
        self.setToolTip(words.replace("\n", " "))
        self.setAccessibleName(f"{title} model")

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name; a button measures its text only, not its layout)
        layout = self.layout()
        return layout.sizeHint() if layout else super().sizeHint()


class RunSetup(QWidget):
    """Signal: ``start_asked(preset, minutes or None, settings, name)``."""

    start_asked = Signal(str, object, list, str)

    def __init__(self) -> None:
        super().__init__()
        self._preferences = Preferences()
        self._vocabulary = 1000
        self._tokens = 0
        self._speeds: dict[str, float] = {}
        self._fine_tunes = False
        self.presets = QButtonGroup(self)
        self.model_form = ConfigForm(ModelConfig())
        self.train_form = ConfigForm(TrainConfig(), leave_out=["prompts"])
        self.device = widgets.label("Looking at this computer …", "muted", wrap=True)
        self.blocked = widgets.label("", wrap=True)
        self.start_button = widgets.button(
            "Start training",
            "Measures this machine for a moment, then trains (Ctrl+R)",
            self.start,
            icon="play",
            role="primary",
        )
        self.beginning = Beginning()
        self.size_question = widgets.label("How large a model?", "heading")
        self.cards = self._preset_cards()
        self.model_fold = widgets.Fold("Advanced: model", "The shape of the model", self.model_form)
        page = widgets.column(
            widgets.row(widgets.label("New run", "title"), 1, self.start_button),
            self.blocked,
            self.device,
            widgets.label("What does it begin with?", "heading"),
            self.beginning,
            widgets.label("How much time is there?", "heading"),
            self._time(),
            self.size_question,
            self.cards,
            self._basics(),
            self.model_fold,
            widgets.Fold("Advanced: training", "How it learns", self.train_form),
            widgets.Fold("Advanced: this computer", "On how many processes it learns", self._machine()),
            1,
            margin=widgets.GRID,
            gap=2 * widgets.GRID,
        )
        inside = widgets.widget(page)
        inside.setObjectName("scrolled")
        inside.setMaximumWidth(880)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setLayout(widgets.column(scroll))
        self.beginning.changed.connect(self._begin_otherwise)
        self.model_form.changed.connect(self._changed)
        self.train_form.changed.connect(self._changed)
        self.presets.button(0).setChecked(True)
        self._take_preset()
        self.show_prepared(None)

    def _preset_cards(self) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2 * widgets.GRID)
        auto = PresetCard(
            "By time", "Measures this computer and takes the model that learns most from your texts in your time."
        )
        auto.facts.setText("Recommended")
        self.presets.addButton(auto, 0)
        grid.addWidget(auto, 0, 0, 1, 2)
        for number, preset in enumerate(presets.values(), 1):
            card = PresetCard(preset.title, preset.words)
            self.presets.addButton(card, number)
            grid.addWidget(card, (number + 1) // 2, (number + 1) % 2)
        self.presets.setExclusive(True)
        self.presets.idClicked.connect(self._take_preset)
        return widgets.widget(grid)

    def _time(self) -> QWidget:
        self.minutes = QSpinBox()
        self.minutes.setRange(1, 60 * 24 * 7)
        self.minutes.setValue(10)
        self.minutes.setSuffix(" minutes")
        self.minutes.setMinimumWidth(140)
        self.minutes.setAccessibleName("Time budget")
        self.minutes.setToolTip("The machine is measured for a moment and the training is planned to take this long")
        self.timed = QCheckBox("Plan by time")
        self.timed.setChecked(True)
        self.timed.setToolTip("Off: the number of steps under “Advanced: training” decides")
        self.timed.toggled.connect(self._changed)
        return widgets.widget(widgets.row(self.minutes, self.timed, 1))

    def _basics(self) -> QWidget:
        self.pace = QComboBox()
        for pace, words in zip(PACES, ("Gently, others go first", "Balanced", "All of it"), strict=True):
            self.pace.addItem(words, pace)
        self.pace.setCurrentIndex(PACES.index(self._preferences.pace))
        self.pace.setAccessibleName("Use of this computer")
        self.pace.setToolTip(
            "Gently takes one core, so that you can go on working. Balanced gives way when another program is busy. "
            "What the model becomes is the same"
        )
        self.pace.activated.connect(self._keep_habits)
        self.rest = QCheckBox("Pause on battery")
        self.rest.setChecked(self._preferences.rests_on_battery)
        self.rest.setToolTip("Training waits while the computer is not plugged in, and goes on by itself")
        self.rest.clicked.connect(self._keep_habits)
        self.processes = QSpinBox()
        self.processes.setRange(1, 64)
        self.processes.setAccessibleName("Processes")
        self.processes.setToolTip(
            "For a computer with several graphics cards: one process for each. They share every batch evenly"
        )
        self.name = QLineEdit()
        self.name.setPlaceholderText("First try")
        self.name.setMaxLength(60)
        self.name.setAccessibleName("Name of the run")
        self.name.setToolTip("So that you find this run again in the list")
        self.prompts = QPlainTextEdit()
        self.prompts.setPlaceholderText("For example: It was a dark night")
        self.prompts.setFixedHeight(64)
        self.prompts.setTabChangesFocus(True)
        self.prompts.setAccessibleName("Sample prompts")
        self.prompts.setToolTip(
            "One a line. The model goes on from these along the way, so that you can watch it learn"
        )
        form = QFormLayout()
        form.setHorizontalSpacing(2 * widgets.GRID)
        form.setVerticalSpacing(widgets.GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.addRow(widgets.label("Name"), self.name)
        form.addRow(widgets.label("Prompts to watch"), self.prompts)
        form.addRow(widgets.label("Computer"), widgets.row(self.pace, self.rest, 1))
        return widgets.widget(form)

    def _machine(self) -> QWidget:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(2 * widgets.GRID)
        form.addRow(widgets.label("Processes"), widgets.row(self.processes, 1))
        return widgets.widget(form)

    def _keep_habits(self) -> None:
        self._preferences.pace = self.pace.currentData()
        self._preferences.rests_on_battery = self.rest.isChecked()

    def preset(self) -> str:
        """A model that has learnt before has its size, so there is nothing to choose by time."""
        return "small" if self._fine_tunes else [AUTO, *presets][self.presets.checkedId()]

    def _values(self) -> Preset:
        """What the forms begin with; by time, they only say what is wished otherwise."""
        return presets.get(self.preset(), presets["small"])

    def show_prepared(self, prepared: events.Prepared | None) -> None:
        """What there is to learn from; without it there is nothing to start."""
        self._tokens = prepared.tokens if prepared else 0
        self._vocabulary = prepared.vocabulary if prepared else 1000
        self._changed()

    def show_device(self, words: str) -> None:
        self.device.setText(f"This computer: {words}. Everything is computed here.")

    def show_speed(self, event: events.PresetMeasured) -> None:
        self._speeds[event.preset] = event.tokens_per_s
        self._changed()

    def _take_preset(self) -> None:
        self._fine_tunes = bool(self.beginning.model())
        chosen = self._values()
        self.model_form.set_config(chosen.model)
        rate = chosen.train.learning_rate * (GENTLER if self._fine_tunes else 1)
        self.train_form.set_config(replace(chosen.train, learning_rate=rate))
        self._changed()

    def _begin_otherwise(self) -> None:
        """A model that has learnt before has its size, and wants smaller steps."""
        if self._fine_tunes != bool(self.beginning.model()):
            self._take_preset()
        for part in (self.size_question, self.cards):
            part.setVisible(not self._fine_tunes)
        self._changed()

    def _changed(self) -> None:
        by_time = self.preset() == AUTO
        self.model_fold.setVisible(not by_time and not self._fine_tunes)
        self.timed.setEnabled(not by_time)
        if by_time:
            self.timed.setChecked(True)
        for number, (name, preset) in enumerate(presets.items(), 1):
            memory = RunConfig(model=preset.model).memory_bytes(self._vocabulary, min(preset.train.batch, 8))
            speed = self._speeds.get(name)
            parameters = count_in_words(preset.model.parameters(self._vocabulary))
            known = f"{count_in_words(speed)} tokens a second here" if speed else "speed here not measured yet"
            card = self.presets.button(number)
            assert isinstance(card, PresetCard)
            card.facts.setText(f"{parameters} parameters · {bytes_in_words(memory)} of memory\n{known}")
        self.minutes.setEnabled(self.timed.isChecked())
        self.train_form.controls["steps"].setEnabled(not self.timed.isChecked())
        self.blocked.setText(" ".join(self._blocks()))
        self.blocked.setVisible(bool(self._blocks()))
        self.start_button.setEnabled(not self._blocks())

    def _blocks(self) -> list[str]:
        if not self._tokens:
            return ["Prepare your texts under Data first; then you can train on them."]
        if self._fine_tunes:
            return [*self.beginning.blocks(), *problems(self.train_form.config())]
        model = self.model_form.config()
        if self.preset() != AUTO and self._tokens <= model.context:
            return [
                f"The texts have only {self._tokens:,} tokens, but the context is {model.context:,}. Add more text."
            ]
        return [*problems(model), *problems(self.train_form.config())]

    def start(self) -> None:
        if self.start_button.isEnabled():
            self.start_asked.emit(self.preset(), self._minutes(), list(self._settings()), self.name.text().strip())

    def _minutes(self) -> float | None:
        return float(self.minutes.value()) if self.timed.isChecked() else None

    def _settings(self) -> Iterator[str]:
        """What differs from the preset, as the command line would write it."""
        chosen = self._values()
        lines = tuple(line for line in widgets.text_of(self.prompts).split("\n") if line.strip())
        training = replace(self.train_form.config(), prompts=lines or chosen.train.prompts)
        yield from self.beginning.settings()
        if not self._fine_tunes and self.preset() != AUTO:
            yield from settings_of("model", chosen.model, self.model_form.config())
        yield from settings_of("train", chosen.train, training)
