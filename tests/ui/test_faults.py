"""What may go wrong around the window: settings that are none, and errors that nobody caught."""

import random

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui import Run
from textgen_gui.engine.core.home import home
from textgen_gui.ui.app import Uncaught
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.preferences import Preferences, Theme

from .using import settled, tabs

damages = {
    "noise": random.Random(1).randbytes(4000),
    "empty": b"",
    "from the future": b"[General]\ntheme=sepia\npace=7\nrests_on_battery=maybe\nrecent=@Invalid()\ngeometry=9\n",
    "cut": b'[General]\ntheme="da',
}


@pytest.mark.parametrize("damage", damages.values(), ids=damages)
def test_settings_that_cannot_be_read_are_the_usual_ones(damage: bytes) -> None:
    (home() / "settings.ini").write_bytes(damage)
    preferences = Preferences()
    assert (preferences.theme, preferences.pace, preferences.rests_on_battery) == ("system", "balanced", False)
    assert preferences.recent() == [] and preferences.geometry.isEmpty()
    preferences.theme = Theme.DARK
    assert Preferences().theme == "dark"


def test_an_error_that_nobody_caught_is_a_sentence_with_details_behind_it(qtbot: QtBot, window: MainWindow) -> None:
    uncaught = Uncaught(window)
    uncaught.raised.connect(window.tell)
    try:
        raise ZeroDivisionError("a slot divides by zero")
    except ZeroDivisionError as problem:
        uncaught.report(type(problem), problem, problem.__traceback__)
    assert window.notice.isVisible()
    expected = "Something unexpected went wrong (ZeroDivisionError). The details are in the log."
    assert window.notice.words.text() == expected


def test_a_project_folder_that_was_moved_away_is_told_as_it_is(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    """By whatever misses it first; and what is kept there does not count as nothing."""
    folder = trained.project.folder
    trained.project.generated_folder.mkdir(exist_ok=True)
    (trained.project.generated_folder / "20260101-000000 A.txt").write_text("A text that was kept.")
    window.open_project(folder)
    settled(qtbot, window)
    data, _, write = tabs(window)
    folder.rename(folder.with_name("elsewhere"))
    data.prepare()
    settled(qtbot, window)
    assert "The folder of this project is gone" in window.notice.words.text()
    window.notice.hide()
    window.tabs.setCurrentIndex(2)
    write.views.setCurrentWidget(write.shelf)
    settled(qtbot, window)
    assert "is gone" in write.shelf.status.text() and "is gone" in window.notice.words.text()
    folder.with_name("elsewhere").rename(folder)
    qtbot.waitUntil(lambda: bool(write.shelf.kept), timeout=10_000)
    assert "1 kept text" in write.shelf.status.text()
    settled(qtbot, window)
