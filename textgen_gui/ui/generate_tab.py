"""Writing with a model: prompt, a few sliders, and the text streaming in."""

import dataclasses
from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QScrollArea, QSplitter, QWidget

from ..engine import durable, events, schema
from ..engine.errors import EngineError
from ..engine.events import Event
from ..engine.project import Checkpoint, Project, Run
from ..engine.sampling import GenerateConfig
from . import parts
from .config_form import ConfigForm
from .copy_check import CopyCheck
from .job import Job

BEST = -1
SHOW_MS = 50  # text appears at most twenty times a second, however fast it is written


class GenerateTab(QWidget):
    """Signals: ``problem(sentence, details)``, ``said(words)``, ``busy_changed()``."""

    problem = Signal(str, str)
    said = Signal(str)
    busy_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.project: Project | None = None
        self.job: Job | None = None
        self._texts: dict[int, str] = {}
        self._done: list[events.TextGenerated] = []
        self._written_with: tuple[Checkpoint, str, GenerateConfig] | None = None
        self._waiting: list[str] = []
        self._index = 0
        self.setLayout(parts.column(self._split(), margin=2 * parts.GRID))
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._show_waiting)
        self._show_state()

    def _split(self) -> QSplitter:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._desk())
        split.addWidget(self._side())
        split.setSizes([780, 320])
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        return split

    def _desk(self) -> QWidget:
        self.prompt = QPlainTextEdit()
        self.prompt.setPlaceholderText(
            "Begin a sentence here, and the model goes on. Leave it empty to let it begin by itself."
        )
        self.prompt.setAccessibleName("Prompt")
        self.prompt.setToolTip("What the text begins with (Ctrl+Return writes)")
        self.prompt.setFont(parts.serif())
        self.prompt.setFixedHeight(104)
        self.prompt.setTabChangesFocus(True)
        self.prompt.document().setDocumentMargin(parts.GRID)
        self.page = QPlainTextEdit()
        self.page.setReadOnly(True)
        self.page.setAccessibleName("Generated text")
        self.page.setFont(parts.serif())
        self.page.document().setDocumentMargin(2 * parts.GRID)
        self.page.setPlaceholderText("Train a model first, or choose one on the right. What it writes appears here.")
        self.write_button = parts.button(
            "Write", "Goes on from the prompt (Ctrl+Return)", self.write, icon="generate", role="primary"
        )
        self.stop_button = parts.button("Stop", "Stops at once; what is written stays (Esc)", self.stop, icon="stop")
        self.copy_button = parts.button("Copy", "Copies what was written, with the prompt", self.copy, icon="copy")
        self.save_button = parts.button(
            "Save",
            "Keeps the text in the project's folder “generated”, with its settings at its head (Ctrl+S)",
            self.save,
            icon="save",
        )
        self.copies = CopyCheck(self.page)
        self.copies.problem.connect(self.problem)
        self.status = parts.label("", "muted")
        buttons = parts.row(self.write_button, self.stop_button, self.status, 1, self.copy_button, self.save_button)
        desk = parts.column(self.prompt, buttons, self.page, self.copies, margin=parts.GRID, gap=2 * parts.GRID)
        return parts.widget(desk)

    def _side(self) -> QWidget:
        self.run_box = QComboBox()
        self.run_box.setAccessibleName("Run")
        self.run_box.setToolTip("Which training the model comes from")
        self.run_box.currentIndexChanged.connect(self._list_checkpoints)
        self.checkpoint_box = QComboBox()
        self.checkpoint_box.setAccessibleName("Checkpoint")
        self.checkpoint_box.setToolTip(
            "Which moment of the training; the best is the one with the lowest held-out loss"
        )
        for box in (self.run_box, self.checkpoint_box):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        basic = ("temperature", "top_p", "max_new_tokens", "n")
        others = tuple(name for name in GenerateConfig.__dataclass_fields__ if name not in basic)
        self.form = ConfigForm(GenerateConfig(), leave_out=others, sliders=True)
        self.more_form = ConfigForm(GenerateConfig(), leave_out=basic, sliders=True)
        inside = parts.widget(
            parts.column(
                parts.label("Model", "heading"),
                self.run_box,
                self.checkpoint_box,
                parts.label("How to write", "heading"),
                self.form,
                parts.Fold("More", "Other ways to choose the next token, and the seed", self.more_form),
                1,
                margin=parts.GRID,
                gap=parts.GRID,
            )
        )
        inside.setObjectName("scrolled")
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        scroll.setMinimumWidth(288)
        return scroll

    # --- what the user does

    def open(self, project: Project) -> None:
        self.project = project
        self.page.clear()
        self._texts, self._done, self._written_with = {}, [], None
        self.list_runs()

    def choose(self, run: Run) -> None:
        self.list_runs()
        self.run_box.setCurrentIndex(max(0, self.run_box.findText(run.name)))
        self.prompt.setFocus()

    def config(self) -> GenerateConfig:
        basic = self.form.config()
        names = self.more_form.controls
        values = {name: getattr(self.more_form.config(), name) for name in names}
        config: GenerateConfig = dataclasses.replace(basic, **values)
        return config

    def write(self) -> None:
        chosen = self._chosen()
        if self.job or chosen is None:
            return
        prompt, config = parts.text_of(self.prompt), self.config()
        self._texts, self._done, self._waiting, self._index = {}, [], [], 0
        self._written_with = None
        self.page.setPlainText(prompt)
        self.page.moveCursor(QTextCursor.MoveOperation.End)
        self.status.setText("Loading the model …")
        self.job = Job(lambda stop: _generate(chosen, prompt, config, stop), self)
        self.job.happened.connect(self.show_event)
        self.job.failed.connect(self.problem)
        self.job.finished.connect(self._finished)
        self._asked = (prompt, config)
        self._timer.start(SHOW_MS)
        self._show_state()
        self.busy_changed.emit()
        self.job.start()

    def stop(self) -> None:
        if self.job:
            self.job.stop()

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(parts.text_of(self.page))
        self.said.emit("Copied.")

    def save(self) -> None:
        if not (self.project and self._done):
            return
        prompt, config = self._asked
        file = self.project.generated_file(prompt + self._done[0].text)
        try:
            with durable.refusals(file):
                file.parent.mkdir(exist_ok=True)
            durable.write_text(file, _with_head(self._model_name, prompt, config, self._done))
        except EngineError as problem:
            self.problem.emit(str(problem), "")
        else:
            self.said.emit(f"Saved as generated/{file.name}")

    # --- what happens

    def show_event(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self._model_name = event.stage
                self.status.setText("Writing …")
            case events.TextPiece():
                if event.index != self._index:  # several texts are written at once; the page shows them one by one
                    self._texts[event.index] = self._texts.get(event.index, "") + event.text
                else:
                    self._waiting.append(event.text)
            case events.TextGenerated():
                self._done.append(event)
                self._next_text(event)
            case _:
                raise AssertionError(event)

    def _next_text(self, event: events.TextGenerated) -> None:
        finished = {done.index for done in self._done}
        while self._index in finished:
            self._index += 1
            if self._index < self.config().n:
                self._waiting.append(f"\n\n———\n\n{self._asked[0]}" + self._texts.pop(self._index, ""))
        words = sum(len(done.text.split()) for done in self._done)
        speed = sum(done.tokens for done in self._done) / max(event.elapsed_s, 1e-3)
        self.status.setText(f"{words:,} words, {speed:,.0f} tokens/s, seed {event.seed}")

    def _show_waiting(self) -> None:
        if not self._waiting:
            return
        bar = self.page.verticalScrollBar()
        following = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self.page.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText("".join(self._waiting))
        self._waiting.clear()
        if following:
            bar.setValue(bar.maximum())

    def _finished(self) -> None:
        job, self.job = self.job, None
        if job:
            job.deleteLater()
        self._timer.stop()
        self._show_waiting()
        if not self._done:
            self.status.setText("")
        self._show_state()
        self.busy_changed.emit()

    def list_runs(self) -> None:
        """The runs that have a model, the newest first; keeps what is chosen."""
        if self.project is None:
            return
        before = self.run_box.currentText()
        runs = [run for run in reversed(self.project.runs()) if run.checkpoints()]
        self.run_box.blockSignals(True)
        self.run_box.clear()
        for run in runs:
            self.run_box.addItem(run.name, run)
        self.run_box.setCurrentIndex(max(0, self.run_box.findText(before)))
        self.run_box.blockSignals(False)
        self._list_checkpoints()
        self._show_state()

    def _list_checkpoints(self) -> None:
        before = self.checkpoint_box.currentData()
        self.checkpoint_box.clear()
        run = self.run_box.currentData()
        if run is None:
            return
        self.checkpoint_box.addItem("The best so far", BEST)
        for checkpoint in reversed(run.checkpoints()):
            self.checkpoint_box.addItem(f"Step {checkpoint.step:,}", checkpoint.step)
        self.checkpoint_box.setCurrentIndex(max(0, self.checkpoint_box.findData(before)))

    def _chosen(self) -> Run | Checkpoint | None:
        run, step = self.run_box.currentData(), self.checkpoint_box.currentData()
        if run is None or step is None:
            return None
        return run if step == BEST else run.checkpoint(step)

    def _show_state(self) -> None:
        busy = self.job is not None
        self.write_button.setEnabled(not busy and self.run_box.count() > 0)
        self.stop_button.setVisible(busy)
        self.copy_button.setEnabled(bool(self._done) and not busy)
        self.save_button.setEnabled(bool(self._done) and not busy)
        self.copies.run = self.run_box.currentData()
        self.copies.setVisible(bool(self._done) and not busy)
        if not self.run_box.count():
            self.status.setText("No model yet. Train one first.")

    def restyle(self) -> None:
        pass

    def stop_for_closing(self) -> None:
        self.copies.stop_for_closing()
        if self.job:
            self.job.stop()
            self.job.wait()


def _with_head(model: str, prompt: str, config: GenerateConfig, done: list[events.TextGenerated]) -> str:
    """The texts with what they were made with at their head, as TOML comments anyone can read."""
    lines = [f"model = {schema.toml_value(model)}", f"prompt = {schema.toml_value(prompt)}"]
    lines += [
        f"{name} = {schema.toml_value(done[0].seed if name == 'seed' else getattr(config, name))}"
        for name in GenerateConfig.__dataclass_fields__
    ]
    texts = "\n\n———\n\n".join(prompt + text.text for text in sorted(done, key=lambda text: text.index))
    return "---\n" + "\n".join(lines) + "\n---\n\n" + texts + "\n"


def _generate(
    chosen: Run | Checkpoint, prompt: str, config: GenerateConfig, stop: Callable[[], bool]
) -> Iterator[Event]:
    from ..engine import device
    from ..engine.checkpoint import good
    from ..engine.generate import generate

    device.use_one_thread()
    checkpoint = good(chosen)
    run = checkpoint.run
    yield events.Progressed(f"{run.name if run else ''} step {checkpoint.step}", 0, 0, 0)
    yield from generate(checkpoint.folder, prompt, config, stop)
