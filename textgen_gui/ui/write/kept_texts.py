"""What becomes of the kept texts of a batch: a file of the project, a file for elsewhere, or a text to learn from."""

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton

from ... import front_door
from ...engine.core import atomic_io
from ...engine.core.events import TextKept
from ...engine.core.export_formats import ExportFormat
from ..parts import widgets
from ..parts.open_project import OpenProject
from .batch import Batch


class KeptTexts(QPushButton):
    """A button with a menu. Signals: ``said(words)``, ``texts_asked(paths)``: add these to the project."""

    said = Signal(str)
    texts_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__("Kept texts")
        self.opened: OpenProject | None = None
        self.batch = Batch()
        self.setToolTip("What to do with the texts that you kept")
        widgets.tint(self, "down", "text")
        menu = QMenu(self)
        menu.addAction("Keep in the project, with receipts", self.save)
        for known in ExportFormat:
            menu.addAction(f"Export as {known.words} ({known.ending}) …", functools.partial(self._ask_name, known))
        menu.addAction("Train on what I kept", self.train_on_kept)
        self.setMenu(menu)

    def open(self, opened: OpenProject, batch: Batch) -> None:
        self.opened, self.batch = opened, batch

    def save(self) -> None:
        """A receipt for each kept text, in one file."""
        if self.opened and self.batch.kept():
            batch, keep = self.batch, self._keeping()
            self.opened.jobs.start(lambda control: iter([keep()]), lambda event: self._kept(batch, event))

    def unsaved(self) -> list[Callable[[], object]]:
        """What was kept by key and stands in no file."""
        return [self._keeping()] if self.batch.kept() and not self.batch.is_saved else []

    def export(self, path: Path) -> None:
        self._export(path, lambda file: None)

    def train_on_kept(self) -> None:
        """The kept texts become a text of the project, each of them a document."""
        if self.opened:
            name = f"kept {time.strftime('%Y-%m-%d %H.%M.%S')}{ExportFormat.JSON_LINES.ending}"
            self._export(self.opened.project.generated_folder / name, lambda file: self.texts_asked.emit([file]))

    def _keeping(self) -> Callable[[], TextKept]:
        assert self.opened
        project, done, page = self.opened.project, self.batch.kept_done(), self.batch.kept_page()
        return lambda: project.keep(done, page)

    def _kept(self, batch: Batch, event: TextKept) -> None:
        batch.is_saved = True
        self.said.emit(f"Kept as {event.file}. {event.note}")

    def _ask_name(self, known: ExportFormat) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export the kept texts", f"texts{known.ending}", f"*{known.ending}")
        if name:
            self.export(Path(name if name.endswith(known.ending) else name + known.ending))

    def _export(self, path: Path, then: Callable[[Path], object]) -> None:
        batch, texts = self.batch, self.batch.kept_texts()

        def exported(file: Path) -> None:
            batch.is_saved = True
            self.said.emit(f"Exported as {file}.")
            then(file)

        if self.opened and texts:
            self.opened.jobs.start(lambda control: iter([_write(texts, path)]), exported)


def _write(texts: Sequence[str], path: Path) -> Path:
    with atomic_io.refusals(path):
        path.parent.mkdir(exist_ok=True)
    front_door.export(texts, path)
    return path
