"""The switch for other programs: what it says, and that it closes with the project."""

import socket
import urllib.request

import pytest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write import door as doors
from textgen_gui.ui.write.door import Door
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import click, settled
from .desk import closed


@pytest.fixture
def door(qtbot: QtBot, window: MainWindow, tab: WriteTab, monkeypatch: pytest.MonkeyPatch) -> Door:
    """Any free port: another program of whoever runs the tests may have ours."""
    monkeypatch.setattr(doors, "DOOR_PORT", 0)
    (fold,) = [fold for fold in tab.findChildren(widgets.Fold) if fold.body is tab.door]
    click(qtbot, fold.heading)
    return tab.door


def opened(qtbot: QtBot, door: Door) -> str:
    click(qtbot, door.switch)
    qtbot.waitUntil(lambda: bool(door.address.text()), timeout=20_000)
    return door.address.text()


def models_at(address: str, key: str) -> str:
    request = urllib.request.Request(f"{address}/v1/models", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read())


def test_it_opens_tells_and_closes(qtbot: QtBot, window: MainWindow, tab: WriteTab, door: Door) -> None:
    assert not door.details.isVisible() and not door.switch.isChecked()
    address = opened(qtbot, door)
    assert door.switch.isChecked() and "Nobody has come" in door.words.text()
    for name, shown in (("Copy the address", address), ("Copy the key", door.key.text())):
        (button,) = [one for one in door.findChildren(QToolButton) if one.accessibleName() == name]
        click(qtbot, button)
        assert QApplication.clipboard().text() == shown
    assert "runs/" in models_at(address, door.key.text())
    key = door.key.text()
    click(qtbot, door.switch)
    settled(qtbot, window)
    assert "closed" in door.words.text() and not door.details.isVisible() and not door.switch.isChecked()
    door.address.clear()
    opened(qtbot, door)
    assert door.key.text() == key
    closed(qtbot, window)


def test_it_closes_with_the_project(qtbot: QtBot, window: MainWindow, door: Door) -> None:
    port = int(opened(qtbot, door).rpartition(":")[2])
    closed(qtbot, window)
    with socket.socket() as line:
        assert line.connect_ex(("127.0.0.1", port))


def test_a_port_that_is_taken_is_told(
    qtbot: QtBot, window: MainWindow, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(doors, "DOOR_PORT", port)
        click(qtbot, door.switch)
        settled(qtbot, window)
    assert f"Port {port} cannot be used" in door.words.text() and not door.switch.isChecked()
