"""Setting up a run: what it begins with, a time budget, a size; the rest folded under Advanced."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QSpinBox,
    QWidget,
)

from ...engine.core import events
from ...engine.core.advice import too_little_text
from ...engine.core.beginnings import recipe_for
from ...engine.core.config import ModelConfig, RunConfig
from ...engine.core.library import STARTER
from ...engine.core.presets import WIDTH, Preset, PresetName, gentler, presets
from ...engine.core.run_request import RunRequest, is_named_by_texts, usual_name
from ...engine.core.schema import problems_in_labels
from ...words import count, duration, number
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.direction import follow_text_direction
from ..parts.focus import FocusBack
from ..parts.preferences import Preferences
from ..parts.styled import Styled
from .advanced import AdvancedSettings
from .beginning import Beginning
from .habits import BatteryChoice, PaceChoice
from .pages import scrolled
from .preset_cards import PresetCards

MINUTES, MOST_MINUTES = 10, 60 * 24 * 7
HALF = widgets.GRID // 2
WHY_TIMED = "It ends about then, with the model that learns most in that time. Without a limit: choose a size below."
WHY_TIMED_READY = "It ends about then. Without a limit: choose a model above, or a size below."
NAMED_LATER = "Named after your texts"


class RunSetup(QWidget):
    """Signals: ``start_asked(RunRequest)``, ``cancel_asked()`` (of the measuring before a run), ``training_asked()``:
    show the run that trains now, ``texts_asked()``: there is nothing to learn from."""

    start_asked = Signal(object)
    cancel_asked = Signal()
    training_asked = Signal()
    texts_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._vocabulary = 1000
        self._tokens = self._bytes = 0
        self._fine_tunes = False
        self._training = ""  # the name of the run that trains now
        self._stage = ""  # of measuring, before a run begins
        self._focus = FocusBack(
            self, lambda lost: self.start_button, lambda lost: self.cancel_button if self._stage else None
        )
        self.advanced = AdvancedSettings()
        self.model_form, self.train_form = self.advanced.model, self.advanced.train
        self.processes = self.advanced.processes
        self.beginning, self.presets = Beginning(), PresetCards()
        self.device = widgets.label("Looking at this computer …", "muted", wrap=True)
        self.size_question = widgets.label("How large a model?", "heading")
        inside = widgets.widget(self._page())
        inside.setMaximumWidth(880)
        self.page = scrolled(inside)
        self.setLayout(widgets.column(self._head(), self.page, gap=0))
        Styled(self, self._fit_head)
        self.presets.chosen.connect(self._take_preset)
        self.beginning.changed.connect(self._begin_otherwise)
        self.advanced.changed.connect(self._changed)
        self._take_preset()

    # --- how it looks

    def _head(self) -> QWidget:
        """Always in sight: how to start, and why it is not possible now. Its height is always the same."""
        tip = "Measures this computer for a moment, then trains (Ctrl+R)"
        self.start_button = widgets.button("Start training", tip, self.start, icon="play", role="primary")
        self.blocked = widgets.label("", "muted", wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setMaximumWidth(200)
        self.progress.setAccessibleName("Progress of getting ready")
        tip = "Nothing is kept of it"
        self.cancel_button = widgets.button("Cancel", tip, self.cancel_asked.emit, icon="close")
        tip = "Where it can be paused and stopped"
        self.training_button = widgets.button("Show it", tip, self.training_asked.emit, icon="train")
        tip = "Shows the page on which texts are added and prepared"
        self.data_button = widgets.button("To the texts", tip, self.texts_asked.emit, icon="book")
        tip = "Goes to the setting that cannot be used"
        self.fault_button = widgets.button("Show the setting", tip, self._show_fault)
        first = widgets.row(widgets.label("New run", "title"), 1, self.start_button)
        ways_on = self.cancel_button, self.training_button, self.data_button, self.fault_button
        second = widgets.row(self.blocked, self.progress, *ways_on)
        second.setStretch(0, 1)
        self._line = widgets.widget(second)
        self._fit_head()
        return widgets.widget(widgets.column(first, self._line, margin=widgets.GRID, gap=HALF))

    def _fit_head(self) -> None:
        """As high as its buttons, whether or not there are any, at each size of text."""
        self._line.setMinimumHeight(max(5 * widgets.GRID, self.start_button.sizeHint().height()))

    def _page(self) -> QLayout:
        self.advanced_fold = widgets.Fold("Advanced settings", "All that can be set, to search in", self.advanced)
        return widgets.column(
            self._warning(),
            widgets.column(widgets.label("What does it begin with?", "heading"), self.beginning),
            widgets.column(widgets.label("How much time is there?", "heading"), self._time()),
            widgets.column(self.size_question, self.presets),
            self._basics(),
            self.advanced_fold,
            self.device,
            1,
            margin=widgets.GRID,
            gap=3 * widgets.GRID,
        )

    def _warning(self) -> QWidget:
        self.too_little = widgets.label("", "advice", wrap=True)
        tip = "It brings what it knows of the language, and learns the sound of your texts"
        self.starter_button = widgets.button(
            "Begin with a model that can write", tip, lambda: self.begin_with(STARTER), icon="generate"
        )
        self.warning = widgets.widget(widgets.column(self.too_little, widgets.row(self.starter_button, 1)))
        self.warning.hide()
        return self.warning

    def _time(self) -> QWidget:
        self.minutes = QSpinBox()
        self.minutes.setRange(0, 99_999)  # what is too much or too little is told, not changed
        self.minutes.setValue(MINUTES)
        self.minutes.setSuffix(" minutes")
        self.minutes.valueChanged.connect(self._show_time)
        self.long = widgets.label("", "muted")
        self.minutes.setMinimumWidth(140)
        self.minutes.setAccessibleName("Time budget")
        self.minutes.setToolTip("The computer is measured for a moment and the training is planned to take this long")
        self.timed = QCheckBox("Plan by time")
        self.timed.setChecked(True)
        self.timed.setToolTip("Off: the number of steps under “Advanced settings” decides")
        self.timed.toggled.connect(self._changed)
        self.timed.toggled.connect(self._show_rate)
        self.why_timed = widgets.label("", "muted", wrap=True)
        line = widgets.row(self.minutes, self.long, self.timed, 1)
        return widgets.widget(widgets.column(line, self.why_timed))

    def _show_time(self) -> None:
        minutes = self.minutes.value()
        self.minutes.setSuffix(" minute" if minutes == 1 else " minutes")
        self.long.setText(duration(60 * minutes) if minutes > 90 else "")
        self._show_minutes()
        self._show_name()
        self._show_blocks()

    def _show_minutes(self) -> None:
        """To the rule by which a run by time begins."""
        self.beginning.show_time(max(1.0, self.minutes.value()) if self.preset() is PresetName.AUTO else None)

    def _basics(self) -> QWidget:
        preferences = Preferences()
        self.pace, self.rest = PaceChoice(preferences), BatteryChoice(preferences)
        self.name = QLineEdit()
        self.name.setMaxLength(60)
        self.name.setAccessibleName("Name of the run")
        self.name.setToolTip("So that you find this run again in the list")
        self.prompts = QPlainTextEdit()
        follow_text_direction(self.prompts)
        self.prompts.setPlaceholderText("For example: It was a dark night")
        self.prompts.setFixedHeight(64)
        self.prompts.setTabChangesFocus(True)
        self.prompts.setAccessibleName("Beginnings to go on from")
        self.prompts.setToolTip(
            "One a line. The model goes on from these along the way, so that you can watch it learn"
        )
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(2 * widgets.GRID)
        form.setVerticalSpacing(widgets.GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.addRow(widgets.label("Name"), self.name)
        form.addRow(widgets.label("Beginnings to go on from"), self.prompts)
        form.addRow(widgets.label("Computer"), widgets.row(self.pace, self.rest, 1))
        return widgets.widget(form)

    # --- what is known

    def reset(self) -> None:
        """As for the first run: what was chosen for one project is not for another."""
        self.presets.choose(PresetName.AUTO)
        self.timed.setChecked(True)
        self.minutes.setValue(MINUTES)
        self.processes.setValue(1)
        for field in (self.name, self.prompts, self.advanced.search):
            field.clear()
        self.advanced.take_shape("")
        self._stage = self._training = ""
        self._take_preset()

    def show_prepared(self, prepared: events.Prepared | None) -> None:
        """What there is to learn from; without it there is nothing to start."""
        self._tokens = prepared.tokens if prepared else 0
        self._bytes = prepared.bytes if prepared else 0
        self._vocabulary = prepared.vocabulary if prepared else 1000
        self._show_rate()
        self._changed()

    def show_device(self, words: str) -> None:
        """``words``: what this computer trains on, "" while it is not known."""
        known = f"This computer: {words}. Everything is computed here."
        self.device.setText(known if words else "Looking at this computer …")

    def show_progress(self, event: events.Progressed | None) -> None:
        """From the wish to start until the training begins; None: it does not go on."""
        self._stage = event.stage if event else ""
        if event:
            self.progress.setRange(0, event.total)
            self.progress.setValue(event.done)
        self._show_blocks()

    def show_training(self, name: str) -> None:
        """``name``: of the run that trains now, "" for none."""
        self._training = name
        self._show_blocks()

    def show_speed(self, event: events.Event) -> None:
        if isinstance(event, events.PresetMeasured):
            self.presets.take_speed(event)
            self._changed()

    # --- what the user chooses

    def begin_with(self, model: str) -> None:
        self.beginning.choose(model)

    def preset(self) -> PresetName:
        """A model that has learnt before has its size, so there is nothing to choose by time."""
        return PresetName.SMALL if self._fine_tunes else self.presets.preset()

    def _values(self) -> Preset:
        """What the forms begin with; by time, they only say what is wished otherwise."""
        return presets.get(self.preset(), presets[PresetName.SMALL])

    def _take_preset(self) -> None:
        self._fine_tunes = bool(self.beginning.model())
        chosen = self._values()
        self.model_form.set_config(chosen.model, chosen.model)
        self.train_form.set_config(chosen.train, chosen.train)
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
        start, known = self.beginning.config(), self.beginning.described
        width = known.width if known else 0
        rate = self._values().train.learning_rate * gentler(start, width)
        if start.model and self.timed.isChecked():
            config = RunConfig(start=start, model=ModelConfig(width=width or WIDTH))
            rate = recipe_for(self._bytes).on(config, known.bytes_a_token if known else 0.0).train.learning_rate
        self.train_form.give("learning_rate", rate)

    def _changed(self) -> None:
        by_time = self.preset() is PresetName.AUTO
        self._show_minutes()
        self.advanced.show_model(not by_time and not self._fine_tunes)
        self.timed.setVisible(not by_time)  # ticked and grey it would only be a riddle
        if by_time:
            self.timed.setChecked(True)
        self.why_timed.setText(self._why_timed(by_time))
        self.why_timed.setVisible(bool(self.why_timed.text()))
        self.presets.show_facts(self._vocabulary, self._tokens)
        self.minutes.setEnabled(self.timed.isChecked())
        self.train_form.controls["steps"].setEnabled(not self.timed.isChecked())
        known_to_write = self.beginning.goes_on() or self.beginning.is_undecided
        words = too_little_text(self._tokens) if self._tokens and not known_to_write else ""
        self.too_little.setText(words)
        self.warning.setVisible(bool(words))
        self.advanced.show_changes()
        self._show_name()
        self._show_blocks()

    def _why_timed(self, by_time: bool) -> str:
        if self.beginning.is_undecided or not self.beginning.goes_on():
            return WHY_TIMED if by_time else ""
        known, words = self.beginning.described, [WHY_TIMED_READY] * by_time
        if self.timed.isChecked() and self._bytes and known:
            often = recipe_for(self._bytes).often(known.bytes_a_token)
            words.append(f"It goes through your texts no more than {often}: where they are short, it ends sooner.")
        return " ".join(words)

    def _show_name(self) -> None:
        """The one that the run gets if nobody names it, as far as that is known here."""
        opened, minutes = self.beginning.opened, self.minutes.value() if self.timed.isChecked() else None
        files = list(opened.snapshot.places) if opened else []
        by_texts = minutes is not None and is_named_by_texts(self.preset(), goes_on=self._fine_tunes)
        name = usual_name(self.preset(), minutes, files, goes_on=self._fine_tunes)
        self.name.setPlaceholderText(NAMED_LATER if by_texts and len(files) != 1 else name)

    def _show_blocks(self) -> None:
        """One line says how it stands: what is measured, why nothing can start, or what Start will do."""
        with self._focus.kept():
            self._show_what_blocks(self._blocks())

    def _show_what_blocks(self, blocks: list[str]) -> None:
        usual = "You can pause and stop it at any time, and write with it meanwhile."
        self.blocked.setText(f"{self._stage} …" if self._stage else " ".join(blocks) or usual)
        self.progress.setVisible(bool(self._stage))
        self.cancel_button.setVisible(bool(self._stage))
        self.training_button.setVisible(bool(self._training) and not self._stage)
        self.data_button.setVisible(not self._tokens and not self._training and not self._stage)
        self.fault_button.setVisible(bool(blocks) and any(True for _ in self._faulty()) and not self._stage)
        self.start_button.setEnabled(not blocks and not self._stage)

    def _blocks(self) -> list[str]:
        if self._training:
            return [f"“{self._training}” trains now, and only one run can. Wait for it, or stop it first."]
        if not self._tokens:
            return ["Prepare your texts under Data first; then you can train on them."]
        if self.timed.isChecked() and not 1 <= self.minutes.value() <= MOST_MINUTES:
            return [f"The time can be from 1 minute to {number(MOST_MINUTES)} minutes, which is a week."]
        if self._fine_tunes:
            return [*self.beginning.blocks(), *_problems(self.train_form)]
        model = self.model_form.config()
        if self.preset() is not PresetName.AUTO and self._tokens <= model.context:
            return [
                f"There are only {count('token', self._tokens)} to learn from, without those that Data puts aside to "
                f"test the model, but the context is {number(model.context)}. Add more text."
            ]
        return [*_problems(self.model_form), *_problems(self.train_form)]

    def _faulty(self) -> Iterator[ConfigForm[Any]]:
        """The forms in which something cannot be used, of those that count."""
        forms = (self.beginning.form if self._fine_tunes else self.model_form, self.train_form)
        return (form for form in forms if self._tokens and not self._training and form.faults())

    def _show_fault(self) -> None:
        for form in list(self._faulty())[:1]:
            form.seek(next(iter(form.faults())))

    def start(self) -> None:
        for form in (self.beginning.form, self.model_form, self.train_form):
            form.commit()
        self.minutes.interpretText()
        if self.start_button.isEnabled():
            self.start_asked.emit(self.request())
        else:
            self._show_fault()

    def request(self) -> RunRequest:
        """The run as it is set up: what the user left as it was is decided by preset, model and time."""
        start, train = self.beginning.config(), self.train_form.config()
        chosen = {f"train.{name}" for name in self.train_form.chosen()}
        chosen |= self.beginning.chosen()
        shape = ""
        if not start.model and self.preset() is not PresetName.AUTO:
            chosen |= {f"model.{name}" for name in self.model_form.chosen()}
            shape = self.advanced.shape
        if lines := tuple(line for line in widgets.text_of(self.prompts).split("\n") if line.strip()):
            train = replace(train, prompts=lines)
            chosen.add("train.prompts")
        return RunRequest(
            preset=self.preset(),
            minutes=float(self.minutes.value()) if self.timed.isChecked() else None,
            config=RunConfig(model=self.model_form.config(), train=train, start=start),
            chosen=frozenset(chosen),
            name=self.name.text().strip(),
            shape=shape,
        )


def _problems(form: ConfigForm[Any]) -> list[str]:
    return [words for _, words in problems_in_labels(form.config())]
