"""The next words are offered while one writes, and taken by a key or a click."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.events import Suggested
from textgen_gui.engine.core.project import Run
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.editor import before_cursor
from textgen_gui.ui.write.offers import Offer, Offers
from textgen_gui.ui.write.other_words import share_in_words
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import click, settled
from .desk import at_end, damage_best, set_values, written


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


def asked_after(offers: Offers) -> list[str]:
    """What words were offered after, each time."""
    after: list[str] = []
    offer = offers._offer

    def noted(answer: Suggested) -> None:
        after.append(answer.after)
        offer(answer)

    offers._offer = noted  # type: ignore[method-assign]
    return after


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


def test_each_word_taken_is_one_step_apart_from_what_the_model_wrote_and_one_types(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, offers: Offers
) -> None:
    set_values(tab, seed=9)  # after it the model of the tests, which spells by letters, finds several words
    pages = [written(qtbot, window, tab.desk)]
    for number in (0, 1):
        ready(qtbot, window, offers)
        click(qtbot, offers.buttons[number])
        pages.append(widgets.text_of(offers.page))
    qtbot.keyClicks(offers.page, "x")
    for page in reversed(pages):
        qtbot.keyClick(offers.page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert widgets.text_of(offers.page) == page
    qtbot.keyClick(offers.page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert widgets.text_of(offers.page) == "The old"
    settled(qtbot, window)


def test_after_the_model_has_written_words_are_offered_that_follow(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, offers: Offers
) -> None:
    asked = asked_after(offers)
    click(qtbot, tab.desk.write_button)
    assert not offers.offered and not offers.buttons[0].isEnabled()
    settled(qtbot, window)
    ready(qtbot, window, offers)
    assert asked[-1] == widgets.text_of(offers.page) and offers.buttons[0].isEnabled()


def test_no_word_is_taken_for_another_place_than_its_own(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, offers: Offers
) -> None:
    """Each is asked for anew, and until then no key and no press takes the one that stands there."""
    page, asked = offers.page, asked_after(offers)

    def click_at_end() -> None:
        qtbot.mouseClick(page.viewport(), Qt.MouseButton.LeftButton, pos=page.cursorRect(page.cursor_at(7)).center())

    for change, after in (
        (lambda: qtbot.keyClick(page, Qt.Key.Key_Home), ""),
        (lambda: page.setTextCursor(page.cursor_at(4, 7)), "The "),
        (click_at_end, "The old"),
        (lambda: offers.model.checkpoint_box.setCurrentIndex(2), "The old"),
    ):
        ready(qtbot, window, offers)
        change()
        assert not offers.offered and offers.buttons[0].isVisible(), "no row that comes and goes"
        qtbot.keyClick(page, Qt.Key.Key_Tab)
        qtbot.keyClick(page, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
        qtbot.mouseClick(offers.buttons[0], Qt.MouseButton.LeftButton)
        assert widgets.text_of(page) == "The old"
        ready(qtbot, window, offers)
        assert asked[-1] == after and widgets.text_of(page) == "The old"


def test_an_answer_that_comes_too_late_is_not_offered(qtbot: QtBot, window: MainWindow, offers: Offers) -> None:
    """Though whatever stands there by now ends like the page at its beginning, which was nothing."""
    page, asked, shown = offers.page, asked_after(offers), list[tuple[str, str]]()
    show = offers._show

    def noted(offered: tuple[Offer, ...]) -> None:
        shown.append((asked[-1], before_cursor(page)))
        show(offered)

    offers._show = noted  # type: ignore[method-assign]
    once = Qt.ConnectionType.SingleShotConnection
    offers._timer.timeout.connect(lambda: qtbot.keyClick(page, Qt.Key.Key_End), once)  # it is just asked for
    qtbot.keyClick(page, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: "The old" in asked, timeout=10_000)
    ready(qtbot, window, offers)
    assert asked == ["", "The old"] and shown == [("The old", "The old")]


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


def test_the_end_of_a_word_and_a_new_paragraph_look_like_it(qtbot: QtBot, window: MainWindow, offers: Offers) -> None:
    """“t, n, lready” stood there like words."""
    offers._offer(Suggested("The old", (("er", 0.5), (" man", 0.3), (".\n\nI", 0.2))))
    assert [button.text().split("  ")[0] for button in offers.buttons[:3]] == ["…er", "man", "¶ . I"]
    qtbot.keyClicks(offers.page, " ")
    ready(qtbot, window, offers)
    assert not any(button.text().startswith("…") for button in offers.buttons)


def test_no_offered_word_is_said_to_be_impossible() -> None:
    assert [share_in_words(share) for share in (0.83, 0.01, 0.009, 0.0)] == ["83%", "1%", "under 1%", "under 1%"]


def test_without_offers_tab_moves_on(qtbot: QtBot, window: MainWindow, offers: Offers) -> None:
    offers.switch.setChecked(False)
    assert not offers.buttons[0].isVisible()
    qtbot.keyClick(offers.page, Qt.Key.Key_Tab)
    assert widgets.text_of(offers.page) == "The old" and not offers.page.hasFocus()
    settled(qtbot, window)
