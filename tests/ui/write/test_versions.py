"""Each version of the page is there once, and can be taken again; none is lost that a new page took away."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import project
from textgen_gui.engine.core.draft import LONGEST_LINE
from textgen_gui.engine.core.library import LibraryModel
from textgen_gui.engine.core.project import Project
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.versions import SAVED, Versions
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import settled
from .desk import at_end, closed, set_values, written


def test_a_version_is_listed_once_and_taken(qtbot: QtBot) -> None:
    versions = Versions()
    qtbot.addWidget(versions)
    assert versions.isHidden()
    for text in ("One\nwith lines", "Two \U0001f600", "One\nwith lines"):
        versions.add(text)
    assert [versions.itemText(row) for row in range(versions.count())] == [
        "Versions",
        "1: 3 words, …One with lines",
        "2: 2 words, …Two \U0001f600",
    ]
    assert not versions.isHidden()
    with qtbot.waitSignal(versions.taken) as taken:
        versions.activated.emit(2)
    assert taken.args == ["Two \U0001f600"]
    with qtbot.assertNotEmitted(versions.taken):
        versions.activated.emit(0)
    versions.take_up(None)
    assert versions.isHidden() and not versions.texts


def test_the_newest_stays_however_long_it_is(qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project) -> None:
    page = "Years of work.\n" * (SAVED // 15 + 1)
    at_end(tab.desk, page)
    tab.desk.draft._save()
    settled(qtbot, window)
    tab.desk.page.selectAll()
    qtbot.keyClicks(tab.desk.page, "x")
    closed(qtbot, window)
    window.open_project(place.folder)
    settled(qtbot, window)
    assert widgets.text_of(tab.desk.page) == "x" and tab.desk.versions.texts == [page]


def test_the_page_of_another_project_is_no_version_of_this_one(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project, tmp_path: Path
) -> None:
    """Where the page of this one could not be read, much that was cut from it brought back the other one's."""
    at_end(tab.desk, "Of the first project. " * 20)
    tab.desk.draft._save()
    settled(qtbot, window)
    other = project.create(tmp_path / "other")
    other.draft_file.parent.mkdir(parents=True, exist_ok=True)
    other.draft_file.write_text("{")
    closed(qtbot, window)
    window.open_project(other.folder)
    settled(qtbot, window)
    page = tab.desk.page
    page.setPlainText("Of the second project. " * 20)
    page.selectAll()
    qtbot.keyClick(page, Qt.Key.Key_Delete)
    assert not any("first" in text for text in tab.desk.versions.texts)


def test_a_page_that_a_longer_one_was_pasted_over_is_a_version(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """Saved some seconds later, it was nowhere any more."""
    mine = "A line of mine.\n" * 60
    at_end(tab.desk, mine)
    tab.desk.draft._save()
    settled(qtbot, window)
    QGuiApplication.clipboard().setText("Of somebody else, and longer.\n" * 60)
    tab.desk.page.selectAll()
    qtbot.keyClick(tab.desk.page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert widgets.text_of(tab.desk.page).startswith("Of somebody") and tab.desk.versions.texts == [mine]


def test_many_stages_of_a_page_push_no_other_page_out(qtbot: QtBot) -> None:
    """A page that a new model's took the place of was said to be among the versions."""
    versions = Versions()
    qtbot.addWidget(versions)
    other = "Of the model before. " * 1000
    versions.add(other)
    for word in range(100):
        versions.add(f"{'One page. ' * 2000}{word}")
    saved = versions.newest()
    assert other in saved and saved[-1].endswith("99") and sum(map(len, saved)) <= SAVED


@pytest.mark.parametrize("long", ["A line of mine.\n" * (SAVED // 16), "x" * (LONGEST_LINE + 1) + "\n"])
def test_a_page_that_would_not_stay_among_the_versions_is_left_where_it_is(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, starter: LibraryModel, long: str
) -> None:
    """Also for a new model: another version would push it out, or no window could show it another day."""
    set_values(tab, max_new_tokens=60, min_new_tokens=60)
    page = long + written(qtbot, window, tab.desk)
    tab.desk.page.setPlainText(page)
    tab.choose("starter")
    assert widgets.text_of(tab.desk.page) == page and not tab.desk.versions.texts
    assert tab.desk.status.text() == "On this page “test” wrote, last with the seed 7."
