"""What else could stand in the place of a word is offered at a right click and by a key; the model goes on from it."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import settled
from .desk import at_end, written


def test_another_word_is_chosen_and_the_version_before_is_there_again(
    qtbot: QtBot, window: MainWindow, tab: WriteTab
) -> None:
    desk = tab.desk
    at_end(desk, "\U0001f600 The old")
    before = written(qtbot, window, desk)
    desk.confidence.switch.setChecked(True)
    span = next(span for span in desk.confidence.spans()[3:] if span.start < span.end)
    menu = desk.alternatives.menu_at(span.start)
    assert menu is not None and [action.isEnabled() for action in menu.actions()] == [False, *8 * [True]]
    other = next(n for n, (text, _) in enumerate(span.token.alternatives) if text.isalpha() and n)
    menu.actions()[1 + other].trigger()
    settled(qtbot, window)
    menu.deleteLater()
    now = widgets.text_of(desk.page)
    stays = before.encode("utf-16-le")[: 2 * span.start].decode("utf-16-le")
    assert now.startswith(stays + span.token.alternatives[other][0]) and now != before
    assert desk.versions.isVisible() and desk.versions.texts == [before]
    desk.versions.activated.emit(1)
    assert widgets.text_of(desk.page) == before and now in desk.versions.texts
    desk.page.undo()
    assert widgets.text_of(desk.page) == now
    desk.page.undo()
    assert widgets.text_of(desk.page) == before, "the word and what came of it are one step"


def test_the_right_button_and_a_key_offer_alternatives_and_a_click_sets_the_cursor(
    qtbot: QtBot, window: MainWindow, tab: WriteTab
) -> None:
    desk = tab.desk
    at_end(desk, "The old")
    written(qtbot, window, desk)
    desk.confidence.switch.setChecked(True)
    desk.page.setTextCursor(desk.page.cursor_at(desk.confidence.spans()[2].start))
    qtbot.keyClick(desk.page, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    close_menu(qtbot)
    inside = desk.page.cursorRect().center() + QPoint(2, 0)
    before = desk.page.textCursor().position()
    desk.page.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.mouseClick(desk.page.viewport(), Qt.MouseButton.LeftButton, pos=inside)
    assert QApplication.activePopupWidget() is None and desk.page.textCursor().position() - before in (0, 1)
    right_click(desk.page.viewport(), inside)
    assert not [one for one in shown_menu(qtbot).findChildren(QMenu) if one.isVisible()], "not one drawn over the other"
    assert {"Paste", "Select All"} <= {words.partition("\t")[0].replace("&", "") for words in menu_words(qtbot)[9:]}
    close_menu(qtbot)
    desk.confidence.switch.setChecked(False)
    right_click(desk.page.viewport(), inside)
    assert menu_words(qtbot)[0].startswith("Other words for “") and len(menu_words(qtbot)) > 5
    close_menu(qtbot)
    desk.page.setPlainText("")
    assert not desk.alternatives.eventFilter(desk.page.viewport(), asked_at(desk.page.viewport(), inside))


def test_other_words_for_one_of_my_own_take_its_place(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """Whole words, wherever the cursor stands in it, whoever wrote it; only that word goes."""
    desk = tab.desk
    desk.page.setPlainText("\U0001f600 The old house")
    desk.page.setTextCursor(desk.page.cursor_at(9))
    qtbot.keyClick(desk.page, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    menu = shown_menu(qtbot)
    first, *others = menu.actions()
    offered = [other.text().partition("\t")[0] for other in others]
    assert first.text() == "Instead of “old”:" and offered and "old" not in offered
    assert all(word == word.strip() and word for word in offered)
    others[0].trigger()
    close_menu(qtbot)
    assert widgets.text_of(desk.page) == f"\U0001f600 The {offered[0]} house"
    assert desk.page.textCursor().position() == len(f"12 The {offered[0]}")
    desk.page.undo()
    assert widgets.text_of(desk.page) == "\U0001f600 The old house"
    desk.page.setPlainText("old" * 9000)
    assert desk.alternatives.others.word_at(3) is None


def test_an_answer_for_a_word_that_has_changed_meanwhile_is_none(qtbot: QtBot, tab: WriteTab) -> None:
    desk = tab.desk
    desk.page.setPlainText("The old house")
    others = desk.alternatives.others
    others.ask(5)
    assert others.job
    desk.page.cursor_at(0).insertText("In ")
    qtbot.waitUntil(lambda: others.job is None, timeout=60_000)
    assert QApplication.activePopupWidget() is None and widgets.text_of(desk.page) == "In The old house"
    desk.page.setReadOnly(True)
    others.ask(7)
    assert others.job is None, "a model writes"
    desk.page.setReadOnly(False)


def asked_at(widget: QWidget, at: QPoint) -> QContextMenuEvent:
    return QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at))


def right_click(widget: QWidget, at: QPoint) -> None:
    QApplication.sendEvent(widget, asked_at(widget, at))


def shown_menu(qtbot: QtBot) -> QMenu:
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=3000)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    return popup


def menu_words(qtbot: QtBot) -> list[str]:
    return [action.text() for action in shown_menu(qtbot).actions()]


def close_menu(qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=3000)
    popup = QApplication.activePopupWidget()
    assert popup
    popup.close()
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None, timeout=3000)
