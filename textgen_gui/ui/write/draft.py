"""What was left in the writing room outlives the window: saved in the project, and brought back."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from ...engine.core import draft
from ...engine.core.draft import Done, Left
from ...engine.core.project import Project
from ...engine.core.sources import Version
from ..parts import widgets
from ..parts.open_project import OpenProject
from .editor import Editor
from .model_choice import ModelChoice

SAVE_MS = 3000  # at most so much is lost when the computer loses power


@dataclass(frozen=True, slots=True)
class Deciding:
    """What waits elsewhere for a person's decision ``now``, and how it is brought back ``again``."""

    now: Callable[[], Sequence[Done]]
    again: Callable[[Sequence[Done]], object]


@dataclass(frozen=True, slots=True)
class Choosing:
    """Something that a person chooses in a project: what is chosen ``now``, and how it is chosen ``again``."""

    now: Callable[[], Mapping[str, Any]]
    again: Callable[[Any], object]


class Draft(QObject):
    """What stands on a page, what models wrote on it, which was chosen, and what else was: ``remember``.

    Signals: ``loaded()``: the page is as it was left; ``known()``: who wrote a text that stands there is known now;
    ``problem(sentence, details)``.
    """

    loaded = Signal()
    known = Signal()
    problem = Signal(str, str)

    def __init__(self, page: Editor, model: ModelChoice) -> None:
        super().__init__(page)
        self.page, self.model = page, model
        self._chosen = ""  # the model, as it was last saved
        self._is_unread = True  # what was left could not be read, and is put aside before anything is written
        self._kept = Left("", [])  # what lies in the folder, in this version of its file
        self._version: Version | None = None
        self._is_restored = False  # the model is the one that was noted
        self._has_told = False  # that the disk does not take it; once until it does
        self.done: list[Done] = []
        self._remembered: dict[str, Choosing] = {}
        self._deciding = Deciding(list, lambda texts: None)
        self._choices: dict[str, Any] = {}  # as they were last saved
        self.is_loading = self._is_changed_elsewhere = False
        self._opened: OpenProject | None = None
        self._changes = self._saved = 0  # how often the page was changed, and how often at its last save
        self._timer = QTimer(self, interval=SAVE_MS, singleShot=True)
        self._timer.timeout.connect(self._save)
        page.textChanged.connect(self._changed)
        for chosen in (model.changed, model.picked):
            chosen.connect(self._model_changed)

    def open(self, opened: OpenProject) -> None:
        """Loads the page, which cannot be written on until it is there. Empty where nothing was left."""
        self._opened, self.done, self.is_loading = opened, [], True
        self._is_changed_elsewhere = False
        self._kept, self._version = Left("", []), None  # of another project
        self._has_told, self._chosen, self._is_unread, self._is_restored = False, "", True, False
        self.page.clear()
        self.page.clear_typed()
        self.page.setReadOnly(True)
        opened.jobs.start(lambda control: iter([draft.load(opened.project)]), self._show, finished=self._loaded)
        opened.jobs.closed.connect(self._timer.stop)

    @property
    def kept(self) -> str:
        """The page as it lies in the project's folder."""
        return self._kept.page

    def add(self, done: Done) -> None:
        """What a model has just written on the page."""
        self.done.append(done)
        self._changed()

    def add_known(self, texts: Iterable[Done]) -> None:
        """What models had written of a text that was put on the page."""
        here = {(one.prompt, one.event.text) for one in self.done}
        for one in texts:
            if (one.prompt, one.event.text) not in here:
                self.add(one)
        self.known.emit()

    def remember(self, name: str, now: Callable[[], Mapping[str, Any]], again: Callable[[Any], object]) -> None:
        """What ``now`` says, as JSON can hold it, stays with the project. ``again`` takes what was saved another day,
        whatever somebody may have made of it."""
        self._remembered[name] = Choosing(now, again)

    def remember_texts(self, now: Callable[[], Sequence[Done]], again: Callable[[Sequence[Done]], object]) -> None:
        """Those that wait for a decision stay with the project too."""
        self._deciding = Deciding(now, again)

    def _chosen_now(self) -> dict[str, Any]:
        return {name: one.now() for name, one in self._remembered.items()}

    def unsaved(self) -> list[Callable[[], object]]:
        """What writes the page when it is not on the disk as it is now, or what was chosen."""
        is_saved = self._saved == self._changes and self._choices == self._chosen_now()
        return [] if self.is_loading or is_saved else [self._saving()]

    def _show(self, left: Left) -> None:
        self.done, self._chosen, self._is_unread = list(left.done), left.model, False
        if self._opened:
            self._kept, self._version = left, draft.version(self._opened.project)
        for name in self._remembered.keys() & left.choices.keys():
            self._remembered[name].again(left.choices[name])
        self._deciding.again(left.undecided)
        self.page.setPlainText(left.page)
        if left.model and not self.model.is_by_hand:  # else somebody has just asked for another
            self._is_restored = True
            self.model.choose_again(left.model)

    def _loaded(self) -> None:
        self._timer.stop()
        self._saved, self._choices = self._changes, self._chosen_now()
        self.is_loading = False
        self.page.setReadOnly(False)
        if self._is_changed_elsewhere:  # meanwhile
            self._changed()
        self.loaded.emit()
        if not self._is_restored:
            self._model_changed()  # somebody may have chosen one meanwhile

    def note_change(self) -> None:
        """Of what it holds besides the page: it is saved soon."""
        self._is_changed_elsewhere = True
        self._changed()

    def _changed(self) -> None:
        self._changes += 1
        if not self.is_loading and not self._timer.isActive():
            self._timer.start()

    def _model_changed(self) -> None:
        """What nobody chose is not noted: the newest run writes then, another day too."""
        if not self.is_loading and self.model.is_by_hand and self.model.remembered not in ("", self._chosen):
            self._chosen = self.model.remembered
            self._changed()

    def _saving(self) -> Callable[[], None]:
        assert self._opened
        undecided = list(self._deciding.now())
        left = Left(widgets.text_of(self.page), list(self.done), self._chosen, self._chosen_now(), undecided)
        return functools.partial(self._keep, self._opened.project, left)

    def _keep(self, project: Project, left: Left) -> None:
        """On a job's thread, one after the other."""
        is_new = draft.version(project) != self._version  # somebody else wrote it, or put another folder there
        draft.keep(project, left, aside=self._is_unread or (is_new and draft.is_of_others(project, self._kept)))
        self._is_unread, self._kept, self._version = False, left, draft.version(project)
        self._choices = dict(left.choices)

    def _save(self) -> None:
        changes = self._changes
        if self._opened:
            self._opened.change(self._saving(), then=lambda: self._note_saved(changes), failed=self._tell)

    def _note_saved(self, changes: int) -> None:
        self._saved, self._has_told = changes, False

    def _tell(self, sentence: str, details: str) -> None:
        """The page is only in the window now; it is tried again whenever something is changed."""
        if not self._has_told:
            self._has_told = True
            self.problem.emit(f"The page is not saved: {sentence} What stands on it is still here; copy it.", details)
