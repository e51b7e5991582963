"""A window with its own settings, and a project as views get it. The tests write English numbers on every machine."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["LC_ALL"] = "C.UTF-8"

import pytest
from PySide6.QtWidgets import QAbstractButton, QMessageBox
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core import project as projects
from textgen_gui.ui.app import make_application, make_window
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.parts.open_project import LockedProject, OpenProject
from textgen_gui.ui.workspace import Workspace

from . import pressed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for all that was pressed comes last; it can answer only where no file of tests is left out."""
    last = [item for item in items if item.path.name == "test_pressed.py"]
    collected = {item.path for item in items}
    if not set(Path(__file__).parent.rglob("test_*.py")) <= collected:
        for item in last:
            item.add_marker(pytest.mark.skip(reason="not all tests of the window are run"))
    items[:] = [item for item in items if item not in last] + last


@pytest.fixture(autouse=True, scope="session")
def watched() -> Iterator[None]:
    """Each button that a part makes, and all others once a window shows a project, say when they are pressed."""

    def watching(make: Callable[..., QAbstractButton]) -> Callable[..., Any]:
        def made(*values: Any, **named: Any) -> QAbstractButton:
            button = make(*values, **named)
            pressed.watch(button)
            return button

        return made

    def and_all(window: MainWindow) -> Workspace:
        is_new, workspace = window.workspace is None, making(window)
        for control in pressed.controls(window) if is_new else ():
            pressed.watch(control)
        return workspace

    making = MainWindow.made_workspace
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widgets, "button", watching(widgets.button))
        patch.setattr(widgets, "tool", watching(widgets.tool))
        patch.setattr(MainWindow, "made_workspace", and_all)
        yield


@pytest.fixture
def window(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    make_application()
    made = make_window()
    for control in pressed.controls(made):
        pressed.watch(control)
    made.show()
    qtbot.waitExposed(made)
    yield made
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.defaultButton().click())  # stop and save
    made.close()
    qtbot.waitUntil(lambda: not made.isVisible(), timeout=20_000)
    made.deleteLater()
    qtbot.wait(1)


@pytest.fixture
def opened(qtbot: QtBot, place: projects.Project) -> Iterator[OpenProject]:
    made = OpenProject(LockedProject.of(Project(place.folder)))
    yield made
    with qtbot.waitSignal(made.jobs.closed):
        made.jobs.close()
    made.release()
