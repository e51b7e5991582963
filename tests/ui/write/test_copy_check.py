"""What was written word for word like the training texts is marked on the page."""

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.project import Project, Run
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets

from ...conftest import story, train_all
from ...engine.runs import make_run, prepared_project
from ..using import click, settled, tabs


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("copies"))


@pytest.fixture
def run(place: Project) -> Run:
    made = make_run(place)
    train_all(made)
    return made


def test_copies_are_marked_where_they_stand(qtbot: QtBot, window: MainWindow, run: Run) -> None:
    window.open_project(run.project.folder)
    _, _, generate = tabs(window)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    generate.page.page.setPlainText("Begin")
    generate.how.form.controls["max_new_tokens"].setValue(5)  # type: ignore[attr-defined]
    click(qtbot, generate.page.write_button)
    settled(qtbot, window)
    copied = story().split("\n")[1]
    generate.page.page.setPlainText(f"\U0001f600 My own words. {copied} And mine again.")
    click(qtbot, generate.page.copies.button)
    qtbot.waitUntil(lambda: generate.page.copies.job is None, timeout=20_000)
    (marked,) = generate.page.page.extraSelections()
    assert marked.cursor.selectedText() == copied.rstrip(".")
    assert "of the words stand like this in your texts, in 1 passages" in generate.page.copies.words.text()
    assert "texts/story.txt" in generate.page.copies.words.toolTip()
    generate.page.page.setPlainText("Nothing of this can be found in any of the texts at all, I hope.")
    assert not generate.page.page.extraSelections() and generate.page.copies.words.text() == ""
    click(qtbot, generate.page.copies.button)
    qtbot.waitUntil(lambda: generate.page.copies.job is None, timeout=20_000)
    assert "Nothing stands like this" in generate.page.copies.words.text()
    assert widgets.text_of(generate.page.page).startswith("Nothing")


def test_the_curve_shows_how_much_is_copied(qtbot: QtBot, window: MainWindow, run: Run) -> None:
    window.open_project(run.project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    view = tabs(window)[1].view
    tabs(window)[1].list.list.setCurrentRow(0)
    settled(qtbot, window)
    assert not view.plot._copied
    click(qtbot, view.copied_button)
    qtbot.waitUntil(lambda: view.copying is None, timeout=20_000)
    assert [step for step, _ in view.plot._copied] == [4, 8, 12]
    assert "of the words are copied" in view.plot.in_words() and "copied" in view.plot._legend.text()
    view.open(run)
    assert not view.plot._copied
