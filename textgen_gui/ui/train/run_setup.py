"""Setting up a run: a preset in words, a time budget, prompts; the rest folded under Advanced."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLayout, QLineEdit, QPlainTextEdit, QScrollArea, QSpinBox, QWidget

from ...engine.core import events
from ...engine.core.config import ModelConfig, RunConfig, TrainConfig
from ...engine.core.presets import Preset, PresetName, gentler, presets
from ...engine.core.run_request import RunRequest
from ...engine.core.schema import problems
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.preferences import Preferences
from .beginning import Beginning
from .habits import BatteryChoice, PaceChoice
from .preset_cards import PresetCards


class RunSetup(QWidget):
    """Signal: ``start_asked(RunRequest)``."""

    start_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._vocabulary = 1000
        self._tokens = 0
        self._fine_tunes = False
        self.model_form, self.train_form = ConfigForm(ModelConfig()), ConfigForm(TrainConfig(), leave_out=["prompts"])
        self.beginning, self.presets = Beginning(), PresetCards()
        self.device = widgets.label("Looking at this computer …", "muted", wrap=True)
        self.blocked = widgets.label("", wrap=True)
        tip = "Measures this machine for a moment, then trains (Ctrl+R)"
        self.start_button = widgets.button("Start training", tip, self.start, icon="play", role="primary")
        self.size_question = widgets.label("How large a model?", "heading")
        self.model_fold = widgets.Fold("Advanced: model", "The shape of the model", self.model_form)
        inside = widgets.widget(self._page())
        inside.setObjectName("scrolled")
        inside.setMaximumWidth(880)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setLayout(widgets.column(scroll))
        self.presets.chosen.connect(self._take_preset)
        self.beginning.changed.connect(self._begin_otherwise)
        self.model_form.changed.connect(self._changed)
        self.train_form.changed.connect(self._changed)
        self._take_preset()

    # --- how it looks

    def _page(self) -> QLayout:
        return widgets.column(
            widgets.row(widgets.label("New run", "title"), 1, self.start_button),
            self.blocked,
            self.device,
            widgets.label("What does it begin with?", "heading"),
            self.beginning,
            widgets.label("How much time is there?", "heading"),
            self._time(),
            self.size_question,
            self.presets,
            self._basics(),
            self.model_fold,
            widgets.Fold("Advanced: training", "How it learns", self.train_form),
            widgets.Fold("Advanced: this computer", "On how many processes it learns", self._machine()),
            1,
            margin=widgets.GRID,
            gap=2 * widgets.GRID,
        )

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
        preferences = Preferences()
        self.pace, self.rest = PaceChoice(preferences), BatteryChoice(preferences)
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
        self.processes = QSpinBox()
        self.processes.setRange(1, 64)
        self.processes.setAccessibleName("Processes")
        self.processes.setToolTip(
            "For a computer with several graphics cards: one process for each. They share every batch evenly"
        )
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(2 * widgets.GRID)
        form.addRow(widgets.label("Processes"), widgets.row(self.processes, 1))
        return widgets.widget(form)

    # --- what is known

    def show_prepared(self, prepared: events.Prepared | None) -> None:
        """What there is to learn from; without it there is nothing to start."""
        self._tokens = prepared.tokens if prepared else 0
        self._vocabulary = prepared.vocabulary if prepared else 1000
        self._changed()

    def show_device(self, words: str) -> None:
        """``words``: what this computer trains on, "" while it is not known."""
        known = f"This computer: {words}. Everything is computed here."
        self.device.setText(known if words else "Looking at this computer …")

    def show_measuring(self) -> None:
        """From the wish to start until the training begins."""
        self.start_button.setEnabled(False)
        self.device.setText("Measuring this machine for a moment …")

    def show_speed(self, event: events.Event) -> None:
        if isinstance(event, events.PresetMeasured):
            self.presets.take_speed(event)
            self._changed()

    # --- what the user chooses

    def preset(self) -> PresetName:
        """A model that has learnt before has its size, so there is nothing to choose by time."""
        return PresetName.SMALL if self._fine_tunes else self.presets.preset()

    def _values(self) -> Preset:
        """What the forms begin with; by time, they only say what is wished otherwise."""
        return presets.get(self.preset(), presets[PresetName.SMALL])

    def _take_preset(self) -> None:
        self._fine_tunes = bool(self.beginning.model())
        chosen = self._values()
        self.model_form.set_config(chosen.model)
        self.train_form.set_config(chosen.train)
        self._show_rate()
        self._changed()

    def _begin_otherwise(self) -> None:
        """A model that has learnt before has its size, and wants smaller steps."""
        if self._fine_tunes != bool(self.beginning.model()):
            self._take_preset()
        for part in (self.size_question, self.presets):
            part.setVisible(not self._fine_tunes)
        self._show_rate()
        self._changed()

    def _show_rate(self) -> None:
        """The learning rate that the run will have unless the user chooses another."""
        rate = self._values().train.learning_rate * gentler(self.beginning.config())
        self.train_form.give("learning_rate", rate)

    def _changed(self) -> None:
        by_time = self.preset() is PresetName.AUTO
        self.model_fold.setVisible(not by_time and not self._fine_tunes)
        self.timed.setEnabled(not by_time)
        if by_time:
            self.timed.setChecked(True)
        self.presets.show_facts(self._vocabulary)
        self.minutes.setEnabled(self.timed.isChecked())
        self.train_form.controls["steps"].setEnabled(not self.timed.isChecked())
        blocks = self._blocks()
        self.blocked.setText(" ".join(blocks))
        self.blocked.setVisible(bool(blocks))
        self.start_button.setEnabled(not blocks)

    def _blocks(self) -> list[str]:
        if not self._tokens:
            return ["Prepare your texts under Data first; then you can train on them."]
        if self._fine_tunes:
            return [*self.beginning.blocks(), *problems(self.train_form.config())]
        model = self.model_form.config()
        if self.preset() is not PresetName.AUTO and self._tokens <= model.context:
            return [
                f"The texts have only {self._tokens:,} tokens, but the context is {model.context:,}. Add more text."
            ]
        return [*problems(model), *problems(self.train_form.config())]

    def start(self) -> None:
        if self.start_button.isEnabled():
            self.start_asked.emit(self.request())

    def request(self) -> RunRequest:
        """The run as it is set up: what the user left as it was is decided by preset, model and time."""
        start, train = self.beginning.config(), self.train_form.config()
        chosen = {f"train.{name}" for name in self.train_form.chosen()}
        if start.model:
            chosen |= {"start.model", "start.frozen", "start.lora"}
        elif self.preset() is not PresetName.AUTO:
            chosen |= {f"model.{name}" for name in self.model_form.chosen()}
        if lines := tuple(line for line in widgets.text_of(self.prompts).split("\n") if line.strip()):
            train = replace(train, prompts=lines)
            chosen.add("train.prompts")
        return RunRequest(
            preset=self.preset(),
            minutes=float(self.minutes.value()) if self.timed.isChecked() else None,
            config=RunConfig(model=self.model_form.config(), train=train, start=start),
            chosen=frozenset(chosen),
            name=self.name.text().strip(),
        )
