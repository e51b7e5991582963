"""Take it with you: choose a form, say where it goes, press; then it is checked, and what came of it is said."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QWidget,
)

from ...engine.core import events, names
from ...engine.core.control import Control
from ...engine.core.events import Event
from ...engine.core.generation_config import USUAL, GenerateConfig
from ...engine.core.model_forms import NOBODY, ExportChoice, ModelForm, WeightType
from ...engine.core.project import Checkpoint, Run
from ...front_door import Model, export_choices, exporting_model
from ...words import duration
from ..parts import widgets
from ..parts.job_runner import Job, JobRunner
from ..parts.preferences import documents_folder
from ..parts.styled import Styled
from .cards import TakeawayCards
from .hub import HubOrder
from .maker import MakerForm
from .outcome import Outcome
from .takeaway import Takeaway

exactness = {
    WeightType.F16: "Usual: each number rounded a little",
    WeightType.Q8_0: "Small: half the size, rounded more",
    WeightType.F32: "Exact: twice the size",
}

LONGEST = 30  # letters of a name that fit on a button


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a model before it leaves. It is found out on a job's thread."""

    choices: Mapping[ModelForm, ExportChoice]
    paths: Mapping[Takeaway, Path]  # where each would go, under a name that is free

    @classmethod
    def at(cls, chosen: Run | Checkpoint, name: str, folder: Path, weight_type: WeightType) -> "Looked":
        model = Model.load(chosen)
        choices = {choice.form: choice for choice in export_choices(model, weight_type)}
        if run := model.run:
            name = f"{run.project.name} {run.name.partition(' ')[2]}" if run.project.exists() else run.name
        title = names.safe_name(name) or "model"
        return cls(choices, {one: names.free_folder(folder / f"{title}{one.named}{one.ending}") for one in Takeaway})


PRIVATE = (
    "Whoever has it may get passages of your texts from it, word for word. “How much is copied?” on the page of its "
    "run tells how much it writes so."
)


class TakeDialog(QDialog):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        Styled(self, self._fit)
        self._chosen: Run | Checkpoint | None = None
        self._name, self._writing, self._warned = "", USUAL, ""
        self._jobs: JobRunner | None = None
        self._job: Job | None = None
        self._looked: Looked | None = None
        self._look_number = 0  # of the newest look
        self._own_path: dict[Takeaway, Path] = {}  # that the user chose
        self._is_taken = False  # what is shown has just been taken, and need not be again
        self.setWindowTitle("Take it with you")
        self.setModal(True)
        self.cards, self.outcome = TakeawayCards(), Outcome()
        self.cards.chosen.connect(self._choose_card)
        page = widgets.widget(widgets.column(self.cards, self._order(), self.outcome, 1, gap=2 * widgets.GRID))
        page.setObjectName("scrolled")
        self._scroll = widgets.scrolling(QScrollArea(), page)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tip = "Writes it, reads it again and compares"
        self.press = widgets.button("", tip, self.take, icon="save", role="primary")
        self.close_button = widgets.button("Close", "Back to the window", self.close)
        self.name = widgets.label("", "muted", wrap=True)
        head = widgets.label("Take it with you", "title")
        self.private = widgets.label(PRIVATE, "muted", wrap=True)
        foot = widgets.row(self.press, 1, self.close_button)
        parts = (head, self.name, self.private, self._scroll, self._progress(), foot)
        body = widgets.column(*parts, margin=2 * widgets.GRID)
        body.setStretch(3, 1)
        self.setLayout(body)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)

    def show_for(self, chosen: Run | Checkpoint, name: str, jobs: JobRunner, writing: GenerateConfig = USUAL) -> None:
        """``name``: of the model, in words. ``jobs``: who does the work. ``writing``: how it writes here."""
        self._writing = writing
        self._chosen, self._name, self._jobs, self._job, self._looked = chosen, name, jobs, None, None
        self._own_path, self._is_taken = {}, False
        self.hub.forget()
        self.maker.forget()
        self.name.setText(name)
        self.private.setVisible(isinstance(chosen, Run) or chosen.run is not None)
        self.outcome.hide()
        above = self.parentWidget()
        space = above.window().size() if above else self.sizeHint()
        self.resize(min(800, space.width()), min(760, space.height()))
        self._show()
        self._look()
        self.open()
        self.cards.cards[self.cards.takeaway()].setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.cards.fit(self._scroll.viewport().width())

    def _order(self) -> QWidget:
        self.why_not = widgets.label("", "advice", wrap=True)
        self.hub = HubOrder()
        self.hub.changed.connect(self._show)
        self.maker = MakerForm()
        self.where = QLineEdit()
        self.where.setAccessibleName("Where it goes")
        self.where.setToolTip("The name of the new file or folder")
        self.where.setReadOnly(True)
        self.choose_button = widgets.button("Choose …", "Choose another name or folder", self._choose, icon="folder")
        self.exact = QComboBox()
        self.exact.setAccessibleName("How exactly its numbers are written")
        self.exact.setToolTip("Less exact is smaller; what it writes is hardly worse")
        for weight_type, words in exactness.items():
            self.exact.addItem(words, weight_type)
        self.exact.currentIndexChanged.connect(self._look)
        place = widgets.row(self.where, self.choose_button)
        place.setStretch(0, 1)
        self._place = widgets.widget(place)
        order = widgets.column(self.why_not, self._place, self.hub, self.maker, widgets.row(self.exact, 1))
        return widgets.widget(order)

    def _progress(self) -> QWidget:
        self.stage = widgets.label("", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 100)
        self.bar.setAccessibleName("How far it is")
        self.cancel_button = widgets.button("Cancel", "Stops; nothing stays behind", self.cancel, icon="stop")
        line = widgets.row(widgets.widget(widgets.column(self.stage, self.bar)), self.cancel_button)
        line.setStretch(0, 1)
        self.progress = widgets.widget(line)
        return self.progress

    # --- what is known

    def _look(self) -> None:
        chosen, name, weight_type, folder = self._chosen, self._name, self.exact.currentData(), documents_folder()
        if chosen and self._jobs:
            self._look_number += 1
            self._jobs.start(
                lambda control: iter([Looked.at(chosen, name, folder, weight_type)]),
                functools.partial(self._show_looked, self._look_number),
                failed=functools.partial(self._look_failed, self._look_number),
            )

    def _show_looked(self, number: int, looked: Looked) -> None:
        if number == self._look_number:  # else something else is shown since
            self._looked = looked
            self.cards.show_choices(looked.choices)
            self._show()

    def _look_failed(self, number: int, sentence: str, details: str) -> None:
        if number == self._look_number:
            self._failed(sentence, details)

    def _choose_card(self) -> None:
        """What was said of another form is not true of this one."""
        self.outcome.hide()
        self._is_taken = False
        self._show()

    def _show(self) -> None:
        one, busy, looked = self.cards.takeaway(), self._job is not None, self._looked
        refusal = looked.choices[one.form].refusal if looked else ""
        self.why_not.setText(refusal)
        self.why_not.setVisible(bool(refusal))
        path = self._path()
        self.where.setText(str(path) if path else "")
        self._place.setVisible(one.asks_where and not refusal)
        self.exact.setVisible(one.form is ModelForm.GGUF and not refusal)
        self.hub.setVisible(one is Takeaway.HUB)
        self.maker.setVisible(one is Takeaway.PAGE and not refusal)
        widgets.write_on(self.press, self._press_words(one, path))
        self.press.setVisible(not refusal and not busy)
        self.press.setEnabled(looked is not None and (one is not Takeaway.HUB or self.hub.is_named))
        self.progress.setVisible(busy)
        for part in (self.cards, self.choose_button, self.exact, self.hub, self.maker):
            part.setEnabled(not busy)

    def _press_words(self, one: Takeaway, path: Path | None) -> str:
        if one is Takeaway.HUB:
            return self.hub.press_words()
        if not one.asks_where:
            return "Put it into LM Studio's folder"
        if self._is_taken:
            return "Save another copy"
        if path is None:
            return "Save …"
        folder = "your home folder" if path.parent == Path.home() else _quoted(path.parent.name)
        return f"Save {_quoted(path.name)} in {folder}"

    def _path(self) -> Path | None:
        one = self.cards.takeaway()
        return self._own_path.get(one) or (self._looked.paths[one] if self._looked else None)

    def _choose(self) -> None:
        one = self.cards.takeaway()
        name, _ = QFileDialog.getSaveFileName(
            self,
            one.title,
            str(self._path() or documents_folder()),
            f"*{one.ending}" if one.ending else "",
            options=QFileDialog.Option.DontConfirmOverwrite,  # nothing is ever replaced
        )
        if name:
            self._own_path[one] = Path(name if name.endswith(one.ending) else name + one.ending)
            self._is_taken = False
            self._show()

    # --- work

    def take(self) -> None:
        one, path, weight_type = self.cards.takeaway(), self._path(), self.exact.currentData()
        chosen, writing = self._chosen, self._writing
        maker = self.maker.maker() if one is Takeaway.PAGE else NOBODY
        if self._job or path is None or chosen is None or self._jobs is None:
            return

        def exported(control: Control) -> Iterator[Event]:
            model = Model.load(chosen)
            yield from exporting_model(
                model,
                path,
                control,
                weight_type=weight_type,
                destination=one.destination,
                form=one.form,
                maker=maker,
                writing=writing,
            )

        self.outcome.hide()
        self._warned = ""
        self._say("Reading the model", 0, 0.0)
        work = self.hub.work(chosen) if one is Takeaway.HUB else exported
        self._job = self._jobs.start(work, self._happened, failed=self._failed, finished=self._finished)
        self._show()

    def cancel(self) -> None:
        if self._job:
            self._job.stop()
            self.stage.setText("Stopping …")

    def _happened(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self._say(event.stage, 100 * event.done // max(1, event.total), event.elapsed_s)
            case events.Exported():
                self._own_path.pop(self.cards.takeaway(), None)
                self._is_taken = True
                is_model = self.cards.takeaway().form is not ModelForm.TIMELINE
                self.outcome.show_exported(event, is_model=is_model, warned=self._warned)
            case events.UploadOffered():
                self.hub.show_offer(event)
            case events.Uploaded():
                self.hub.forget()
                self.outcome.show_uploaded(event)
            case events.Warned():
                self._warned = event.message
                self.outcome.show_problem(event.message)
            case _:
                pass

    def _say(self, stage: str, percent: int, elapsed_s: float) -> None:
        if self._job and self._job.stopping:
            return
        left = elapsed_s * (100 - percent) / percent if percent >= 15 else 0.0
        self.stage.setText(f"{stage}, {duration(left)} left" if left > 1 else f"{stage} …")
        self.bar.setValue(percent)

    def _failed(self, sentence: str, details: str) -> None:
        self.outcome.show_problem(sentence)

    def _finished(self) -> None:
        self._job = None
        self._show()
        self._look()
        QTimer.singleShot(0, lambda: self._scroll.ensureWidgetVisible(self.outcome))  # when it has its size
        self.close_button.setFocus()

    def reject(self) -> None:
        """Esc and Close first stop what runs."""
        if self._job:
            self.cancel()
        else:
            super().reject()


def _quoted(name: str) -> str:
    return f"“{name}”" if len(name) <= LONGEST else f"“{name[: LONGEST - 1].rstrip()}…”"
