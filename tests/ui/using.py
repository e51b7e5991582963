"""How a test uses the window: finds its tabs, presses its buttons, waits until nothing runs."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.presets import PresetName
from textgen_gui.ui.data.data_tab import DataTab
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.train.train_tab import TrainTab
from textgen_gui.ui.write.write_tab import WriteTab


def tabs(window: MainWindow) -> tuple[DataTab, TrainTab, WriteTab]:
    workspace = window.made_workspace()
    return workspace.data, workspace.train, workspace.generate


def settled(qtbot: QtBot, window: MainWindow, timeout: int = 60_000) -> None:
    """Waits until no job runs, neither of the window nor of the project in it."""
    qtbot.waitUntil(lambda: not window.jobs.busy and not (window.opened and window.opened.jobs.busy), timeout=timeout)


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def press_entry(qtbot: QtBot, button: QAbstractButton, words: str) -> None:
    """Opens the menu of a button by a key, and presses the entry with these words."""

    def press() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        found = [entry for entry in menu.actions() if entry.text() == words and entry.isEnabled()]
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(found[0]).center()) if found else None
        menu.close()
        assert found, words

    button.activateWindow()  # a menu that was open before took this away
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(button.hasFocus)
    assert button.accessibleName()
    QTimer.singleShot(0, press)
    qtbot.keyClick(button, Qt.Key.Key_Space)


def answer(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """Presses the button with these words in every question."""

    def press(box: QMessageBox) -> None:
        next(button for button in box.buttons() if button.text() == words).click()

    monkeypatch.setattr(QMessageBox, "exec", press)


def bin_of_its_own(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Where what a test deletes lies: in ``folder``, as a desktop of Linux keeps it."""
    share = folder / "share"
    share.mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(share))
    return share


def start_tiny_run(qtbot: QtBot, window: MainWindow, steps: int) -> TrainTab:
    _, train, _ = tabs(window)
    window.tabs.setCurrentIndex(1)
    settled(qtbot, window)
    setup = train.setup
    click(qtbot, setup.presets.cards[PresetName.TINY])
    setup.timed.setChecked(False)
    for form, values in (
        (setup.model_form, {"layers": 1, "width": 16, "heads": 2, "context": 16}),
        (setup.train_form, {"steps": steps, "mark_every": 10, "sample_tokens": 8}),
    ):
        for name, value in values.items():
            form.controls[name].setValue(value)  # type: ignore[attr-defined]
    setup.train_form.controls["precision"].setCurrentText("fp32")  # type: ignore[attr-defined]
    setup.prompts.setPlainText("The old man\n")
    setup.name.setText("my first")
    click(qtbot, setup.start_button)
    return train
