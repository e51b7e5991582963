"""Many texts from one prompt: the bad ones are put aside, the good ones kept or rejected by a key."""

import dataclasses
import functools
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ...engine.core import events
from ...engine.core.errors import EngineError
from ...engine.core.events import Event
from ...engine.core.generation_config import GenerateConfig
from ...engine.core.project import Checkpoint, Project, Run
from ...words import time_in_words
from ..parts import widgets
from ..parts.job_runner import Job
from .editor import Editor
from .how_to_write import HowToWrite
from .model_choice import ModelChoice

WAITING, KEPT, REJECTED = "", "kept", "rejected"
signs = {WAITING: "   ", KEPT: "✓ ", REJECTED: "✗ "}
kinds = {"Text": "txt", "Markdown": "md", "Word": "docx", "Table": "csv", "JSON lines": "jsonl"}


@dataclasses.dataclass(slots=True)
class Text:
    event: events.TextGenerated
    reason: str = ""  # what is to be said against it
    choice: str = WAITING


class Tray(QWidget):
    """Signals: ``problem(sentence, details)``, ``said(words)``, ``busy_changed()``, ``texts_asked(paths)``: add these
    to the project.
    """

    problem = Signal(str, str)
    said = Signal(str)
    busy_changed = Signal()
    texts_asked = Signal(object)

    def __init__(self, model: ModelChoice, how: HowToWrite) -> None:
        super().__init__()
        self.model, self.how = model, how
        self.project: Project | None = None
        self.job: Job | None = None
        self.saving: Job | None = None
        self.texts: dict[int, Text] = {}
        self._asked: tuple[str, GenerateConfig] = ("", GenerateConfig())
        self._writer: events.ModelChosen | None = None
        self._unsaved = False  # kept by key, but not yet in a file
        self._started = 0.0
        self._learn_from: Path | None = None
        self.setLayout(self._build())
        self._keys = {Qt.Key.Key_K: self.keep, Qt.Key.Key_X: self.reject, Qt.Key.Key_Delete: self.reject}
        self.list.installEventFilter(self)
        self.show_state()

    def _build(self) -> QVBoxLayout:
        self.prompt = QPlainTextEdit()
        self.prompt.setPlaceholderText("How each text begins. Leave it empty to let the model begin by itself.")
        self.prompt.setAccessibleName("Prompt for many texts")
        self.prompt.setToolTip("Every text goes on from here (Ctrl+Return writes)")
        self.prompt.setFont(widgets.serif())
        self.prompt.setFixedHeight(72)
        self.prompt.setTabChangesFocus(True)
        self.prompt.document().setDocumentMargin(widgets.GRID)
        self.count = QSpinBox()
        self.count.setRange(1, 1000)
        self.count.setValue(20)
        self.count.setSuffix(" texts")
        self.count.setAccessibleName("Number of texts")
        self.count.setToolTip("How many texts to write from this prompt (1 to 1,000)")
        self.write_button = widgets.button(
            "Write them",
            "Writes all of them, many side by side (Ctrl+Return)",
            self.write,
            icon="generate",
            role="primary",
        )
        self.stop_button = widgets.button("Stop", "Stops at once; finished texts stay (Esc)", self.stop, icon="stop")
        self.filtered = QCheckBox("Put aside empty, repeating and copied ones")
        self.filtered.setChecked(True)
        self.filtered.setToolTip(
            "Copied: half of the words stand word for word in your texts. Repeating: goes round in circles"
        )
        self.filtered.toggled.connect(self._show_list)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of writing")
        self.status = widgets.label("", "muted")
        self.list = QListWidget()
        self.list.setAccessibleName("Written texts")
        self.list.setToolTip("Arrow keys go through the texts, K keeps one, X rejects it")
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._show_text)
        self.page = Editor()
        self.page.setReadOnly(True)
        self.page.setAccessibleName("The chosen text")
        self.page.setPlaceholderText("Write many texts at once, then go through them: K keeps one, X rejects it.")
        self.keep_button = widgets.button("Keep", "Keep this text and go to the next (K)", self.keep, icon="save")
        self.reject_button = widgets.button(
            "Reject", "Put this text aside and go to the next (X)", self.reject, icon="close"
        )
        self.all_button = widgets.button("Keep all", "Keep every text that is not rejected", self.keep_all)
        self.export_button = QPushButton("Kept texts")
        self.export_button.setToolTip("What to do with the texts that you kept")
        widgets.tint(self.export_button, "down", "text")
        menu = QMenu(self.export_button)
        menu.addAction("Keep in the project, with receipts", self.save)
        for name, ending in kinds.items():
            menu.addAction(f"Export as {name} (.{ending}) …", functools.partial(self._export, ending))
        menu.addAction("Train on what I kept", self.train_on_kept)
        self.export_button.setMenu(menu)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.list)
        split.addWidget(self.page)
        split.setSizes([240, 480])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        above = widgets.row(self.write_button, self.stop_button, self.count, self.filtered, 1)
        below = widgets.row(self.keep_button, self.reject_button, self.all_button, self.status, 1, self.export_button)
        layout = widgets.column(self.prompt, above, self.bar, split, below)
        layout.setStretch(3, 1)
        layout.setContentsMargins(widgets.GRID, 2 * widgets.GRID, widgets.GRID, widgets.GRID)
        return layout

    # --- what the user does

    def open(self, project: Project) -> None:
        self.project, self.texts = project, {}
        self._show_list()

    def write(self) -> None:
        chosen, project = self.model.chosen(), self.project
        if self.job or chosen is None or project is None:
            return
        if self._unsaved:
            self.save()
        prompt = widgets.text_of(self.prompt)
        config = dataclasses.replace(self.how.config(), n=self.count.value())
        self._asked, self.texts, self._started = (prompt, config), {}, time.monotonic()
        self._show_list()
        self.bar.setRange(0, config.n)
        self.bar.setValue(0)
        self.status.setText("Loading the model …")
        self.job = Job(lambda stop: _write_many(project, chosen, prompt, config, stop), self)
        self.job.happened.connect(self.show_event)
        self.job.failed.connect(self.problem)
        self.job.finished.connect(self._finished)
        self.show_state()
        self.busy_changed.emit()
        self.job.start()

    def stop(self) -> None:
        if self.job:
            self.job.stop()

    def keep(self) -> None:
        self._choose(KEPT)

    def reject(self) -> None:
        self._choose(REJECTED)

    def keep_all(self) -> None:
        self._unsaved = True
        for row in range(self.list.count()):
            item = self.list.item(row)
            text = self._text(item)
            if text.choice == WAITING:
                text.choice = KEPT
                self._name(item)
        self._say_how_many()

    def _choose(self, choice: str) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        text = self._text(item)
        text.choice = WAITING if text.choice == choice else choice
        self._unsaved = True
        self._name(item)
        if text.choice:
            self.list.setCurrentRow(min(self.list.currentRow() + 1, self.list.count() - 1))
        self._say_how_many()

    def kept(self) -> list[events.TextGenerated]:
        return [self.texts[index].event for index in sorted(self.texts) if self.texts[index].choice == KEPT]

    def _whole(self) -> list[str]:
        return [self._asked[0] + event.text for event in self.kept()]

    def _export(self, ending: str) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export the kept texts", f"texts.{ending}", f"*.{ending}")
        if name:
            self.export(Path(name if name.endswith(f".{ending}") else f"{name}.{ending}"))

    def export(self, path: Path) -> None:
        texts = self._whole()
        self._save(lambda stop: _export(texts, path))

    def save(self) -> None:
        """A receipt for each kept text, in one file."""
        self._save(self._keeping())

    def keep_rest(self) -> None:
        """At once, before closing: what was kept by key and stands in no file. Raises EngineError."""
        if self._unsaved and self.kept():
            deque(self._keeping()(lambda: False), maxlen=0)
            self._unsaved = False

    def _keeping(self) -> Callable[[Callable[[], bool]], Iterator[Event]]:
        project, model, (prompt, config), kept = self.project, self._writer, self._asked, self.kept()
        return lambda stop: _keep(project, model, prompt, config, kept) if project and model else iter(())

    def train_on_kept(self) -> None:
        """The kept texts become a text of the project, each of them a document."""
        if self.project and self.kept():
            path = self.project.generated_folder / f"kept {time.strftime('%Y-%m-%d %H.%M.%S')}.jsonl"
            self.export(path)
            self._learn_from = path

    def _save(self, work: Callable[[Callable[[], bool]], Iterator[Event]]) -> None:
        if self.saving or not self.kept():
            return
        self._learn_from = None
        self.saving = Job(work, self)
        self.saving.happened.connect(self._saved_event)
        self.saving.failed.connect(self._not_saved)
        self.saving.finished.connect(self._saved)
        self.saving.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if watched is self.list and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            do = self._keys.get(Qt.Key(event.key()))
            if do and not event.modifiers():
                do()
                return True
        return super().eventFilter(watched, event)

    # --- what happens

    def show_event(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self.status.setText(f"{event.stage} …")
            case events.ModelChosen():
                self._writer = event
            case events.Warned():
                self.said.emit(event.message)
            case events.TextGenerated():
                self.texts[event.index] = Text(event)
            case events.TextJudged():
                self.texts[event.index].reason = event.reason
                if not (self.filtered.isChecked() and event.reason):
                    self._add(self.texts[event.index])
                self._say_progress()
            case _:
                pass  # the texts are shown whole

    def _say_progress(self) -> None:
        done, total = len(self.texts), self._asked[1].n
        self.bar.setValue(done)
        left_s = (time.monotonic() - self._started) / done * (total - done)
        self.status.setText(f"{done:,} of {total:,}, {time_in_words(left_s)} left")

    def _say_how_many(self) -> None:
        reasons = Counter(text.reason for text in self.texts.values() if text.reason)
        aside = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
        put = f"; put aside: {aside}" if aside and self.filtered.isChecked() else ""
        self.status.setText(f"{len(self.texts):,} texts, {len(self.kept()):,} kept{put}" if self.texts else "")
        self.show_state()

    def _show_list(self) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
        self.page.clear()
        for index in sorted(self.texts):
            if not (self.filtered.isChecked() and self.texts[index].reason):
                self._add(self.texts[index])
        self._say_how_many()

    def _add(self, text: Text) -> None:
        item = QListWidgetItem()
        item.setData(Qt.ItemDataRole.UserRole, text.event.index)
        self.list.addItem(item)
        self._name(item)
        if self.list.count() == 1:
            self.list.setCurrentRow(0)

    def _name(self, item: QListWidgetItem) -> None:
        text = self._text(item)
        words = " ".join(text.event.text[:120].split())
        item.setText(f"{signs[text.choice]}{words or '(empty)'}")
        item.setToolTip(f"{len(text.event.text.split()):,} words{', ' + text.reason if text.reason else ''}")

    def _text(self, item: QListWidgetItem) -> Text:
        return self.texts[item.data(Qt.ItemDataRole.UserRole)]

    def _show_text(self, row: int) -> None:
        item = self.list.item(row)
        if item:
            self.page.setPlainText(self._asked[0] + self._text(item).event.text)
        self.show_state()

    def _finished(self) -> None:
        job, self.job = self.job, None
        if job:
            job.deleteLater()
        self._say_how_many()
        self.busy_changed.emit()

    def _saved_event(self, event: Event) -> None:
        assert isinstance(event, events.TextKept)
        self._unsaved = False
        self.said.emit(f"Kept as {event.file}. {event.note}")

    def _not_saved(self, sentence: str, details: str) -> None:
        self._learn_from = None
        self.problem.emit(sentence, details)

    def _saved(self) -> None:
        job, self.saving = self.saving, None
        if job:
            job.deleteLater()
        if self._learn_from:
            self.texts_asked.emit([self._learn_from])

    def show_state(self) -> None:
        busy, there = self.job is not None, self.model.chosen() is not None
        self.write_button.setEnabled(not busy and there)
        self.stop_button.setVisible(busy)
        self.bar.setVisible(busy)
        chosen = self.list.currentItem() is not None
        for button in (self.keep_button, self.reject_button, self.all_button):
            button.setEnabled(chosen)
        self.export_button.setEnabled(bool(self.kept()) and not busy)

    def stop_for_closing(self) -> None:
        for job in (self.job, self.saving):
            if job:
                job.stop()
                job.wait()


def _write_many(
    project: Project, chosen: Run | Checkpoint, prompt: str, config: GenerateConfig, stop: Callable[[], bool]
) -> Iterator[Event]:
    from ...engine.models.checkpoint import good
    from ...engine.runtime import device
    from ...engine.text.dataset import Prepared
    from ...engine.writing import receipt
    from ...engine.writing.export import judged
    from ...engine.writing.generate import generate

    device.use_one_thread()
    checkpoint = good(chosen)
    yield receipt.chosen(project, checkpoint)
    run = checkpoint.run
    prepared = None
    if run:
        try:
            prepared = Prepared.load(run.project.prepared_folder / run.config().prepared)
        except EngineError as problem:
            yield events.Warned(f"Copies are not looked for: {problem}")
    for event in judged(generate(checkpoint.folder, prompt, config, stop), prompt, prepared, stop):
        if not isinstance(event, events.TextPiece):
            yield event


def _keep(
    project: Project,
    model: events.ModelChosen,
    prompt: str,
    config: GenerateConfig,
    kept: list[events.TextGenerated],
) -> Iterator[Event]:
    from ...engine.runtime import device
    from ...engine.writing import receipt

    device.use_one_thread()
    written = [
        receipt.Written(prompt, dataclasses.replace(config, seed=text.seed), text.index, model, text.text)
        for text in kept
    ]
    body = "\n\n———\n\n".join(prompt + text.text for text in kept)
    yield receipt.keep(project, written, body)


def _export(texts: list[str], path: Path) -> Iterator[Event]:
    from ...engine.core import atomic_io
    from ...engine.writing.export import export

    with atomic_io.refusals(path):
        path.parent.mkdir(exist_ok=True)
    export(texts, path)
    yield events.TextKept(str(path))
