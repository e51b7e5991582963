"""The next words are offered while one writes, and taken by a key or a click."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.project import Run
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.alternatives import share_in_words
from textgen_gui.ui.write.offers import Offers
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import settled
from .desk import at_end, damage_best


@pytest.fixture
def offers(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> Offers:
    tab.desk.offers.switch.setChecked(True)
    at_end(tab.desk, "")
    qtbot.keyClicks(tab.desk.page, "The old")
    ready(qtbot, window, tab.desk.offers)
    return tab.desk.offers


def ready(qtbot: QtBot, window: MainWindow, offers: Offers) -> None:
    """What is offered fits the page as it is."""
    qtbot.waitUntil(
        lambda: bool(offers.offered) and not offers._timer.isActive() and offers.job is None, timeout=10_000
    )
    settled(qtbot, window)


def test_words_are_offered_and_taken_by_tab_or_number(qtbot: QtBot, window: MainWindow, offers: Offers) -> None:
    page = offers.page
    first = offers.offered[0]
    assert offers.buttons[0].isVisible() and share_in_words(first.share) in offers.buttons[0].text()
    assert offers.buttons[0].accessibleName() == str(first)
    qtbot.keyClick(page, Qt.Key.Key_Tab)
    assert widgets.text_of(page) == "The old" + first.word
    ready(qtbot, window, offers)
    second = offers.offered[1]
    offers.buttons[1].animateClick()
    qtbot.waitUntil(lambda: widgets.text_of(page) == "The old" + first.word + second.word, timeout=3000)
    ready(qtbot, window, offers)


def test_words_of_another_model_than_the_best_say_so_once(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run
) -> None:
    said: list[str] = []
    tab.said.connect(said.append)
    damage_best(run)
    tab.desk.offers.switch.setChecked(True)
    at_end(tab.desk, "")
    for words in ("The old", " man"):
        qtbot.keyClicks(tab.desk.page, words)
        ready(qtbot, window, tab.desk.offers)
    assert len(said) == 1 and "is taken instead." in said[0]


def test_no_offered_word_is_said_to_be_impossible() -> None:
    assert [share_in_words(share) for share in (0.83, 0.01, 0.009, 0.0)] == ["83%", "1%", "under 1%", "under 1%"]


def test_without_offers_tab_moves_on(qtbot: QtBot, window: MainWindow, offers: Offers) -> None:
    offers.switch.setChecked(False)
    assert not offers.buttons[0].isVisible()
    qtbot.keyClick(offers.page, Qt.Key.Key_Tab)
    assert widgets.text_of(offers.page) == "The old" and not offers.page.hasFocus()
    settled(qtbot, window)
