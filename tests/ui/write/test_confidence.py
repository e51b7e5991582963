"""Each word that the model wrote is tinted by how sure it was, exactly where it stands."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.events import TokenChosen
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.write.confidence import Confidence, levels
from textgen_gui.ui.write.editor import Editor
from textgen_gui.ui.write.write_tab import WriteTab

from .desk import at_end, printable, written


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[Editor]:
    made = Editor()
    qtbot.addWidget(made)
    made.show()
    yield made


def test_tokens_are_found_behind_an_emoji(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    desk = tab.desk
    at_end(desk, "\U0001f600 The old")
    written(qtbot, window, desk)
    desk.confidence.switch.setChecked(True)
    assert desk.confidence.legend.isVisible() and desk.page.extraSelections()
    assert len(desk.confidence.spans()) == 12
    for span in desk.confidence.spans():
        cursor = desk.page.cursor_at(span.start, span.end)
        whole = cursor.selectedText().replace("\u2029", "\n")
        assert printable(whole) == printable(desk.done[0].event.text[span.token.start : span.token.end])


def test_older_writing_is_spoken_of_only_where_there_is_some(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """Not on an empty page, and not over one's own words."""
    desk, older = tab.desk, "older writing has lost it"
    legend = desk.confidence.legend
    qtbot.keyClick(desk.confidence.switch, Qt.Key.Key_Space)
    assert legend.isVisible() and older not in legend.text() and "from now on" in legend.text()
    at_end(desk, "The old")
    written(qtbot, window, desk)
    assert levels[0].name in legend.text()
    desk.confidence.forget()  # as does opening the project again
    qtbot.waitUntil(lambda: older in legend.text(), timeout=3000)
    for text in ("The old, and these words are mine", ""):
        desk.page.selectAll()
        qtbot.keyClick(desk.page, Qt.Key.Key_Delete)
        qtbot.keyClicks(desk.page, text)
        qtbot.waitUntil(lambda: older not in legend.text(), timeout=3000)


def test_each_level_has_a_line_of_its_own_and_sure_words_have_none(qtbot: QtBot, page: Editor) -> None:
    confidence = Confidence(page)
    qtbot.addWidget(confidence)
    page.setPlainText("My own. abcd")
    confidence.begin(8)
    confidence.switch.setChecked(True)
    probabilities = (0.9, 0.3, 0.1, 0.01)
    confidence.end("abcd", [TokenChosen(0, n, n, n + 1, p, ()) for n, p in enumerate(probabilities)])
    shown = [(one.cursor.selectedText(), one.format.underlineStyle()) for one in page.extraSelections()]
    assert shown == list(zip("bcd", (level.line for level in levels), strict=True))
    assert all(level.name in confidence.legend.text() for level in levels)
    confidence.switch.setChecked(False)
    assert not page.extraSelections() and confidence.legend.isHidden()


def test_what_is_typed_behind_and_before_it_is_not_tinted(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """Whether the mouse puts the cursor there or the model left it there."""
    desk = tab.desk
    at_end(desk, "The old")
    desk.confidence.switch.setChecked(True)
    written(qtbot, window, desk)
    before = [one.cursor.selectedText() for one in desk.page.extraSelections()]
    stretch = desk.confidence.spans()
    assert before and stretch[-1].token.probability < 0.5
    qtbot.keyClicks(desk.page, " my own words")
    assert [one.cursor.selectedText() for one in desk.page.extraSelections()] == before
    desk.page.setTextCursor(desk.page.cursor_at(stretch[0].start))
    qtbot.keyClicks(desk.page, " man")
    assert desk.confidence.spans()[0].start == stretch[0].start + len(" man")
    assert [one.cursor.selectedText() for one in desk.page.extraSelections()] == before


def test_what_somebody_writes_into_it_does_not_belong_to_the_model(qtbot: QtBot, page: Editor) -> None:
    confidence = Confidence(page)
    qtbot.addWidget(confidence)
    page.setPlainText("My own. abcd")
    confidence.begin(8)
    confidence.switch.setChecked(True)
    confidence.end("abcd", [TokenChosen(0, 0, 0, 4, 0.1, ())])
    qtbot.keyClicks(page, "Before: ")  # the cursor is at the beginning
    assert confidence.spans()[0].start == 16 and page.extraSelections()[0].cursor.selectedText() == "abcd"
    page.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(page, ".")
    assert confidence.spans()
    page.setTextCursor(page.cursor_at(18))
    qtbot.keyClicks(page, "x")
    assert not confidence.spans()
    qtbot.waitUntil(lambda: not page.extraSelections(), timeout=3000)


def test_all_that_was_written_stays_tinted_around_what_somebody_writes(qtbot: QtBot, page: Editor) -> None:
    """Pieces that were written one after the other, in front of each other, and parted by a word of one's own."""
    confidence = Confidence(page)
    qtbot.addWidget(confidence)
    confidence.switch.setChecked(True)

    def write(position: int, text: str) -> None:
        confidence.begin(position)
        page.cursor_at(position).insertText(text)
        confidence.end(text, [TokenChosen(0, n, n, n + 1, 0.01, ()) for n in range(len(text))])

    def tinted() -> list[str]:
        return sorted(one.cursor.selectedText() for one in page.extraSelections())

    page.setPlainText("My own. ")
    write(8, "efgh")
    write(12, "ij")
    write(8, "abcd")
    assert tinted() == list("abcdefghij")
    page.setTextCursor(page.cursor_at(14))
    qtbot.keyClicks(page, "X")
    assert page.toPlainText() == "My own. abcdefXghij"
    qtbot.waitUntil(lambda: tinted() == list("abcdefghij"), timeout=3000)
    cursor = page.cursor_at(9, 11)
    cursor.insertText("YYY")  # instead of b and c
    assert page.toPlainText() == "My own. aYYYdefXghij"
    qtbot.waitUntil(lambda: tinted() == list("adefghij"), timeout=3000)
    page.setTextCursor(page.cursor_at(0))
    qtbot.keyClicks(page, "Z")
    spans = confidence.spans()
    letters = [page.cursor_at(span.start, span.end).selectedText() for span in spans]
    assert letters == list("adefghij"), "each where it stands, in order"
    first, last = (confidence.stretch_at(span.start) for span in (spans[0], spans[-1]))
    assert first and last and (first.end, last.end) == (spans[0].end, spans[-1].end)


def test_what_is_taken_back_and_brought_back_is_tinted_again(qtbot: QtBot, page: Editor) -> None:
    """By Ctrl+Z, or by hand: where the same words stand in the same place."""
    confidence = Confidence(page)
    qtbot.addWidget(confidence)
    confidence.switch.setChecked(True)
    page.setPlainText("My own. ")
    confidence.begin(8)
    page.cursor_at(8).insertText("abcdef")
    confidence.end("abcdef", [TokenChosen(0, n, n, n + 1, 0.01, ()) for n in range(6)])

    def letters() -> str:
        return "".join(page.cursor_at(span.start, span.end).selectedText() for span in confidence.spans())

    page.cursor_at(10, 14).insertText("XY")  # another word for c, and the model goes on
    page.cursor_at(12).insertText("Z")
    page.setTextCursor(page.cursor_at(0))
    qtbot.keyClicks(page, ">")
    assert letters() == "ab"
    while page.toPlainText() != "My own. abcdef":
        page.undo()
    assert letters() == "abcdef"
    page.undo()
    assert page.toPlainText() == "My own. " and not letters()
    page.redo()
    assert page.toPlainText() == "My own. abcdef" and letters() == "abcdef"
    stretch = confidence.stretch_at(8)
    assert stretch and stretch.end == 14, "one stretch, as before"
    page.cursor_at(9, 10).insertText("b")
    assert letters() == "abcdef"
    qtbot.waitUntil(lambda: len(page.extraSelections()) == 6, timeout=3000)
    page.undo()
    page.undo()
    assert page.toPlainText() == "My own. " and not letters()
    confidence.begin(8)
    page.cursor_at(8).insertText("abcdef")  # the same once more, by the same seed
    confidence.end("abcdef", [TokenChosen(0, n, n, n + 1, 0.01, ()) for n in range(6)])
    assert letters() == "abcdef"
    for _ in range(2):
        confidence.begin(14)
        cursor = page.cursor_at(14)
        cursor.beginEditBlock()  # a step of its own
        cursor.insertText("gh")
        cursor.endEditBlock()
        confidence.end("gh", [TokenChosen(0, n, n, n + 1, 0.01, ()) for n in range(2)])
        assert letters() == "abcdefgh", "what stands before it stays its own, also where the same seed wrote it again"
        page.undo()
        assert letters() == "abcdef"
    page.setPlainText("b and f are words of my own")
    assert not letters()


def test_another_text_in_its_place_takes_its_tints(qtbot: QtBot, page: Editor) -> None:
    """Also a longer one, which pushes the beginning of what was written to its own end: all of it lay beyond."""
    confidence = Confidence(page)
    qtbot.addWidget(confidence)
    confidence.switch.setChecked(True)
    for replace in (
        lambda: page.setPlainText("Another text, which is longer."),
        lambda: _replaced(page, "Another text, which is longer."),
    ):
        page.setPlainText("abcd")
        confidence.begin(0)
        confidence.end("abcd", [TokenChosen(0, n, n, n + 1, 0.01, ()) for n in range(4)])
        assert page.extraSelections()
        replace()
        confidence.show_visible()
        assert not confidence.spans() and not page.extraSelections()


@pytest.mark.parametrize("left", ["", "ab", "abxd", "\U0001f600bcd"])
def test_what_was_changed_while_it_was_written_is_not_tinted(qtbot: QtBot, page: Editor, left: str) -> None:
    confidence = Confidence(page)
    qtbot.addWidget(confidence)
    confidence.switch.setChecked(True)
    confidence.begin(0)
    page.setPlainText(left)
    confidence.end("abcd", [TokenChosen(0, n, n, n + 1, 0.01, ()) for n in range(4)])
    assert not confidence.spans() and not page.extraSelections()


def _replaced(page: Editor, text: str) -> None:
    cursor = page.cursor_at(0)
    cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(text)
