"""The same prompt and seed beside each other: two models, or one at several temperatures."""

import dataclasses
import enum
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QSplitter, QWidget

from ... import Model, words
from ...engine.core import events
from ...engine.core.control import Ask
from ...engine.core.draft import Done, done_from
from ...engine.core.errors import EngineError
from ...engine.core.events import Event
from ...engine.core.generation_config import GenerateConfig
from ...engine.core.project import Checkpoint, Run
from ..parts import widgets
from ..parts.open_project import OpenProject
from .editor import Editor
from .how_to_write import HowToWrite
from .keeping import Keeping, together_in_words
from .model_choice import ModelChoice
from .piece_writer import PieceWriter
from .prompt import Prompt
from .writing_view import NO_MODEL, WritingView

TEMPERATURES = (0.7, 1.0, 1.2)


class Comparison(enum.Enum):
    MODELS = "Two models"
    BEFORE = "Before and after training further"
    TEMPERATURES = "Three degrees of daring"


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """What writes in a column: a model, or the one that it was ``before`` fine-tuning; None: there is none to choose.

    At its own temperature, or as it is set.
    """

    title: str
    model: Run | Checkpoint | None
    temperature: float | None = None
    before: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnWritten:
    """Past tense, as an event of the engine: what stands in the column of this index now, and how it came to be."""

    index: int
    done: Done


class Column(QWidget):
    """A text, and whose it is. ``done``: what it takes to write it again; None before it is written to its end."""

    def __init__(self, number: int, keep: Callable[["Column"], None]) -> None:
        super().__init__()
        self.done: Done | None = None
        self.title = widgets.label("", "heading", wrap=True)
        self.keep_button = widgets.button(
            "Keep", "Keeps this text on the shelf “Kept” (Ctrl+S keeps all columns)", lambda: keep(self), icon="save"
        )
        self.page = Editor()
        self.page.setReadOnly(True)
        self.page.setAccessibleName(f"Column {words.number(number)}")
        self.page.setPlaceholderText("Choose what to compare, give a prompt, and press Write.")
        self.pieces = PieceWriter(self.page)
        self._prompt_ends = 0
        above = widgets.row(self.title, self.keep_button)
        above.setStretch(0, 1)
        self.setLayout(widgets.column(above, self.page))

    def begin(self, prompt: str, title: str) -> None:
        self.done = None
        self.title.setText(title)
        self.page.setPlainText(prompt)
        self._prompt_ends = self.page.document().characterCount() - 1
        self.pieces.begin(self._prompt_ends)

    def show_done(self, title: str, done: Done) -> None:
        """As it was written another day."""
        self.begin(done.prompt, title)
        self.pieces.add(done.event.text)
        self.pieces.flush()
        self.done = done

    @property
    def is_written(self) -> bool:
        return self.pieces.position > self._prompt_ends


class SideBySide(WritingView):
    """Signals: ``kept(words, file)``: a column, the last of several, lies in this file since; ``changed()``: another
    text stands there.
    """

    kept = Signal(str, object)
    changed = Signal()

    def __init__(self, model: ModelChoice, how: HowToWrite) -> None:
        super().__init__(
            model,
            how,
            write="Write",
            tip="Writes all columns from the same prompt and seed",
            stays="what is written stays",
        )
        self.seed: int | None = None  # of what stands there
        self.prompt = Prompt(
            "Prompt for comparing",
            "Every column goes on from here, with the same seed (Ctrl+Return writes)",
            "How all of the texts begin.",
        )
        self.mode = QComboBox()
        for comparison in Comparison:
            self.mode.addItem(comparison.value, comparison)
        self.mode.setAccessibleName("What to compare")
        self.mode.setToolTip(
            "Two models, a model trained further and the one it was, or one model more or less daring (temperature)"
        )
        self.mode.currentIndexChanged.connect(self.show_state)
        self.other = ModelChoice()
        self.other.run_box.setMinimumContentsLength(24)  # two models are told apart by the ends of their names
        self._other_is_chosen = False
        self.other.picked.connect(self._choose_other)
        model.changed.connect(self._propose)
        self.other.changed.connect(self.show_state)
        self.columns = [Column(number, lambda column: self._keep([column])) for number in (1, 2, 3)]
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(2 * widgets.GRID)
        split.setChildrenCollapsible(False)
        for column in self.columns:
            split.addWidget(column)
        # The other model comes and goes, and is higher than all: it is not to move what is beside it.
        above = widgets.Flow(self.write_button, self.stop_button, self.mode, self.other, gap=widgets.GRID, top=True)
        layout = widgets.column(self.prompt, above, self.status, split)
        layout.setStretch(3, 1)
        self.lay_out(layout)
        self.show_state()

    def open(self, opened: OpenProject) -> None:
        super().open(opened)
        self.prompt.clear()
        self.mode.setCurrentIndex(0)
        self.seed, self._other_is_chosen = None, False
        self.other.open(opened)
        for column in self.columns:
            column.pieces.open(opened)
            column.begin("", "")
        self.show_state()

    def left(self) -> dict[str, Any]:
        """What stands there, for another day."""
        columns = [
            {"title": one.title.text(), "done": one.done and dataclasses.asdict(one.done)} for one in self.columns
        ]
        return {"mode": self.mode.currentIndex(), "other": self.other.remembered, "columns": columns}

    def bring_back(self, left: Any) -> None:
        """Whatever somebody may have made of it; nothing while it writes."""
        try:
            found = [(str(one["title"]), one["done"] and done_from(one["done"])) for one in left["columns"]]
            mode, other = int(left["mode"]), str(left["other"])
        except (KeyError, TypeError, ValueError, EngineError):
            return
        if self.job or not any(done for _, done in found):
            return
        self.mode.setCurrentIndex(mode)
        self.other.choose_again(other)
        self._other_is_chosen = True
        for column, (title, done) in zip(self.columns, found, strict=False):
            if done:
                column.show_done(title, done)
                self.seed = done.event.seed
        self.ended()
        self.show_state()

    def _choose_other(self) -> None:
        self._other_is_chosen = True

    def _propose(self) -> None:
        """Two models are two, until somebody chooses the same one."""
        if not self._other_is_chosen and self.other.remembered == self.model.remembered:
            self.other.choose_another()

    @property
    def comparison(self) -> Comparison:
        return list(Comparison)[self.mode.currentIndex()]

    def write(self) -> None:
        if self.job or not self.may_write() or (asked := self.how.commit()) is None:
            return
        cases, prompt = self._cases(), self.prompt.text()
        config = dataclasses.replace(asked, n=1)
        for column, case in itertools.zip_longest(self.columns, cases):
            column.begin(*(prompt, case.title) if case else ("", ""))
        self.seed = None
        self.start(lambda control: _write(cases, prompt, config, control), self.show_event)

    def _cases(self) -> list[Case]:
        model = self.model.chosen()
        match self.comparison:
            case Comparison.MODELS:
                other = Case(self.other.in_words() or "Another model", self.other.chosen())
                return [Case(self.model.in_words(), model), other]
            case Comparison.BEFORE:
                before = model if self._is_fine_tuned() else None
                return [Case(self.model.in_words(), model), Case("The model before", before, before=True)]
            case Comparison.TEMPERATURES:
                return [Case(f"Daring {words.number(degree, 1)}", model, degree) for degree in TEMPERATURES]

    def may_write(self) -> bool:
        return all(case.model is not None for case in self._cases())

    def _is_fine_tuned(self) -> bool:
        known = self.model.known
        return bool(known and known.config and known.config.start.model)

    def save(self) -> None:
        self._keep(self.columns)

    def _keep(self, columns: Sequence[Column]) -> None:
        """Each as a text of its own with its receipt."""
        project = self.opened.project if self.opened else None
        each = [(Keeping(), column.done) for column in columns if column.done and not column.isHidden()]
        if self.opened is None or project is None or not each:
            self.said.emit("Nothing is written here yet that could be kept.")
            return

        keepings = [keeping for keeping, _ in each]

        def keep() -> None:
            for keeping, done in each:
                keeping.keep(project, [done], done.prompt + done.event.text)

        self.opened.change(keep, then=lambda: self.kept.emit(together_in_words(keepings), keepings[-1].file))

    # --- what happens

    def show_event(self, event: Event | ColumnWritten) -> None:
        match event:
            case events.TextPiece():
                self.columns[event.index].pieces.add(event.text)
            case ColumnWritten():
                self.seed = event.done.event.seed
                self.columns[event.index].pieces.flush()
                self.columns[event.index].done = event.done
                self.changed.emit()
                self.show_state()
            case events.Warned():
                self.said.emit(event.message)
            case _:
                pass  # shown on the writing desk only

    def ended(self) -> None:
        for column in self.columns:
            column.pieces.flush()
            column.page.verticalScrollBar().setValue(0)  # where one begins to read

    def show_state(self) -> None:
        super().show_state()
        cases = self._cases()
        for column, case in zip(self.columns, cases, strict=False):
            if self.job is None and not column.is_written:  # else it says what wrote, or is about to
                column.title.setText(case.title)
        for column in self.columns:
            column.keep_button.setEnabled(column.done is not None)
        self.columns[2].setVisible(len(cases) > 2)
        self.other.setVisible(self.comparison is Comparison.MODELS)
        self.status.setText(self._state_in_words())

    def _state_in_words(self) -> str:
        if self.model.chosen() is None:
            return NO_MODEL
        if self.comparison is Comparison.BEFORE and not self._is_fine_tuned():
            if self.model.known:
                return "This model was trained from scratch; there is none before it."
            return "No run of yours made this model. Choose a run that went on from another model."
        if self.seed is not None:
            return f"All with the same seed, {self.seed}"
        return "Writing …" if self.job else ""


def _write(cases: Sequence[Case], prompt: str, config: GenerateConfig, stop: Ask) -> Iterator[Event | ColumnWritten]:
    for number, case in enumerate(cases):
        assert case.model
        model = Model.load(case.model)
        if case.before:
            model = model.origin()
        own = config if case.temperature is None else dataclasses.replace(config, temperature=case.temperature)
        for event in model.stream(prompt, own, stop=stop):
            match event:
                case events.TextPiece():
                    yield dataclasses.replace(event, index=number)
                case events.TextGenerated():
                    config = dataclasses.replace(config, seed=event.seed)  # the same for all columns
                    own = dataclasses.replace(own, seed=event.seed)
                    yield ColumnWritten(number, Done(model.identity(), prompt, own, event))
                case _:
                    yield event
        if stop():
            return
