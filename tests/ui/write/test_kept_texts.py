"""Kept texts become a file with receipts, a file for elsewhere, or a text to learn from."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.export_formats import ExportFormat
from textgen_gui.engine.core.project import Project
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.preferences import documents_folder
from textgen_gui.ui.write.batch import Decision
from textgen_gui.ui.write.kept_texts import KeptTexts
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import click, settled, tabs


@pytest.fixture
def kept(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> Iterator[KeptTexts]:
    """Two of three texts."""
    tab.views.setCurrentWidget(tab.batch)
    tab.batch.prompt.setPlainText("The old man")
    tab.batch.count.setValue(3)
    tab.batch.filtered.setChecked(False)
    click(qtbot, tab.batch.write_button)
    settled(qtbot, window)
    for _ in range(2):
        tab.batch.decide(Decision.KEPT)
    yield tab.batch.kept


def test_an_export_has_the_format_that_was_chosen(
    qtbot: QtBot, window: MainWindow, kept: KeptTexts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "kept"), ""))
    actions = {action.text(): action for action in kept.menu().actions()}
    assert len(actions) == len(ExportFormat) + 1
    actions["Export as Markdown (.md) …"].trigger()
    actions["Export as JSON lines (.jsonl) …"].trigger()
    settled(qtbot, window)
    assert (tmp_path / "kept.md").read_text(encoding="utf-8").count("The old man") == 2
    assert len((tmp_path / "kept.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_an_export_begins_in_the_documents_with_the_title_of_the_text(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, kept: KeptTexts, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the batch, of the page, and of the shelf, where a text may have a name."""
    offered: list[Path] = []

    def ask(parent: QWidget, title: str, path: str, endings: str) -> tuple[str, str]:
        offered.append(Path(path))
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    tab.desk.page.setPlainText("A page of mine that has a beginning: so")
    first = kept.batch.kept()[0]
    first.done = replace(first.done, prompt="One two three four five six")
    settled(qtbot, window)
    place.generated_folder.mkdir(exist_ok=True)
    (place.generated_folder / "My best.txt").write_text("It begins otherwise\n", encoding="utf-8")
    tab.views.setCurrentWidget(tab.shelf)
    settled(qtbot, window)
    tab.shelf.search.setText("My best")
    for button in (kept, tab.desk.export_button, tab.shelf.export_button):
        next(action for action in button.menu().actions() if "(.md)" in action.text()).trigger()
    names = ["One two three four five.md", "A page of mine that.md", "My best.md"]
    assert offered == [documents_folder() / name for name in names]


def test_kept_texts_are_learnt_from(qtbot: QtBot, window: MainWindow, kept: KeptTexts) -> None:
    kept.train_on_kept()
    settled(qtbot, window)
    data = tabs(window)[0]
    qtbot.waitUntil(lambda: data.table.texts.rowCount() == 2, timeout=20_000)
    assert window.tabs.currentIndex() == 0
    settled(qtbot, window)


def test_every_menu_opens_and_every_entry_exports(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, kept: KeptTexts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the batch, of the page and of the shelf."""
    tab.desk.page.setPlainText("A page of mine")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    for number, (view, button) in enumerate(
        ((tab.batch, kept), (tab.desk, tab.desk.export_button), (tab.shelf, tab.shelf.export_button))
    ):
        tab.views.setCurrentWidget(view)
        settled(qtbot, window)
        menu = button.menu()
        QTimer.singleShot(0, menu.hide)
        button.click()
        name = tmp_path / str(number)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, name=name: (str(name), ""))
        for action in menu.actions():
            if action.text().startswith("Export as"):
                action.trigger()
                settled(qtbot, window)
        assert {file.suffix for file in tmp_path.glob(f"{number}.*")} == {known.ending for known in ExportFormat}


def test_an_ending_that_was_left_out_replaces_no_file(
    qtbot: QtBot, window: MainWindow, kept: KeptTexts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog has asked about “novel”, which is not there."""
    (tmp_path / "novel.md").write_text("Years of work.")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "novel"), ""))
    {action.text(): action for action in kept.menu().actions()}["Export as Markdown (.md) …"].trigger()
    settled(qtbot, window)
    assert (tmp_path / "novel.md").read_text() == "Years of work." and (tmp_path / "novel 2.md").exists()
