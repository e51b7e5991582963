"""What was written word for word like the training texts is marked on the page."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.project import Run
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.copy_check import CopyCheck
from textgen_gui.ui.write.editor import Layer
from textgen_gui.ui.write.write_tab import WriteTab

from ...conftest import story
from ..using import click, settled, tabs
from .desk import at_end, written


@pytest.fixture
def copies(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> CopyCheck:
    at_end(tab.desk, "Begin")
    written(qtbot, window, tab.desk)
    return tab.desk.copies


def test_copies_are_marked_where_they_stand(qtbot: QtBot, window: MainWindow, copies: CopyCheck) -> None:
    copied = story().split("\n")[1]
    copies.page.setPlainText(f"\U0001f600 My own words. {copied} And mine again.")
    click(qtbot, copies.button)
    settled(qtbot, window)
    (marked,) = copies.page._layers[Layer.COPIES]
    assert marked.cursor.selectedText() == copied.rstrip(".")
    assert "of the words stand like this in your texts, in 1 passage" in copies.words.text()
    assert "texts/story.txt" in copies.words.toolTip()
    copies.page.setPlainText("Nothing of this can be found in any of the texts at all, I hope.")
    assert not copies.page._layers[Layer.COPIES] and copies.words.text() == ""
    click(qtbot, copies.button)
    settled(qtbot, window)
    assert "Nothing stands like this" in copies.words.text()
    assert widgets.text_of(copies.page).startswith("Nothing")


def test_what_was_changed_meanwhile_is_not_marked(qtbot: QtBot, window: MainWindow, copies: CopyCheck) -> None:
    copied = story().split("\n")[1]
    copies.page.setPlainText(copied)
    click(qtbot, copies.button)
    copies.page.setPlainText("My own: " + copied)
    settled(qtbot, window)
    assert not copies.page._layers[Layer.COPIES] and copies.words.text() == ""
    for text in (copied, "My own: " + copied):
        copies.page.setPlainText(text)
        click(qtbot, copies.button)
    settled(qtbot, window)
    assert copies.page._layers[Layer.COPIES] and "in 1 passage" in copies.words.text(), "asked for again meanwhile"


def test_the_keyboard_stays_on_the_button(qtbot: QtBot, window: MainWindow, tab: WriteTab, copies: CopyCheck) -> None:
    """Or the next notch of the wheel would choose another model."""
    copies.button.setFocus()
    qtbot.keyClick(copies.button, Qt.Key.Key_Space)
    assert copies.job and window.focusWidget() is copies.button
    settled(qtbot, window)
    assert window.focusWidget() is copies.button and copies.words.text()


def test_a_sentence_says_how_much_is_copied(qtbot: QtBot, window: MainWindow, run: Run) -> None:
    window.open_project(run.project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    view = tabs(window)[1].view
    tabs(window)[1].list.list.setCurrentRow(0)
    settled(qtbot, window)
    assert not view.copied.words.text()
    click(qtbot, view.copied.button)
    settled(qtbot, window)
    assert [copied.step for copied in view.copied.measured] == [4, 8, 12] and view.copied.words.text()
    view.open(run)
    assert not view.copied.words.text()
    settled(qtbot, window)
