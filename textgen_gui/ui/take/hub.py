"""To whom a model is uploaded, and what would go out; it goes when the button that says so is pressed."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from ...engine.core.control import Control
from ...engine.core.events import Event, UploadOffered
from ...engine.core.library import hub_host
from ...engine.core.project import Checkpoint, Run
from ...front_door import Model, uploading_model
from ...words import count, size
from ..parts import widgets
from .fields import named


class HubOrder(QWidget):
    """Two presses: the first lists what would go out, the second sends it. Signal: ``changed()``."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._offer: UploadOffered | None = None
        self.name = _field("Your own name there, a slash, and the name of the model", "you/model")
        self.token = _field("It is sent to the hub alone, and not kept", f"from your account at {hub_host()}")
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.private = QCheckBox("Only I see it there")
        self.private.setToolTip("You can open it to everybody there later")
        self.private.setChecked(True)
        self.listed = widgets.label("", wrap=True)
        fields = widgets.widget(named({"Name there": self.name, "Token": self.token}))
        self.setLayout(widgets.column(fields, self.private, self.listed))
        self.name.textChanged.connect(self.forget)
        self.private.toggled.connect(self.forget)
        self.forget()

    def forget(self) -> None:
        """Another name or another model: what was listed is no longer what would go out."""
        self._offer = None
        self._show()

    def show_offer(self, offer: UploadOffered) -> None:
        self._offer = offer
        self._show()

    def _show(self) -> None:
        offer = self._offer
        self.listed.setVisible(offer is not None)
        if offer:
            listed = (f"{file} ({size(bytes)})" for file, bytes in zip(offer.files, offer.sizes, strict=True))
            self.listed.setText(f"To {offer.host}, as {offer.name}: {', '.join(listed)}.")
        self.changed.emit()

    def press_words(self) -> str:
        offer = self._offer
        if offer is None:
            return "Show what would go out"
        who = "for me alone" if offer.private else "for everybody to see"
        files = f"{count('file', len(offer.files))} ({size(sum(offer.sizes))})"
        return f"Send {files} to {offer.host}, {who}"

    @property
    def is_named(self) -> bool:
        return bool(self.name.text().strip())

    def work(self, chosen: Run | Checkpoint) -> Callable[[Control], Iterator[Event]]:
        """What the press means now."""
        name, token, private = self.name.text().strip(), self.token.text().strip(), self.private.isChecked()
        agreed = self._offer is not None
        return lambda control: uploading_model(
            Model.load(chosen), name, control, token=token, private=private, agreed=agreed
        )


def _field(tip: str, example: str) -> QLineEdit:
    made = QLineEdit()
    made.setToolTip(tip)
    made.setPlaceholderText(example)
    return made
