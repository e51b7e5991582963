"""Many texts from one prompt: the bad ones are put aside, the good ones kept or rejected by a key."""

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QProgressBar, QSplitter, QVBoxLayout

from ... import Model
from ...engine.core import events
from ...engine.core.control import Ask
from ...engine.core.draft import Done
from ...engine.core.events import Event
from ...engine.core.generation_config import GenerateConfig
from ...engine.core.project import Checkpoint, Run
from ..parts import widgets
from ..parts.fields import undo_keys
from ..parts.open_project import OpenProject
from .batch import Batch, BatchText, Decision
from .batch_list import BatchList
from .count_field import CountField
from .editor import Editor
from .how_to_write import HowToWrite
from .kept_texts import KeptTexts
from .model_choice import ModelChoice
from .prompt import Prompt
from .writing_view import NO_MODEL, WritingView

USUAL = 20  # texts
NOTHING_YET = "Write many texts at once, then go through them: K keeps one, X rejects it."
ALL_ASIDE = (
    "All of these texts were put aside; the line below says why. Take the tick above away to see them. "
    "With more daring, texts repeat less."
)


class BatchView(WritingView):
    """Signals: ``texts_asked(paths)``: add these to the project; ``changed()``: texts have come, or were decided about.

    A text that is not put aside stays in the list, and with the project, until somebody has kept or rejected it.
    """

    texts_asked = Signal(object)
    changed = Signal()

    def __init__(self, model: ModelChoice, how: HowToWrite) -> None:
        super().__init__(
            model,
            how,
            write="Write them",
            tip="Writes all of them, many side by side",
            stays="finished texts stay",
        )
        self.written = Batch()
        self._stage = ""  # what comes before the first text
        self._started = 0.0
        self.prompt = Prompt(
            "Prompt for many texts",
            "Every text goes on from here (Ctrl+Return writes)",
            "How each text begins. Leave it empty to let the model begin by itself.",
        )
        self._make_controls()
        self.list = BatchList()
        self.list.currentRowChanged.connect(self._show_text)
        self.list.decided.connect(self.decide)
        self.page = Editor()
        self.page.setReadOnly(True)
        self.page.setAccessibleName("The chosen text")
        self.kept = KeptTexts()
        self.kept.told_done.connect(self.told_done)
        self.kept.texts_asked.connect(self.texts_asked)
        self.kept.kept.connect(lambda file: self.show_state())
        self.lay_out(self._arranged())
        undo_keys(self, self.undo, self.redo)
        self.show_state()

    def _make_controls(self) -> None:
        self.count = CountField("text", "texts", USUAL)
        self.count.setToolTip("How many texts to write from this prompt (1 to 1,000)")
        self.filtered = QCheckBox("Put aside empty, repeating and copied ones")
        self.filtered.setChecked(True)
        self.filtered.setToolTip(
            "Copied: half of the words stand word for word in your texts. Repeating: goes round in circles"
        )
        self.filtered.toggled.connect(self._filter)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of writing")
        fixed = self.bar.sizePolicy()
        fixed.setRetainSizeWhenHidden(True)  # or the list would move under the mouse
        self.bar.setSizePolicy(fixed)
        self.keep_button = widgets.button(
            "Keep", "Keep this text and go to the next (K)", lambda: self.decide(Decision.KEPT), icon="save"
        )
        self.reject_button = widgets.button(
            "Reject", "Reject this text and go to the next (X)", lambda: self.decide(Decision.REJECTED), icon="close"
        )
        self.all_button = widgets.button(
            "Keep all", "Keep every text that is not rejected", lambda: self.decide_all(Decision.KEPT), icon="save"
        )
        self.none_button = widgets.button(
            "Reject all",
            "Reject every text that is not kept (Ctrl+Z takes it back)",
            lambda: self.decide_all(Decision.REJECTED),
            icon="close",
        )

    def _arranged(self) -> QVBoxLayout:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(2 * widgets.GRID)
        split.addWidget(self.list)
        split.addWidget(self.page)
        split.setSizes([240, 480])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        above = widgets.Flow(self.write_button, self.stop_button, self.count, self.filtered, gap=widgets.GRID)
        for_each = (self.keep_button, self.reject_button, self.all_button, self.none_button)
        below = widgets.Flow(*for_each, self.kept, gap=widgets.GRID)
        layout = widgets.column(self.prompt, above, self.bar, split, below, self.status)
        layout.setStretch(3, 1)
        return layout

    # --- what the user does

    def open(self, opened: OpenProject) -> None:
        super().open(opened)
        self.prompt.clear()
        self.count.setValue(USUAL)
        self.written = Batch()
        self.kept.open(opened, self.written)
        self._show_list()

    def write(self) -> None:
        chosen = self.model.chosen()
        if self.job or chosen is None or (asked := self.how.commit()) is None:
            return
        prompt, config = self.prompt.text(), dataclasses.replace(asked, n=self.count.value())
        earlier = self.written.staying(with_faults=self._with_faults)
        self.written = Batch(prompt, config, earlier=earlier)
        self.kept.begin(self.written)
        self._stage, self._started = "Loading the model", time.monotonic()
        self._show_list()
        self.bar.setRange(0, config.n)
        self.bar.setValue(0)
        self.start(lambda control: _write(chosen, prompt, config, control), self.show_event)

    def bring_back(self, texts: Sequence[Done]) -> None:
        """What nobody had decided about another day."""
        self.written.earlier[:0] = map(BatchText, texts)
        if self.job is None:  # else they come into sight with the next ones
            self._show_list()
            self.list.setCurrentRow(0)

    def staying(self) -> list[Done]:
        """For another day."""
        return [text.done for text in self.written.staying(with_faults=self._with_faults)]

    def decide(self, decision: Decision) -> None:
        self.list.decide(decision)
        self._decided()

    def decide_all(self, decision: Decision) -> None:
        self.list.decide_all(decision)
        self._decided()

    def undo(self) -> None:
        """Of decisions, until others are written or shown."""
        self.list.undo()
        self._decided()

    def redo(self) -> None:
        self.list.redo()
        self._decided()

    def _decided(self) -> None:
        self.kept.save()
        self.changed.emit()
        self.show_state()

    def save(self) -> None:
        """Keeps the text in sight; before that those that were to be kept, and the disk refused."""
        current = self.list.current
        if self.kept.unsaved() or current is None or current.is_kept:
            self.kept.save()
        else:
            self.decide(Decision.KEPT)

    def unsaved(self) -> list[Callable[[], object]]:
        return self.kept.unsaved()

    # --- what happens

    def show_event(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self._stage = event.stage
            case events.ModelChosen():
                self.written.model = event
            case events.Warned():
                self.said.emit(event.message)
            case events.TextGenerated():
                self.written.add(event)
            case events.TextJudged():
                text = self.written.texts[event.index]
                text.fault = event.reason
                self._show_new(text)
                self.changed.emit()
            case _:
                pass  # the texts are shown whole
        self.show_state()

    def _show_new(self, text: BatchText) -> None:
        if (self._with_faults or not text.fault) and not self.list.shows(text):
            self.list.add(text)
            if self.list.current is None:  # nobody reads another one
                self.list.setCurrentRow(self.list.count() - 1)
                if self.isVisible():  # the keys for each text are the list's
                    self.list.setFocus()

    @property
    def _with_faults(self) -> bool:
        return not self.filtered.isChecked()

    def _filter(self) -> None:
        self._show_list()
        self.list.setCurrentRow(0)
        self.changed.emit()

    def _show_list(self) -> None:
        """No text is chosen then."""
        self.page.clear()
        self.list.show_texts(self.written.in_order(with_faults=self._with_faults))
        self.show_state()

    def _show_text(self) -> None:
        if self.list.current:
            self.page.setPlainText(self.list.current.whole)
        self.show_state()

    def show_state(self) -> None:
        super().show_state()
        is_busy = self.job is not None
        self.bar.setVisible(is_busy)
        self.bar.setValue(len(self.written.texts))
        for button in (self.keep_button, self.reject_button):
            button.setEnabled(self.list.current is not None)
        for button in (self.all_button, self.none_button):
            button.setEnabled(self.list.count() > 0)
        self.kept.setEnabled(bool(self.written.kept()) and not is_busy)
        self.status.setText(self._state_in_words())
        all_aside = bool(self.written.texts) and not self.list.count() and not is_busy
        self.page.setPlaceholderText(ALL_ASIDE if all_aside else NOTHING_YET)

    def _state_in_words(self) -> str:
        if self.job is None and self.model.chosen() is None:
            return NO_MODEL
        if self.job is None:
            return self.written.summary_in_words(with_faults=self._with_faults)
        if not self.written.texts:
            return f"{self._stage} …"
        return self.written.progress_in_words(time.monotonic() - self._started)


def _write(chosen: Run | Checkpoint, prompt: str, config: GenerateConfig, stop: Ask) -> Iterator[Event]:
    model = Model.load(chosen)
    yield from model.opening(stop)
    if stop():
        return
    yield model.identity()
    for event in model.streaming_judged(prompt, config, stop):
        if not isinstance(event, events.TextPiece):
            yield event
