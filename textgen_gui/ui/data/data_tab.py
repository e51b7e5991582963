"""Texts in, token files out: drop, look, prepare."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QSizePolicy, QWidget

from ... import Project
from ...engine.core import events
from ...engine.core.config import Balance, TextConfig
from ...engine.core.control import Control
from ...engine.core.events import Event
from ...engine.core.project import Source
from ...engine.core.schema import Changes
from ...engine.core.snapshot import ProjectSnapshot
from ..parts import widgets
from ..parts.fields import UndoPassedOn
from ..parts.file_dialogs import ask_for_folder, ask_for_texts
from ..parts.focus import FocusBack
from ..parts.job_runner import Job
from ..parts.local_files import files_of
from ..parts.open_project import OpenProject
from ..parts.preferences import Purpose
from . import work
from .balance import Longest, longest
from .drop_card import add_buttons, drop_card
from .event_flow import LeftOut, in_batches
from .prepare_card import AboveCard, PrepareCard
from .reflow import Reflow
from .steps import Step, without
from .text_panel import TextPanel
from .texts_pane import TextsPane
from .waiting import Waiting

StandardKey = QKeySequence.StandardKey


class DataTab(QWidget):
    """Signals: ``prepared(events.Prepared | None)``, ``train_asked()``, ``problem(sentence, details)``,
    ``said(words)``, and ``anew()``: there will be other texts, and what was told of those before is of the past.
    """

    prepared = Signal(object)
    train_asked = Signal()
    problem = Signal(str, str)
    said = Signal(str)
    anew = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self._starting = False  # a job waits until settings are written
        self._current: events.Prepared | None = None
        self._failed = self._undoing = False  # of the job; undoing: it takes the last step back
        self._coming = False  # texts, into a project that may be empty until they are there
        self._left_out = LeftOut()
        self._longest: Longest | None = None
        self._steps: list[Step] = []  # of this session, which Ctrl+Z takes back one by one
        self._step: Step | None = None  # which the job takes
        self._came: list[str] = []  # the files of what the job pastes, whether or not they were read to their end
        self._added, self._to_choose = work.Came(), ""  # those of what the job adds, and the one to look at then
        self._listed: list[object] = []
        self._previewed: list[object] = []  # the first chosen text and the settings with which it was read
        self._focus = FocusBack(self, lambda lost: self.table if self._pages.currentIndex() else self.add_button)
        self.waiting = Waiting()
        self._pages = widgets.Pages()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._full_page())
        self.setLayout(widgets.column(self._pages, margin=3 * widgets.GRID))
        for key, does in ((StandardKey.Undo, self.undo), (StandardKey.Paste, self.paste)):
            shortcut = QShortcut(key, self, does)  # wherever the focus is while this is shown, but where one can type
            shortcut.setAutoRepeat(False)  # a key that is held is meant once
        UndoPassedOn(self)

    def _empty_page(self) -> QWidget:
        self.add_button, folder = add_buttons(self.choose_files, self.choose_folder, role="primary")
        self.drop = drop_card(self.add_button, folder)
        return self.drop

    def _full_page(self) -> QWidget:
        self.pane = TextsPane(add_buttons(self.choose_files, self.choose_folder))
        self.table, self.remove = self.pane.table, self.pane.remove
        self.table.chosen_changed.connect(self._show_chosen)
        self.pane.removal_asked.connect(self.remove_selected)
        self.pane.undo_asked.connect(self.undo)
        self.pane.put_back_asked.connect(self.put_back)
        self.panel = TextPanel()
        self.panel.problem.connect(self.problem)
        self.panel.options_changed.connect(self._options_changed)
        self.panel.clean_changed.connect(lambda clean: self._change_settings(clean=clean))
        self.panel.rule_switched.connect(self._rule_switched)
        self.panel.removal_asked.connect(self._remove_file)
        self.preview = self.panel.preview
        halves = Reflow(self.pane, widgets.card(widgets.column(self.panel, margin=widgets.GRID)))
        halves.setObjectName("scrolled")
        scrolled = widgets.scrolling(widgets.ScrollArea(), halves)
        # It asks for no height, so that in a small window the page as a whole does not scroll as well.
        scrolled.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        return AboveCard(scrolled, self._prepare_card())

    def _prepare_card(self) -> PrepareCard:
        self.card = PrepareCard()
        self.card.prepare_asked.connect(self.prepare)
        self.card.cancel_asked.connect(self.cancel)
        self.card.train_asked.connect(self.train_asked)
        self.form, self.status = self.card.form, self.card.status
        self.prepare_button, self.train_button = self.card.prepare_button, self.card.train_button
        self.card.balance.asked.connect(self._balance)
        self.form.changed.connect(self._settings_changed)
        return self.card

    # --- what the user does

    def open(self, opened: OpenProject) -> None:
        self.opened, self.job, self._starting, self._current = opened, None, False, None
        self.table.texts.forget()
        self.waiting, self._steps = Waiting(opened.project.folder), []
        self._step, self._came, self._undoing, self._coming = None, [], False, False
        self._added, self._to_choose = work.Came(), ""
        self.pane.tell("")
        self.pane.search.clear()
        opened.changed.connect(self._project_changed)
        self.form.set_config(opened.snapshot.prepare)
        self.panel.open(opened)
        self._show_snapshot(opened.snapshot)
        self._start(lambda control: opened.project.look())
        if files := self.waiting.from_before():
            self.said.emit("Adding goes on where it was when the window was closed.")
            self.add(files)

    def take_focus(self) -> None:
        """Of the keyboard, for whoever has just opened a project."""
        (self.table if self._pages.currentIndex() else self.add_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def choose_files(self) -> None:
        self.add(ask_for_texts(self))

    def choose_folder(self) -> None:
        if folder := ask_for_folder(self, Purpose.TEXTS, "Add a folder of texts"):
            self.add([folder])

    def add(self, paths: list[Path]) -> None:
        """Copies texts in; while other work is underway they wait for its end."""
        if paths:
            self.anew.emit()
            self.waiting.add(paths)
            self.take_waiting()

    def take_waiting(self) -> None:
        if not self.opened or self._busy or self.opened.jobs.stopping or not self.waiting:
            return
        self._current, self._coming = None, True
        self._show_page(self.opened.snapshot)
        if self.waiting.files:
            self._start(partial(work.added, self.opened.project, self.waiting.begin_adding(), self._added))
        else:
            self._start(partial(work.pasted, self.opened.project, self.waiting.pasted, self._came))

    def paste(self) -> None:
        """Files that were copied in a file manager, or the text itself."""
        data = QGuiApplication.clipboard().mimeData() or QMimeData()
        files = files_of(data)
        if not files and data.text().strip():
            self.anew.emit()
            self.waiting.pasted.append(data.text())
            self.take_waiting()
        elif not files:
            self.problem.emit("There is neither a text nor a file to paste. Copy one first.", "")
        self.add(files)

    def unsaved(self) -> list[Callable[[], object]]:
        pasted = self.waiting.pasted
        return [partial(work.paste_all, self.opened.project, pasted)] if self.opened and pasted else []

    def remove_selected(self) -> None:
        self._remove(self.table.selected(), self.table.neighbour())

    def _remove_file(self, file: str) -> None:
        sources = self.opened.snapshot.sources if self.opened else ()
        self._remove([source for source in sources if source.file == file])

    def _remove(self, sources: list[Source], then: str = "") -> None:
        if self.opened and not self._busy and sources:
            self.anew.emit()
            self._to_choose = then
            self._step = Step(tuple(source.file for source in sources))
            self._take_out(self._step.files)

    def _take_out(self, files: tuple[str, ...]) -> None:
        if self.opened:
            self._current = None
            self._start(partial(work.removed, self.opened.project, files))

    def undo(self) -> None:
        """What was done last; once more, what was done before that."""
        if self._steps and self.opened and not self._busy:
            step = self._steps[-1]
            if step.pasted:
                self._undoing = True
                self._take_out(step.files)
            else:
                self.put_back(step.files)

    def put_back(self, files: Iterable[str]) -> None:
        if self.opened and not self._busy:
            project, wanted = self.opened.project, tuple(files)
            self._steps = list(without(self._steps, wanted))
            self._current, self._to_choose = None, next(iter(wanted), "")
            self._start(lambda control: work.changed(project, lambda: project.put_back(wanted)))

    def prepare(self) -> None:
        if self.opened and not self._busy and self.opened.snapshot.sources:
            self._start(partial(work.prepared, self.opened.project))

    def cancel(self) -> None:
        if self.job:
            self.status.setText("Stopping …")
            self.waiting.end_adding()  # what is not copied yet is not wanted any more
            self.job.stop()

    def _settings_changed(self) -> None:
        config = self.form.config()
        self._change(lambda project: project.set_prepare_config(config), self._all_files())

    def _change_settings(self, **changes: Any) -> None:
        """Of preparing, elsewhere than in their form."""
        self.form.set_config(dataclasses.replace(self.form.config(), **changes))
        self._settings_changed()

    def _balance(self, balance: Balance, files: tuple[str, ...], group: str) -> None:
        """How texts count, and with whom these do: one change, so that nothing reads the texts between the two."""
        self.panel.form.commit()
        self.panel.show_group(files, group)
        config = dataclasses.replace(self.form.config(), balance=balance)
        self.form.set_config(config)
        self._change(partial(work.balanced, config=config, files=files, group=group), self._all_files())

    def _options_changed(self, changes: Changes[TextConfig]) -> None:
        files = [source.file for source in self.table.selected()]
        self._change(lambda project: project.change_options(files, changes), files)

    def _rule_switched(self, name: str, on: bool) -> None:
        files = [source.file for source in self.table.selected()]
        self._change(lambda project: project.switch_rule(files, name, on), files)

    def _all_files(self) -> list[str]:
        return list(self.opened.snapshot.places) if self.opened else []

    def _change(self, change: Callable[[Project], None], files: Iterable[str]) -> None:
        """Settings are written down at once; these texts are to be prepared again."""
        if self.opened and not self._busy:
            self._current = None
            self.table.texts.make_stale(files)
            self.opened.change(partial(change, self.opened.project), failed=self.problem.emit)
            self._show_state()

    # --- what happens

    @property
    def _busy(self) -> bool:
        return self._starting or self.job is not None

    def _start(self, source: Callable[[Control], Iterator[Event]]) -> None:
        """One job at a time, and only when settings that it reads are written."""
        if self.opened and not self._busy:
            self.form.commit()
            self.panel.form.commit()
            self._failed, self._starting, self._left_out = False, True, LeftOut()
            self.card.show_start()
            self.opened.after_changes(partial(self._begin, self.opened, source))
            self._show_state()

    def _begin(self, opened: OpenProject, source: Callable[[Control], Iterator[Event]]) -> None:
        self._starting = False
        self.job = opened.jobs.start(
            lambda control: in_batches(source(control)), self.show_events, failed=self._fail, finished=self._finished
        )

    def show_events(self, happened: list[Event]) -> None:
        if self._added.is_copied:
            self.waiting.end_adding()
        read = [event for event in happened if isinstance(event, events.TextRead)]
        self.table.texts.take(read)
        progress = [event for event in happened if isinstance(event, events.Progressed)]
        once = [event for event in happened if not isinstance(event, events.Progressed | events.TextRead)]
        for event in [*progress[-1:], *read, *once]:
            self.show_event(event)

    def show_event(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self.card.show_progress(event)
            case events.TextRead():
                file = event.path.removeprefix("texts/")
                if not event.documents and (file in self._came or file in self._added.files):
                    self._left_out.add_unusable(event)
            case events.Prepared():
                self._current = event
                self.panel.statistics.show_prepared(event)
            case events.Warned():
                self._left_out.add(event)
            case _:
                raise AssertionError(event)

    def _fail(self, sentence: str, details: str) -> None:
        self._failed = True
        self.problem.emit(sentence, details)

    def _finished(self) -> None:
        assert self.opened
        self.job = None
        self.waiting.end_adding(is_cut_short=self.opened.jobs.stopping and not self._added.is_copied)
        if self._failed:
            self._to_choose = ""
        self._note_step()
        self._tell_added()
        self.pane.tell(self._steps[-1].in_words if self._steps else "")
        if sentence := self._left_out.sentence:
            self.problem.emit(sentence, self._left_out.details)
        self._listed = []  # and so it is, when the folder was looked at: twice would take twice as long
        self.opened.look()
        self._show_state()
        if self._current or not self._failed:
            self.prepared.emit(self._current)
        self._previewed = []  # it is shown anew when the folder was looked at: there may be a tokenizer now
        self.take_waiting()

    def _tell_added(self) -> None:
        """The first that is new is chosen once it is listed; where none is, it is said why nothing is to be seen."""
        came, self._added = self._added, work.Came()
        if came.new:
            self._to_choose, self._steps = came.new[0], list(without(self._steps, came.new))
        if came.in_words:
            self.said.emit(came.in_words)

    def _note_step(self) -> None:
        if self._came:
            self._steps.append(Step(tuple(self._came), pasted=True))
            self._to_choose = self._came[0]
        elif self._step and not self._failed:
            self._steps.append(self._step)
        elif self._undoing and not self._failed:
            self._steps.pop()
        self._step, self._came, self._undoing = None, [], False

    def _project_changed(self, found: ProjectSnapshot) -> None:
        self._coming = self._coming and self._busy
        self._show_page(found)
        # While a run trains, the folder is looked at often.
        if [found.sources, found.sizes, found.removed] != self._listed:
            self._show_snapshot(found)
        if [self.table.selected()[:1], found.prepare] != self._previewed:
            self._show_chosen()  # it may be read in another manner now

    def _show_page(self, found: ProjectSnapshot) -> None:
        """How far it is with the first texts is said where they will stand."""
        with self._focus.kept():
            self._pages.setCurrentIndex(int(bool(found.sources or found.removed or self._coming)))

    def _show_snapshot(self, found: ProjectSnapshot) -> None:
        self._listed = [found.sources, found.sizes, found.removed]
        self._show_page(found)
        self.pane.show_texts(found, self._current is not None)
        texts = self.table.texts
        told = found.grouped or texts.may_be_mostly_one()
        self._longest = longest(found.sources, texts.characters()) if told else None
        if self._to_choose in found.places:
            self.table.choose([self._to_choose])
            self._to_choose = ""
        self._show_state()

    def _show_state(self) -> None:
        busy, has_texts = self._busy, bool(self.opened and self.opened.snapshot.sources)
        panel, pane, were_prepared = self.panel, self.pane, self.table.texts.were_prepared
        self.card.show_state(busy=busy, done=self._current, has_texts=has_texts, were_prepared=were_prepared)
        with self._focus.kept():
            for part in (panel.form, panel.columns, panel.doctor.table, *pane.buttons, pane.note):
                part.setEnabled(not busy)
        self.card.balance.show_longest(self._longest, self.form.config().balance)
        self.pane.count_texts()

    def _show_chosen(self) -> None:
        chosen = self.table.selected()
        if chosen and self.opened:
            self._previewed = [chosen[:1], self.opened.snapshot.prepare]
            read = self.table.texts.read(chosen[0])
            self.panel.look(chosen, " ".join(read.warnings) if read and read.documents else "")
        elif not chosen:
            self._previewed = []
            self.panel.clear()

    def restyle(self) -> None:
        self.panel.restyle()
        self.table.restyle()
