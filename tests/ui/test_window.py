"""What a person does with the window, by real drops, clicks and keys; the engine beneath is the real one."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QSlider,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core import events
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.writing import receipt
from textgen_gui.ui.data.data_tab import DataTab
from textgen_gui.ui.data.text_model import Column
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import resources, widgets
from textgen_gui.ui.parts.boxes import Page
from textgen_gui.ui.parts.preferences import Preferences

from ..conftest import story
from .dropping import drop
from .using import click, settled, start_tiny_run, tabs
from .wanted import action

EMPTY = "it is empty, so there is nothing to learn from. Remove it."


def test_the_first_screen_offers_ways_to_begin(window: MainWindow) -> None:
    assert window.pages.currentWidget() is window.welcome
    assert window.welcome.sample.isVisible() and window.welcome.new.isVisible() and window.welcome.open.isVisible()


def test_the_sample_needs_nothing(qtbot: QtBot, window: MainWindow) -> None:
    click(qtbot, window.welcome.sample)
    settled(qtbot, window)
    assert window.project and [source.file for source in window.project.sources()] == ["sample.txt"]
    assert "Sherlock" in window.windowTitle()


def test_drop_prepare_remove(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.open_by(lambda: Project.create(tmp_path / "p"))
    settled(qtbot, window)
    data, train, _ = tabs(window)
    assert data.drop.isVisible()
    (tmp_path / "a.txt").write_text(story())
    (tmp_path / "b.md").write_bytes(b"")
    (tmp_path / "c.jpg").write_bytes(b"\xff\xd8")
    assert drop(data, tmp_path / "a.txt", tmp_path / "b.md", tmp_path / "c.jpg")
    settled(qtbot, window)
    assert "2 files were left out or cannot be used: c.jpg, b.md." in window.notice.words.text()
    assert window.notice.isVisible() and window.notice.more.isVisible()
    assert [state(data, row) for row in range(2)] == ["Not prepared", "Left out: " + EMPTY]
    click(qtbot, data.prepare_button)
    settled(qtbot, window)
    assert state(data, 0) == "Ready" and EMPTY in state(data, 1)
    assert "Up to date" in data.status.text() and not data.prepare_button.isEnabled()
    assert "page" in data.status.text() and "which is very little" in data.status.text()
    assert train.setup.start_button.isEnabled()
    data.table.selectRow(0)
    settled(qtbot, window)
    assert data.preview.page.toPlainText().startswith("The old man")
    data.preview.as_tokens.setChecked(True)
    assert "↵" in data.preview.page.toPlainText()
    click(qtbot, data.remove)
    settled(qtbot, window)
    assert data.table.texts.rowCount() == 1 and not train.setup.start_button.isEnabled()


def state(data: DataTab, row: int) -> str:
    return str(data.table.texts.index(row, Column.STATE).data())


def test_train_pause_stop_resume(
    qtbot: QtBot, window: MainWindow, prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open_project(prepared.folder)
    settled(qtbot, window)
    train = start_tiny_run(qtbot, window, steps=100_000)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 5, timeout=60_000)
    click(qtbot, train.view.pause_button)
    assert train.view.pause_button.text() == "Go on" and train.list.list.item(0).text().endswith("\npaused")
    click(qtbot, train.view.pause_button)
    assert train.list.list.item(0).text().endswith("\ntraining now")
    click(qtbot, train.view.stop_button)
    settled(qtbot, window)
    run = prepared.runs()[0]
    assert run.name == "001 my first" and run.checkpoints()
    assert train.view.resume_button.isVisible() and not train.view.stop_button.isVisible()
    assert "The old man" in train.view.timeline.page.toPlainText() or run.checkpoints()[-1].step < 10
    stopped_at = run.checkpoints()[-1].step
    click(qtbot, train.view.resume_button)
    qtbot.waitUntil(lambda: train.view.plot._steps[0][-1] > stopped_at + 3, timeout=60_000)
    steps = train.view.plot._steps[0]
    assert (steps[1:] > steps[:-1]).all(), "a resumed curve has no doubled steps"
    assert [line.value() for line in train.view.plot._moments.lines] == [stopped_at]
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.buttons()[0].click())  # stop and save
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    settled(qtbot, window)
    assert run.checkpoints()[-1].step > stopped_at


def test_an_old_run_is_drawn_again(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    _, train, _ = tabs(window)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    train.list.list.setCurrentRow(0)
    settled(qtbot, window)
    assert train.view.plot._steps[0].tolist() == list(range(1, 13))
    assert train.view.plot._points[0].tolist() == [4, 8, 12]
    assert train.view.numbers.labels["step"].text() == "12 / 12" and train.view.timeline.step.text() == "step 12"
    assert "By text it has never seen" in train.view.plot.in_words()
    settled(qtbot, window)


def test_write_stop_copy_save(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    _, _, generate = tabs(window)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    desk = generate.desk
    desk.page.setPlainText("«\u00a0The old man. And mine again.")
    cursor = desk.page.textCursor()
    cursor.setPosition(13)
    desk.page.setTextCursor(cursor)
    generate.how.form.controls["max_new_tokens"].setValue(30)  # type: ignore[attr-defined]
    click(qtbot, desk.write_button)
    settled(qtbot, window)
    page = widgets.text_of(desk.page)
    prompt, config, done = desk.done[0].prompt, desk.done[0].config, desk.done[0].event
    assert prompt == "«\u00a0The old man" and config.seed == done.seed
    assert printable(page) == printable(prompt + done.text + ". And mine again.")
    click(qtbot, desk.copy_button)
    assert QGuiApplication.clipboard().text() == page
    click(qtbot, desk.save_button)
    settled(qtbot, window)
    file = next(trained.project.generated_folder.glob("*.txt"))
    assert file.read_text(encoding="utf-8").rstrip("\n") == page.rstrip("\n")
    kept = file.with_suffix(".receipt").read_bytes().decode()
    assert 'prompt = "«\u00a0The old man"' in kept and f"seed = {done.seed}" in kept
    receipt.read(file)
    before = len(page)
    for name in ("max_new_tokens", "min_new_tokens"):
        form = generate.how.form if name in generate.how.form.controls else generate.how.more_form
        form.controls[name].setValue(100_000)  # type: ignore[attr-defined]
    click(qtbot, desk.write_button)
    qtbot.waitUntil(lambda: len(desk.page.toPlainText()) > before + 100, timeout=30_000)
    click(qtbot, desk.stop_button)
    settled(qtbot, window, timeout=2000)
    assert desk.done[-1].event.stop_reason == "stopped"


def printable(text: str) -> str:
    """What an untrained model writes holds control characters, which the page shows as something else."""
    return "".join(letter for letter in text if letter.isprintable())


def test_a_text_longer_than_the_model_reads_goes_on_from_its_end(
    qtbot: QtBot, window: MainWindow, trained: Run
) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    _, _, generate = tabs(window)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    said: list[str] = []
    generate.said.connect(said.append)
    generate.desk.page.setPlainText(story(2000))
    generate.desk.page.moveCursor(QTextCursor.MoveOperation.End)
    click(qtbot, generate.desk.write_button)
    settled(qtbot, window)
    assert any("It goes on from the last" in words for words in said)
    assert widgets.text_of(generate.desk.page).startswith(story(2000)) and generate.desk.done


def test_two_windows_on_one_project(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    with place.lock():
        window.open_project(place.folder)
        settled(qtbot, window)
    assert "open in another window" in window.notice.words.text()
    assert window.pages.currentWidget() is window.welcome


def test_keys_lead_everywhere(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    _, _, generate = tabs(window)
    for number, key in enumerate((Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3)):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentIndex() == number
    generate.how.form.controls["max_new_tokens"].setValue(5)  # type: ignore[attr-defined]
    window.tabs.setCurrentIndex(1)  # from where nothing is written unseen
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert generate.job and window.tabs.currentIndex() == 2
    settled(qtbot, window)
    assert generate.desk.done


def test_every_control_has_a_name_and_a_tooltip(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QSlider, QTextEdit)
    for page in (window.welcome, *tabs(window)):
        for kind in kinds:
            for control in page.findChildren(kind):
                if control.objectName().startswith(("qt_", "Scroll")) or _inside_another(control):
                    continue
                name = control.accessibleName() or getattr(control, "text", str)()
                assert name, f"nameless {control} in {control.parent()}"
                assert control.toolTip() or isinstance(control, QTextEdit), f"no tooltip: {name}"


def _inside_another(control: QWidget) -> bool:
    parent = control.parentWidget()
    return isinstance(parent, QAbstractSpinBox | QComboBox | QLineEdit) or "QTableCornerButton" in repr(
        control.metaObject().className()
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes(qtbot: QtBot, window: MainWindow, trained: Run, theme: str) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    next(action for action in window._themes.actions() if action.data() == theme).trigger()
    assert resources.is_dark() == (theme == "dark")
    assert window.preferences.theme == theme

    def looks_dark() -> bool:
        return window.grab().toImage().pixelColor(5, window.height() // 2).lightness() < 128

    qtbot.waitUntil(lambda: looks_dark() == (theme == "dark"))  # Qt tells widgets of another palette a moment later


def test_a_project_opens_where_one_was(qtbot: QtBot, window: MainWindow, trained: Run, tmp_path: Path) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    assert window.tabs.currentIndex() == 1, "it has a run"
    window.tabs.setCurrentIndex(2)
    window.open_by(lambda: Project.create(tmp_path / "new"))
    qtbot.waitUntil(lambda: window.project is not None and window.project.folder.name == "new", timeout=60_000)
    assert window.tabs.currentIndex() == 0, "it has nothing yet"
    window.open_project(trained.project.folder)
    qtbot.waitUntil(lambda: window.project is not None and window.project.folder.name != "new", timeout=60_000)
    settled(qtbot, window)
    assert window.tabs.currentIndex() == 2 and window.workspace
    assert window.workspace.generate.isVisible()


def test_texts_are_chosen_on_the_first_page(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "My letters.txt").write_text("Dear Anna, it rained all day. " * 50)
    names = [str(tmp_path / "My letters.txt")]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (names, ""))
    click(qtbot, window.welcome.texts)
    settled(qtbot, window)
    assert window.project and window.project.folder.name == "My letters" and len(window.project.sources()) == 1


def test_a_project_is_renamed_and_taken_off_the_list(
    qtbot: QtBot, window: MainWindow, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (" Thirty years ", True))
    action(window, "Rename project").trigger()
    settled(qtbot, window)
    assert window.header.name.text() == "Thirty years" and window.windowTitle().startswith("Thirty years")
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None)
    recent = window.welcome.recent
    qtbot.waitUntil(lambda: "Thirty years" in recent.item(0).text())
    recent.setCurrentRow(0)
    shown = list[Path]()
    monkeypatch.setattr(resources, "open_folder", shown.append)
    next(entry for entry in recent.actions() if entry.text() == "Show its folder").trigger()
    assert shown == [place.folder]
    recent.setFocus()
    qtbot.keyClick(recent, Qt.Key.Key_Delete)
    assert recent.count() == 0 and not window.welcome.recent_title.isVisible() and not Preferences().recent()
    assert place.exists(), "only the list forgets it"
    window.open_project(place.folder)
    settled(qtbot, window)
    assert window.header.name.text() == "Thirty years"


def test_details_stand_where_they_are_asked_for(qtbot: QtBot, window: MainWindow) -> None:
    """They were behind another click, in a box of four lines."""
    window.tell("Five files were left out.", "one.txt <is> empty.\ntwo.txt is locked.")
    click(qtbot, window.notice.more)
    (page,) = window.findChildren(Page)
    assert page.text.toPlainText() == "one.txt <is> empty.\ntwo.txt is locked." and page.isVisible()
    page.close()


def test_recent_projects_come_back(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None)
    assert window.welcome.recent.count() == 1
    window.welcome.recent.itemActivated.emit(window.welcome.recent.item(0))
    settled(qtbot, window)
    assert window.project and window.project.folder == place.folder


def test_events_of_a_list_are_shown(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    """The view knows nothing of jobs: any list of events, live or old, goes through the same slot."""
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    view = tabs(window)[1].view
    view.open(trained)
    settled(qtbot, window)
    view.show_event(events.RunStarted("runs/001", "a machine", 1_234_567, 50, 1, resumed_from=8, threads=2))
    assert view.plot._steps[0][-1] == 8 and "resumed at step 8" in view.state.text()
    view.show_event(events.StepDone(9, 2.5, 1e-3, 1234.0, 60.0))
    view.show_event(events.Evaluated(9, 2.4, 1.5))
    view.show_event(events.SampleWritten(9, "Once", " more"))
    view.numbers.show_newest()
    assert view.numbers.labels["speed"].text() == "1,234" and view.numbers.labels["heldout"].text() == "1.500 bits"
    assert view.timeline.page.toPlainText() == "Once more" and view.timeline.step.text() == "step 9"
    view.show_event(events.RunFinished(events.Outcome.FAILED, 9, 9, "The disk is full."))
    assert view.state.text() == "The disk is full."


def test_a_notice_goes_by_esc_before_anything_stops_and_with_its_tab(
    qtbot: QtBot, window: MainWindow, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open_project(place.folder)
    qtbot.waitUntil(lambda: window.opened is not None)
    settled(qtbot, window)
    asked: list[int] = []
    monkeypatch.setattr(window.workspace, "stop", lambda: asked.append(1))
    data, train, _ = tabs(window)
    data.problem.emit("“picture.jpg” was left out.", "")
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.notice.isVisible() and not asked
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert asked
    data.problem.emit("“picture.jpg” was left out.", "")
    window.tabs.setCurrentIndex(1)
    assert not window.notice.isVisible()
    data.problem.emit("The disk is full.", "")
    window.tabs.setCurrentIndex(0)
    assert window.notice.isVisible(), "it is about what is to be seen now"
    window.tabs.setCurrentIndex(1)
    assert not window.notice.isVisible()
    train.list.refused.emit("A run is being trained.")
    window.notice.tell("The folder is gone.", holds=lambda: True)
    window.tabs.setCurrentIndex(0)
    assert window.notice.isVisible(), "still true"
