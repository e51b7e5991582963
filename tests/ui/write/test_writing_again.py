"""A kept text is written again, and what comes of it stands beside it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot
from safetensors.torch import load_file, save_file

from textgen_gui.engine.core import manifest
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.shelf import Shelf
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import click, settled
from .desk import at_end, choose, set_values, written


def test_a_text_is_written_again_and_success_is_said_as_such(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, tab: WriteTab
) -> None:
    """Beside the text, and as long as that is chosen."""
    window.notice.hide()
    choose(shelf, "The old")
    click(qtbot, shelf.replay_button)
    assert shelf.outcome.isVisible() and shelf.outcome.text() == "Writing it again …"
    settled(qtbot, window)
    assert shelf.outcome.isVisible() and shelf.outcome.text() == "What the model wrote came out word for word the same."
    assert shelf.outcome.property("good") and not window.notice.isVisible(), "once is enough"
    choose(shelf, "Two poems")
    assert not shelf.outcome.isVisible()
    click(qtbot, shelf.replay_button)
    settled(qtbot, window)
    assert "is no receipt" in window.notice.words.text() and not shelf.outcome.isVisible()
    choose(shelf, "The old")
    assert not shelf.outcome.isVisible(), "another was written again since"


def halve(run: Run) -> None:
    """Its best model writes something else from now on."""
    weights = checkpoints.best(run).folder / "model.safetensors"
    tensors = load_file(weights)
    save_file({name: tensor * 0.5 for name, tensor in tensors.items()}, weights, metadata={"format": "pt"})
    for checkpoint in run.checkpoints():
        manifest.write(checkpoint.folder)


@pytest.mark.parametrize("prompt", ["", "The"])
def test_words_of_a_person_are_no_departure(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, tab: WriteTab, run: Run, prompt: str
) -> None:
    """Such as a title that came later, which begins as the prompt does."""
    tab.views.setCurrentWidget(tab.desk)
    at_end(tab.desk, prompt)
    written(qtbot, window, tab.desk)
    tab.desk.page.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClicks(tab.desk.page, "The title\r")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    click(qtbot, window.notice.way_button)
    settled(qtbot, window)
    assert shelf.chosen()[0].name.startswith("The title")
    halve(run)
    click(qtbot, shelf.replay_button)
    settled(qtbot, window)
    assert shelf.outcome.text().startswith("Not the same. What is different here: ")


def test_where_a_text_that_is_written_again_departs_is_shown(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, run: Run
) -> None:
    """The model is not the one that it was."""
    choose(shelf, "The old")
    halve(run)
    click(qtbot, shelf.replay_button)
    settled(qtbot, window)
    words, text = shelf.outcome.text(), widgets.text_of(shelf.page)
    assert shelf.outcome.isVisible() and not shelf.outcome.property("good")
    assert words.startswith("Not the same. After “… ") and "is not the model that it was" in words
    cursor = shelf.page.textCursor()
    assert 0 < cursor.selectionStart() < cursor.selectionEnd() <= len(text)
    assert f"instead of “{' '.join(cursor.selectedText().split())} …”" in words


def test_writing_again_can_be_stopped(qtbot: QtBot, window: MainWindow, shelf: Shelf, tab: WriteTab) -> None:
    choose(shelf, "The old")
    click(qtbot, shelf.replay_button)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    settled(qtbot, window)
    assert tab.replaying is None and not shelf.outcome.isVisible()


def test_what_comes_of_it_is_told_beside_its_own_text_only(qtbot: QtBot, window: MainWindow, shelf: Shelf) -> None:
    """Over the page where several are chosen meanwhile."""
    choose(shelf, "The old")
    click(qtbot, shelf.replay_button)
    shelf.list.selectAll()
    settled(qtbot, window)
    assert not shelf.outcome.isVisible() and window.notice.words.text().endswith(
        "What the model wrote came out word for word the same."
    )
    choose(shelf, "The old")
    assert shelf.outcome.isVisible() and shelf.outcome.text() == "What the model wrote came out word for word the same."


def test_what_is_told_throws_no_reader_back(qtbot: QtBot, window: MainWindow, shelf: Shelf) -> None:
    choose(shelf, "The old")
    file = shelf.chosen()[0].file
    file.write_text("A line.\n" * 500)
    shelf.refresh()
    settled(qtbot, window)
    bar = shelf.page.verticalScrollBar()
    bar.setValue(200)
    click(qtbot, shelf.replay_button)
    settled(qtbot, window)
    assert "was changed after it was kept" in window.notice.words.text() and bar.value() == 200
    shelf.tell(file, "Writing again, 1 of 2 …")
    assert shelf.outcome.isVisible() and bar.value() == 200


def test_a_text_that_was_changed_since_is_said_to_be(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, tab: WriteTab
) -> None:
    """What the model wrote comes out the same, and is not what stands there."""
    tab.views.setCurrentWidget(tab.desk)
    set_values(tab, max_new_tokens=60, min_new_tokens=60)
    at_end(tab.desk, "A new")
    written(qtbot, window, tab.desk)
    tab.desk.page.moveCursor(QTextCursor.MoveOperation.End)
    for _ in range(4):
        qtbot.keyClick(tab.desk.page, Qt.Key.Key_Backspace)
    qtbot.keyClicks(tab.desk.page, " of mine")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    tab.views.setCurrentWidget(shelf)
    settled(qtbot, window)
    choose(shelf, "A new")
    click(qtbot, shelf.replay_button)
    settled(qtbot, window)
    assert shelf.outcome.text() == (
        "What the model wrote came out word for word the same. The text that stands here was changed after it was "
        "written."
    )
