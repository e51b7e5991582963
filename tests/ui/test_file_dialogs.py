"""Dialogs for files begin where the last one for the same purpose ended, or among the user's documents."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import preferences

from .using import click, settled, tabs


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Where dialogs began; each chooses ``tmp_path/far/letters`` or a file in it."""
    found, chosen = list[str](), tmp_path / "far" / "letters"
    chosen.mkdir(parents=True)
    (chosen / "one.txt").write_text("A letter. " * 300)
    (tmp_path / "Documents").mkdir()
    monkeypatch.setattr(preferences, "documents_folder", lambda: tmp_path / "Documents")

    def answer(name: str, chosen: object) -> None:
        def ask(parent: object, title: str, start: str, *endings: str) -> object:
            found.append(start)
            return chosen

        monkeypatch.setattr(QFileDialog, name, ask)

    answer("getOpenFileNames", ([str(chosen / "one.txt")], ""))
    answer("getOpenFileName", (str(chosen / "one.txt"), ""))
    answer("getExistingDirectory", str(chosen))
    return found


def test_each_begins_where_the_last_one_ended(
    qtbot: QtBot, window: MainWindow, begun: list[str], tmp_path: Path
) -> None:
    documents, far = str(tmp_path / "Documents"), tmp_path / "far"
    window.open_by(lambda: Project.create(tmp_path / "p"))
    settled(qtbot, window)
    data, train, _ = tabs(window)
    data.choose_files()
    settled(qtbot, window)
    data.choose_folder()
    settled(qtbot, window)
    assert begun == [documents, str(far / "letters")]
    data.choose_files()
    settled(qtbot, window)
    assert begun.pop() == str(far), "beside the folder that was added"
    train.setup.advanced.shape_button.click()
    assert begun.pop() == documents, "models lie elsewhere than texts"
    window.show_models()
    assert window.models
    click(qtbot, window.models.importer.file_button)
    settled(qtbot, window)
    assert begun.pop() == str(far / "letters")
    window.models.close()


def test_projects_are_opened_beside_the_last_one(
    qtbot: QtBot, window: MainWindow, begun: list[str], tmp_path: Path
) -> None:
    for wanted in (preferences.projects_folder(), tmp_path / "far"):
        click(qtbot, window.welcome.open)
        settled(qtbot, window)
        assert begun.pop() == str(wanted)


def test_a_folder_that_cannot_be_reached_is_as_one_that_is_gone(
    qtbot: QtBot, window: MainWindow, begun: list[str]
) -> None:
    """As on a share that is not connected. Path raises for it; a name too long for any disk does it everywhere."""
    unreachable = Path("/", "x" * 300)
    window.preferences.remember_folder(preferences.Purpose.PROJECTS, unreachable)
    window.preferences.remember(unreachable)
    assert not window.preferences.recent()
    click(qtbot, window.welcome.open)
    settled(qtbot, window)
    assert begun == [str(preferences.projects_folder())]


def test_a_folder_that_is_gone_is_not_where_one_begins(window: MainWindow, begun: list[str], tmp_path: Path) -> None:
    window.preferences.remember_folder(preferences.Purpose.TEXTS, tmp_path / "a stick that was taken out")
    assert window.preferences.folder(preferences.Purpose.TEXTS) == tmp_path / "Documents"
