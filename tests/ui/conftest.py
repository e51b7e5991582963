"""A window with its own settings, and a project as views get it."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core import project as projects
from textgen_gui.ui.app import make_application, make_window
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.open_project import LockedProject, OpenProject


@pytest.fixture
def window(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    make_application()
    made = make_window()
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
