"""How a test uses the window: finds its tabs, presses its buttons, waits until nothing runs."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from textgen_gui.ui.data.data_tab import DataTab
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.train.train_tab import TrainTab
from textgen_gui.ui.write.write_tab import GenerateTab


def tabs(window: MainWindow) -> tuple[DataTab, TrainTab, GenerateTab]:
    assert window.workspace
    return window.workspace.data, window.workspace.train, window.workspace.generate


def settled(qtbot: QtBot, window: MainWindow, timeout: int = 60_000) -> None:
    data, train, generate = tabs(window)

    def jobs() -> Iterator[object]:
        yield from (data.job, data.preview.job, generate.job, window.loading)
        yield from (
            generate.page.saving,
            generate.tray.saving,
            generate.records.saving,
            generate.replaying,
            generate.page.offers.job,
            generate.page.copies.job,
        )
        yield from (train.job, train._measuring, train.setup.beginning.job)

    qtbot.waitUntil(lambda: not any(jobs()), timeout=timeout)


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
