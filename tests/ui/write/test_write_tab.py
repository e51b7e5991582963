"""What the views of the writing room have in common: keys, keeping, writing a kept text again."""

import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.project import Run
from textgen_gui.engine.writing import receipt
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import click, settled
from .desk import at_end, closed, set_values, written


def test_a_kept_page_is_written_again(qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run) -> None:
    at_end(tab.desk, "The old")
    written(qtbot, window, tab.desk)
    tab.desk.page.insertPlainText(" And a line of mine.")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    file = next(run.project.generated_folder.glob("*.txt"))
    tab.replay(file)
    settled(qtbot, window)
    assert "letter by letter, 1 of 1 texts." in window.notice.words.text()
    assert "different here" not in window.notice.words.text(), "kept and written again by the same threads"
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
        assert view.job and tab.job is view.job and view.stop_button.isVisible()
        qtbot.keyClick(window, Qt.Key.Key_Escape)
        settled(qtbot, window)
        assert tab.job is None and view.write_button.isEnabled()
    tab.views.setCurrentWidget(tab.desk)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    assert len(list(run.project.generated_folder.glob("*.txt"))) == 1


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
    assert tab.desk.page.toPlainText() == page and tab.desk.status.text() == ""
