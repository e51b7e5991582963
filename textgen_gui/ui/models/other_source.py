"""A folder instead of the internet, and the user's token for models that are not given to everybody."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QWidget

from ..parts import widgets
from ..parts.file_dialogs import ask_for_folder
from ..parts.preferences import Purpose


class OtherSource(widgets.Fold):
    """Signal: ``changed()`` when models come from elsewhere than before."""

    changed = Signal()

    def __init__(self) -> None:
        body = QWidget()
        super().__init__("Without internet, or with a token", "A folder instead of the hub; a token for it", body)
        self.folder_field = _field("Folder instead of the internet", "Models are copied from here; nothing goes out")
        self.folder_field.setPlaceholderText("a folder that holds publisher/model")
        self.folder_field.textChanged.connect(lambda: self.changed.emit())
        self.choose_button = widgets.button("Choose …", "Choose the folder", self._choose, icon="folder")
        self.token_field = _field(
            "Token", "It is sent to the hub alone. Make one in the settings of your account there"
        )
        self.token_field.setEchoMode(QLineEdit.EchoMode.Password)
        self.token_field.setPlaceholderText("only where you had to agree to terms")
        self.keep_box = QCheckBox("Keep it in the keyring of this computer")
        self.keep_box.setToolTip("Where the system keeps passwords, or nowhere")
        form = QFormLayout(body)
        form.setContentsMargins(widgets.GRID, 0, 0, 0)
        form.addRow("Take models from", widgets.widget(widgets.row(self.folder_field, self.choose_button)))
        form.addRow("Token", widgets.widget(widgets.row(self.token_field, self.keep_box)))

    def _choose(self) -> None:
        if folder := ask_for_folder(self, Purpose.MODELS, "The folder that holds publisher/model"):
            self.folder_field.setText(str(folder))

    def folder(self) -> str:
        """ "" is the hub."""
        return self.folder_field.text().strip()

    def name(self) -> str:
        """As a button says it."""
        return f"the folder “{Path(self.folder()).name}”" if self.folder() else ""

    def token(self) -> str:
        return self.token_field.text().strip()

    def keeps_token(self) -> bool:
        return bool(self.token()) and self.keep_box.isChecked()


def _field(name: str, tip: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setClearButtonEnabled(True)
    return made
