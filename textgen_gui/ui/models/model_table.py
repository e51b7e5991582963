"""The models that are here, and what can be done with one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from ...engine.core.library import LibraryModel, Origin, Unfinished, damaged, library, unfinished
from ...engine.core.snapshot import ProjectSnapshot
from ...words import size
from ..parts import widgets
from ..parts.row_menu import RowMenu
from .languages import in_words
from .table import Table, licence_in_words

COLUMNS = ("Model", "Size", "Languages", "Licence", "From", "Used by")
Listed = LibraryModel | Unfinished


@dataclass(frozen=True, slots=True)
class Shelf:
    """What lies in the library at one moment. It is read on a job's thread."""

    models: Sequence[LibraryModel]
    unfinished: Sequence[Unfinished]
    damaged: Sequence[str] = ()

    @classmethod
    def now(cls) -> Self:
        return cls(library(), unfinished(), tuple(damaged()))


class ModelTable(QWidget):
    """Signals: ``begin_asked(name)``, ``write_asked(name)``, ``fetch_asked(name)`` (one that is not finished),
    ``take_asked(LibraryModel)``, ``delete_asked(LibraryModel | Unfinished)``.
    """

    begin_asked = Signal(str)
    write_asked = Signal(str)
    fetch_asked = Signal(str)
    take_asked = Signal(object)
    delete_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._listed: list[Listed] = []
        self._project: ProjectSnapshot | None = None
        self.table = Table(
            COLUMNS,
            "Models on this computer",
            "Choose a model to begin with it, write with it, or delete it",
            wide=4,
            numbers=(1,),
        )
        self.table.itemSelectionChanged.connect(self._selected)
        self._make_buttons()
        menu = RowMenu(self.table)
        for button in (self.begin, self.write, self.take):
            menu.add_button(button)
        menu.add_button(self.delete, QKeySequence.StandardKey.Delete)
        self.hint = widgets.label("", "muted", wrap=True)
        buttons = widgets.row(self.begin, self.write, self.go_on, self.take, self.delete, 1)
        self.setLayout(widgets.column(self.table, self.hint, buttons, gap=2 * widgets.GRID))
        self.show_shelf(Shelf((), ()), None)

    def _make_buttons(self) -> None:
        self.begin = widgets.button(
            "Begin with this",
            "The next training goes on from this model instead of from nothing",
            lambda: self.begin_asked.emit(self._name()),
            role="primary",
        )
        self.write = widgets.button(
            "Write with this", "Write with this model as it is", lambda: self.write_asked.emit(self._name())
        )
        self.go_on = widgets.button(
            "Go on fetching", "Fetch what is still missing of it", lambda: self.fetch_asked.emit(self._name())
        )
        self.take = widgets.button(
            "Take it with you …",
            "As a page for a friend, or as a file for other programs",
            lambda: self.take_asked.emit(self.selected()),
            icon="save",
        )
        self.delete = widgets.button(
            "Delete …", "Move it to the bin", lambda: self.delete_asked.emit(self.selected()), icon="remove"
        )

    def show_shelf(self, shelf: Shelf, project: ProjectSnapshot | None) -> None:
        """What is chosen stays so where it is still there."""
        chosen = self._name()
        self._listed, self._project = [*shelf.models, *shelf.unfinished], project
        self.table.setRowCount(len(self._listed))
        for row, listed in enumerate(self._listed):
            source = listed.source if isinstance(listed, LibraryModel) else ""
            tips = {0: str(listed.folder), 4: source}
            for column, words in enumerate(_cells(listed, project)):
                self.table.write(row, column, words, tips.get(column) or words)
        self.choose(chosen)
        self._selected()

    def choose(self, name: str) -> None:
        """The first where it is not there."""
        names = [listed.name for listed in self._listed]
        if names:
            self.table.selectRow(names.index(name) if name in names else 0)

    def selected(self) -> Listed | None:
        row = self.table.chosen_row()
        return self._listed[row] if 0 <= row < len(self._listed) else None

    def _name(self) -> str:
        chosen = self.selected()
        return chosen.name if chosen else ""

    def _selected(self) -> None:
        chosen = self.selected()
        whole = isinstance(chosen, LibraryModel)
        self.begin.setEnabled(whole and self._project is not None)
        self.write.setEnabled(whole and self._project is not None)
        self.take.setEnabled(whole)
        self.go_on.setVisible(isinstance(chosen, Unfinished))
        self.delete.setEnabled(chosen is not None and not _is_in_the_box(chosen))
        self.hint.setText(self._hint(chosen))

    def _hint(self, chosen: Listed | None) -> str:
        if chosen is None:
            return "No model is here yet. “Find more” lists some that are good to begin with."
        if isinstance(chosen, Unfinished):
            return f"{size(chosen.bytes)} of it are here. Fetching goes on from there."
        if self._project is None:
            return "Open a project to begin with a model, or to write with it."
        return "The starter belongs to the program and cannot be deleted." if _is_in_the_box(chosen) else ""


def runs_with(model: LibraryModel, project: ProjectSnapshot | None) -> list[str]:
    """The names of the runs of the open project that began with it."""
    begins = {model.name, str(model.folder)}
    runs = project.runs if project else ()
    return [known.title for known in runs if known.config and known.config.start.model in begins]


def _cells(listed: Listed, project: ProjectSnapshot | None) -> tuple[str, ...]:
    if isinstance(listed, Unfinished):
        return listed.name, size(listed.bytes), "", "", "not finished", ""
    return (
        "The starter" if _is_in_the_box(listed) else listed.name,
        size(listed.bytes),
        in_words(listed.languages),
        licence_in_words(listed.licence),
        "this program" if _is_in_the_box(listed) else urlsplit(listed.source).netloc or listed.source or "elsewhere",
        ", ".join(f"“{title}”" for title in runs_with(listed, project)),
    )


def _is_in_the_box(listed: Listed) -> bool:
    return isinstance(listed, LibraryModel) and listed.origin is Origin.BOX
