"""How a test uses the writing room."""

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.draft import Done
from textgen_gui.engine.core.events import ModelChosen, StopReason, TextGenerated
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.shelf import Shelf
from textgen_gui.ui.write.write_tab import WriteTab
from textgen_gui.ui.write.writing_desk import WritingDesk

from ..using import click, settled


def set_values(tab: WriteTab, **values: object) -> None:
    for name, value in values.items():
        form = tab.how.form if name in tab.how.form.controls else tab.how.more_form
        form.controls[name].setValue(value)  # type: ignore[attr-defined]


def at_end(desk: WritingDesk, text: str) -> None:
    desk.page.setPlainText(text)
    desk.page.moveCursor(QTextCursor.MoveOperation.End)
    desk.page.setFocus()


def written(qtbot: QtBot, window: MainWindow, desk: WritingDesk) -> str:
    """The page after one press of Write."""
    click(qtbot, desk.write_button)
    settled(qtbot, window)
    return widgets.text_of(desk.page)


def damage_best(run: Run) -> None:
    """The best model of it is not what was saved any more."""
    weights = checkpoints.best(run).folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")


def closed(qtbot: QtBot, window: MainWindow) -> None:
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None, timeout=20_000)


def printable(text: str) -> str:
    """What an untrained model writes holds control characters, which the page shows as something else."""
    return "".join(letter for letter in text if letter.isprintable())


def generated(text: str, index: int = 0, seed: int = 7) -> TextGenerated:
    return TextGenerated(index, text, len(text), 1.0, 0.1, seed, StopReason.LENGTH)


def written_by_model(text: str, prompt: str = "") -> Done:
    return Done(ModelChosen("runs/001 a/checkpoints/step-1", "x", "1"), prompt, GenerateConfig(), generated(text))


def names(shelf: Shelf) -> list[str]:
    return [shelf.list.item(row).text().splitlines()[0] for row in range(shelf.list.count())]


def choose(shelf: Shelf, name: str) -> None:
    row = next(row for row, one in enumerate(names(shelf)) if one.startswith(name))
    shelf.list.setCurrentRow(row, QItemSelectionModel.SelectionFlag.ClearAndSelect)
