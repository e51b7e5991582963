"""What becomes of the kept texts of a batch: a file of the project, a file for elsewhere, or a text to learn from."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton

from ...engine.core.events import TextGenerated, TextKept
from ...engine.core.export_formats import ExportFormat
from ..parts import widgets
from ..parts.open_project import OpenProject
from . import exports
from .batch import Batch


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be written of a batch: those texts that were kept when it was asked for."""

    batch: Batch
    texts: Sequence[TextGenerated]
    write: Callable[[], TextKept]

    def note_saved(self) -> None:
        """Not where somebody has kept another one meanwhile."""
        self.batch.is_saved = self.batch.is_saved or list(self.texts) == self.batch.kept()


class KeptTexts(QPushButton):
    """A button with a menu. Signals: ``said(words)``, ``texts_asked(paths)``: add these to the project; ``kept()``.

    ``waiting``: batches before this one, of which the disk has not taken what was kept.
    """

    said = Signal(str)
    texts_asked = Signal(object)
    kept = Signal()

    def __init__(self) -> None:
        super().__init__("Kept texts")
        self.opened: OpenProject | None = None
        self.batch = Batch()
        self.waiting: list[Batch] = []
        self.setToolTip("What to do with the texts that you kept")
        widgets.tint(self, "down", "text")
        menu = QMenu(self)
        menu.addAction("Keep in the project, with receipts", self.save)
        exports.add_formats(menu, self._ask_name)
        menu.addAction("Train on what I kept", self.train_on_kept)
        self.setMenu(menu)

    def open(self, opened: OpenProject, batch: Batch) -> None:
        self.opened, self.batch, self.waiting = opened, batch, []

    def begin(self, batch: Batch) -> None:
        """Another batch is written. What was kept of the one before is saved now, and again until the disk takes it."""
        if not self.batch.is_saved and self.batch.kept():
            self.waiting.append(self.batch)
        self.batch = batch
        self._save(self.waiting)

    def save(self) -> None:
        """A receipt for each kept text, in one file for each batch."""
        self._save([*self.waiting, self.batch])

    def unsaved(self) -> list[Callable[[], object]]:
        """What was kept by key and stands in no file."""
        return [self._saving(one).write for one in (*self.waiting, self.batch) if one.kept() and not one.is_saved]

    def export(self, path: Path) -> None:
        self._export(path, lambda file: None)

    def train_on_kept(self) -> None:
        """The kept texts become a text of the project, each of them a document."""
        if self.opened:
            name = f"kept {time.strftime('%Y-%m-%d %H.%M.%S')}{ExportFormat.JSON_LINES.ending}"
            self._export(self.opened.project.generated_folder / name, lambda file: self.texts_asked.emit([file]))

    def _save(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            if self.opened and batch.kept():
                self._start(self._saving(batch))

    def _start(self, saving: Saving) -> None:
        assert self.opened
        self.opened.jobs.start(lambda control: iter([saving.write()]), lambda event: self._saved(saving, event))

    def _saving(self, batch: Batch) -> Saving:
        assert self.opened
        project, done, page = self.opened.project, batch.kept_done(), batch.kept_page()
        return Saving(batch, batch.kept(), lambda: project.keep(done, page))

    def _saved(self, saving: Saving, event: TextKept) -> None:
        saving.note_saved()
        self.waiting = [batch for batch in self.waiting if not batch.is_saved]
        self.said.emit(f"Kept as {event.file}. {event.note}")
        self.kept.emit()

    def _ask_name(self, known: ExportFormat) -> None:
        if path := exports.ask_where(self, known):
            self.export(path)

    def _export(self, path: Path, then: Callable[[Path], object]) -> None:
        batch, texts, kept = self.batch, self.batch.kept_texts(), self.batch.kept()

        def exported(file: Path) -> None:
            batch.is_saved = batch.is_saved or kept == batch.kept()
            self.said.emit(f"Exported as {file}.")
            then(file)

        if self.opened and texts:
            exports.export(self.opened, texts, path, exported)
