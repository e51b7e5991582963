"""What else could stand in the place of a word is offered at a click and by a key, and the model goes on from it."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu
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
    assert menu is not None and len(menu.actions()) == 8
    other = next(n for n, (text, _) in enumerate(span.token.alternatives) if text.isalpha() and n)
    menu.actions()[other].trigger()
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


def test_a_click_on_a_word_and_a_key_offer_alternatives(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    desk = tab.desk
    at_end(desk, "The old")
    written(qtbot, window, desk)
    desk.confidence.switch.setChecked(True)
    desk.page.setTextCursor(desk.page.cursor_at(desk.confidence.spans()[2].start))
    qtbot.keyClick(desk.page, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    close_menu(qtbot)
    inside = desk.page.cursorRect().center() + QPoint(2, 0)
    qtbot.mouseClick(desk.page.viewport(), Qt.MouseButton.LeftButton, pos=inside)
    close_menu(qtbot)
    desk.confidence.switch.setChecked(False)
    qtbot.mouseClick(desk.page.viewport(), Qt.MouseButton.LeftButton, pos=inside)
    assert QApplication.activePopupWidget() is None


def close_menu(qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=3000)
    popup = QApplication.activePopupWidget()
    assert popup
    popup.close()
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None, timeout=3000)
