"""Rows of a table: some fields are given, the model writes the others."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import project
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.write.write_tab import WriteTab

from ...conftest import never, story, train_all
from ...engine.runs import make_run
from ..using import click, settled, tabs
from .desk import set_values


@pytest.fixture
def table(tmp_path: Path) -> Project:
    """A project whose only text is a table with a title and a body in each row."""
    rows = "".join(f"Story {n},{line}\n" for n, line in enumerate(story().split(". ")) if "," not in line)
    (tmp_path / "stories.csv").write_text("title,body\n" + rows, encoding="utf-8")
    made = project.create(tmp_path / "table")
    list(made.add_texts([tmp_path / "stories.csv"], never))
    made.set_options(["stories.csv"], TextConfig(columns=("title", "body"), fields=True))
    list(prepare(made, never))
    train_all(make_run(made))
    return made


def test_rows_are_written_and_exported(
    qtbot: QtBot, window: MainWindow, table: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open_project(table.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    tab = tabs(window)[2]
    records = tab.records
    assert tab.views.isTabVisible(tab.views.indexOf(tab.records)) and list(records.given) == ["title", "body"]
    tab.views.setCurrentWidget(records)
    set_values(tab, max_new_tokens=6)
    records.given["body"].setText("A body, given")
    records.count.setValue(3)
    assert "Give some fields" in records.status.text() and not records.export_button.isEnabled()
    click(qtbot, records.write_button)
    settled(qtbot, window)
    assert [row[1] for row in records.rows()] == ["A body, given"] * 3
    assert records.status.text() == "3 of 3"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "out.csv"), ""))
    click(qtbot, records.export_button)
    settled(qtbot, window)
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "title,body" and lines[-1].endswith('"A body, given"')


def test_without_a_model_no_rows_are_promised(qtbot: QtBot, window: MainWindow, table: Project) -> None:
    shutil.rmtree(table.runs_folder)
    window.open_project(table.folder)
    settled(qtbot, window)
    records = tabs(window)[2].records
    assert not records.write_button.isEnabled() and "No model to write with yet" in records.status.text()


def test_rows_that_are_there_stay_when_it_is_stopped(qtbot: QtBot, window: MainWindow, table: Project) -> None:
    window.open_project(table.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    tab = tabs(window)[2]
    records = tab.records
    tab.views.setCurrentWidget(records)
    set_values(tab, max_new_tokens=300)
    records.count.setValue(1000)
    click(qtbot, records.write_button)
    qtbot.waitUntil(lambda: records.table.rowCount() > 0, timeout=20_000)
    click(qtbot, records.stop_button)
    settled(qtbot, window)
    assert 0 < records.table.rowCount() < 1000 and not records.stop_button.isEnabled()


def test_a_project_without_a_table_shows_none(tab: WriteTab) -> None:
    assert not tab.views.isTabVisible(tab.views.indexOf(tab.records))
