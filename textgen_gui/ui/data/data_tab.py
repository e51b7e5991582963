"""Texts in, token files out: drop, look, prepare."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QLabel, QProgressBar, QSplitter, QStackedWidget, QWidget

from ... import Project
from ...engine.core import events
from ...engine.core.config import CleanConfig, PrepareConfig, TextConfig
from ...engine.core.control import Control
from ...engine.core.events import Event
from ...engine.core.project import text_formats
from ...engine.core.snapshot import ProjectSnapshot
from ...words import time_in_words
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .text_list import TextList
from .text_panel import TextPanel


class DataTab(QWidget):
    """Signals: ``prepared(events.Prepared | None)``, ``problem(sentence, details)``."""

    prepared = Signal(object)
    problem = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self._starting = False  # a job waits until settings are written
        self._read: dict[str, events.TextRead] = {}
        self._current: events.Prepared | None = None
        self._failed = False
        self._listed: list[object] = []
        self._previewed: list[object] = []  # the first chosen text and the settings with which it was read
        self._to_add: list[Path] = []
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._full_page())
        self.setLayout(widgets.column(self._pages, margin=3 * widgets.GRID))
        delete = QShortcut(QKeySequence.StandardKey.Delete, self.table, self.remove_selected)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)  # not wherever else the focus is

    def _empty_page(self) -> QWidget:
        self.drop = widgets.card(
            widgets.column(
                1,
                _centred(widgets.label("Drop your texts here", "title")),
                _centred(
                    widgets.label(
                        "Plain text, Word, OpenDocument, EPUB, PDF, web pages, tables, or whole folders of them.\n"
                        "They are copied into the project; your own files are never changed.",
                        "muted",
                    )
                ),
                widgets.row(1, *self._add_buttons(primary=True), 1, gap=2 * widgets.GRID),
                1,
                gap=2 * widgets.GRID,
            ),
            "drop",
        )
        return self.drop

    def _add_buttons(self, primary: bool) -> Iterable[QWidget]:
        tip = "Copies text files into the project"
        yield widgets.button("Add files…", tip, self.choose_files, icon="add", role="primary" if primary else "")
        yield widgets.button("Add folder…", "Copies all text files of a folder", self.choose_folder, icon="folder")

    def _full_page(self) -> QWidget:
        self.table = TextList()
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.remove = widgets.button(
            "Remove",
            "Takes the selected texts out of the project; your own files stay",
            self.remove_selected,
            icon="remove",
        )
        self.panel = TextPanel()
        self.panel.problem.connect(self.problem)
        self.panel.options_changed.connect(self._options_changed)
        self.panel.clean_changed.connect(self._clean_changed)
        self.preview = self.panel.preview
        splitter = QSplitter(Qt.Orientation.Horizontal)
        left = widgets.column(self.table, widgets.row(*self._add_buttons(primary=False), self.remove, 1))
        splitter.addWidget(widgets.widget(left))
        splitter.addWidget(widgets.card(widgets.column(self.panel, margin=widgets.GRID)))
        splitter.setSizes([620, 480])
        splitter.setHandleWidth(2 * widgets.GRID)
        splitter.setChildrenCollapsible(False)
        page = widgets.column(splitter, self._prepare_card(), gap=2 * widgets.GRID)
        page.setStretch(0, 1)
        return widgets.widget(page)

    def _prepare_card(self) -> QWidget:
        self.status = widgets.label(wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of preparing")
        self.prepare_button = widgets.button(
            "Prepare", "Turns the texts into tokens that a model can learn from (Ctrl+R)", self.prepare, role="primary"
        )
        self.cancel_button = widgets.button("Cancel", "Stops preparing; nothing is changed (Esc)", self.cancel)
        self.form = ConfigForm(PrepareConfig(), leave_out=["clean"])
        self.form.changed.connect(self._settings_changed)
        fold = widgets.Fold("Advanced", "How texts become tokens; the defaults suit most", self.form)
        words = widgets.widget(widgets.column(self.status, self.progress))
        line = widgets.row(words, self.cancel_button, self.prepare_button, gap=2 * widgets.GRID)
        line.setStretch(0, 1)
        return widgets.card(widgets.column(line, fold, margin=2 * widgets.GRID))

    # --- what the user does

    def open(self, opened: OpenProject) -> None:
        self.opened, self.job, self._starting, self._current = opened, None, False, None
        self._read.clear()
        self._to_add.clear()
        opened.changed.connect(self._project_changed)
        self.form.set_config(opened.snapshot.prepare)
        self.panel.open(opened)
        self._show_snapshot(opened.snapshot)
        self._start(lambda control: opened.project.look())

    def choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, "Add texts", "", f"Texts ({' '.join(f'*{ending}' for ending in text_formats)} *.gz);;All files (*)"
        )
        self.add([Path(name) for name in names])

    def choose_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Add a folder of texts"):
            self.add([Path(name)])

    def add(self, paths: list[Path]) -> None:
        """Copies texts in; while other work is underway they wait for its end."""
        self._to_add += paths
        if self._to_add and self.opened and not self._busy and not self.opened.jobs.stopping:
            taken, self._to_add = self._to_add, []
            self._current = None
            self._start(partial(self.opened.project.adding, taken))

    def remove_selected(self) -> None:
        if self.opened and not self._busy:
            project, sources = self.opened.project, self.table.selected()

            def remove(control: Control) -> Iterator[Event]:
                project.remove_texts(sources)
                yield from project.look()

            for source in sources:
                self._read.pop(f"texts/{source.file}", None)
            self._current = None
            self._start(remove)

    def prepare(self) -> None:
        if self.opened and not self._busy and self.opened.snapshot.sources:
            self._start(partial(_prepared, self.opened.project))

    def cancel(self) -> None:
        if self.job:
            self.status.setText("Stopping …")
            self.job.stop()

    def _settings_changed(self) -> None:
        config = self.form.config()
        self._change(lambda project: project.set_prepare_config(config))

    def _clean_changed(self, clean: CleanConfig) -> None:
        config = dataclasses.replace(self.form.config(), clean=clean)
        self.form.set_config(config)
        self._change(lambda project: project.set_prepare_config(config))

    def _options_changed(self, options: TextConfig) -> None:
        files = [source.file for source in self.table.selected()]
        self._change(lambda project: project.set_options(files, options))

    def _change(self, change: Callable[[Project], None]) -> None:
        """Settings are written down at once; the texts are to be prepared again."""
        if self.opened and not self._busy:
            self._current = None
            self.opened.change(partial(change, self.opened.project), failed=self.problem.emit)
            self._show_state()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        if self.opened and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._mark_drop(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        self._mark_drop(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        self._mark_drop(False)
        event.acceptProposedAction()
        self.add([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def _mark_drop(self, over: bool) -> None:
        self.drop.setProperty("over", over)
        self.drop.style().unpolish(self.drop)
        self.drop.style().polish(self.drop)

    # --- what happens

    @property
    def _busy(self) -> bool:
        return self._starting or self.job is not None

    def _start(self, source: Callable[[Control], Iterator[Event]]) -> None:
        """One job at a time, and only when settings that it reads are written."""
        if self.opened and not self._busy:
            self._failed, self._starting = False, True
            self.opened.after_changes(partial(self._begin, self.opened, source))
            self._show_state()

    def _begin(self, opened: OpenProject, source: Callable[[Control], Iterator[Event]]) -> None:
        self._starting = False
        self.job = opened.jobs.start(source, self.show_event, failed=self._fail, finished=self._finished)

    def show_event(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self._show_progress(event)
            case events.TextRead():
                self._read[event.path] = event
            case events.Prepared():
                self._current = event
                self.panel.statistics.show_prepared(event)
            case events.Warned():
                self.problem.emit(event.message, "")
            case _:
                raise AssertionError(event)

    def _show_progress(self, event: events.Progressed) -> None:
        self.progress.setRange(0, 1000 if event.total else 0)
        self.progress.setValue(1000 * event.done // event.total if event.total else 0)
        left = event.elapsed_s * (event.total - event.done) / event.done if event.done and event.elapsed_s > 1 else 0
        self.status.setText(f"{event.stage} …" + (f" {time_in_words(left)} left" if left else ""))

    def _fail(self, sentence: str, details: str) -> None:
        self._failed = True
        self.problem.emit(sentence, details)

    def _finished(self) -> None:
        assert self.opened
        self.job = None
        self.opened.look()
        self._show_snapshot(self.opened.snapshot)
        self._show_state()
        if self._current or not self._failed:
            self.prepared.emit(self._current)
        self._show_chosen()  # there may be a tokenizer now
        self.add([])

    def _project_changed(self, found: ProjectSnapshot) -> None:
        if [found.sources, found.sizes] != self._listed:  # while a run trains, the folder is looked at often
            self._show_snapshot(found)
        if [self.table.selected()[:1], found.prepare] != self._previewed:
            self._show_chosen()  # it may be read in another manner now

    def _show_snapshot(self, found: ProjectSnapshot) -> None:
        self._listed = [found.sources, found.sizes]
        self._pages.setCurrentIndex(1 if found.sources else 0)
        self.table.show_texts(found, self._read, self._current is not None)

    def _show_state(self) -> None:
        busy = self._busy
        self.progress.setVisible(busy)
        self.cancel_button.setVisible(busy)
        self.prepare_button.setEnabled(not busy and self._current is None)
        for part in (self.form, self.panel.form, self.panel.doctor.table):
            part.setEnabled(not busy)
        self.remove.setEnabled(not busy)
        if busy:
            self.progress.setRange(0, 0)
        elif self._current:
            done = self._current
            self.status.setText(
                f"Up to date: {done.tokens + done.heldout_tokens:,} tokens of {done.vocabulary:,} kinds, "
                f"{done.heldout_tokens:,} of them held out. Next: Train."
            )
        elif self._read:
            self.status.setText("The texts or settings have changed since they were prepared.")
        else:
            self.status.setText("Press Prepare: the texts become tokens, the small pieces a model reads.")

    def _show_chosen(self) -> None:
        chosen = self.table.selected()
        if chosen and self.opened:
            self._previewed = [chosen[:1], self.opened.snapshot.prepare]
            read = self._read.get(f"texts/{chosen[0].file}")
            self.panel.look(chosen, " ".join(read.warnings) if read and read.documents else "")

    def restyle(self) -> None:
        self.panel.restyle()


def _centred(label: QLabel) -> QLabel:
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


def _prepared(project: Project, control: Control) -> Iterator[Event]:
    yield from project.preparing(control)
    yield from project.look()  # now each text knows its tokens
