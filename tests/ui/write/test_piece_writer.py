"""A text appears in the page as it is written, and is one step for Ctrl+Z."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.editor import Editor
from textgen_gui.ui.write.piece_writer import PieceWriter


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[Editor]:
    made = Editor()
    qtbot.addWidget(made)
    made.setPlainText("The  sea.")
    yield made


def test_the_first_word_is_there_at_once_and_the_others_soon(qtbot: QtBot, page: Editor) -> None:
    writer = PieceWriter(page)
    writer.begin(4)
    writer.add("old")
    assert widgets.text_of(page) == "The old sea."
    for piece in (" and", " calm", " \U0001f600"):
        writer.add(piece)
    assert widgets.text_of(page) == "The old sea."
    qtbot.waitUntil(lambda: widgets.text_of(page) == "The old and calm \U0001f600 sea.", timeout=2000)
    assert writer.position == 4 + len("old and calm ") + 2


def test_one_undo_takes_back_all_pieces(page: Editor) -> None:
    writer = PieceWriter(page)
    for position in (4, 0):
        writer.begin(position)
        for piece in ("Now", " or", " then "):
            writer.add(piece)
            writer.flush()
    assert widgets.text_of(page) == "Now or then The Now or then  sea."
    page.undo()
    assert widgets.text_of(page) == "The Now or then  sea."
    page.undo()
    assert widgets.text_of(page) == "The  sea."


def test_what_waits_is_not_written_at_the_next_position(page: Editor) -> None:
    writer = PieceWriter(page)
    writer.begin(0)
    writer.add("a")
    writer.add("lost")
    writer.begin(0)
    writer.flush()
    assert widgets.text_of(page) == "aThe  sea."
