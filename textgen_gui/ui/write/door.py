"""A switch that lets other programs on this computer write with the chosen model, and what they did."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QCheckBox, QGridLayout, QLineEdit, QWidget

from ... import Model, words
from ...engine.core import events
from ...engine.core.control import Control
from ...engine.core.events import Event
from ...engine.core.exchange_events import DOOR_PORT
from ..parts import widgets
from ..parts.announce import announce
from ..parts.focus import bring_into_sight
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .model_choice import ModelChoice

if TYPE_CHECKING:
    from ...engine.core.project import Checkpoint, Run

ABOUT = (
    "You need this only if you write or chat in another program on this computer, SillyTavern for one, and want it to "
    "use the model chosen above. While the door is open, give that program the address and the key, as if this were "
    "OpenAI or KoboldAI; some want /v1 behind the address. Nobody comes in from outside, and what is written is kept "
    "nowhere."
)


class Door(QWidget):
    """The door closes with the project. It has one key for as long as the window is there."""

    def __init__(self, model: ModelChoice) -> None:
        super().__init__()
        self.model = model
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self._key = self._problem = self._of = self._warned = ""
        self.switch = QCheckBox("Open the door")
        self.switch.setToolTip("Other programs on this computer can write with this model until it is closed")
        self.switch.clicked.connect(self._switched)
        self.words = widgets.selectable()
        self.address, self.key = _field("Address of the door"), _field("Key of the door")
        self.details = QWidget()
        lines = QGridLayout(self.details)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(widgets.GRID)
        for row, (name, field) in enumerate((("Address", self.address), ("Key", self.key))):
            lines.addWidget(widgets.label(name), row, 0)
            lines.addWidget(field, row, 1)
            lines.addWidget(_copying(field, f"Copy the {name.lower()}"), row, 2)
        about = widgets.label(ABOUT, "muted", wrap=True)
        self.setLayout(widgets.column(about, widgets.row(self.switch, 1), self.words, self.details))
        model.changed.connect(self._show_state)
        self._show_state()

    def open(self, opened: OpenProject) -> None:
        self.opened, self.job, self._problem = opened, None, ""
        self.words.setText("")
        self._show_state()

    def _switched(self) -> None:
        if self.job:
            self.job.stop()
        elif self.opened and (chosen := self.model.chosen()):
            self._problem = self._warned = ""
            self._of = self.model.in_words()
            self.words.setText("The model is being read …")
            self.job = self.opened.jobs.start(
                lambda control: _serving(chosen, control, self._key, DOOR_PORT),
                self.show_event,
                failed=self._failed,
                finished=self._finished,
            )
        self._show_state()

    def show_event(self, event: Event) -> None:
        match event:
            case events.Warned():
                self._warned = event.message
            case events.DoorOpened():
                self._key = event.key
                self.address.setText(event.address)
                self.key.setText(event.key)
                self.key.setCursorPosition(0)  # a key is known by its beginning
                self.details.show()
                self.words.setText(self._writes_with() + " Nobody has come yet.")
                QTimer.singleShot(0, lambda: bring_into_sight(self.details))  # when it has its size
                announce(self, self.words.text())
            case events.DoorUsed():
                asked, written = words.count("request", event.answered), words.count("token", event.tokens)
                refused = f", {words.number(event.refused)} refused" if event.refused else ""
                self.words.setText(self._writes_with() + f" {asked} answered{refused}, {written} written.")
            case _:
                pass

    def _writes_with(self) -> str:
        return f"The door is open: other programs write with {self._of}. {self._warned}".rstrip()

    def _failed(self, sentence: str, details: str) -> None:
        self._problem = sentence

    def _finished(self) -> None:
        self.job = None
        self.words.setText(self._problem or "The door is closed.")
        announce(self, self.words.text(), urgent=bool(self._problem))
        self._show_state()

    def _show_state(self) -> None:
        self.switch.setChecked(self.job is not None and not self.job.stopping)
        self.switch.setEnabled(self.job is not None or self.model.chosen() is not None)
        self.words.setVisible(bool(self.words.text()))
        if self.job is None:
            self.details.hide()


def _serving(chosen: "Run | Checkpoint", control: Control, key: str, port: int) -> Iterator[Event]:
    """On the job's thread, as the model is read at once."""
    yield from Model.load(chosen).serving(control, key=key, port=port)


def _field(name: str) -> QLineEdit:
    made = QLineEdit()
    made.setReadOnly(True)
    made.setAccessibleName(name)
    return made


def _copying(field: QLineEdit, tip: str) -> QWidget:
    return widgets.tool(tip, "copy", tip, lambda: QApplication.clipboard().setText(field.text()))
