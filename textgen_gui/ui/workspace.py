"""The three tabs of an open project and how they are connected. What a tab does is in the tab."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QWidget

from ..engine.core.project import Checkpoint, Run
from .data.data_tab import DataTab
from .parts import widgets
from .parts.config_form import ConfigForm
from .parts.fields import is_typed_in
from .parts.focus import is_on_shown_page
from .parts.job_runner import Job
from .parts.notice import WayOn
from .parts.open_project import OpenProject
from .parts.styled import Styled
from .take.dialog import TakeDialog
from .train.run_choices import choose_again, chosen_of
from .train.train_tab import TrainTab
from .write.write_tab import WriteTab


class Workspace(widgets.Pages):
    """Data, Train and Generate, one of them shown.

    A tab gets each project with ``open(opened)``, forgets the one before, and starts all work with ``opened.jobs``.
    What it has not written yet it hands out with ``unsaved()``: functions that write it on a job's thread.

    Signals: ``problem(sentence, details)``, ``refused(sentence)`` (not while a model trains), ``said(str)``,
    ``told_done(words, WayOn | None)``, ``stuck(sentence, details, WayOn)``, ``write_asked()`` (Generate should be
    shown), ``learn_asked()`` (Data should be), ``train_asked()`` (Train should be), ``models_asked()`` (the page where
    models are found), ``told_enough()``: the last problem is of the past.
    """

    problem = Signal(str, str)
    refused = Signal(str)
    said = Signal(str)
    told_done = Signal(str, object)
    stuck = Signal(str, str, object)
    write_asked = Signal()
    learn_asked = Signal()
    models_asked = Signal()
    train_asked = Signal()
    told_enough = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.data, self.train, self.generate = DataTab(), TrainTab(), WriteTab()
        self.told_by: QWidget | None = None  # whose problem was told last
        self.taking: TakeDialog | None = None  # made when it is first asked for
        self._opened: OpenProject | None = None
        self._tabs = (self.data, self.train, self.generate)
        for tab in self._tabs:
            self.addWidget(tab)
            tab.problem.connect(partial(self._tell_of, tab))
        Styled(self.data, self.data.restyle)
        widgets.indent_numbers(self)
        self.data.prepared.connect(self.train.show_prepared)
        self.data.anew.connect(self._forget_told)
        self.data.train_asked.connect(self._train_next)
        self.train.write_asked.connect(self.write_with)
        self.train.ended.connect(self.generate.model.offer)
        self.train.list.refused.connect(self.refused)
        setup = self.train.setup
        self.generate.desk.draft.remember("run", partial(chosen_of, setup), partial(choose_again, setup))
        for choice in (self.train.setup.beginning, self.generate.model, self.generate.side_by_side.other):
            choice.models_asked.connect(self.models_asked)
        self.train.texts_asked.connect(self.learn_asked)
        self.train.view.take_asked.connect(self._take_run)
        self.generate.take_asked.connect(self.take)
        self.generate.said.connect(self.said)
        self.generate.told_done.connect(self.told_done)
        self.generate.stuck.connect(self._tell_stuck)
        self.train.said.connect(self.said)
        self.data.said.connect(self.said)
        self.generate.texts_asked.connect(self.learn_from)

    def _tell_of(self, tab: QWidget, sentence: str, details: str) -> None:
        self.told_by = tab
        self.problem.emit(sentence, details)

    def _tell_stuck(self, sentence: str, details: str, way: WayOn) -> None:
        self.told_by = self.generate
        self.stuck.emit(sentence, details, way)

    def _refuse(self, setting: str, sentence: str) -> None:
        """Shows what has to be mended, where it is on the page that is shown; whoever types goes on typing."""
        for form in self.findChildren(ConfigForm):
            if setting in form.controls and is_on_shown_page(form):
                form.refuse(setting, sentence)
                if not is_typed_in(QApplication.focusWidget()):
                    form.seek(setting)
                return

    def _tell_of_none(self, sentence: str, details: str) -> None:
        """Of work that belongs to no tab; what a tab says later does not make it a thing of the past."""
        self.told_by = None
        self.problem.emit(sentence, details)

    def _train_next(self) -> None:
        """A run that is done knows nothing of texts that have come since."""
        if not self.training:
            self.train.new_run()
        self.train_asked.emit()

    def _forget_told(self) -> None:
        if self.told_by is self.data:
            self.told_enough.emit()

    def open(self, opened: OpenProject) -> None:
        self.told_by, self._opened = None, opened
        opened.jobs.problem.connect(self._tell_of_none)
        opened.jobs.misset.connect(self._refuse)
        for tab in self._tabs:
            tab.open(opened)

    def unsaved(self) -> list[Callable[[], object]]:
        """What closing must not lose. Each raises EngineError when the disk refuses."""
        return [*self.data.unsaved(), *self.train.unsaved(), *self.generate.unsaved()]

    def write_with(self, model: Run | str) -> None:
        """With a run, or with a model of the library by its name."""
        self.write_asked.emit()
        self.generate.choose(model)

    def _take_run(self, run: Run) -> None:
        self.take(run, self.train.view.name)

    def take(self, model: Run | Checkpoint, name: str) -> None:
        """Asks in which form it is to leave. ``name``: in words."""
        if self._opened:
            if self.taking is None:
                self.taking = TakeDialog(self.window())
            self.taking.show_for(model, name, self._opened.jobs, self.generate.how.config())

    def learn_from(self, texts: list[Path]) -> None:
        self.learn_asked.emit()
        self.data.add(texts)

    def new_page(self) -> None:
        self.write_asked.emit()
        self.generate.new_page()

    def save(self) -> None:
        """Keeps the text that is in sight; of all else only notes wait until they are left."""
        if self.currentWidget() is self.generate:
            self.generate.save()
        else:
            self.train.view.keep_notes()
            self.said.emit("Everything here is saved by itself.")

    def undo(self) -> None:
        """What Undo means on the tab that is shown, where no field has anything to undo."""
        (self.data.undo, self.train.list.undo, self.generate.undo)[self.currentIndex()]()

    def redo(self) -> None:
        """What Redo means on the tab that is shown, where no field has anything to do again."""
        if self.currentWidget() is self.generate:
            self.generate.redo()

    def paste(self) -> None:
        """What Paste means on the tab that is shown, where one cannot type."""
        if self.currentWidget() is self.data:
            self.data.paste()

    def run(self) -> None:
        """What Ctrl+R means on the tab that is shown."""
        (self.data.prepare, self.train.start_or_resume, self.generate.write)[self.currentIndex()]()

    def write(self) -> None:
        """On the page, which comes into sight first: nothing is written where nobody sees it."""
        self.write_asked.emit()
        self.generate.write()

    def stop(self) -> None:
        """What Esc means on the tab that is shown."""
        (self.data.cancel, self.train.ask_to_stop, self.generate.stop)[self.currentIndex()]()

    @property
    def training(self) -> Job | None:
        return self.train.job
