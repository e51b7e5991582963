"""Keys that mean a page wherever on it the keyboard is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui.ui.parts import fields

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class OfLinux(QKeySequence):
    """On desktops where Ctrl+Y is not Redo."""

    @staticmethod
    def keyBindings(key: QKeySequence.StandardKey) -> list[QKeySequence]:  # noqa: N802 (Qt's name)
        return [QKeySequence("Ctrl+Shift+Z" if key is QKeySequence.StandardKey.Redo else "Ctrl+Z")]


@pytest.mark.parametrize("desktop", [QKeySequence, OfLinux])
def test_ctrl_y_is_redo_on_every_desktop(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, desktop: type[QKeySequence]
) -> None:
    monkeypatch.setattr(fields, "QKeySequence", desktop)
    page, done = QWidget(), list[str]()
    button = QPushButton("Keep", page)
    qtbot.addWidget(page)
    fields.undo_keys(page, lambda: done.append("undo"), lambda: done.append("redo"))
    page.show()
    page.activateWindow()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    qtbot.keyClick(button, Qt.Key.Key_Z, CONTROL)
    qtbot.keyClick(button, Qt.Key.Key_Y, CONTROL)
    qtbot.keyClick(button, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert done == ["undo", "redo", "redo"]
