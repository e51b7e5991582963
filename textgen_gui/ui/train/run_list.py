"""The runs of a project: choose one to see it, several to compare them; rename and delete."""

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QInputDialog,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ...engine.core import kept_texts
from ...engine.core.names import why_other
from ...engine.core.project import Run
from ...engine.core.run_numbers import without_number
from ...engine.core.snapshot import RunSnapshot
from ...words import count, number
from ..parts import widgets
from ..parts.bin import forget_what_left, to_bin
from ..parts.boxes import ask_to_delete
from ..parts.direction import below
from ..parts.focus import FocusBack
from ..parts.open_project import OpenProject
from ..parts.row_menu import RowMenu
from ..parts.styled import Styled


class RunList(QWidget):
    """Signals: ``new_asked()``, ``chosen([Run, ...])``, ``renamed(Run, said)``, ``deleted(Run)``,
    ``problem(sentence, details)``, ``refused(sentence)``: not while a model trains, ``said(sentence)``: what became
    of a run. ``said`` of a renamed one: what is not as it was asked for, in a sentence."""

    new_asked = Signal()
    chosen = Signal(list)
    renamed = Signal(object, str)
    deleted = Signal(object)
    problem = Signal(str, str)
    refused = Signal(str)
    said = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._opened: OpenProject | None = None
        self._chosen: set[Path] = set()
        self._training: Run | None = None
        self._focus = FocusBack(self, self._instead)
        self.new_button = widgets.button("New run", "Set up another training", self.new_asked.emit, icon="add")
        self.empty = widgets.label("Your runs will be listed here, with their curves and samples.", "muted", wrap=True)
        self.list = QListWidget()
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName("Runs")
        self.list.setToolTip("Choose a run to see its curve and samples again, or several (Ctrl) to compare them")
        self.list.itemSelectionChanged.connect(self._selected)
        self.list.setWordWrap(True)
        self.list.setItemDelegate(WholeNames(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.menu = RowMenu(self.list)
        self.menu.add("Rename …", self.rename, "F2", lambda: len(self.selected()) == 1 and not self._training_chosen())
        self.menu.add("Delete …", self.delete, "Del", lambda: bool(self.selected()) and not self._training_chosen())
        self.more = self.menu.more()
        self.hint = widgets.label("Ctrl and a click on a second run compares them.", "muted", wrap=True)
        top = widgets.row(self.new_button, self.more)
        top.setStretch(0, 1)
        parts = (top, self.empty, self.list, self._note(), self.hint)
        column = widgets.column(*parts, 1, margin=widgets.GRID)
        column.setContentsMargins(widgets.GRID, widgets.GRID, widgets.GRID, 3 * widgets.GRID)
        column.setStretch(2, 100)
        self.setLayout(column)
        Styled(self)

    def _instead(self, lost: QWidget) -> QWidget | None:
        """What has the keyboard where it is lost; what is taken back is listed a moment later."""
        if self.list.count():
            return self.list
        return None if lost is self.undo_button else self.new_button

    def _note(self) -> QWidget:
        self._removed: list[dict[Path, Path]] = []  # where each folder lies in the bin, the last one last
        self._called: dict[Path, str] = {}
        self.note_words = widgets.label("", wrap=True)
        self.undo_button = widgets.button("Undo", "Takes the run out of the bin again", self.undo)
        self.note = widgets.card(widgets.column(self.note_words, self.undo_button, margin=widgets.GRID), "notice")
        self.note.hide()
        by_key = QShortcut(QKeySequence.StandardKey.Undo, self, self.undo)
        by_key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return self.note

    def open_project(self, opened: OpenProject) -> None:
        self._opened, self._chosen, self._training = opened, set(), None
        self._removed.clear()
        self.undo_button.setEnabled(True)
        self.note.hide()

    def show_runs(self, runs: Sequence[RunSnapshot], training: Run | None, paused: bool = False) -> None:
        """Lists the runs anew, the newest first; those that were chosen stay so. Nothing is emitted."""
        self._training = training
        self.list.blockSignals(True)
        self.list.clear()
        for known in reversed(runs):
            trains = training is not None and known.run.folder == training.folder
            state = ("paused" if paused else "training now") if trains else _state(known)
            item = QListWidgetItem(below(known.title, state))
            item.setData(Qt.ItemDataRole.UserRole, known.run)
            item.setToolTip(widgets.plain("\n".join(filter(None, (str(known.run.folder), known.problem)))))
            self.list.addItem(item)
        self._mark_chosen()
        self.list.blockSignals(False)
        with self._focus.kept():
            for shown in (self.list, self.more):
                shown.setVisible(self.list.count() > 0)
        self.empty.setVisible(self.list.count() == 0)
        self.hint.setVisible(self.list.count() > 1)

    def _mark_chosen(self) -> None:
        for item in self._items():
            chosen = item.data(Qt.ItemDataRole.UserRole).folder in self._chosen
            if chosen and len(self._chosen) == 1:
                self.list.setCurrentItem(item)
            item.setSelected(chosen)

    def selected(self) -> list[Run]:
        """In the order of the list."""
        items = sorted(self.list.selectedItems(), key=self.list.row)
        return [item.data(Qt.ItemDataRole.UserRole) for item in items]

    def _selected(self) -> None:
        """What is in sight stays marked where somebody pressed beside all runs."""
        runs = self.selected()
        if not runs:
            self._choose(self._chosen)
            return
        self._chosen = {run.folder for run in runs}
        self.chosen.emit(runs)

    def choose(self, run: Run) -> None:
        """Marks a run as the one that is shown, also when it is listed only later. Nothing is emitted."""
        self._choose({run.folder})

    def unselect(self) -> None:
        self._choose(set())

    def _choose(self, folders: set[Path]) -> None:
        self._chosen = folders
        self.list.blockSignals(True)
        self.list.setCurrentRow(-1)
        self.list.clearSelection()
        self._mark_chosen()
        self.list.blockSignals(False)

    def _items(self) -> Iterator[QListWidgetItem]:
        yield from (self.list.item(row) for row in range(self.list.count()))

    def rename(self) -> None:
        """Asks for another name for the one that is chosen."""
        for run in self._free_to_change()[:1]:
            words = without_number(run.name)
            name, agreed = QInputDialog.getText(
                self, "Rename", "A new name for this run, to find it again:", text=words
            )
            if agreed and name.strip():
                self._rename(run, name.strip())

    def _rename(self, run: Run, wished: str) -> None:
        became: list[Run] = []

        def told() -> None:
            name = without_number(became[0].name)
            why = why_other(wished, name, "folders")
            self.renamed.emit(became[0], f"The name became “{name}”: {why}." if name != wished else "")

        self._do(lambda: became.append(run.rename(wished)), told)

    def delete(self) -> None:
        """Moves the chosen runs to the bin of the system, after a question."""
        runs = self._free_to_change()
        if not runs:
            return
        words = f"“{self._title(runs[0])}”" if len(runs) == 1 else count("run", len(runs))
        question = f"Move {words} to the bin, with all checkpoints? Texts written with the model are kept."
        if self._opened and ask_to_delete(self, question):
            self._opened.go_on()
            self._called |= {run.folder: self._title(run) for run in runs}
            for run in runs:
                self._do(functools.partial(self._delete, run), functools.partial(self._deleted, run))

    def _delete(self, run: Run) -> None:
        lies: dict[Path, Path] = {}
        run.delete(functools.partial(to_bin, lies=lies))
        if lies:
            self._removed.append(lies)

    def _deleted(self, run: Run) -> None:
        self.said.emit(f"“{self._called[run.folder]}” is in the bin of this computer; from there it can be put back.")
        self.deleted.emit(run)
        self._show_note()

    def undo(self) -> None:
        """The run that was deleted last is back where it was; what could not be taken back can be tried again."""
        if not self._opened or not self._removed or not self.undo_button.isEnabled():
            return
        self._opened.go_on()
        lies = self._removed[-1]
        with self._focus.kept():
            self.undo_button.setEnabled(False)

        def failed(sentence: str, details: str) -> None:
            self._undone(lies)
            self.problem.emit(sentence, details)

        self._do(functools.partial(kept_texts.restore, lies), functools.partial(self._restored, lies, [*lies]), failed)

    def _restored(self, lies: dict[Path, Path], folders: Sequence[Path]) -> None:
        """What came back is chosen, once it is listed, and shown."""
        self._undone(lies)
        runs = [Run(folder) for folder in folders if folder not in lies]
        for run in runs:
            self.said.emit(f"“{self._called[run.folder]}” is back.")
        self._chosen = {run.folder for run in runs}
        self.chosen.emit(runs)

    def _undone(self, lies: dict[Path, Path]) -> None:
        forget_what_left(self._removed, lies)
        with self._focus.kept():
            self.undo_button.setEnabled(True)
            self._show_note()

    def _show_note(self) -> None:
        self.note.setVisible(bool(self._removed))
        if self._removed:
            folder = next(iter(self._removed[-1]))
            self.note_words.setText(f"In the bin: “{self._called[folder]}”.")

    def _title(self, run: Run) -> str:
        return self._opened.snapshot.title(run) if self._opened else run.name

    def _free_to_change(self) -> list[Run]:
        """The chosen runs; none when one of them is being trained here."""
        if training := self._training_chosen():
            self.refused.emit(f"“{self._title(training)}” is being trained. Stop it first.")
            return []
        return self.selected()

    def _training_chosen(self) -> Run | None:
        """The run that trains, if it is one of those."""
        training = self._training
        return training if training and training.folder in (run.folder for run in self.selected()) else None

    def _do(
        self,
        change: Callable[[], object],
        then: Callable[[], object],
        failed: Callable[[str, str], object] | None = None,
    ) -> None:
        if self._opened:
            self._opened.change(change, then=then, failed=failed or self.problem.emit)


def _state(known: RunSnapshot) -> str:
    if known.problem:
        return "not all of it can be read"
    if known.is_finished:
        return "finished"
    return f"stopped at step {number(known.step)}" if known.checkpoints else "not started"


class WholeNames(QStyledItemDelegate):
    """Rows of a list as high as their words need; Qt forgets that the look leaves space beside them."""

    def sizeHint(  # noqa: N802 (Qt's name)
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        view = self.parent()
        assert isinstance(view, QListWidget)
        space = QRect(0, 0, view.viewport().width() - 3 * widgets.GRID, 10_000)
        words = view.fontMetrics().boundingRect(space, Qt.TextFlag.TextWordWrap, str(index.data()))
        return QSize(space.width(), words.height() + 2 * widgets.GRID)
