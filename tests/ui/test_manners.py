"""The manners of a desktop program: wheel, banners, drops, a second start, menus, help, alerts."""

import functools
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QScrollArea,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from textgen_gui import Project, Run, cli, words
from textgen_gui.engine.core import draft, events, library
from textgen_gui.ui import one_instance, opening
from textgen_gui.ui.app import fitted, make_application
from textgen_gui.ui.editing import Find
from textgen_gui.ui.header import Header
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.one_instance import OneInstance
from textgen_gui.ui.parts import glossary, preferences
from textgen_gui.ui.parts.boxes import Page

from ..conftest import story
from .dropping import MOVE, drag, drop, files, leave
from .using import click, settled, start_tiny_run, tabs
from .wanted import action, offered, opened_page


def wheel(window: QWidget, over: QWidget, down: int = -120) -> None:
    """Turns the wheel as the system tells the window, and nobody else."""
    at = over.mapTo(window, over.rect().center())
    handle = window.windowHandle()
    assert handle is not None
    QTest.wheelEvent(handle, QPointF(at), QPoint(0, down))


def fields(page: QWidget) -> Iterator[QSpinBox | QDoubleSpinBox | QComboBox | QSlider]:
    for kind in (QSpinBox, QDoubleSpinBox, QComboBox, QSlider):
        yield from (field for field in page.findChildren(kind) if field.isEnabled() and in_sight(field))  # type: ignore[misc]


def in_sight(field: QWidget) -> bool:
    middle = field.mapTo(field.window(), field.rect().center())
    return field.isVisible() and field.window().rect().contains(middle)


def value(field: QSpinBox | QDoubleSpinBox | QComboBox | QSlider) -> object:
    return field.currentText() if isinstance(field, QComboBox) else field.value()


def test_the_wheel_changes_no_field_that_has_no_focus(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    turned = 0
    for number in range(3):
        window.tabs.setCurrentIndex(number)
        settled(qtbot, window)
        for field in list(fields(tabs(window)[number])):
            window.header.tabs.setFocus()
            before = value(field)
            wheel(window, field)
            wheel(window, field, 120)
            wheel(window, field)
            assert value(field) == before, f"the wheel changed {field.accessibleName()}"
            turned += 1
    assert turned > 5


def test_the_wheel_changes_the_field_one_is_in_and_no_tab(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    wheel(window, window.tabs)
    assert window.tabs.currentIndex() == 1, "where its run is"
    window.tabs.setCurrentIndex(2)
    settled(qtbot, window)
    field = next(field for field in fields(tabs(window)[2]) if isinstance(field, QSpinBox))
    window.activateWindow()
    field.setFocus()
    before = field.value()
    wheel(window, field, 120)
    assert field.hasFocus() and field.value() > before


def test_the_wheel_over_a_field_scrolls_its_page(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    tabs(window)[1].new_run()
    settled(qtbot, window)
    window.header.tabs.setFocus()
    setup = tabs(window)[1].setup
    field = next(field for field in fields(setup) if isinstance(field, QSpinBox | QDoubleSpinBox))
    bars = [area.verticalScrollBar() for area in setup.findChildren(QScrollArea)]
    wheel(window, field)
    assert any(bar.value() for bar in bars)


def test_a_page_stays_as_it_was_scrolled_when_somebody_comes_back_from_another_window(
    qtbot: QtBot, window: MainWindow, trained: Run
) -> None:
    """It went back to the field with the cursor, and a click meant for one setting changed another."""
    window.resize(900, 500)
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    setup = tabs(window)[1].setup
    tabs(window)[1].new_run()
    settled(qtbot, window)
    bar = setup.page.verticalScrollBar()
    setup.name.setFocus()
    assert bar.value() > 0, "what the keyboard goes to is in sight"
    bar.setValue(0)
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    window.activateWindow()
    qtbot.waitUntil(setup.name.hasFocus)
    assert bar.value() == 0


def test_enter_presses_the_button_with_the_focus(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.activateWindow()
    pressed: list[str] = []
    window.welcome.sample.clicked.disconnect()
    window.welcome.sample.clicked.connect(lambda: pressed.append("sample"))
    window.header.tabs.setFocus()
    window.welcome.sample.setFocus()
    handle = window.windowHandle()
    assert handle is not None
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        QTest.keyClick(handle, key)
    assert len(pressed) == 2
    QTest.keyClick(handle, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(pressed) == 2


def test_an_impatient_second_enter_presses_nothing_else(qtbot: QtBot, window: MainWindow) -> None:
    """As on Start, after which Cancel has the focus."""
    window.activateWindow()
    pressed: list[str] = []
    for name, button in (("sample", window.welcome.sample), ("open", window.welcome.open)):
        button.clicked.disconnect()
        button.clicked.connect(functools.partial(pressed.append, name))
    window.welcome.sample.clicked.connect(window.welcome.open.setFocus)
    window.welcome.sample.setFocus()
    handle = window.windowHandle()
    assert handle is not None
    for _ in range(2):
        QTest.keyClick(handle, Qt.Key.Key_Return)
    assert pressed == ["sample"]


def test_a_second_start_changes_no_page(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    window.come_forward()
    assert window.tabs.currentIndex() == 1


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (QRect(100, 100, 1180, 780), QRect(0, 65, 720, 410)),  # a screen of twice the usual sharpness
        (QRect(50, 100, 300, 200), QRect(50, 100, 300, 200)),
        (QRect(9000, 100, 300, 200), QRect(210, 170, 300, 200)),
    ],
)
def test_a_window_is_no_larger_than_its_screen(wanted: QRect, expected: QRect) -> None:
    assert fitted(wanted, QRect(0, 25, 720, 450)) == expected


# --- banners


def test_a_banner_moves_nothing_and_goes_with_its_project(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    data = tabs(window)[0]
    before = data.mapTo(window, QPoint()), data.size()
    window.tell("Something is not as it was.", "and why")
    assert window.notice.isVisible() and (data.mapTo(window, QPoint()), data.size()) == before
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None)
    assert not window.notice.isVisible()


def test_a_banner_goes_when_it_is_not_true_any_more(qtbot: QtBot, window: MainWindow) -> None:
    true = [True]
    window.tell("Stop it first.", holds=lambda: true[0])
    assert window.notice.isVisible()
    true[0] = False
    qtbot.waitUntil(lambda: not window.notice.isVisible())
    window.tell("For good.")
    click(qtbot, window.notice.dismiss)
    assert not window.notice.isVisible()


def test_the_details_of_a_banner_can_be_read(qtbot: QtBot, window: MainWindow) -> None:
    window.tell("It failed.", "because")
    click(qtbot, window.notice.more)
    box = QApplication.activeModalWidget()
    assert isinstance(box, QDialog)
    box.reject()


def test_a_project_folder_that_is_gone_is_told_truly_until_it_is_back(
    qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from textgen_gui.ui.parts import open_project

    monkeypatch.setattr(open_project, "RETURN_MS", 50)
    window.open_project(place.folder)
    settled(qtbot, window)
    place.folder.rename(tmp_path / "away")
    assert window.opened
    window.opened.look()
    qtbot.waitUntil(window.notice.isVisible)
    said = window.notice.words.text()
    assert "is gone" in said and str(place.folder) in said and "saved until it is back" in said and "lost" not in said
    (tmp_path / "away").rename(place.folder)
    qtbot.waitUntil(lambda: not window.notice.isVisible(), timeout=10_000)
    assert not window.opened.is_gone


def test_a_window_whose_project_is_gone_can_be_closed(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    shutil.rmtree(place.folder)
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None, timeout=10_000)
    assert not window.notice.isVisible() and window.welcome.recent.count() == 0


# --- opening


def test_files_dropped_without_a_project_make_one_of_their_name(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "My Letters.txt").write_text(story())
    assert drop(window, tmp_path / "My Letters.txt")
    settled(qtbot, window)
    assert window.project and window.project.name == "My Letters"
    assert [source.file for source in window.project.sources()] == ["My Letters.txt"]
    assert window.tabs.currentIndex() == 0


@pytest.mark.parametrize(("folder", "name"), [("Letters", "Letters"), ("Downloads", "a")])
def test_several_files_are_called_like_the_folder_that_is_theirs(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, name: str
) -> None:
    monkeypatch.setattr(opening, "usual_folders", lambda: {tmp_path / "Downloads"})
    texts = [tmp_path / folder / f"{text}.txt" for text in "ab"]
    texts[0].parent.mkdir()
    for text in texts:
        text.write_text(story())
    assert drop(window, *texts)
    settled(qtbot, window)
    assert window.project and window.project.name == name and len(window.project.sources()) == 2
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None)
    monkeypatch.chdir(texts[0].parent)
    window.open_paths([Path("a.txt"), Path("b.txt")])  # as the command line names them
    settled(qtbot, window)
    assert window.project and window.project.name == f"{name} 2"


def test_files_dropped_while_a_project_is_being_opened_go_into_it(
    qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path
) -> None:
    (tmp_path / "novel.txt").write_text("It was a dark night. " * 30, encoding="utf-8")
    window.open_project(place.folder)
    assert drop(window, tmp_path / "novel.txt") and window.opened is None
    settled(qtbot, window)
    assert window.project and window.project.folder == place.folder
    assert "novel.txt" in [source.file for source in window.project.sources()]


def test_files_dropped_on_another_tab_go_into_the_project(
    qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path
) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    (tmp_path / "more.txt").write_text(story())
    assert drop(window, tmp_path / "more.txt")
    settled(qtbot, window)
    assert len(place.sources()) == 2 and window.tabs.currentIndex() == 0


def test_files_are_taken_wherever_they_are_dropped_and_never_typed(
    qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path
) -> None:
    """A field of text would write down their addresses."""
    window.open_project(place.folder)
    settled(qtbot, window)
    data, train, generate = tabs(window)
    under: list[QWidget] = [data.pane.search, data.preview.page, train.setup.name, generate.desk.page]
    for number, field in enumerate(under):
        window.tabs.setCurrentIndex((0, 0, 1, 2)[number])
        (tmp_path / f"more {number}.txt").write_text(story(300 + number))
        assert drop(field, tmp_path / f"more {number}.txt")
        settled(qtbot, window)
        assert len(place.sources()) == 2 + number and window.tabs.currentIndex() == 0
    assert not generate.desk.page.toPlainText() and not data.pane.search.text()


def test_no_project_is_made_of_what_is_not_there(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.open_paths([tmp_path / "My Novle"])
    settled(qtbot, window)
    assert window.opened is None and f"nothing at {tmp_path / 'My Novle'}." in window.notice.words.text()


def test_files_are_copied_whatever_a_file_manager_proposes(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    held = files(tmp_path)
    assert not window.welcome.drop.property("over")
    assert not drag(window.welcome.new, held, MOVE), "whoever only moves would delete them"
    assert drag(window.welcome.new, held), "it is told that they are copied"
    assert window.welcome.drop.property("over")
    leave(window)
    assert not window.welcome.drop.property("over")
    window.setEnabled(False)
    assert not drag(window.welcome, held), "it is closing a project"
    window.setEnabled(True)
    box = QMessageBox(window)
    box.setModal(True)
    box.show()
    assert not drag(window.welcome, held), "there is a question first"
    box.close()
    page = QMimeData()
    page.setUrls([QUrl("https://example.org")])
    assert not drag(window, page), "what is no file is nobody's"


def test_the_starter_is_one_click_from_the_first_page(
    qtbot: QtBot, starter: library.LibraryModel, window: MainWindow
) -> None:
    window.activateWindow()
    for _ in range(2):  # the same pages the second time
        click(qtbot, window.welcome.starter)
        settled(qtbot, window)
        assert window.project and window.project.name == "My first pages" and window.tabs.currentIndex() == 2
        assert tabs(window)[2].desk.page.hasFocus()
        window.close_project()
        qtbot.waitUntil(lambda: window.opened is None, timeout=10_000)


def test_the_starter_writes_on_its_page_whatever_wrote_there_before(
    qtbot: QtBot, starter: library.LibraryModel, window: MainWindow, trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.keep(trained.project, draft.Left("A page.", [], f"runs/{trained.name}"))
    monkeypatch.setattr(opening, "projects_folder", lambda: trained.project.folder.parent)
    trained.project.folder.rename(trained.project.folder.with_name("My first pages"))
    click(qtbot, window.welcome.starter)
    settled(qtbot, window)
    assert tabs(window)[2].desk.page.toPlainText() == "A page."
    assert tabs(window)[2].model.in_words() == "The starter"


def test_a_run_that_ends_writes_from_then_on(
    qtbot: QtBot, starter: library.LibraryModel, window: MainWindow, prepared: Project
) -> None:
    """Also where Generate was looked at before, and nobody chose a model there."""
    window.open_project(prepared.folder)
    settled(qtbot, window)
    model = tabs(window)[2].model
    window.tabs.setCurrentIndex(2)
    assert model.in_words() == "The starter"
    start_tiny_run(qtbot, window, steps=2)
    settled(qtbot, window)
    assert model.in_words().startswith("my first") and "“my first”" in model.note.text()


@pytest.mark.parametrize("by", ["its folder", "its file"])
def test_a_project_is_opened_by_its_folder_or_its_file(
    qtbot: QtBot, window: MainWindow, place: Project, by: str
) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    file = place.folder / "My Stories.textgen"
    assert file.is_file(), "a project gets its file when the window opens it"
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None)
    window.open_paths([place.folder if by == "its folder" else file])
    settled(qtbot, window)
    assert window.project and window.project.folder == place.folder


def test_the_last_wish_counts_while_a_project_is_being_opened(
    qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path
) -> None:
    other = Project.create(tmp_path / "other")
    window.open_project(place.folder)
    window.open_project(other.folder)
    qtbot.waitUntil(lambda: bool(window.project and window.project.folder == other.folder), timeout=20_000)


def test_a_second_start_hands_over_and_brings_the_first_to_the_front(
    qtbot: QtBot, window: MainWindow, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not one_instance.hand_over([place.folder]), "nobody is there"
    first = OneInstance(window, lambda: window.is_ending)
    first.called.connect(window.come_forward)
    window.showMinimized()
    second = QLocalSocket()
    second.connectToServer(one_instance._address())
    second.write(json.dumps([str(place.folder)]).encode() + b"\n")
    qtbot.waitUntil(second.canReadLine, timeout=20_000)
    settled(qtbot, window)
    assert window.project and window.project.folder == place.folder and not window.isMinimized()
    second.close()


def test_a_start_while_the_window_is_closing_is_a_window_of_its_own(
    qtbot: QtBot, window: MainWindow, place: Project
) -> None:
    """It handed over to one that closed a moment later, and nothing was there. Until then it is said that it saves."""
    first, goes_on = OneInstance(window, lambda: window.is_ending), threading.Event()
    window.open_project(place.folder)
    settled(qtbot, window)
    assert window.opened and not window.is_ending
    window.opened.jobs.start(lambda control: iter([goes_on.wait(20)]), lambda _: None)
    window.close()
    assert window.is_ending and window.passing.isVisible() and not window.passing._ending.isActive()
    second = QLocalSocket()
    second.connectToServer(one_instance._address())
    qtbot.waitUntil(lambda: second.state() == QLocalSocket.LocalSocketState.UnconnectedState, timeout=20_000)
    assert OneInstance(window, lambda: False)._server.isListening()
    goes_on.set()
    qtbot.waitUntil(lambda: window.isHidden(), timeout=20_000)
    assert not first._server.isListening()


def test_a_second_start_is_answered_while_a_question_is_open(
    qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path
) -> None:
    """It waited for the answer, opened a window of its own, and a second question came over the first."""
    window.open_project(place.folder)
    settled(qtbot, window)
    opened, other, first = (
        window.opened,
        Project.create(tmp_path / "other"),
        OneInstance(window, lambda: window.is_ending),
    )
    second = QLocalSocket()
    answers = list[bool]()

    def called(paths: list[Path]) -> None:
        window.come_forward(paths)
        qtbot.waitUntil(second.canReadLine, timeout=5000)
        answers.append(True)

    first.called.connect(called)
    second.connectToServer(one_instance._address())
    second.write(json.dumps([str(place.folder)]).encode() + b"\n")
    qtbot.waitUntil(lambda: answers == [True], timeout=20_000)
    assert window.opened is opened, "it is open already"
    question = QDialog(window)
    question.open()
    window.come_forward([other.folder])
    settled(qtbot, window)
    assert window.opened is opened and question.isVisible()
    question.close()
    window.come_forward([other.folder])
    qtbot.waitUntil(lambda: bool(window.project and window.project.folder == other.folder), timeout=20_000)
    second.close()


def test_a_path_on_the_command_line_opens_the_window(place: Project, tmp_path: Path) -> None:
    text = tmp_path / "story.txt"
    assert cli._to_open([str(place.folder), str(text)]) == [place.folder, text]
    assert cli._to_open(["train", str(text)]) == cli._to_open(["--version"]) == cli._to_open([]) == []
    assert cli._to_open([str(tmp_path / "nothing.txt")]) == []


def test_projects_lie_where_their_owner_sees_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEXTGEN_GUI_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert preferences.projects_folder() == tmp_path / "TextGen projects"
    (tmp_path / "Documents").mkdir()
    assert preferences.projects_folder() == tmp_path / "Documents" / "TextGen projects"


# --- menus


def test_the_edit_menu_does_what_it_says_in_the_field_one_is_in(
    qtbot: QtBot, window: MainWindow, place: Project
) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    page = tabs(window)[2].desk.page
    window.activateWindow()
    page.setFocus()
    page.insertPlainText("one two one")
    action(window, "Select all").trigger()
    action(window, "Cut").trigger()
    assert page.toPlainText() == ""
    action(window, "Undo").trigger()
    assert page.toPlainText() == "one two one"
    action(window, "Redo").trigger()
    assert page.toPlainText() == ""
    action(window, "Paste").trigger()
    assert page.toPlainText() == "one two one"
    action(window, "Select all").trigger()
    QGuiApplication.clipboard().clear()
    action(window, "Copy").trigger()
    assert QGuiApplication.clipboard().text() == "one two one"


def test_the_edit_menu_is_grey_where_nothing_is_marked(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    page = tabs(window)[2].desk.page
    window.activateWindow()
    page.setFocus()
    page.setPlainText("one two")
    menu = action(window, "Cut").parent()
    assert isinstance(menu, QMenu)

    def possible() -> list[bool]:
        return [offered(menu)[name] for name in ("Cut", "Copy", "Select all")]

    assert possible() == [False, False, True]
    page.selectAll()
    assert possible() == [True, True, True]
    page.setReadOnly(True)
    assert possible() == [False, True, True]
    page.clearFocus()
    assert possible() == [False, False, False]
    assert action(window, "Cut").isEnabled(), "in a closed menu it waits for nobody"


def test_what_needs_a_project_is_grey_before_there_is_one(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    """It could be pressed, and did nothing."""
    file = window.menuBar().actions()[0].menu()
    assert isinstance(file, QMenu)
    keep, new = action(window, "Keep the text"), action(window, "New project")
    file.popup(QPoint())
    assert not keep.isEnabled() and new.isEnabled()
    file.close()
    assert keep.isEnabled(), "its key is free for a project that is opened meanwhile"
    window.open_project(place.folder)
    settled(qtbot, window)
    file.popup(QPoint())
    assert keep.isEnabled()
    file.close()


def test_the_key_to_keep_says_where_nothing_has_to_be_kept(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    _, _, generate = tabs(window)
    views = (
        (0, generate.desk, "Everything here"),
        (2, generate.shelf, "are kept already"),
        (2, generate.side_by_side, "Nothing is written here yet"),
    )
    for number, view, sentence in views:
        window.tabs.setCurrentIndex(number)
        generate.views.setCurrentWidget(view)
        qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        assert sentence in window.passing.text()


def test_find_goes_on_from_the_other_end(qtbot: QtBot, window: MainWindow) -> None:
    text = QPlainTextEdit("one two one")
    text.setParent(window)
    text.show()
    window.activateWindow()
    text.setFocus()
    action(window, "Find").trigger()
    box = next(child for child in window.findChildren(Find))
    box.words.setText("one")
    ends = []
    for button in (box.forward, box.forward, box.forward, box.back):
        click(qtbot, button)
        ends.append(text.textCursor().position())
    assert ends == [3, 11, 3, 11] and "other end" in box.answer.text()
    box.words.setText("three")
    click(qtbot, box.forward)
    assert box.answer.text() == "Not found."
    box.words.setText("one")
    for end in (3, 11):
        qtbot.keyClick(box.words, Qt.Key.Key_Return)
        assert box.isVisible() and text.textCursor().position() == end and text.toPlainText() == "one two one"
    box.reject()


def test_find_looks_where_nothing_to_look_through_has_the_focus(
    qtbot: QtBot, window: MainWindow, place: Project
) -> None:
    """Under Data it did nothing, and the letters went into the list."""
    window.open_project(place.folder)
    settled(qtbot, window)
    data, _, generate = tabs(window)
    data.pane.search.setText("old")
    data.table.setFocus()
    action(window, "Find").trigger()
    qtbot.keyClicks(QApplication.focusWidget(), "story")
    assert data.pane.search.text() == "story"
    window.tabs.setCurrentIndex(2)
    settled(qtbot, window)
    generate.model.run_box.setFocus()
    action(window, "Find").trigger()
    box = next(child for child in window.findChildren(Find))
    assert box.isVisible() and box._text is generate.desk.page
    box.reject()


def recent(window: MainWindow) -> list[QAction]:
    """What is offered when the File menu is opened."""
    file = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&File")
    offered(file)
    menu = action(window, "Open recent").menu()
    assert isinstance(menu, QMenu)
    return menu.actions()


def test_recent_projects_stand_in_the_file_menu(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.preferences.remember(place.folder)
    (entry,) = recent(window)
    entry.trigger()
    settled(qtbot, window)
    assert window.project and window.project.folder == place.folder
    assert not recent(window) and not action(window, "Open recent").isEnabled()
    window.close_project()
    qtbot.waitUntil(lambda: window.project is None)
    assert len(recent(window)) == 1 and action(window, "Open recent").isEnabled(), "it stayed grey"


def test_the_open_project_is_not_opened_again(qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path) -> None:
    """It asked to stop what trains there, and forgot which run was in sight."""
    other = Project.create(tmp_path / "other")
    other.save(replace(other.listing(), name="My letters & poems"))
    window.preferences.remember(other.folder)
    window.open_project(place.folder)
    settled(qtbot, window)
    opened = window.opened
    window.open_project(place.folder)
    settled(qtbot, window)
    assert window.opened is opened
    assert [entry.text() for entry in recent(window)] == ["My letters && poems"]


@pytest.mark.parametrize("width", [420, 900])
def test_a_long_name_leaves_the_tabs_their_room(qtbot: QtBot, window: MainWindow, width: int) -> None:
    header = Header()
    qtbot.addWidget(header)
    header.show_project("A name that goes on " * 12, "/there")
    header.resize(width, header.sizeHint().height())
    qtbot.waitUntil(lambda: header.width() == width)
    assert header.tabs.geometry().right() < width
    assert header.tabs.tabRect(header.tabs.count() - 1).right() <= header.tabs.width()
    assert header.name.geometry().right() <= header.tabs.geometry().left()


def test_text_becomes_larger_and_smaller_and_stays_so(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    settled(qtbot, window)
    page, label = tabs(window)[2].desk.page, window.header.name
    usual = page.font().pointSizeF(), label.fontInfo().pointSizeF()
    action(window, "Larger text").trigger()
    action(window, "Larger text").trigger()
    assert page.font().pointSizeF() == pytest.approx(1.2 * usual[0])
    assert page.viewport().font().pointSizeF() == pytest.approx(1.2 * usual[0]), "as large is what it says when empty"
    assert label.fontInfo().pointSizeF() > usual[1] and window.preferences.zoom == 120
    window.restyle()  # as when the theme changes
    assert page.font().pointSizeF() == pytest.approx(1.2 * usual[0])
    action(window, "Smaller text").trigger()
    assert window.preferences.zoom == 110
    action(window, "Usual size of text").trigger()
    assert page.font().pointSizeF() == pytest.approx(usual[0]) and window.preferences.zoom == 100


def test_f6_leads_out_of_a_text(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    page = tabs(window)[2].desk.page
    window.activateWindow()
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_F6)
    assert window.focusWidget() is not page
    qtbot.keyClick(window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert window.focusWidget() is page


@pytest.mark.parametrize(
    ("entry", "words_on_it"),
    [
        ("How to, and all keys", ["Drop files", "Start training", "Ctrl+N", "Ctrl+Return", "F6", "Alt+1"]),
        ("Glossary", ["Token", "Held-out text"]),
        ("About", ["0.1.0", "MIT", "PySide6-Essentials"]),
        ("Report a problem", ["none of your texts", "Packages", "torch"]),
    ],
)
def test_the_pages_of_help(qtbot: QtBot, window: MainWindow, entry: str, words_on_it: list[str]) -> None:
    action(window, entry).trigger()
    settled(qtbot, window)
    page = opened_page()
    assert all(word in page.text.toPlainText() for word in words_on_it), page.text.toPlainText()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not any(isinstance(top, Page) for top in QApplication.topLevelWidgets()))


# --- telling


def test_a_run_that_ends_behind_other_windows_is_told(qtbot: QtBot, window: MainWindow) -> None:
    window.alerts.tell("Finished after 12 steps.")
    assert window.alerts.told == "Finished after 12 steps."


def test_the_end_of_a_training_reaches_the_alerts(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    assert window.opened
    started = events.RunStarted("runs/001", "a machine", 1000, 12, 1)
    step = events.StepDone(6, 3.0, 0.001, 1000.0, 1.0)
    ended = events.RunFinished(events.Outcome.FINISHED, 12, 8, "Finished after 12 steps.")
    titles, before = list[str](), window.windowTitle()
    window.windowTitleChanged.connect(titles.append)
    job = window.opened.jobs.start(lambda control: iter([started, step, step, ended]), lambda event: None)
    window.alerts.watch(job)
    settled(qtbot, window)
    assert window.alerts.told == "Finished after 12 steps."
    assert titles == [f"50% · {before}", before], "the taskbar says how far it is, and forgets it at the end"


def test_the_share_in_the_title_never_falls(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    """A run by time that was planned again on its way went from 50% back to 10%."""
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    assert window.opened
    steps = [events.StepDone(number, 3.0, 0.001, 1000.0, float(number)) for number in range(1, 51)]
    started, again = events.RunStarted("runs/001", "a machine", 1000, 10, 1), events.Replanned(5, 50)
    titles = list[str]()
    window.windowTitleChanged.connect(titles.append)
    happened = [started, *steps[:5], again, *steps[5:]]
    window.alerts.watch(window.opened.jobs.start(lambda control: iter(happened), lambda event: None))
    settled(qtbot, window)
    shares = [int(title.partition("%")[0]) for title in titles if "%" in title]
    assert shares == sorted(shares) and {50, 51} <= set(shares)
    assert shares[-1] == 99, "the last step is looked at and saved: nothing is done as long as something is left"


telling = """
import subprocess
from PySide6.QtGui import QGuiApplication
from textgen_gui.ui.parts.launcher import show_share

command = ["dbus-monitor", "--session", "interface='com.canonical.Unity.LauncherEntry'"]
monitor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
next(line for line in monitor.stdout if "NameLost" in line)  # from now on it sees everything
application = QGuiApplication([])
application.setDesktopFileName("org.textgen_gui.TextGenGUI")
show_share(0.42)
show_share(None)
for line in monitor.stdout:
    print(line.strip(), flush=True)
    if "boolean false" in line:
        break
monitor.kill()
monitor.wait()
"""


@pytest.mark.skipif(not shutil.which("dbus-monitor"), reason="there is no message bus of a desktop")
def test_the_icon_in_the_taskbar_is_told_how_far_a_training_is() -> None:
    command = ["dbus-run-session", "--", sys.executable, "-c", telling]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert told.count('string "application://org.textgen_gui.TextGenGUI.desktop"') == 2
    assert told.index("double 0.42") < told.index("boolean true") < told.index("boolean false"), told


@pytest.fixture
def egyptian() -> Iterator[None]:
    before = QLocale()
    make_application()
    QLocale.setDefault(QLocale("ar_EG"))
    yield
    QLocale.setDefault(before)


def test_labels_and_fields_write_the_same_digits(qtbot: QtBot, egyptian: None) -> None:
    field = QSpinBox(maximum=10_000, value=1584)
    field.setGroupSeparatorShown(True)
    qtbot.addWidget(field)
    assert field.text() == words.number(1584) == "١٬٥٨٤"
    assert words.number(0.8, 1) == "٠٫٨"


# --- words and focus


def test_each_technical_word_opens_its_entry(qtbot: QtBot, window: MainWindow) -> None:
    links = {link.toolTip(): link for link in window.made_workspace().findChildren(QToolButton, "word")}
    linked = {word for word, meaning in glossary.entries.items() if meaning in links}
    assert linked >= {"Token", "Surprise", "Temperature", "Step", "Vocabulary", "Word counter"}
    for meaning, link in links.items():
        link.click()
        page = opened_page()
        assert page.windowTitle() == "Glossary" and meaning in page.text.toPlainText()
        page.close()


def test_what_gets_the_focus_is_in_sight(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.resize(800, 480)
    window.tabs.setCurrentIndex(1)
    window.activateWindow()
    setup = tabs(window)[1].setup
    first, last = setup.beginning.choice, setup.advanced_fold.heading
    qtbot.waitUntil(lambda: setup.page.verticalScrollBar().maximum() > 400)  # it is laid out
    qtbot.waitUntil(window.isActiveWindow)
    for field in (last, first):
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        assert field.hasFocus() and not field.visibleRegion().isEmpty()


def test_icons_grow_with_the_text(window: MainWindow) -> None:
    before = window.welcome.sample.iconSize().width()
    try:
        window.zoom_to(150)
        assert window.welcome.sample.iconSize().width() == round(1.5 * before)
    finally:
        window.zoom_to(100)
    assert window.welcome.sample.iconSize().width() == before


def test_addresses_of_no_use_do_no_harm(qtbot: QtBot, window: MainWindow) -> None:
    window.open_paths([Path("a" * 300)])
    settled(qtbot, window)
    assert window.opened is None and "There is nothing at aaa" in window.notice.words.text()
    empty = QMimeData()
    empty.setUrls([QUrl("file:")])
    assert not drag(window.welcome, empty)


def test_a_project_among_files_is_opened_and_the_others_are_told_of(
    qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path
) -> None:
    (tmp_path / "more.txt").write_text("more")
    before = len(place.sources())
    window.open_paths([tmp_path / "more.txt", place.folder])
    qtbot.waitUntil(lambda: window.opened is not None)
    settled(qtbot, window)
    assert "Not taken: more.txt." in window.notice.words.text() and len(place.sources()) == before
