"""The writing desk: one's own text, and the model going on in it at the cursor."""

import dataclasses
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent, QTextCursor
from PySide6.QtWidgets import QComboBox, QWidget

from ...engine.core import events
from ...engine.core.draft import Done
from ...engine.core.events import Event
from ...engine.core.generation_config import GenerateConfig
from ...engine.core.project import Checkpoint, Project, Run
from ..parts import widgets
from ..parts.job_runner import Job
from .confidence import Confidence
from .copy_check import CopyCheck
from .draft import Draft
from .editor import Editor, before_cursor
from .how_to_write import HowToWrite
from .model_choice import ModelChoice
from .offers import Offers

SHOW_MS = 50  # text appears at most twenty times a second, however fast it is written
READ_BACK = 20_000  # characters before the cursor that the model is given
ALTERNATIVES = 8


class WritingPage(QWidget):
    """Signals: ``problem(sentence, details)``, ``said(words)``, ``busy_changed()``."""

    problem = Signal(str, str)
    said = Signal(str)
    busy_changed = Signal()

    def __init__(self, model: ModelChoice, how: HowToWrite) -> None:
        super().__init__()
        self.model, self.how = model, how
        self.project: Project | None = None
        self.job: Job | None = None
        self.saving: Job | None = None
        self.done: list[Done] = []  # what the model wrote on this page
        self.versions: list[str] = []
        self._waiting: list[str] = []
        self._tokens: list[events.TokenChosen] = []
        self._own_edit = self._writes_on = False
        self.draft = Draft(self)
        self.draft.problem.connect(self.problem)
        self._build()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._show_waiting)
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(250)
        self._counting.timeout.connect(self._count)
        self.show_state()

    def _build(self) -> None:
        self.page = Editor()
        self.page.setAccessibleName("Your text")
        self.page.setToolTip("Write here. The model goes on at the cursor (Ctrl+Return)")
        self.page.setPlaceholderText(
            "Begin a sentence here, then press Write: the model goes on at the cursor. "
            "Leave the page empty to let it begin by itself."
        )
        self.page.textChanged.connect(self._changed)
        self.page.document().contentsChange.connect(self._contents_changed)
        self.page.viewport().installEventFilter(self)
        self.page.installEventFilter(self)
        self.write_button = widgets.button(
            "Write", "Goes on at the cursor (Ctrl+Return)", self.write, icon="generate", role="primary"
        )
        self.stop_button = widgets.button("Stop", "Stops at once; what is written stays (Esc)", self.stop, icon="stop")
        self.copy_button = widgets.button("Copy", "Copies the whole page", self.copy, icon="copy")
        self.save_button = widgets.button(
            "Keep",
            "Keeps the page in the project's folder “generated”, with all that it takes to write it again (Ctrl+S)",
            self.save,
            icon="save",
        )
        self.versions_box = QComboBox()
        self.versions_box.setAccessibleName("Versions")
        self.versions_box.setToolTip("What the page was before you chose another word; nothing is lost")
        self.versions_box.activated.connect(self._take_version)
        self.words = widgets.label("", "muted")
        self.status = widgets.label("", "muted")
        self.confidence = Confidence(self.page)
        self.confidence.alternative_chosen.connect(self.go_on_with)
        self.offers = Offers(self.page, self.model.chosen)
        self.copies = CopyCheck(self.page)
        for part in (self.offers, self.copies):
            part.problem.connect(self.problem)
        above = widgets.row(
            self.write_button, self.stop_button, self.status, 1, self.versions_box, self.copy_button, self.save_button
        )
        below = widgets.row(self.confidence, self.words)
        below.setStretch(0, 1)
        layout = widgets.column(above, self.page, self.offers, below, self.copies)
        layout.setContentsMargins(widgets.GRID, 2 * widgets.GRID, widgets.GRID, widgets.GRID)
        self.setLayout(layout)

    # --- what the user does

    def open(self, project: Project) -> None:
        self.project = project
        self._own_edit = True
        self.draft.load(project)
        self._own_edit = False
        self.page.moveCursor(QTextCursor.MoveOperation.End)
        self.page.clear_notes()
        self.versions = []
        self.confidence.begin(0)
        self.show_state()

    def write(self) -> None:
        chosen, project = self.model.chosen(), self.project
        if self.job or chosen is None or project is None:
            return
        prompt, config = before_cursor(self.page)[-READ_BACK:], dataclasses.replace(self.how.config(), n=1)
        self._asked = (prompt, config)
        self._writer = events.ModelChosen("", "")
        self._at = self.page.textCursor()
        self._at.setPosition(self._at.selectionStart())
        self.confidence.begin(self._at.position())
        self._waiting, self._tokens, self._writes_on = [], [], False
        self.page.setReadOnly(True)
        self.status.setText("Loading the model …")
        self.job = Job(lambda stop: _write(project, chosen, prompt, config, stop), self)
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

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(widgets.text_of(self.page))
        self.said.emit("Copied.")

    def save(self) -> None:
        """Keeps the page with receipts for all on it that a model wrote and that still stands there."""
        project, page = self.project, widgets.text_of(self.page)
        if self.saving or project is None or not page.strip():
            return
        done = [one for one in self.done if one.event.text in page] or self.done
        self.saving = Job(lambda stop: _keep(project, done, page), self)
        self.saving.happened.connect(self._kept)
        self.saving.failed.connect(self.problem)
        self.saving.finished.connect(self._saved)
        self.saving.start()

    def go_on_with(self, place: int, text: str) -> None:
        """Another word instead of what was written at ``place``; the model goes on from there."""
        if self.job:
            return
        end = self.confidence.places()[-1][2] if self.confidence.tokens else place
        self._keep_version()
        cursor = self.page.textCursor()
        cursor.setPosition(place)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        self.page.setTextCursor(cursor)
        self.write()

    def _keep_version(self) -> None:
        now = widgets.text_of(self.page)
        if now not in self.versions:
            self.versions.append(now)
        self._list_versions()

    def _list_versions(self) -> None:
        self.versions_box.clear()
        self.versions_box.addItem("This version")
        for number, text in enumerate(self.versions, start=1):
            self.versions_box.addItem(f"{number}: …{text[-24:].strip()}".replace("\n", " "), text)
        self.versions_box.setVisible(bool(self.versions))

    def _take_version(self, number: int) -> None:
        text = self.versions_box.itemData(number)
        if text is None or self.job:
            return
        self._keep_version()
        cursor = QTextCursor(self.page.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)  # one step that can be undone
        self.versions_box.setCurrentIndex(0)

    def offer_alternatives(self, place: int, where: QPoint) -> None:
        menu = self.confidence.offer(place)
        if menu:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(where)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        shows = self.confidence.switch.isChecked() and not self.job
        if shows and watched is self.page.viewport() and event.type() == QEvent.Type.MouseButtonRelease:
            assert isinstance(event, QMouseEvent)
            if not self.page.textCursor().hasSelection() and event.button() == Qt.MouseButton.LeftButton:
                place = self.page.cursorForPosition(event.position().toPoint()).position()
                self.offer_alternatives(place, event.globalPosition().toPoint())
        if shows and watched is self.page and event.type() == QEvent.Type.KeyPress:
            alt_down = getattr(event, "key", int)() == Qt.Key.Key_Down
            if alt_down and event.modifiers() == Qt.KeyboardModifier.AltModifier:  # type: ignore[attr-defined]
                below = self.page.cursorRect().bottomLeft()
                place = self.page.textCursor().position()
                self.offer_alternatives(place, self.page.viewport().mapToGlobal(below))
                return True
        return super().eventFilter(watched, event)

    # --- what happens

    def show_event(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self.status.setText("Writing …")
            case events.ModelChosen():
                self._writer = event
            case events.Warned():
                self.said.emit(event.message)
            case events.TokenChosen():
                self._tokens.append(event)
            case events.TextPiece():
                self._waiting.append(event.text)
                if not self._writes_on:
                    self._show_waiting()  # the first word does not wait for the beat
            case events.WindowMoved():
                self._show_waiting()
                self.page.note_forgotten(self._at.position())
            case events.TextGenerated():
                self._show_waiting()
                prompt, config = self._asked
                self.done.append(Done(self._writer, prompt, dataclasses.replace(config, seed=event.seed), event))
                self.confidence.tokens = self._tokens
                self.confidence.end(event.text)
                speed = event.tokens / max(event.elapsed_s, 1e-3)
                self.status.setText(f"{speed:,.0f} tokens/s, seed {event.seed}")
            case _:
                raise AssertionError(event)

    def _show_waiting(self) -> None:
        if not self._waiting:
            return
        bar = self.page.verticalScrollBar()
        following = bar.value() >= bar.maximum() - 4
        self._own_edit = True
        # All of it is one step for Ctrl+Z.
        (self._at.joinPreviousEditBlock if self._writes_on else self._at.beginEditBlock)()
        self._at.insertText("".join(self._waiting))
        self._at.endEditBlock()
        self._own_edit, self._writes_on = False, True
        self._waiting.clear()
        if following:
            bar.setValue(bar.maximum())

    def _finished(self) -> None:
        job, self.job = self.job, None
        if job:
            job.deleteLater()
        self._timer.stop()
        self._show_waiting()
        self.page.setReadOnly(False)
        self.page.setTextCursor(self._at)
        if self.status.text().endswith("…"):
            self.status.setText("")
        self.show_state()
        self.busy_changed.emit()

    def _kept(self, event: Event) -> None:
        assert isinstance(event, events.TextKept)
        self.said.emit(f"Kept as {event.file}. {event.note}")

    def _saved(self) -> None:
        job, self.saving = self.saving, None
        if job:
            job.deleteLater()

    def _changed(self) -> None:
        self.draft.changed()
        if not self._counting.isActive():
            self._counting.start()
        if self.job is None:
            self.show_state()

    def _contents_changed(self, place: int, removed: int, added: int) -> None:
        if self._own_edit or not self.confidence.tokens:
            return
        places = self.confidence.places()
        if place < places[-1][2] and place + removed > places[0][1]:
            self.confidence.forget()

    def _count(self) -> None:
        count = len(self.page.toPlainText().split())
        self.words.setText(f"{count:,} words" if count != 1 else "1 word")

    def show_state(self) -> None:
        busy, written = self.job is not None, not self.page.document().isEmpty()
        there = self.model.chosen() is not None
        self.write_button.setEnabled(not busy and there)
        self.stop_button.setVisible(busy)
        self.versions_box.setVisible(bool(self.versions))
        for button in (self.copy_button, self.save_button):
            button.setEnabled(written and not busy)
        self.copies.run = self.model.run
        self.copies.setVisible(written and not busy and there)
        if not there:
            self.status.setText("No model yet. Train one first.")
        elif self.status.text().startswith("No model"):
            self.status.setText("")

    def restyle(self) -> None:
        self.confidence.show_visible()

    def stop_for_closing(self) -> None:
        self._counting.stop()
        self.draft.wait()
        self.offers.stop_for_closing()
        self.copies.stop_for_closing()
        for job in (self.job, self.saving):
            if job:
                job.stop()
                job.wait()


def _write(
    project: Project, chosen: Run | Checkpoint, prompt: str, config: GenerateConfig, stop: Callable[[], bool]
) -> Iterator[Event]:
    from ...engine.models.checkpoint import good
    from ...engine.runtime import device
    from ...engine.writing import receipt
    from ...engine.writing.generate import generate

    device.use_one_thread()
    checkpoint = good(chosen)
    yield events.Progressed("Writing", 0, 0, time.monotonic())
    yield receipt.chosen(project, checkpoint)
    yield from generate(checkpoint.folder, prompt, config, stop, alternatives=ALTERNATIVES)


def _keep(project: Project, done: list[Done], page: str) -> Iterator[Event]:
    from ...engine.runtime import device
    from ...engine.writing import receipt

    device.use_one_thread()
    written = [receipt.Written(one.prompt, one.config, one.event.index, one.model, one.event.text) for one in done]
    yield receipt.keep(project, written, page)
