"""Texts as files for elsewhere: asked where, written on a job's thread."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from ... import front_door
from ...engine.core import atomic_io
from ...engine.core.export_formats import ExportFormat
from ...engine.core.names import title_of
from ..parts import file_dialogs
from ..parts.notice import WayOn
from ..parts.open_project import OpenProject
from ..parts.resources import open_folder


class ExportButton(QPushButton):
    """A button with a menu of formats. Signal: ``told_done(words, WayOn)``."""

    told_done = Signal(str, object)

    def __init__(
        self, words: str, tip: str, texts: Callable[[], Sequence[str]], title: Callable[[], str] = lambda: ""
    ) -> None:
        """``title``: what the file is called if nobody gives it another name; empty for the first words."""
        super().__init__(words)
        self._title = title
        self.opened: OpenProject | None = None
        self._texts = texts
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)
        menu = QMenu(self)
        add_formats(menu, self._ask)
        self.setMenu(menu)

    def _ask(self, known: ExportFormat) -> None:
        texts = self._texts()
        path = ask_where(self, known, self._title() or title_of(texts[0])) if texts else None
        if self.opened and path:
            export(self.opened, texts, path, lambda file: self.told_done.emit(*in_words(file)))


def in_words(exported: Path) -> tuple[str, WayOn]:
    """Where it lies now, and the way there."""
    step = WayOn("Show in folder", "Opens the folder in which it lies", lambda: open_folder(exported.parent))
    return f"Exported as {exported}.", step


def add_formats(menu: QMenu, chosen: Callable[[ExportFormat], object]) -> None:
    for known in ExportFormat:
        menu.addAction(f"Export as {known.words} ({known.ending}) …", functools.partial(chosen, known))


def ask_where(parent: QWidget, known: ExportFormat, title: str) -> Path | None:
    return file_dialogs.ask_where(parent, "Export", title, known.ending)


def export(opened: OpenProject, texts: Sequence[str], path: Path, then: Callable[[Path], object]) -> None:
    """``then(path)`` is called on the window's thread when the file is written."""
    opened.jobs.start(lambda control: iter([_write(texts, path)]), then)


def _write(texts: Sequence[str], path: Path) -> Path:
    with atomic_io.refusals(path):
        path.parent.mkdir(exist_ok=True)
    front_door.export(texts, path)
    return path
