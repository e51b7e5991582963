"""What may go wrong around the window: settings that are none, and errors that nobody caught."""

import random

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.home import home
from textgen_gui.ui.app import Uncaught
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.preferences import Preferences, Theme

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
