"""What is prose in full lines, and what is not."""

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.joining import joined
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import click
from .desk import at_end

WRAPPED = (
    "“Of course I know that,” said the Time Traveller, turning to the\n"
    "wall, “I had made my way back to the old house by the river, and\n"
    "I shall have the same day more to him.”"
)
VERSE = "The sea of day\nis another sea,\nand another\n"
LIST = "Apples\nPears and plums that grow behind the garden wall of the house\nNuts"


def test_full_lines_become_one_and_paragraphs_stay() -> None:
    text = joined(f"{WRAPPED}\n\n{WRAPPED} And more\n\n{VERSE}")
    first, second, verse = text.split("\n\n")
    assert "\n" not in first and "turning to the wall" in first and verse == VERSE
    assert second.endswith("to him.” And more")
    assert joined(text) == text


@pytest.mark.parametrize("text", ["", "One line", VERSE, LIST, "A long line of its own. " * 20 + "\nAnd another one."])
def test_all_else_stays(text: str) -> None:
    assert joined(text) == text


def test_the_page_offers_it_where_it_helps_and_takes_it_back(qtbot: QtBot, tab: WriteTab) -> None:
    desk = tab.desk
    at_end(desk, VERSE)
    qtbot.waitUntil(lambda: not desk._counting.isActive())
    assert desk.join_button.isHidden()
    at_end(desk, WRAPPED)
    qtbot.waitUntil(lambda: not desk.join_button.isHidden())
    click(qtbot, desk.join_button)
    assert widgets.text_of(desk.page) == joined(WRAPPED)
    qtbot.waitUntil(desk.join_button.isHidden)
    desk.page.undo()
    assert widgets.text_of(desk.page) == WRAPPED
