"""Which model writes: a run and a moment of its training, or a model that was there before."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from ...engine.core.library import LibraryModel
from ...engine.core.project import Checkpoint, Run
from ...engine.core.snapshot import ProjectSnapshot, RunSnapshot
from ...words import number
from ..parts import widgets
from ..parts.announce import announce
from ..parts.model_box import ModelBox, entries_of
from ..parts.open_project import OpenProject

BEST = -1  # in place of a step


@dataclass(frozen=True, slots=True)
class Lost:
    """What was chosen and is not there any more: as it is remembered, in words, and whether a person had chosen it."""

    remembered: str
    words: str
    is_by_hand: bool


class ModelChoice(QWidget):
    """Two boxes, and a word about a run that has just ended: it writes from then on, unless a person chose another or
    it has gained nothing.
    What is deleted leaves the choice to another, and gets it again when it comes back before a person has chosen.

    Signals: ``changed()``, ``picked()`` by the user, ``models_asked()``: the page where models are found should be
    shown.
    """

    changed = Signal()
    picked = Signal()
    models_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._runs: dict[str, RunSnapshot] = {}
        self._models: dict[str, LibraryModel] = {}
        self._ended, self._why_not = "", ""  # the run that ended last, until it is listed
        self._announced = ""  # the run that the note is about
        self._lost: Lost | None = None
        self._listed = ""  # whose moments are to choose from
        self.is_by_hand = False  # a person has chosen; nothing else chooses then
        self.run_box = ModelBox("Model", "Which training the model comes from, or which model was there before")
        self.run_box.currentIndexChanged.connect(self._list_checkpoints)
        self.run_box.models_asked.connect(self.models_asked)
        self.checkpoint_box = QComboBox()
        self.checkpoint_box.setAccessibleName("Checkpoint")
        self.checkpoint_box.setToolTip(
            "Which moment of the training; the best is the one with the lowest held-out loss"
        )
        self.checkpoint_box.currentIndexChanged.connect(self._choose_by_hand)  # nothing else chooses a moment
        self.checkpoint_box.currentIndexChanged.connect(self.changed)
        self.note = widgets.label("", "advice", wrap=True)
        tip = "The model that has just learnt from your texts, instead of the one that is chosen"
        self.new_button = widgets.button("Write with your new model", tip, self._take_new)
        self.setLayout(widgets.column(self.run_box, self.checkpoint_box, self.note, self.new_button))
        self.run_box.picked.connect(self._choose_by_hand)
        for given in (self.run_box.picked, self.checkpoint_box.activated):
            given.connect(self.picked)
        self._hide_news()

    def open(self, opened: OpenProject) -> None:
        self.run_box.forget()
        self._runs, self._models, self._ended, self._lost = {}, {}, "", None
        self.is_by_hand = False
        self._hide_news()
        self._list_checkpoints()  # or a moment chosen elsewhere would be taken for one of a run that is called so too
        self.list_models(opened.snapshot)
        opened.changed.connect(self.list_models)

    def list_models(self, snapshot: ProjectSnapshot) -> None:
        """The runs that have a model and the models of the library; what is chosen stays so."""
        runs = {f"runs/{known.run.name}": known for known in snapshot.runs if known.checkpoints}
        models = {known.name: known for known in snapshot.models}
        if (runs, models) == (self._runs, self._models) and self.run_box.count():
            return  # a list that is open is not rebuilt under the user's hand
        before, old, self._runs, self._models = self._now(), self._runs, runs, models
        with QSignalBlocker(self.run_box):
            self.run_box.show_entries(entries_of(snapshot))
        self._list_checkpoints()
        self._follow(before, old)
        self._offer()

    def _now(self) -> Lost:
        return Lost(self.remembered, self.run_box.currentText(), self.is_by_hand)

    def _follow(self, before: Lost, old: Mapping[str, RunSnapshot]) -> None:
        """What was chosen may have another name, be gone, or be back. ``old``: the runs that there were."""
        if self._lost and self._lists(self._lost):
            lost, self._lost = self._lost, None
            self._choose(lost.remembered)
            self.is_by_hand = lost.is_by_hand
            self._tell(f"“{lost.words}” is back and writes again.")
        elif before.remembered and not self._lists(before):
            was = old.get(_name_in(before.remembered))
            new = {name: known.run.number for name, known in self._runs.items() if name not in old}
            renamed = [name for name, its in new.items() if was and its == was.run.number]
            if renamed:
                self._choose(renamed[0] + before.remembered.removeprefix(_name_in(before.remembered)))
            else:
                self._lost = self._lost or before
                now = f" “{self.run_box.currentText()}” writes now." if self.run_box.name() else ""
                self._tell(f"“{before.words}” is not here any more.{now}")

    def _lists(self, one: Lost) -> bool:
        return self.run_box.lists(_name_in(one.remembered))

    def _tell(self, sentence: str) -> None:
        self._announced = self.run_box.name()
        self.note.setText(sentence)
        self.note.show()
        announce(self.note, sentence)

    def choose(self, model: Run | str) -> None:
        """A run, another model as ``--from`` takes it, or what was ``remembered``."""
        self._choose_by_hand()
        self._choose(f"runs/{model.name}" if isinstance(model, Run) else model)

    def _choose(self, remembered: str) -> None:
        name = _name_in(remembered)
        self.run_box.choose(name)
        if step := remembered.removeprefix(name).removeprefix("@"):
            with QSignalBlocker(self.checkpoint_box):  # which says that a person chose it
                self.checkpoint_box.setCurrentIndex(max(0, self.checkpoint_box.findData(int(step))))
            self.changed.emit()

    def choose_again(self, remembered: str) -> None:
        """What a person chose another day; as if nobody had chosen where that is not there any more."""
        self.choose(remembered)
        self.is_by_hand = self.run_box.name() == _name_in(remembered)

    def offer(self, run: Run, why_not: str = "") -> None:
        """A run has just ended; it may not be listed yet, and has no model where it was stopped too early. ``why_not``:
        the reason why another model goes on writing, where there is one.
        """
        self._ended, self._why_not = f"runs/{run.name}", why_not
        self._offer()

    def _offer(self) -> None:
        if self._ended not in self._runs:
            self.new_button.hide()  # it may have been deleted
        elif self._ended == self.run_box.name():
            self._ended = ""
        elif self.is_by_hand:
            self.new_button.setVisible(not self._why_not)
        elif self._why_not and self.run_box.name():
            title, self._ended = self._runs[self._ended].title, ""
            now = self.run_box.currentText()
            self._tell(f"“{title}” {self._why_not}, so “{now}” still writes.")
        else:
            name, self._ended, self._lost = self._ended, "", None
            self._announced = name
            self.run_box.choose(name)
            self._tell(f"Your new model “{self.run_box.currentText()}” writes now.")

    def _take_new(self) -> None:
        self.choose(self._ended)
        self.picked.emit()

    def _choose_by_hand(self) -> None:
        self.is_by_hand, self._ended, self._lost = True, "", None
        self._hide_news()

    def _hide_news(self) -> None:
        self.note.hide()
        self.new_button.hide()

    def choose_another(self) -> None:
        """Than the one that is chosen: the next in the list, or an earlier moment of the only one."""
        if other := self.another():
            self.run_box.choose(other)
        elif self.checkpoint_box.count() > 2:
            self.checkpoint_box.setCurrentIndex(self.checkpoint_box.count() - 1)

    def another(self) -> str:
        """The next in the list; empty where there is none."""
        names = (*reversed(self._runs), *self._models)
        return next((name for name in names if name != self.run_box.name()), "")

    @property
    def remembered(self) -> str:
        """What ``choose`` takes another day; empty where nothing is chosen."""
        step = self.checkpoint_box.currentData()
        return self.run_box.name() + (f"@{step}" if step not in (None, BEST) else "")

    def _list_checkpoints(self) -> None:
        is_same, self._listed = self._listed == self.run_box.name(), self.run_box.name()
        before, known = self.checkpoint_box.currentData() if is_same else BEST, self.known
        with QSignalBlocker(self.checkpoint_box):
            self.checkpoint_box.clear()
            if known:
                self.checkpoint_box.addItem("The best so far", BEST)
                for checkpoint in reversed(known.checkpoints):
                    self.checkpoint_box.addItem(f"Step {number(checkpoint.step)}", checkpoint.step)
                self.checkpoint_box.setCurrentIndex(max(0, self.checkpoint_box.findData(before)))
        self.checkpoint_box.setVisible(known is not None)
        if self.run_box.name() != self._announced:  # it may have been deleted
            self.note.hide()
        self.changed.emit()

    @property
    def known(self) -> RunSnapshot | None:
        """The chosen run, as it was when the folder was looked at; None for a model that comes from no run."""
        return self._runs.get(self.run_box.name())

    @property
    def run(self) -> Run | None:
        return self.known.run if self.known else None

    def chosen(self) -> Run | Checkpoint | None:
        """A run stands for its best checkpoint. None: there is no model yet."""
        name, run = self.run_box.name(), self.run
        if run:
            step = self.checkpoint_box.currentData()
            return run if step in (None, BEST) else run.checkpoint(step)
        if name in self._models:
            return Checkpoint(self._models[name].folder)
        return _model_at(Path(name)) if name else None

    def in_words(self) -> str:
        words = self.run_box.currentText()
        return f"{words}, {self.checkpoint_box.currentText().lower()}" if self.known else words


def _name_in(remembered: str) -> str:
    """Without the step of a checkpoint."""
    name, at, step = remembered.rpartition("@")
    return name if at and step.isdigit() else remembered


def _model_at(path: Path) -> Run | Checkpoint:
    """What the user has just named; whether it can write is found out when it does."""
    folder = path.parent if path.is_file() else path
    return Run(folder) if Run(folder).exists() else Checkpoint(folder)
