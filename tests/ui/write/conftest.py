"""A window with a project, a run that can write, and the tab in which it writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui import Project, Run
from textgen_gui.engine.core.kept_texts import BETWEEN
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.write.shelf import Shelf
from textgen_gui.ui.write.write_tab import WriteTab

from ...conftest import become, made_once, made_place, train_all
from ...engine.runs import make_run
from ..using import click, settled, tabs
from .desk import at_end, set_values, written


@pytest.fixture(scope="session")
def learnt_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory.mktemp("learnt"), lambda place: train_all(make_run(place)))


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, prepared_once: Path) -> Project:
    made = made_place(tmp_path_factory.mktemp("desk"))
    become(made, prepared_once)
    return made


@pytest.fixture
def run(place: Project, learnt_once: Path) -> Run:
    become(place, learnt_once)
    return Run(place.runs()[0].folder)


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


@pytest.fixture
def shelf(qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project) -> Iterator[Shelf]:
    """With a page that was kept with its receipt, and two texts that were kept together."""
    at_end(tab.desk, "The old")
    written(qtbot, window, tab.desk)
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    (place.generated_folder / "Two poems.txt").write_text(f"A rose{BETWEEN}A thorn\n", encoding="utf-8")
    tab.views.setCurrentWidget(tab.shelf)
    settled(qtbot, window)
    yield tab.shelf
