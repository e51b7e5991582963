"""A window with a project, a run that can write, and the tab in which it writes."""

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.project import Project, Run
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.write.write_tab import WriteTab

from ...conftest import train_all
from ...engine.runs import make_run, prepared_project
from ..using import settled, tabs
from .desk import set_values


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def run(place: Project) -> Run:
    made = make_run(place)
    train_all(made)
    return made


@pytest.fixture
def tab(qtbot: QtBot, window: MainWindow, run: Run) -> WriteTab:
    """It writes twelve tokens, the same ones each time."""
    window.open_project(run.project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    shown = tabs(window)[2]
    shown.how.form.controls["end"].setCurrentText("anywhere")  # type: ignore[attr-defined]
    set_values(shown, max_new_tokens=12, min_new_tokens=12, seed=7)
    return shown
