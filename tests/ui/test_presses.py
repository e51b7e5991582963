"""Entries and buttons that the other tests have no reason to press, each with the real call behind it."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QFileDialog, QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.project import Project, Run
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import resources
from textgen_gui.ui.parts.boxes import Page

from ..conftest import story
from .using import click, settled, tabs
from .wanted import action
from .write.desk import set_values


@pytest.fixture
def shown(qtbot: QtBot, window: MainWindow, trained: Run) -> MainWindow:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(0)
    settled(qtbot, window)
    return window


def test_projects_are_made_opened_and_closed_from_the_menu(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(folder), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(folder))
    action(window, "New project").trigger()
    qtbot.waitUntil(lambda: window.opened is not None)
    settled(qtbot, window)
    assert Project(folder).exists()
    action(window, "Close project").trigger()
    qtbot.waitUntil(lambda: window.opened is None and window.pages.currentWidget() is window.welcome)
    action(window, "Open project").trigger()
    qtbot.waitUntil(lambda: window.opened is not None)
    settled(qtbot, window)
    action(window, "Close project").trigger()
    qtbot.waitUntil(lambda: window.opened is None and window.pages.currentWidget() is window.welcome)
    click(qtbot, button(window, "Opens a project folder that was made before"))
    qtbot.waitUntil(lambda: window.opened is not None)
    settled(qtbot, window)


def test_a_new_project_of_a_name_that_there_is_opens_that_one(
    qtbot: QtBot, window: MainWindow, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog goes into its folder at the first Enter, and there the name still stands at the second."""
    for chosen in (place.folder, place.folder / place.folder.name):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, chosen=chosen, **__: (str(chosen), ""))
        action(window, "New project").trigger()
        qtbot.waitUntil(lambda: window.opened is not None)
        settled(qtbot, window)
        assert window.project and window.project.folder == place.folder and "already" in window.notice.words.text()
        action(window, "Close project").trigger()
        qtbot.waitUntil(lambda: window.opened is None)
    assert not (place.folder / place.folder.name).exists()


def test_quit_closes_the_window(qtbot: QtBot, window: MainWindow) -> None:
    action(window, "Quit").trigger()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_light_and_dark_by_button_and_like_the_system(qtbot: QtBot, shown: MainWindow) -> None:
    before = resources.is_dark()
    click(qtbot, button(shown, "Switch between light and dark"))
    assert resources.is_dark() != before
    action(shown, "Like the system").trigger()
    assert shown.preferences.theme == "system"


def test_a_kept_text_is_replayed_from_the_menu(
    qtbot: QtBot, shown: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = tabs(shown)[2]
    shown.tabs.setCurrentIndex(2)
    click(qtbot, generate.desk.write_button)
    settled(qtbot, shown)
    click(qtbot, generate.desk.save_button)
    settled(qtbot, shown)
    assert shown.project
    (kept,) = shown.project.generated_folder.glob("*.txt")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(kept), ""))
    action(shown, "Check a kept text with its model").trigger()
    settled(qtbot, shown)
    assert "What the model wrote came out word for word the same." in shown.notice.words.text()


def test_the_project_is_checked_from_the_menu(qtbot: QtBot, shown: MainWindow) -> None:
    action(shown, "Check the project").trigger()
    settled(qtbot, shown)
    page = next(page for page in shown.findChildren(Page) if page.isVisible())
    assert any("Nothing is damaged of what can be checked" in label.text() for label in page.findChildren(QLabel))
    page.close()
    assert shown.project
    file = next(shown.project.runs()[0].folder.glob("checkpoints/*/model.safetensors"))
    file.write_bytes(b"?" + file.read_bytes()[1:])
    action(shown, "Check the project").trigger()
    settled(qtbot, shown)
    page = next(page for page in shown.findChildren(Page) if page.isVisible())
    assert "model.safetensors" in page.text.toPlainText()
    assert any("1 of the things in this project is damaged" in label.text() for label in page.findChildren(QLabel))
    page.close()


def test_a_folder_of_texts_is_added(
    qtbot: QtBot, shown: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "poems").mkdir()
    for name in ("one.txt", "two.txt"):
        (tmp_path / "poems" / name).write_text(story(900))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(tmp_path / "poems"))
    click(qtbot, button(shown, "Copies all text files of a folder"))
    settled(qtbot, shown)
    assert shown.opened and {"one.txt", "two.txt"} <= {source.file for source in shown.opened.snapshot.sources}


def test_switches_are_switched(qtbot: QtBot, shown: MainWindow) -> None:
    data, _, generate = tabs(shown)
    click(qtbot, button(shown, "How texts become tokens; the defaults suit most"))
    data.table.choose([shown.opened.snapshot.sources[0].file])  # type: ignore[union-attr]
    settled(qtbot, shown)
    data.preview.as_tokens.click()
    fields = data.panel.form.controls["fields"]
    assert isinstance(fields, QCheckBox)
    fields.click()
    settled(qtbot, shown)
    assert shown.opened and shown.opened.snapshot.sources[0].options.fields
    shown.tabs.setCurrentIndex(2)
    for form in (generate.how.form, generate.how.more_form):
        for name in ("from_beginning", "natural_start"):
            if isinstance(switch := form.controls.get(name), QCheckBox):
                before = switch.isChecked()
                switch.click()
                assert getattr(form.config(), name) is not before
                switch.click()
    generate.desk.confidence.switch.click()
    assert generate.desk.confidence.switch.isChecked()
    generate.desk.offers.switch.click()
    settled(qtbot, shown)
    assert generate.desk.offers.switch.isChecked()


def test_what_has_a_key_has_a_button_too(qtbot: QtBot, shown: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    data, _, generate = tabs(shown)
    shown.tabs.setCurrentIndex(2)
    generate.views.setCurrentWidget(generate.batch)
    set_values(generate, seed=3, temperature=1.5, max_new_tokens=30, min_new_tokens=30)
    click(qtbot, generate.batch.write_button)
    generate.batch.stop_button.click()
    settled(qtbot, shown)
    generate.batch.prompt.setPlainText("The old man")
    generate.batch.count.setValue(9)
    click(qtbot, generate.batch.write_button)
    settled(qtbot, shown)
    generate.batch.list.setFocus()
    generate.batch.list.setCurrentRow(0)
    click(qtbot, button(shown, "Keep this text and go to the next (K)"))
    settled(qtbot, shown)
    generate.views.setCurrentWidget(generate.shelf)
    qtbot.waitUntil(lambda: generate.shelf.list.count() > 0)
    generate.shelf.list.setCurrentRow(0)
    generate.shelf.list.item(0).setSelected(True)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("A new name", True))
    click(qtbot, generate.shelf.rename_button)
    settled(qtbot, shown)
    assert shown.project and list(shown.project.generated_folder.glob("* A new name.txt"))
    shown.tabs.setCurrentIndex(0)
    data.card.cancel_button.click()
    settled(qtbot, shown)


def button(window: MainWindow, tip: str) -> QAbstractButton:
    return next(one for one in window.findChildren(QAbstractButton) if one.toolTip() == tip and one.isVisible())
