"""The whole way without a mouse: begin, add, prepare, train, write, keep."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget
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


def test_from_the_first_page_to_a_kept_text(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").write_text(story())
    asked = (str(tmp_path / "My Project"), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given, **options: asked)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *given: ([str(tmp_path / "mine.txt")], ""))
    window.activateWindow()
    tab_to(window, window.welcome.new)
    press(window, Qt.Key.Key_Space)
    settled(qtbot, window)
    data, train, generate = tabs(window)
    add = next(one for one in data.findChildren(QPushButton) if one.isVisible() and one.text() == "Add files…")
    tab_to(window, add)
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
    tab_to(window, generate.desk.page)
    for letter in ("T", "h", "e"):
        press(window, getattr(Qt.Key, f"Key_{letter.upper()}"))
    generate.how.form.controls["max_new_tokens"].setValue(8)  # type: ignore[attr-defined]
    press(window, Qt.Key.Key_Return, CONTROL)
    settled(qtbot, window)
    assert len(generate.desk.page.toPlainText()) > 3
    press(window, Qt.Key.Key_S, CONTROL)
    settled(qtbot, window)
    assert window.project and list(window.project.generated_folder.glob("*.txt"))
