"""The runs of a project: choose one to see it, several to compare them; rename and delete."""

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QFile, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QInputDialog, QListWidget, QListWidgetItem, QMessageBox, QWidget

from ...engine.core.errors import EngineError
from ...engine.core.project import Project, Run
from ..parts import widgets


class RunList(QWidget):
    """Signals: ``new_asked()``, ``chosen([Run, ...])``, ``changed()`` (renamed, deleted),
    ``problem(sentence, details)``."""

    new_asked = Signal()
    chosen = Signal(list)
    changed = Signal()
    problem = Signal(str, str)

    def __init__(self, state_of: Callable[[Run], str]) -> None:
        super().__init__()
        self._state_of = state_of
        self.new_button = widgets.button("New run", "Set up another training", self.new_asked.emit, icon="add")
        self.empty = widgets.label("Your runs will be listed here, with their curves and samples.", "muted", wrap=True)
        self.list = QListWidget()
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName("Runs")
        self.list.setToolTip("Choose a run to see its curve and samples again, or several (Ctrl) to compare them")
        self.list.itemSelectionChanged.connect(lambda: self.chosen.emit(self.selected()))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._action("Rename …", "F2", self.rename)
        self._action("Delete …", "Del", self.delete)
        column = widgets.column(self.new_button, self.empty, self.list, 1, margin=widgets.GRID)
        column.setStretch(2, 100)
        self.setLayout(column)

    def _action(self, words: str, key: str, done: Callable[[], object]) -> None:
        action = QAction(words, self.list)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(done)
        self.list.addAction(action)

    def show_runs(self, project: Project, chosen: Run | None) -> None:
        """Lists the runs anew, the newest first. Nothing is emitted."""
        self.list.blockSignals(True)
        self.list.clear()
        for run in reversed(project.runs()):
            item = QListWidgetItem(f"{run.name}\n{self._state_of(run)}")
            item.setData(Qt.ItemDataRole.UserRole, run)
            item.setToolTip(str(run.folder))
            self.list.addItem(item)
            if chosen and run.folder == chosen.folder:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self.list.setVisible(self.list.count() > 0)
        self.empty.setVisible(self.list.count() == 0)

    def selected(self) -> list[Run]:
        """In the order of the list."""
        items = sorted(self.list.selectedItems(), key=self.list.row)
        return [item.data(Qt.ItemDataRole.UserRole) for item in items]

    def unselect(self) -> None:
        self.list.blockSignals(True)
        self.list.setCurrentRow(-1)
        self.list.clearSelection()
        self.list.blockSignals(False)

    def show_state(self, run: Run) -> None:
        """Another second line for one run."""
        for item in self._items():
            if item.data(Qt.ItemDataRole.UserRole).folder == run.folder:
                item.setText(f"{run.name}\n{self._state_of(run)}")

    def _items(self) -> Iterator[QListWidgetItem]:
        yield from (self.list.item(row) for row in range(self.list.count()))

    def rename(self) -> None:
        """Asks for another name for the one that is chosen."""
        for run in self.selected()[:1]:
            words = run.name.partition(" ")[2]
            name, agreed = QInputDialog.getText(self, "Rename the run", "Name of the run", text=words)
            if agreed and name.strip():
                self._do(lambda run=run, name=name: run.rename(name))  # type: ignore[misc]

    def delete(self) -> None:
        """Moves the chosen runs to the bin of the system, after a question."""
        runs = self.selected()
        if not runs:
            return
        words = f"“{runs[0].name}”" if len(runs) == 1 else f"{len(runs)} runs"
        question = f"Move {words} to the bin, with all checkpoints? Texts written with the model are kept."
        if QMessageBox.question(self, "Delete", question) == QMessageBox.StandardButton.Yes:
            for run in runs:
                self._do(lambda run=run: run.delete(_to_bin))  # type: ignore[misc]

    def _do(self, change: Callable[[], object]) -> None:
        try:
            change()
        except EngineError as problem:
            self.problem.emit(str(problem), "")
        self.changed.emit()


def _to_bin(folder: Path) -> bool:
    moved, _ = QFile.moveToTrash(str(folder))
    return moved
