"""Texts in, token files out: drop, look, prepare."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHeaderView,
    QLabel,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from ..engine import events
from ..engine.config import PrepareConfig
from ..engine.events import Event
from ..engine.project import Project, Source
from ..words import bytes_in_words, time_in_words
from . import parts
from .config_form import ConfigForm
from .job import Job
from .preview import Preview

columns = (
    ("Text", "The file's name in the project"),
    ("Size", "How large the file is"),
    ("Encoding", "How its bytes stand for letters"),
    ("Documents", "How many separate documents it holds"),
    ("Tokens", "How many tokens the tokenizer makes of it; a token is a few letters"),
    ("State", "Whether it is part of what a model would learn from now"),
)


class DataTab(QWidget):
    """Signals: ``prepared(events.Prepared | None)``, ``problem(sentence, details)``, ``busy_changed()``."""

    prepared = Signal(object)
    problem = Signal(str, str)
    busy_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.project: Project | None = None
        self.job: Job | None = None
        self._read: dict[str, events.TextRead] = {}
        self._current: events.Prepared | None = None
        self._failed = False
        self._to_add: list[Path] = []
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._full_page())
        self.setLayout(parts.column(self._pages, margin=3 * parts.GRID))
        QShortcut(QKeySequence.StandardKey.Delete, self.table, self.remove_selected)

    def _empty_page(self) -> QWidget:
        self.drop = parts.card(
            parts.column(
                1,
                _centred(parts.label("Drop your texts here", "title")),
                _centred(
                    parts.label(
                        "Plain text and Markdown files, or whole folders of them.\n"
                        "They are copied into the project; your own files are never changed.",
                        "muted",
                    )
                ),
                parts.row(1, *self._add_buttons(primary=True), 1, gap=2 * parts.GRID),
                1,
                gap=2 * parts.GRID,
            ),
            "drop",
        )
        return self.drop

    def _add_buttons(self, primary: bool) -> Iterable[QWidget]:
        tip = "Copies text files into the project"
        yield parts.button("Add files…", tip, self.choose_files, icon="add", role="primary" if primary else "")
        yield parts.button("Add folder…", "Copies all text files of a folder", self.choose_folder, icon="folder")

    def _full_page(self) -> QWidget:
        self.table = QTableWidget(0, len(columns))
        self.table.setAccessibleName("Texts of this project")
        for number, (name, tip) in enumerate(columns):
            item = QTableWidgetItem(name)
            item.setToolTip(tip)
            self.table.setHorizontalHeaderItem(number, item)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.itemSelectionChanged.connect(self._show_preview)
        self.remove = parts.button(
            "Remove",
            "Takes the selected texts out of the project; your own files stay",
            self.remove_selected,
            icon="remove",
        )
        self.preview = Preview()
        self.preview.problem.connect(self.problem)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        left = parts.column(self.table, parts.row(*self._add_buttons(primary=False), self.remove, 1))
        splitter.addWidget(parts.widget(left))
        splitter.addWidget(self.preview)
        splitter.setSizes([640, 440])
        splitter.setHandleWidth(2 * parts.GRID)
        splitter.setChildrenCollapsible(False)
        page = parts.column(splitter, self._prepare_card(), gap=2 * parts.GRID)
        page.setStretch(0, 1)
        return parts.widget(page)

    def _prepare_card(self) -> QWidget:
        self.status = parts.label(wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of preparing")
        self.prepare_button = parts.button(
            "Prepare", "Turns the texts into tokens that a model can learn from (Ctrl+R)", self.prepare, role="primary"
        )
        self.cancel_button = parts.button("Cancel", "Stops preparing; nothing is changed (Esc)", self.cancel)
        self.form = ConfigForm(PrepareConfig())
        self.form.changed.connect(self._settings_changed)
        fold = parts.Fold("Advanced", "How texts become tokens; the defaults suit most", self.form)
        words = parts.widget(parts.column(self.status, self.progress))
        line = parts.row(words, self.cancel_button, self.prepare_button, gap=2 * parts.GRID)
        line.setStretch(0, 1)
        return parts.card(parts.column(line, fold, margin=2 * parts.GRID))

    # --- what the user does

    def open(self, project: Project) -> None:
        self.project = project
        self._read.clear()
        self._to_add.clear()
        self._current = None
        self.form.set_config(project.prepare_config())
        self._look()

    def choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, "Add texts", "", "Texts (*.txt *.text *.md *.markdown);;All files (*)"
        )
        self.add([Path(name) for name in names])

    def choose_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Add a folder of texts"):
            self.add([Path(name)])

    def add(self, paths: list[Path]) -> None:
        """Copies texts in; while other work is underway they wait for its end."""
        self._to_add += paths
        if self._to_add and self.project and not self.job:
            project, taken, self._to_add = self.project, self._to_add, []
            self._current = None
            self._start(lambda stop: project.add_texts(taken, stop))

    def remove_selected(self) -> None:
        if self.project and not self.job:
            for source in self._selected():
                self.project.remove_text(source)
                self._read.pop(f"texts/{source.file}", None)
            self._current = None
            self._look()

    def prepare(self) -> None:
        if self.project and not self.job and self.project.sources():
            project = self.project
            self._start(lambda stop: _prepare(project, stop))

    def cancel(self) -> None:
        if self.job:
            self.status.setText("Stopping …")
            self.job.stop()

    def _settings_changed(self) -> None:
        if self.project and not self.job:
            self.project.set_prepare_config(self.form.config())
            self._current = None
            self._show_state()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        if self.project and any(url.isLocalFile() for url in event.mimeData().urls()):
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

    def _look(self) -> None:
        project = self.project
        assert project is not None
        self._show_table()
        self._start(lambda stop: _look(project))

    def _start(self, source: Callable[[Callable[[], bool]], Iterator[Event]]) -> None:
        if self.job:
            return
        self._failed = False
        self.job = Job(source, self)
        self.job.happened.connect(self.show_event)
        self.job.failed.connect(self._fail)
        self.job.finished.connect(self._finished)
        self.busy_changed.emit()
        self._show_state()
        self.job.start()

    def show_event(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self._show_progress(event)
            case events.TextRead():
                self._read[event.path] = event
            case events.Prepared():
                self._current = event
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
        job, self.job = self.job, None
        if job:
            job.deleteLater()
        self._show_table()
        self._show_state()
        self.busy_changed.emit()
        if self._current or not self._failed:
            self.prepared.emit(self._current)
        self._show_preview()  # there may be a tokenizer now
        self.add([])

    def _show_table(self) -> None:
        assert self.project is not None
        sources = self.project.sources()
        self._pages.setCurrentIndex(1 if sources else 0)
        chosen = self.table.currentRow()
        self.table.setRowCount(len(sources))
        for number, source in enumerate(sources):
            for place, cell in enumerate(self._cells(source)):
                self.table.setItem(number, place, cell)
        if sources and not self._selected():
            self.table.selectRow(max(0, min(chosen, len(sources) - 1)))

    def _cells(self, source: Source) -> Iterator[QTableWidgetItem]:
        assert self.project is not None
        path, read = self.project.text_file(source), self._read.get(f"texts/{source.file}")
        size = path.stat().st_size if path.exists() else 0
        usable = read is not None and read.documents > 0
        for place, words in enumerate(
            (
                source.file,
                bytes_in_words(size),
                read.encoding if read and usable else "–",
                f"{read.documents:,}" if read and usable else "–",
                f"{read.tokens:,}" if read and read.tokens else "–",
                self._state(read),
            )
        ):
            cell = QTableWidgetItem(words)
            cell.setToolTip(" ".join(read.warnings) if read and read.warnings else source.origin)
            if place == 0:
                cell.setData(Qt.ItemDataRole.UserRole, source)
            yield cell

    def _state(self, read: events.TextRead | None) -> str:
        if read is None:
            return "New"
        if not read.documents:
            return "Left out: " + " ".join(read.warnings)
        if self._current is None:
            return "Not prepared"
        return "Ready, see note" if read.warnings else "Ready"

    def _show_state(self) -> None:
        busy = self.job is not None
        self.progress.setVisible(busy)
        self.cancel_button.setVisible(busy)
        self.prepare_button.setEnabled(not busy and self._current is None)
        self.form.setEnabled(not busy)
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

    def _selected(self) -> list[Source]:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        cells = (self.table.item(number, 0) for number in rows)
        return [cell.data(Qt.ItemDataRole.UserRole) for cell in cells if cell]

    def _show_preview(self) -> None:
        chosen = self._selected()
        if self.project and chosen:
            self.preview.look(self.project, chosen[0])

    def restyle(self) -> None:
        self.preview.restyle()

    def stop_for_closing(self) -> None:
        for job in (self.job, self.preview.job):
            if job:
                job.stop()
                job.wait()


def _centred(label: QLabel) -> QLabel:
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


# The engine's heavy modules are imported on the job's thread, so that the window is there at once.


def _look(project: Project) -> Iterator[Event]:
    from ..engine.prepare import look

    yield from look(project)


def _prepare(project: Project, stop: Callable[[], bool]) -> Iterator[Event]:
    from ..engine.prepare import look, prepare

    yield from prepare(project, stop)
    yield from look(project)  # now each text knows its tokens
