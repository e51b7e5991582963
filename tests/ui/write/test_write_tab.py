"""What the views of the writing room have in common: keys, keeping, writing a kept text again."""

import functools
import json
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit, QScrollArea
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.library import LibraryModel
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models import claims
from textgen_gui.engine.writing import receipt
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import notice, widgets
from textgen_gui.ui.write.editor import Editor
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import answer, bin_of_its_own, click, settled, tabs
from .desk import at_end, closed, set_values, written


def test_write_with_it_shows_the_page(qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run) -> None:
    """Whatever was shown there before."""
    tab.views.setCurrentWidget(tab.shelf)
    window.tabs.setCurrentIndex(1)
    settled(qtbot, window)
    train = tabs(window)[1]
    train.list.list.setCurrentRow(0)
    qtbot.waitUntil(lambda: train.view.shows(run))
    train.view.write_button.click()  # hidden where the button of the next step says the same
    assert window.tabs.currentIndex() == 2 and tab.views.currentWidget() is tab.desk


def write_with(qtbot: QtBot, window: MainWindow, run: Run) -> None:
    """As somebody presses it on the page of a run."""
    window.tabs.setCurrentIndex(1)
    train = tabs(window)[1]
    train.list.list.setCurrentRow(0)
    qtbot.waitUntil(lambda: train.view.shows(run))
    train.view.write_button.click()


def test_a_new_model_begins_a_page_of_its_own(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run, starter: LibraryModel
) -> None:
    """What another wrote is among the versions, also another day, and comes back by one Undo or a press."""
    desk = tab.desk
    assert window.opened
    window.opened.look()
    settled(qtbot, window)
    tab.choose("starter")
    set_values(tab, max_new_tokens=30, min_new_tokens=30)
    at_end(desk, "The old man")
    page = written(qtbot, window, desk)
    write_with(qtbot, window, run)
    assert widgets.text_of(desk.page) == "" and desk.versions.texts == [page]
    words = window.notice.words.text()
    assert words == "A new page for “test”. The one on which “The starter” wrote is among the versions."
    desk.page.undo()
    assert widgets.text_of(desk.page) == page
    desk.page.redo()
    click(qtbot, window.notice.way_button)
    assert widgets.text_of(desk.page) == page
    desk.put("")
    closed(qtbot, window)
    window.open_project(run.project.folder)
    settled(qtbot, window)
    assert page in desk.versions.texts and not desk.versions.isHidden()
    desk.versions.activated.emit(desk.versions.texts.index(page) + 1)
    assert widgets.text_of(desk.page) == page


def test_a_page_is_brought_back_when_the_model_has_been_stopped(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run, starter: LibraryModel
) -> None:
    """Neither the way to it is lost before, nor pressed in vain without a word."""
    desk, said = tab.desk, list[str]()
    tab.said.connect(said.append)
    set_values(tab, max_new_tokens=30, min_new_tokens=30)
    page = written(qtbot, window, desk)
    tab.choose("starter")
    set_values(tab, max_new_tokens=3000, min_new_tokens=3000)
    click(qtbot, desk.write_button)
    click(qtbot, window.notice.way_button)
    assert window.notice.words.text() == "The model is writing. Stop it first, then that page can be brought back."
    desk.versions.activated.emit(1)
    assert said[-1] == "The model is writing. Stop it first (Esc)." and desk.job
    click(qtbot, desk.stop_button)
    settled(qtbot, window)
    click(qtbot, window.notice.way_button)
    assert widgets.text_of(desk.page) == page and not window.notice.isVisible()


def test_a_page_of_ones_own_stays_for_a_new_model(qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run) -> None:
    """And so does one that this very model wrote on."""
    at_end(tab.desk, "The old man, as I knew him")
    write_with(qtbot, window, run)
    assert widgets.text_of(tab.desk.page) == "The old man, as I knew him"
    page = written(qtbot, window, tab.desk)
    write_with(qtbot, window, run)
    assert widgets.text_of(tab.desk.page) == page and tab.desk.versions.isHidden()


def test_a_kept_page_is_written_again(qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run) -> None:
    at_end(tab.desk, "The old")
    written(qtbot, window, tab.desk)
    tab.desk.page.insertPlainText(" And a line of mine.")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    file = next(run.project.generated_folder.glob("*.txt"))
    tab.replay(file)
    settled(qtbot, window)
    words = window.notice.words.text()
    assert words == f"{file.name}: What the model wrote came out word for word the same.", (
        "kept and written again by the same threads"
    )
    assert window.notice.property("good"), "a success is no problem"
    file.write_text(file.read_text(encoding="utf-8").replace("a line of mine", "no line of mine"), encoding="utf-8")
    tab.replay(file)
    settled(qtbot, window)
    assert "was changed after it was kept" in window.notice.words.text()


def test_a_receipt_names_the_one_thread_that_wrote(qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run) -> None:
    """Also when the job that keeps it begins with as many threads as a training has."""
    at_end(tab.desk, "The old")
    written(qtbot, window, tab.desk)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        click(qtbot, tab.desk.save_button)
        settled(qtbot, window)
    finally:
        torch.set_num_threads(before)
    assert receipt.read(next(run.project.generated_folder.glob("*.txt"))).made_with.endswith(", 1 threads")


def test_keys_write_stop_and_keep_in_the_view_that_is_shown(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run
) -> None:
    set_values(tab, max_new_tokens=3000, min_new_tokens=3000)
    for view in (tab.desk, tab.batch, tab.side_by_side):
        tab.views.setCurrentWidget(view)
        qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert view.job and tab.job is view.job and view.stop_button.isEnabled()
        if view is tab.desk:  # else nothing is there to be kept
            qtbot.waitUntil(lambda: widgets.text_of(tab.desk.page) != "", timeout=20_000)
        qtbot.keyClick(window, Qt.Key.Key_Escape)
        settled(qtbot, window)
        assert tab.job is None and view.write_button.isEnabled()
    tab.views.setCurrentWidget(tab.desk)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    assert len(list(run.project.generated_folder.glob("*.txt"))) == 1


def test_from_the_shelf_the_key_writes_on_the_page(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """It did nothing."""
    set_values(tab, max_new_tokens=12, min_new_tokens=12)
    tab.views.setCurrentWidget(tab.shelf)
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert tab.views.currentWidget() is tab.desk and tab.desk.job
    settled(qtbot, window)
    assert widgets.text_of(tab.desk.page)


def test_a_project_can_be_closed_while_a_text_is_written(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run
) -> None:
    """Nothing of it arrives in the project that is opened next, and no timer ticks on."""
    set_values(tab, max_new_tokens=3000, min_new_tokens=3000)
    tab.desk.offers.switch.setChecked(True)
    click(qtbot, tab.desk.write_button)
    qtbot.waitUntil(lambda: len(tab.desk.page.toPlainText()) > 100, timeout=20_000)
    closed(qtbot, window)
    window.open_project(run.project.folder)
    settled(qtbot, window)
    page = tab.desk.page.toPlainText()
    assert len(page) > 100 and tab.job is None and not tab.desk.page.isReadOnly()
    assert [one.event.stop_reason for one in tab.desk.done] == ["stopped"], "with what it takes to write it again"
    qtbot.wait(200)
    assert tab.desk.page.toPlainText() == page
    told = "On this page “test” wrote, last with the seed 7."
    qtbot.waitUntil(lambda: tab.desk.status.text() == told)


def test_the_keyboard_leaves_the_page(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """By Tab and back, and by Esc, which stops first where something is written."""
    page = tab.desk.page
    at_end(tab.desk, "The old")
    window.activateWindow()
    qtbot.waitUntil(page.hasFocus)
    qtbot.keyClick(page, Qt.Key.Key_Tab)
    assert not page.hasFocus() and widgets.text_of(page) == "The old"
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert tab.desk.write_button.hasFocus()


def test_odd_line_ends_do_not_get_out_of_the_page(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Shift+Return makes a U+2028: not in what the model reads, nor in what is copied, kept or exported."""
    desk = tab.desk
    at_end(desk, "The old")
    qtbot.keyClick(desk.page, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(desk.page, "man")
    page = written(qtbot, window, desk)
    assert desk.done[-1].prompt == "The old\nman" and page.startswith("The old\nman")
    click(qtbot, desk.copy_button)
    assert "\u2028" not in QGuiApplication.clipboard().text()
    click(qtbot, desk.save_button)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "page.md"), ""))
    desk.export_button.menu().actions()[1].trigger()
    settled(qtbot, window)
    for file in (next(run.project.generated_folder.glob("*.txt")), tmp_path / "page.md"):
        assert file.read_text(encoding="utf-8").startswith("The old\nman")


def test_the_tab_reflows_where_there_is_little_space(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """At 640 pixels the settings stand below the page, and nothing is wider than what is seen."""
    take(tab, 1200)
    assert tab.split.orientation() is Qt.Orientation.Horizontal
    take(tab, 600)
    assert tab.split.orientation() is Qt.Orientation.Vertical
    for view in range(tab.views.count()):
        tab.views.setCurrentIndex(view)
        take(tab, 600)
        assert tab.split.minimumSizeHint().width() <= 600 - 4 * widgets.GRID, tab.views.tabText(view)
    take(tab, 1200)


def test_larger_text_needs_more_space(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    window.resize(1024, 700)
    settled(qtbot, window)
    assert tab.split.orientation() is Qt.Orientation.Horizontal
    window.zoom_to(150)
    assert tab.split.orientation() is Qt.Orientation.Vertical
    window.zoom_to(100)
    assert tab.split.orientation() is Qt.Orientation.Horizontal


def take(tab: WriteTab, width: int) -> None:
    """As the window would give it so much space."""
    QApplication.sendEvent(tab, QResizeEvent(QSize(width, 400), tab.size()))


def test_all_settings_can_be_seen_when_more_opens(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    how = tab.how
    fold = next(fold for fold in how.findChildren(widgets.Fold) if fold.body.isAncestorOf(how.more_form))
    click(qtbot, fold.heading)
    qtbot.waitUntil(how.more_form.isVisible)
    inside = how.parentWidget()
    assert inside is not None
    area = inside.parentWidget()
    assert area is not None and how.more_form.minimumSizeHint().width() <= area.width()
    for control in how.more_form.controls.values():
        assert control.mapTo(area, control.rect().topRight()).x() < area.width(), control.accessibleName()


def test_the_chosen_model_is_chosen_again(qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run) -> None:
    step = run.checkpoints()[0].step
    tab.model.checkpoint_box.setCurrentIndex(tab.model.checkpoint_box.findData(step))
    closed(qtbot, window)
    tab.model.checkpoint_box.setCurrentIndex(0)
    window.open_project(run.project.folder)
    settled(qtbot, window)
    assert tab.model.checkpoint_box.currentData() == step


def test_a_refused_setting_takes_the_keyboard_from_nobody_who_types(
    qtbot: QtBot, window: MainWindow, tab: WriteTab
) -> None:
    bias, length = tab.how.more_form.controls["bias"], tab.how.form.controls["max_new_tokens"]
    assert isinstance(bias, QPlainTextEdit)
    bias.setPlainText("nonsense without weight")
    tab.desk.write()
    length.setFocus()
    settled(qtbot, window)
    assert window.focusWidget() is length and "bias" in tab.how.more_form.faults()
    click(qtbot, tab.desk.write_button)
    tab.desk.write_button.setFocus()
    assert not tab.how.more_form.faults(), "not known before it is tried"
    settled(qtbot, window)
    assert window.focusWidget() is bias


def test_a_model_that_cannot_write_any_more_leads_to_another(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run, starter: LibraryModel
) -> None:
    """In one sentence; which file is to blame stands in the details."""
    assert window.opened
    window.opened.look()
    settled(qtbot, window)
    at_end(tab.desk, "The old")
    for checkpoint in run.checkpoints():
        (checkpoint.folder / "model.safetensors").unlink()
    assert written(qtbot, window, tab.desk) == "The old"
    notice = window.notice
    assert notice.words.text() == "“test” cannot write any more: its files are damaged or missing."
    assert "model.safetensors is missing" in notice._details and notice.way_button.text() == "Write with “The starter”"
    click(qtbot, notice.way_button)
    assert not notice.isVisible() and len(written(qtbot, window, tab.desk)) > len("The old")


@pytest.mark.parametrize("of_newer_version", [False, True])
def test_a_sound_model_that_cannot_write_now_is_not_called_damaged(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run, monkeypatch: pytest.MonkeyPatch, of_newer_version: bool
) -> None:
    """Or somebody would delete it: memory may be free again, and the program be updated."""
    if of_newer_version:
        for checkpoint in run.checkpoints():
            manifest = json.loads(checkpoint.manifest_file.read_text())
            checkpoint.manifest_file.write_text(json.dumps({**manifest, "format": 99}))
    else:
        monkeypatch.setattr(claims, "free_memory", lambda: 3_000)
    click(qtbot, tab.desk.write_button)
    settled(qtbot, window)
    words = window.notice.words.text()
    assert "damaged" not in words and "whole" not in words
    assert words.endswith("of this program. Update it." if of_newer_version else "choose a smaller model.")
    assert window.notice.way_button.text() == "Find a model …"


def test_a_folder_that_is_no_model_says_so_and_leads_to_another(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run, tmp_path: Path
) -> None:
    tab.model.choose(str(tmp_path / "gone"))
    click(qtbot, tab.desk.write_button)
    settled(qtbot, window)
    assert window.notice.words.text() == f"The model in {tmp_path / 'gone'} is gone. Choose another model."
    click(qtbot, window.notice.way_button)
    assert tab.model.run == run


def test_where_there_is_no_other_model_one_can_be_found(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run
) -> None:
    for checkpoint in run.checkpoints():
        (checkpoint.folder / "model.safetensors").unlink()
    click(qtbot, tab.desk.write_button)
    settled(qtbot, window)
    with qtbot.waitSignal(tab.model.models_asked):
        click(qtbot, window.notice.way_button)
    assert window.models
    settled(qtbot, window)
    window.models.close()


def test_esc_stops_at_once_where_something_is_told_that_is_done(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run
) -> None:
    """A problem is taken away first; what is done is told below it then."""
    at_end(tab.desk, "The old")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    assert window.notice.isVisible()
    set_values(tab, max_new_tokens=3000, min_new_tokens=3000)
    click(qtbot, tab.desk.write_button)
    qtbot.waitUntil(lambda: len(tab.desk.page.toPlainText()) > 20, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    settled(qtbot, window)
    assert not window.notice.isVisible() and tab.desk.done[-1].event.stop_reason == "stopped"
    window.tell("The disk is full.")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    assert window.notice.words.text() == "The disk is full." and "Kept" in window.passing.text()
    window.notice.hide()


def test_what_is_done_is_told_for_some_seconds(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice, "DONE_S", 0.1)
    window.notice.tell_done("Kept.")
    assert window.notice.isVisible() and not window.notice.way_button.isVisible()
    qtbot.waitUntil(lambda: not window.notice.isVisible(), timeout=3000)
    monkeypatch.setattr(notice, "LOOK_MS", 10)
    window.notice.tell_done("A new page.", notice.WayOn("Bring it back", "Puts it here again", lambda: None))
    qtbot.wait(800)
    assert window.notice.isVisible(), "what it offers is not missed"
    window.notice.tell_done("Kept.", notice.WayOn("Show it", "Shows it", lambda: None, is_brief=True))
    qtbot.waitUntil(lambda: not window.notice.isVisible(), timeout=3000)


def test_a_run_that_is_deleted_and_brought_back_writes_again(
    qtbot: QtBot,
    window: MainWindow,
    tab: WriteTab,
    run: Run,
    starter: LibraryModel,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)
    answer(monkeypatch, "Delete")
    assert window.opened
    window.opened.look()
    settled(qtbot, window)
    runs = tabs(window)[1].list
    window.tabs.setCurrentIndex(1)
    runs.list.setCurrentRow(0)
    runs.delete()
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    assert tab.model.in_words() == "The starter" and tab.model.note.isVisible()
    assert tab.model.note.text() == "“test” is not here any more. “The starter” writes now."
    window.tabs.setCurrentIndex(1)
    click(qtbot, runs.undo_button)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    assert tab.model.run == run and tab.model.note.text() == "“test” is back and writes again."


def test_what_is_in_sight_has_room_again_after_large_text(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """Views out of sight kept the width that they had needed, and the settings beside the page were cut."""
    tab.side_by_side.mode.setCurrentText("Three degrees of daring")
    window.resize(1024, 700)
    window.zoom_to(200)
    for view in range(tab.views.count()):
        tab.views.setCurrentIndex(view)
        qtbot.wait(50)
        window.grab()
    tab.views.setCurrentIndex(0)
    window.zoom_to(100)
    for _ in range(3):  # what is laid out anew tells those around it
        qtbot.wait(50)
        window.grab()
    assert tab.split.orientation() is Qt.Orientation.Horizontal and tab.split.width() <= tab.width()


def test_large_text_leaves_some_lines_of_the_page_in_sight(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    window.resize(1024, 700)
    window.zoom_to(200)
    qtbot.waitUntil(lambda: tab.split.orientation() is Qt.Orientation.Vertical)
    pages = (tab.desk.page, tab.batch.page, tab.shelf.page, tab.side_by_side.columns[0].page)

    def has_room(page: Editor) -> bool:
        return page.height() >= 8 * page.fontMetrics().lineSpacing() > 240

    for index, page in enumerate(pages):
        tab.views.setCurrentIndex(index)
        qtbot.waitUntil(functools.partial(has_room, page))
    for column in tab.side_by_side.columns[:2]:
        column.title.setText("Letters to Anna, 20 minutes longer, the best so far")
    for view in (tab.desk, tab.batch, tab.side_by_side):
        tab.views.setCurrentWidget(view)
        view.status.setText("On this page “Letters” and “Letters, 20 minutes” wrote, last with the seed 139938385.")
        window.grab()
        assert view.minimumSizeHint().width() < 900, "what it says breaks into lines"


def test_a_click_on_a_view_does_not_scroll_it_out_of_sight(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """In a low window with large text, where the page before had the keyboard: the next click met something else."""
    window.resize(1024, 700)
    window.zoom_to(200)
    qtbot.waitUntil(lambda: tab.split.orientation() is Qt.Orientation.Vertical)
    window.activateWindow()
    bar = tab.views.tabBar()
    for view, field in ((1, tab.batch.prompt), (2, tab.shelf.search), (3, tab.side_by_side.prompt), (2, None)):
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(view).center())
        window.grab()
        assert tab.views.currentIndex() == view and bar.mapTo(window, bar.rect().topLeft()).y() > 0
        assert bar.visibleRegion().boundingRect().height() == bar.height(), "as high as it was"
        if field:
            field.setFocus()
            tab.findChildren(QScrollArea)[0].verticalScrollBar().setValue(0)
