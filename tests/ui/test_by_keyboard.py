"""The whole way without a mouse: begin, add, prepare, train, write, keep."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.presets import PresetName
from textgen_gui.ui.main_window import MainWindow

from ..conftest import story
from .using import settled, tabs

CONTROL, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    """As the keyboard does: to the window, which finds out whom it is meant for."""
    handle = window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, key, modifier)


def tab_to(window: MainWindow, wanted: QWidget) -> None:
    """Presses Tab until the focus is there."""
    for _ in range(150):
        if wanted.hasFocus():
            return
        press(window, Qt.Key.Key_Tab)
    raise AssertionError(f"Tab never comes to {wanted}")


def type_into_next_dialog(window: MainWindow, path: Path) -> None:
    """Which file is asked by a dialog within which Qt waits; it is answered by keys as soon as it is there."""
    looking = QTimer(QApplication.instance(), interval=20)
    answered = False

    def answer() -> None:
        nonlocal answered
        dialog = QApplication.activeModalWidget()
        if dialog and dialog.inherits("QFileDialog"):  # again, where what it proposes took the first Return
            answered = True
            (field, *_) = dialog.findChildren(QLineEdit)
            dialog.activateWindow()
            field.setFocus()
            field.setCompleter(None)  # type: ignore[arg-type] # which would propose what lies in crowded folders
            QTest.keyClick(field, Qt.Key.Key_A, CONTROL)
            QTest.keyClicks(field, str(path))
            QTest.keyClick(field, Qt.Key.Key_Return)
            if not dialog.isVisible():
                window.activateWindow()  # as a window manager does when a dialog closes
        elif answered:
            looking.stop()
            looking.deleteLater()

    looking.timeout.connect(answer)
    looking.start()


def test_from_the_first_page_to_a_kept_text(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(story())
    window.activateWindow()
    tab_to(window, window.welcome.new)
    type_into_next_dialog(window, tmp_path / "My Project")
    press(window, Qt.Key.Key_Space)
    settled(qtbot, window)
    data, train, generate = tabs(window)
    add = next(one for one in data.findChildren(QPushButton) if one.isVisible() and one.text() == "Add files…")
    tab_to(window, add)
    type_into_next_dialog(window, tmp_path / "mine.txt")
    press(window, Qt.Key.Key_Space)
    settled(qtbot, window)
    press(window, Qt.Key.Key_R, CONTROL)
    settled(qtbot, window)
    press(window, Qt.Key.Key_2, CONTROL)
    settled(qtbot, window)
    tab_to(window, train.setup.presets.cards[train.setup.presets.preset()])
    press(window, Qt.Key.Key_Down)  # the arrows choose among cards
    press(window, Qt.Key.Key_Left)
    assert train.setup.presets.preset() is PresetName.TINY
    press(window, Qt.Key.Key_R, CONTROL)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 5, timeout=120_000)
    tab_to(window, train.view.stop_button)
    press(window, Qt.Key.Key_Space)
    settled(qtbot, window)
    press(window, Qt.Key.Key_3, CONTROL)
    tab_to(window, generate.how.form.controls["max_new_tokens"])
    for key, modifier in ((Qt.Key.Key_A, CONTROL), (Qt.Key.Key_8, NONE)):
        press(window, key, modifier)
    tab_to(window, generate.desk.page)
    for letter in ("T", "h", "e"):
        press(window, getattr(Qt.Key, f"Key_{letter.upper()}"))
    press(window, Qt.Key.Key_Return, CONTROL)
    settled(qtbot, window)
    assert len(generate.desk.page.toPlainText()) > 3
    press(window, Qt.Key.Key_S, CONTROL)
    settled(qtbot, window)
    assert window.project and list(window.project.generated_folder.glob("*.txt"))
