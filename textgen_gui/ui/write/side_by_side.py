"""The same prompt and seed beside each other: two models, or one at several temperatures."""

import dataclasses
from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QSplitter, QWidget

from ...engine.core import events
from ...engine.core.errors import EngineError
from ...engine.core.events import Event
from ...engine.core.generation_config import GenerateConfig
from ...engine.core.project import Checkpoint, Project, Run
from ..parts import widgets
from ..parts.job_runner import Job
from .editor import Editor
from .how_to_write import HowToWrite
from .model_choice import ModelChoice

TEMPERATURES = (0.7, 1.0, 1.2)
SHOW_MS = 50
MODELS, BEFORE, WARMTH = "Two models", "Before and after fine-tuning", "Three temperatures"


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A column: a model, or the one that it was ``before`` fine-tuning, at its own temperature or as it is set."""

    model: Run | Checkpoint
    temperature: float | None = None
    before: bool = False


class SideBySide(QWidget):
    """Signals: ``problem(sentence, details)``, ``said(words)``, ``busy_changed()``."""

    problem = Signal(str, str)
    said = Signal(str)
    busy_changed = Signal()

    def __init__(self, model: ModelChoice, how: HowToWrite) -> None:
        super().__init__()
        self.model, self.how = model, how
        self.job: Job | None = None
        self._waiting: list[tuple[int, str]] = []
        self.prompt = QPlainTextEdit()
        self.prompt.setPlaceholderText("How all of the texts begin.")
        self.prompt.setAccessibleName("Prompt for comparing")
        self.prompt.setToolTip("Every column goes on from here, with the same seed (Ctrl+Return writes)")
        self.prompt.setFont(widgets.serif())
        self.prompt.setFixedHeight(72)
        self.prompt.setTabChangesFocus(True)
        self.prompt.document().setDocumentMargin(widgets.GRID)
        self.mode = QComboBox()
        self.mode.addItems([MODELS, BEFORE, WARMTH])
        self.mode.setAccessibleName("What to compare")
        self.mode.setToolTip("Two models, a fine-tuned model and the one it was, or one model at three temperatures")
        self.mode.currentTextChanged.connect(self.show_state)
        self.other = ModelChoice()
        self.write_button = widgets.button(
            "Write",
            "Writes all columns from the same prompt and seed (Ctrl+Return)",
            self.write,
            icon="generate",
            role="primary",
        )
        self.stop_button = widgets.button("Stop", "Stops at once; what is written stays (Esc)", self.stop, icon="stop")
        self.status = widgets.label("", "muted")
        self.titles = [widgets.label("", "heading") for _ in TEMPERATURES]
        self.pages = [self._page(number) for number in range(len(TEMPERATURES))]
        columns = QSplitter(Qt.Orientation.Horizontal)
        columns.setChildrenCollapsible(False)
        self.columns = []
        for number, page in enumerate(self.pages):
            items: list[QWidget] = [self.titles[number], page]
            if number == 1:
                items.insert(1, self.other)
            self.columns.append(widgets.widget(widgets.column(*items)))
            columns.addWidget(self.columns[-1])
        above = widgets.row(self.write_button, self.stop_button, self.mode, self.status, 1)
        layout = widgets.column(self.prompt, above, columns)
        layout.setStretch(2, 1)
        layout.setContentsMargins(widgets.GRID, 2 * widgets.GRID, widgets.GRID, widgets.GRID)
        self.setLayout(layout)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._show_waiting)
        self.other.changed.connect(self.show_state)
        self.show_state()

    def _page(self, number: int) -> Editor:
        page = Editor()
        page.setReadOnly(True)
        page.setAccessibleName(f"Column {number + 1}")
        page.setPlaceholderText("Choose what to compare, give a prompt, and press Write.")
        return page

    def open(self, project: Project) -> None:
        self.other.project = project
        self.other.list_runs()
        for page in self.pages:
            page.clear()

    def list_runs(self) -> None:
        self.other.list_runs()
        self.show_state()

    def write(self) -> None:
        cases = self._cases()
        if self.job or not cases:
            return
        prompt, config = widgets.text_of(self.prompt), dataclasses.replace(self.how.config(), n=1)
        for page in self.pages:
            page.setPlainText(prompt)
        self._waiting = []
        self.status.setText("Writing …")
        self.job = Job(lambda stop: _write(cases, prompt, config, stop), self)
        self.job.happened.connect(self.show_event)
        self.job.failed.connect(self.problem)
        self.job.finished.connect(self._finished)
        self._timer.start(SHOW_MS)
        self.show_state()
        self.busy_changed.emit()
        self.job.start()

    def stop(self) -> None:
        if self.job:
            self.job.stop()

    def _cases(self) -> list[Case]:
        """What stands in each column; nothing when it cannot be compared."""
        model, other, mode = self.model.chosen(), self.other.chosen(), self.mode.currentText()
        if model is None or (mode == MODELS and other is None):
            return []
        if mode == WARMTH:
            return [Case(model, temperature=temperature) for temperature in TEMPERATURES]
        if mode == BEFORE:
            return [Case(model), Case(model, before=True)] if self._is_fine_tuned() else []
        return [Case(model), Case(other)] if other else []

    def _is_fine_tuned(self) -> bool:
        try:
            return bool(self.model.run and self.model.run.config().start.model)
        except EngineError:
            return False

    def show_event(self, event: Event) -> None:
        match event:
            case events.TextPiece():
                self._waiting.append((event.index, event.text))
            case events.TextGenerated():
                self.status.setText(f"seed {event.seed}")
            case events.Warned():
                self.said.emit(event.message)
            case _:
                pass

    def _show_waiting(self) -> None:
        for number, text in self._waiting:
            cursor = QTextCursor(self.pages[number].document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(text)
        self._waiting = []

    def _finished(self) -> None:
        job, self.job = self.job, None
        if job:
            job.deleteLater()
        self._timer.stop()
        self._show_waiting()
        self.show_state()
        self.busy_changed.emit()

    def show_state(self) -> None:
        mode = self.mode.currentText()
        self.columns[2].setVisible(mode == WARMTH)
        self.other.setVisible(mode == MODELS)
        names = {
            MODELS: [self.model.words(), "Another model"],
            BEFORE: [self.model.words(), "The model before"],
            WARMTH: [f"Temperature {temperature:g}" for temperature in TEMPERATURES],
        }[mode]
        for title, name in zip(self.titles, names, strict=False):
            title.setText(name)
        busy = self.job is not None
        ready = bool(self._cases())
        self.write_button.setEnabled(not busy and ready)
        self.stop_button.setVisible(busy)
        if mode == BEFORE and not ready and self.model.chosen():
            self.status.setText("This model was trained from scratch; there is none before it.")
        elif self.status.text().startswith("This model"):
            self.status.setText("")

    def stop_for_closing(self) -> None:
        if self.job:
            self.job.stop()
            self.job.wait()


def _write(cases: list[Case], prompt: str, config: GenerateConfig, stop: Callable[[], bool]) -> Iterator[Event]:
    from ...engine.models.checkpoint import good
    from ...engine.runtime import device
    from ...engine.training.initial_model import start_folder
    from ...engine.writing.generate import generate

    device.use_one_thread()
    for number, case in enumerate(cases):
        one = config if case.temperature is None else dataclasses.replace(config, temperature=case.temperature)
        checkpoint = good(case.model)
        folder = checkpoint.folder
        if case.before and checkpoint.run:
            folder = start_folder(checkpoint.run.project, checkpoint.run.config().start.model)
        for event in generate(folder, prompt, one, stop):
            if isinstance(event, events.TextGenerated):
                config = dataclasses.replace(config, seed=event.seed)  # the same for all columns
            if isinstance(event, events.TextPiece | events.TextGenerated):
                event = dataclasses.replace(event, index=number)
            yield event
        if stop():
            return
