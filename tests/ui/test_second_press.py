"""Double clicks where one press is enough, as the system tells a window of them."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core.project import Run
from textgen_gui.ui.main_window import MainWindow

from ..conftest import story
from .using import settled, tabs


def double_click(window: MainWindow, on: QWidget, between: Callable[[], object] = lambda: None) -> None:
    """``between``: what happens after the first press, if that is one of a button."""
    handle = window.windowHandle()
    assert handle is not None
    if isinstance(on, QAbstractButton):
        on.clicked.connect(lambda: between())
    QTest.mouseDClick(handle, Qt.MouseButton.LeftButton, pos=on.mapTo(window, on.rect().center()))


class Heard(QObject):
    """Which widgets are told of double clicks."""

    def __init__(self) -> None:
        super().__init__()
        self.widgets: list[QObject] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if isinstance(watched, QWidget) and event.type() == QEvent.Type.MouseButtonDblClick:
            self.widgets.append(watched)
        return False


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, trained: Run) -> MainWindow:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    return window


def test_a_double_click_removes_one_text(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """The second press took out the one below it, which is chosen by then."""
    place = Project.create(tmp_path / "p")
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"{name} {story()}")
        place.add(tmp_path / f"{name}.txt")
    window.open_project(place.folder)
    settled(qtbot, window)
    data, _, _ = tabs(window)
    window.tabs.setCurrentIndex(0)
    qtbot.waitUntil(data.remove.isVisible)
    data.remove.setFocus()
    double_click(window, data.remove, lambda: settled(qtbot, window))
    settled(qtbot, window)
    assert data.table.texts.rowCount() == 2 and window.focusWidget() is data.remove


def test_a_second_press_does_nothing_to_the_page_that_has_just_opened(opened: MainWindow, trained: Run) -> None:
    """It marked a word there, which the next key would have written over."""
    _, train, _ = tabs(opened)
    opened.tabs.setCurrentIndex(1)
    train._choose([trained])
    QApplication.processEvents()
    button = next(b for b in (train.view.status.next_button, train.view.write_button) if "Write" in b.text())
    heard, application = Heard(), QApplication.instance()
    assert application
    application.installEventFilter(heard)
    double_click(opened, button)
    application.removeEventFilter(heard)
    assert opened.tabs.currentIndex() == 2 and heard.widgets == []


def test_who_presses_twice_on_a_word_marks_it(opened: MainWindow) -> None:
    page = tabs(opened)[2].desk.page
    page.setPlainText("word " * 2000)
    opened.tabs.setCurrentIndex(2)
    QApplication.processEvents()
    double_click(opened, page.viewport())
    assert page.textCursor().selectedText() == "word"


def test_words_that_are_offered_come_as_fast_as_one_presses(opened: MainWindow) -> None:
    desk = tabs(opened)[2].desk
    opened.tabs.setCurrentIndex(2)
    desk.page.setPlainText("A word")  # there is something to copy
    taken = list[str]()
    for button in (desk.copy_button, desk.offers.buttons[0]):
        button.clicked.disconnect()
        button.show()
        button.setEnabled(True)
        QApplication.processEvents()  # it has its place now
        double_click(opened, button, functools.partial(taken.append, button.text()))
    assert taken == ["Copy", "", ""]


def press(on: QWidget, at_ms: int) -> None:
    """As the system tells the native window that the widget lies in."""
    window = on.window()
    handle, place = window.windowHandle(), QPointF(on.mapTo(window, on.rect().center()))
    assert handle is not None
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        event = QMouseEvent(kind, place, handle.mapToGlobal(place), left, left, none)
        event.setTimestamp(at_ms)
        QApplication.sendEvent(handle, event)


def test_a_second_press_leaves_the_keyboard_to_the_field_of_the_dialog_that_has_just_opened(
    qtbot: QtBot, opened: MainWindow
) -> None:
    """“New project…”, pressed twice: the name that was typed went to a list of files under the mouse."""
    dialog, name, files = QDialog(opened), QLineEdit(), QListWidget()
    layout = QVBoxLayout(dialog)
    layout.addWidget(name)
    layout.addWidget(files)
    files.addItem("a file")
    press(opened.tabs, 5000)
    dialog.open()
    name.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWindow() is dialog.windowHandle())
    press(files.viewport(), 5200)
    assert dialog.focusWidget() is name
    press(files.viewport(), 5200 + QApplication.doubleClickInterval())
    assert dialog.focusWidget() is files
    dialog.close()
