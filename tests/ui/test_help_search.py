"""Help is searched by typing, and read by the keys that scroll."""

from dataclasses import fields, is_dataclass

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import config
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.ui.help_search import HelpSearch
from textgen_gui.ui.main_window import MainWindow

from .wanted import action, opened_page


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow) -> HelpSearch:
    action(window, "How to, and all keys").trigger()
    opened = opened_page()
    assert isinstance(opened, HelpSearch)
    return opened


def found(qtbot: QtBot, page: HelpSearch, words: str) -> str:
    page.search.clear()
    qtbot.keyClicks(page.search, words)
    return page.text.toPlainText()


def test_words_are_found_wherever_they_stand(qtbot: QtBot, page: HelpSearch) -> None:
    """Among the steps, the keys, the glossary and the settings, under a heading that says where."""
    whole = page.text.toPlainText()
    steps = found(qtbot, page, "sample GROW")
    assert "From a text to a model of your own" in steps and "Watch the sample grow" in steps
    assert "New project" in found(qtbot, page, "ctrl+n")
    assert "How daring the model writes" in found(qtbot, page, "temperature") and "Glossary" in page.text.toPlainText()
    assert "Settings of a run, under Train" in found(qtbot, page, "learning rate")
    assert "text-decoration: underline" in page.text.toHtml()
    assert "Nothing in Help holds these words" in found(qtbot, page, "xyzzy <b>")
    page.search.clear()
    assert page.text.toPlainText() == whole


@pytest.mark.parametrize(
    "words, answer",
    [
        ("change a word", "choose “Other words”"),
        ("alternative", "choose “Other words”"),
        ("synonyms", "choose “Other words”"),
        ("export", "“Take it with you …”"),
        ("print", "print that file from there"),
        ("printing", "print that file from there"),
        ("private", "stay on this computer"),
        ("dark", "The moon at the top right"),
        ("where are my files", "“Show project folder”"),
        ("delete a run", "Del moves it to the bin"),
        ("rename", "F2 gives it another name"),
        ("letters count more", "“Its share (weight)”"),
        ("word counter", "a counter of the words on the page"),
        ("save", "Press Keep (Ctrl+S)"),
        ("folder", "press “Add folder…” under Data"),
        ("bigger", "How do I get a better model, or a bigger one?"),
        ("nonsense", "Train it longer, add text"),
        ("plagiarism", "marks what stands there word for word"),
        ("German", "whatever your texts are written in"),
        ("another computer", "Copy the folder of the project"),
        ("how long does it take", "planned by the minutes that you give it"),
        ("worse", "The best moment of the run is kept"),
        ("undo", "Ctrl+Z takes back"),
        ("export to Word", "choose Word, Text, Markdown or a table"),
    ],
)
def test_ordinary_words_are_answered(qtbot: QtBot, page: HelpSearch, words: str, answer: str) -> None:
    """On the page itself too. Words that stand nowhere are found by their beginnings."""
    assert answer in page.text.toPlainText()
    assert answer in found(qtbot, page, words) and "Questions" in page.text.toPlainText()


def test_every_setting_is_found(qtbot: QtBot, page: HelpSearch) -> None:
    """Each that has a name in some form."""
    known = [one for one in (*vars(config).values(), GenerateConfig) if isinstance(one, type) and is_dataclass(one)]
    labels = [field.metadata.get("label") for one in known for field in fields(one)]
    assert "LoRA rank" in labels
    for label in filter(None, labels):
        page.search.setText(label)
        assert f"\n{label}\n" in page.text.toPlainText().replace("\u2028", "\n")


def test_help_is_searched_without_a_mouse(qtbot: QtBot, page: HelpSearch) -> None:
    qtbot.waitUntil(page.search.hasFocus)
    bar = page.text.verticalScrollBar()
    qtbot.keyClick(page.search, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    qtbot.keyClick(page.search, Qt.Key.Key_Return)
    assert page.isVisible(), "Return in the field presses no button"
    page.text.setFocus()
    qtbot.keyClick(page.text, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()
    qtbot.keyClick(page.search, Qt.Key.Key_Escape)
    assert not page.isVisible()
