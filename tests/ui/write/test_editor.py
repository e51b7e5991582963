"""Positions in the page are those of Qt; highlights lie in layers; the margin says where the memory began anew."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.editor import Editor, Layer, before_cursor, qt_positions
from textgen_gui.ui.write.write_tab import WriteTab

from .desk import at_end, set_values, written


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[Editor]:
    made = Editor()
    qtbot.addWidget(made)
    yield made


def test_only_a_page_that_writes_later_keeps_what_is_typed(qtbot: QtBot) -> None:
    """Elsewhere a space goes on a page, and letters that nobody takes would pile up. Several keys may make a letter."""
    for keeps in (True, False):
        page = Editor(keeps_typing=keeps)
        qtbot.addWidget(page)
        page.resize(400, 200)
        page.setPlainText("line\n" * 200)
        page.show()
        page.setReadOnly(True)
        assert page.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled) is keeps
        qtbot.keyClick(page, Qt.Key.Key_Space)
        composed = QInputMethodEvent()
        composed.setCommitString("語")
        if keeps:  # else the system is told to send none
            QApplication.sendEvent(page, composed)
        qtbot.keyClick(page, Qt.Key.Key_Enter, Qt.KeyboardModifier.ControlModifier)
        assert page.has_typed is keeps and (page.verticalScrollBar().value() > 0) is not keeps
        page.setReadOnly(False)
        page.take_typed()
        assert page.toPlainText().startswith(" 語line" if keeps else "line")


@pytest.mark.parametrize(
    "text", ["", "plain", "a\nb", "a\r\nb", "\r\n\r\n", "\U0001f600a\U0001f600", "«\u00a0é\r\n\U0001f600», and", "\n\r"]
)
def test_each_character_is_where_qt_counts_it(page: Editor, text: str) -> None:
    page.setPlainText(text)
    positions = qt_positions(text)
    assert len(positions) == len(text) + 1
    assert positions[-1] == page.document().characterCount() - 1
    for character, start, end in zip(text, positions[:-1], positions[1:], strict=True):
        if character not in "\r\n":
            assert page.cursor_at(start, end).selectedText() == character


def test_the_text_before_the_cursor_ends_where_a_selection_begins(page: Editor) -> None:
    page.setPlainText("\U0001f600 «\u00a0The old man")
    page.setTextCursor(page.cursor_at(5, 8))
    assert before_cursor(page) == "\U0001f600 «\u00a0"
    page.moveCursor(QTextCursor.MoveOperation.End)
    assert before_cursor(page) == widgets.text_of(page)


def test_a_layer_replaces_only_what_it_showed_itself(page: Editor) -> None:
    page.setPlainText("one two three")
    look = QTextCharFormat()
    page.highlight(Layer.COPIES, [page.highlighted(0, 3, look)])
    page.highlight(Layer.CONFIDENCE, [page.highlighted(4, 7, look)])
    assert [one.cursor.selectedText() for one in page.extraSelections()] == ["two", "one"]
    page.highlight(Layer.COPIES, [])
    assert [one.cursor.selectedText() for one in page.extraSelections()] == ["two"]


def test_the_memory_that_began_anew_is_noted_in_the_margin(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    set_values(tab, max_new_tokens=40, min_new_tokens=40)
    at_end(tab.desk, "The old")
    written(qtbot, window, tab.desk)
    assert tab.desk.page.notes() and "a line in the margin" in tab.desk.status.text()
    tab.desk.page.setFocus()
    qtbot.keyClick(tab.desk.page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert widgets.text_of(tab.desk.page) == "The old" and not tab.desk.page.notes(), "nothing is forgotten there now"


def test_text_from_the_right_stands_at_the_right(qtbot: QtBot) -> None:
    page = Editor()
    qtbot.addWidget(page)
    page.resize(600, 300)
    page.show()
    for text, is_right in (("\n\nשלום עולם", True), ("English", False), ("", False), ("مرحبا", True)):
        page.setPlainText(text)
        page.moveCursor(page.textCursor().MoveOperation.Start)
        begins = page.cursorRect(page.cursor_at(len(text) - len(text.lstrip()))).x()
        assert (begins > 300) == is_right, text


def test_a_page_that_was_resized_unseen_wraps_its_lines(qtbot: QtBot) -> None:
    """The window was made larger while another tab was shown: lines were cut, and a bar to scroll sideways came."""
    stack, page = QStackedWidget(), Editor()
    qtbot.addWidget(stack)
    stack.addWidget(page)
    stack.addWidget(QWidget())
    page.setPlainText("It was by noon when Will comes again, and she never heard such a dark sound on the walls. " * 4)
    stack.resize(700, 400)
    stack.show()
    for width in (1440, 700, 1000):
        stack.setCurrentIndex(1)
        stack.resize(width, 400)
        stack.setCurrentIndex(0)
        QApplication.processEvents()
        assert page.horizontalScrollBar().maximum() == 0, width
