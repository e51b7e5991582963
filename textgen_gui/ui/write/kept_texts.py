"""What becomes of the kept texts of a batch: files on the shelf at once, a file for elsewhere, a text to learn from."""

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton

from ... import Project
from ...engine.core import kept_texts
from ...engine.core.export_formats import ExportFormat
from ...engine.core.names import title_of
from ..parts.bin import moved_to_bin
from ..parts.open_project import OpenProject
from . import exports
from .batch import Batch, BatchText


class KeptTexts(QPushButton):
    """A button with a menu. Signals: ``told_done(words, WayOn)``, ``texts_asked(paths)``: add these to the project;
    ``kept(file)``: the shelf has changed; this lies there since, or None where only something was taken back.
    """

    told_done = Signal(str, object)
    texts_asked = Signal(object)
    kept = Signal(object)

    def __init__(self) -> None:
        super().__init__("Kept texts")
        self.opened: OpenProject | None = None
        self.batch = Batch()
        self.setToolTip("What to do with the texts that you kept")
        menu = QMenu(self)
        exports.add_formats(menu, self._ask_name)
        menu.addAction("Train on what I kept", self.train_on_kept)
        self.setMenu(menu)

    def open(self, opened: OpenProject, batch: Batch) -> None:
        self.opened, self.batch = opened, batch

    def begin(self, batch: Batch) -> None:
        """Another batch is written. What the disk refused before is among its texts, and is tried again."""
        self.batch = batch
        self.save()

    def save(self) -> None:
        """Each kept text becomes a file of its own with its receipt; one that is not kept any more goes to the bin."""
        if self.opened and (self.batch.off_shelf() or self.batch.taken_back()):
            then = functools.partial(self._saved, self.batch.off_shelf())
            self.opened.change(functools.partial(_put_on_shelf, self.opened.project, self.batch), then=then)

    def unsaved(self) -> list[Callable[[], object]]:
        """What was kept by key and stands in no file."""
        if self.opened is None or not self.batch.off_shelf():
            return []
        return [functools.partial(_put_on_shelf, self.opened.project, self.batch)]

    def export(self, path: Path) -> None:
        self._export(path, lambda file: None)

    def train_on_kept(self) -> None:
        """The kept texts become a text of the project, each of them a document."""
        if self.opened:
            name = f"kept {time.strftime('%Y-%m-%d %H.%M.%S')}{ExportFormat.JSON_LINES.ending}"
            self._export(self.opened.project.generated_folder / name, lambda file: self.texts_asked.emit([file]))

    def _saved(self, came: Sequence[BatchText]) -> None:
        self.kept.emit(next((text.file for text in reversed(came) if text.file), None))

    def _ask_name(self, known: ExportFormat) -> None:
        texts = [text.whole for text in self.batch.kept()]
        if texts and (path := exports.ask_where(self, known, title_of(texts[0]))):
            self.export(path)

    def _export(self, path: Path, then: Callable[[Path], object]) -> None:
        def exported(file: Path) -> None:
            self.told_done.emit(*exports.in_words(file))
            then(file)

        texts = [text.whole for text in self.batch.kept()]
        if self.opened and texts:
            exports.export(self.opened, texts, path, exported)


def _put_on_shelf(project: Project, batch: Batch) -> None:
    """As the user has decided by now. On a job's thread, one after the other."""
    for text in batch.off_shelf():
        event = project.keep([text.done], text.whole)
        text.file = project.folder / event.file
    for text in batch.taken_back():
        file, text.file = text.file, None
        if file:
            kept_texts.delete(kept_texts.KeptText(file, "", 0), moved_to_bin)
