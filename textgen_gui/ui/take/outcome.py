"""What came of it: the verdict, what was compared, what to type next, and where it lies."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QFrame

from ...engine.core.events import Exported, Uploaded
from ..parts import resources, widgets
from ..parts.announce import announce

SAME = "It writes the same as here (checked)."
ROUNDED = (
    "It is whole (checked). Its numbers are rounded, so after a while it writes other words than here, no worse ones."
)
HISTORY = "All texts are in it (checked)."


class Outcome(QFrame):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._path = Path()
        self.verdict = widgets.label("", "heading", wrap=True)
        self.where = widgets.selectable()
        self.proof = widgets.label("", "muted", wrap=True)
        self.steps = widgets.selectable()
        self.steps.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.steps.setTextFormat(Qt.TextFormat.PlainText)
        self.copy_button = widgets.button("Copy", "Copies these lines", self._copy, icon="copy")
        self.folder_button = widgets.button(
            "Show in folder", "Opens the folder in which it lies", self._show_folder, icon="folder"
        )
        body = widgets.column(self.verdict, self.where, self.proof, self.steps, margin=2 * widgets.GRID)
        body.addLayout(widgets.row(self.copy_button, self.folder_button, 1))
        self.setLayout(body)
        self.hide()

    def show_exported(self, event: Exported, *, is_model: bool, warned: str = "") -> None:
        self._path = Path(event.path)
        verdict = HISTORY if not is_model else SAME if event.same else ROUNDED
        self._say(verdict, f"{event.proof} {warned}".rstrip())
        self.where.setText(event.path)
        self.steps.setText("\n".join(event.steps))
        for part in (self.steps, self.copy_button):
            part.setVisible(bool(event.steps))
        for part in (self.where, self.folder_button):
            part.show()

    def show_uploaded(self, event: Uploaded) -> None:
        self.show_problem("It is there, whole." if event.private else "It is there, whole, and everybody can see it.")
        self.where.setText(event.address)
        self.where.show()

    def show_problem(self, sentence: str) -> None:
        self._say(sentence, "")
        for part in (self.where, self.steps, self.copy_button, self.folder_button):
            part.hide()

    def _say(self, verdict: str, proof: str) -> None:
        self.verdict.setText(verdict)
        self.proof.setText(proof)
        self.proof.setVisible(bool(proof))
        self.show()
        announce(self, verdict, urgent=True)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.steps.text())

    def _show_folder(self) -> None:
        resources.open_folder(self._path.parent)
