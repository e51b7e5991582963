"""What is prose in full lines, and what is not."""

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.draft import Done
from textgen_gui.engine.core.events import ModelChosen
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.joining import joined
from textgen_gui.ui.write.keeping import Keeping
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import click, settled
from .desk import at_end, generated

WRAPPED = (
    "“Of course I know that,” said the Time Traveller, turning to the\n"
    "wall, “I had made my way back to the old house by the river, and\n"
    "from the window the two of us could see how the old man went to\n"
    "that garden, where he had left what he had brought, and that he\n"
    "did not find it there; and then, as it was late and cold, we all\n"
    "went back to the house.”"
)
LONG_VERSE = (
    "It is an ancient Mariner who stops the one of three\n"
    "By thy long beard and glittering eye now wherefore stopp\n"
    "The Bridegroom's doors are opened wide and I am next of\n"
    "The guests are met the feast is set mayst hear the din"
)
VERSE = "The sea of day\nis another sea,\nand another\n"
LIST = "Apples\nPears and plums that grow behind the garden wall of the house\nNuts"


def test_full_lines_become_one_and_paragraphs_stay() -> None:
    text = joined(f"{WRAPPED}\n\n{WRAPPED} And more\n\n{VERSE}")
    first, second, verse = text.split("\n\n")
    assert "\n" not in first and "turning to the wall" in first and verse == VERSE
    assert second.endswith("the house.” And more")
    assert joined(text) == text


STAYING = [
    "Somebody typed one line of this length, and pressed Enter then.\n",
    WRAPPED[: WRAPPED.rindex("\n") + 1],
    LONG_VERSE,
    f"{LONG_VERSE}\n\n{LONG_VERSE}",
    "\n".join(["somebody ended each line of this page with a full stop."] * 8),
]


@pytest.mark.parametrize(
    "text", ["", "One line", VERSE, LIST, *STAYING, "A long line of its own. " * 20 + "\nAnd another one."]
)
def test_all_else_stays(text: str) -> None:
    assert joined(text) == text


def test_the_page_offers_it_where_it_helps_and_takes_it_back(qtbot: QtBot, tab: WriteTab) -> None:
    desk = tab.desk
    at_end(desk, VERSE)
    qtbot.waitUntil(lambda: not desk._counting.isActive())
    assert desk.join_button.isHidden()
    at_end(desk, WRAPPED)
    qtbot.waitUntil(lambda: not desk.join_button.isHidden())
    desk.page.setTextCursor(desk.page.cursor_at(WRAPPED.index("garden") + 6))
    click(qtbot, desk.join_button)
    assert widgets.text_of(desk.page)[desk.page.textCursor().position() :].startswith(", where")
    assert widgets.text_of(desk.page) == joined(WRAPPED)
    qtbot.waitUntil(desk.join_button.isHidden)
    desk.page.undo()
    assert widgets.text_of(desk.page) == WRAPPED


def test_what_a_model_wrote_is_still_known_when_its_lines_are_joined(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, kept = tab.desk, list[Done]()
    model = ModelChosen("runs/001", "0" * 64)
    for text in (WRAPPED, "taken out again"):
        desk.draft.add(Done(model, "", GenerateConfig(), generated(text)))
    monkeypatch.setattr(Keeping, "keep", lambda self, project, done, page: kept.extend(done))
    at_end(desk, WRAPPED)
    desk.join_lines()
    desk.save()
    settled(qtbot, window)
    assert [one.event.text for one in kept] == [WRAPPED]
