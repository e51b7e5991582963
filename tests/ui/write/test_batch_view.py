"""Many texts at once by real keys and clicks."""

import errno
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import draft, events
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.writing import receipt
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.batch import BatchText
from textgen_gui.ui.write.batch_view import BatchView
from textgen_gui.ui.write.write_tab import WriteTab

from ...conftest import never
from ..using import bin_of_its_own, click, settled
from ..wanted import action
from .desk import closed, printable, set_values


@pytest.fixture
def batch(tab: WriteTab) -> BatchView:
    tab.views.setCurrentWidget(tab.batch)
    return tab.batch


def test_many_texts_are_kept_and_rejected_by_keys(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, batch: BatchView
) -> None:
    set_values(tab, seed=3, temperature=1.5, max_new_tokens=30, min_new_tokens=30)
    batch.prompt.setPlainText("The old man")
    batch.count.setValue(9)
    assert not batch.kept.isEnabled() and batch.count.text() == "9 texts"
    batch.count.stepBy(-8)
    assert batch.count.text() == "1 text"
    batch.count.setValue(9)
    window.activateWindow()
    batch.count.setFocus()
    click(qtbot, batch.write_button)
    settled(qtbot, window)
    assert batch.list.hasFocus(), "where K and X mean something"
    texts = batch.written.texts.values()
    assert batch.list.count() == 9 - sum(bool(text.fault) for text in texts) and batch.list.count() > 4
    batch.list.setCurrentRow(0)
    assert widgets.text_of(batch.page).startswith("The old man")
    for key in (Qt.Key.Key_K, Qt.Key.Key_X, Qt.Key.Key_K):
        qtbot.keyClick(batch.list, key)
    assert len(batch.written.kept()) == 2 and batch.list.currentRow() == 3
    assert batch.list.item(0).text().startswith("✓") and batch.list.item(1).text().startswith("✗")
    assert "9 texts, 2 kept" in batch.status.text() and batch.kept.isEnabled()
    click(qtbot, batch.reject_button)
    click(qtbot, batch.all_button)
    assert len(batch.written.kept()) == batch.list.count() - 2


def test_what_was_kept_last_is_chosen_on_the_shelf(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, batch: BatchView
) -> None:
    """One came to the shelf, and another text was chosen there."""
    set_values(tab, seed=3, temperature=1.5, max_new_tokens=30, min_new_tokens=30)
    batch.count.setValue(4)
    batch.filtered.setChecked(False)
    click(qtbot, batch.write_button)
    settled(qtbot, window)
    for row in (0, 3, 1):
        batch.list.setCurrentRow(row)
        kept, text = batch.list.current, widgets.text_of(batch.page)
        batch.list.setFocus()
        qtbot.keyClick(batch.list, Qt.Key.Key_K)
        settled(qtbot, window)
        tab.views.setCurrentWidget(tab.shelf)
        settled(qtbot, window)
        assert kept and [one.file for one in tab.shelf.chosen()] == [kept.file]
        assert widgets.text_of(tab.shelf.page).split() == text.split()
        tab.views.setCurrentWidget(batch)


def test_the_key_to_keep_keeps_the_text_in_sight(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, batch: BatchView
) -> None:
    """It only wrote those that K had decided about, and the next ones took the place of the others."""
    set_values(tab, seed=3, temperature=1.5, max_new_tokens=30, min_new_tokens=30)
    batch.count.setValue(2)
    batch.filtered.setChecked(False)
    click(qtbot, batch.write_button)
    settled(qtbot, window)
    window.activateWindow()
    batch.page.setFocus()
    for row in (0, 0):  # once more changes nothing
        batch.list.setCurrentRow(row)
        qtbot.keyClick(batch.page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        settled(qtbot, window)
        assert [bool(text.file) for text in batch.written.in_order(with_faults=True)] == [True, False]


def test_bad_texts_are_put_aside_and_counted(qtbot: QtBot, window: MainWindow, tab: WriteTab, batch: BatchView) -> None:
    set_values(tab, max_new_tokens=400, min_new_tokens=0)
    tab.how.more_form.controls["regex"].setText("(so it goes ){20}")  # type: ignore[attr-defined]
    batch.count.setValue(3)
    click(qtbot, batch.write_button)
    settled(qtbot, window)
    assert {text.fault for text in batch.written.texts.values()} == {"repeating"}
    assert batch.list.count() == 0 and "put aside: 3 repeating" in batch.status.text()
    assert "All of these texts were put aside" in batch.page.placeholderText()
    click(qtbot, batch.filtered)
    assert batch.list.count() == 3 and "put aside" not in batch.status.text()
    assert "put aside" not in batch.page.placeholderText()


def test_stopping_keeps_the_texts_so_far(qtbot: QtBot, window: MainWindow, tab: WriteTab, batch: BatchView) -> None:
    set_values(tab, max_new_tokens=3000, min_new_tokens=3000)
    batch.count.setValue(3)
    click(qtbot, batch.write_button)
    assert batch.status.text() == "Loading the model …" and batch.bar.isVisible()
    assert batch.stop_button.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    settled(qtbot, window)
    assert all(text.done.event.stop_reason == "stopped" for text in batch.written.texts.values())
    assert batch.write_button.isEnabled() and not batch.bar.isVisible()


def test_a_text_kept_by_key_is_on_the_shelf_at_once_as_a_file_of_its_own(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, batch: BatchView, place: Project
) -> None:
    written_in(qtbot, window, batch)
    for _ in range(2):
        qtbot.keyClick(batch.list, Qt.Key.Key_K)
    settled(qtbot, window)
    files = list(place.generated_folder.glob("*.txt"))
    assert [len(receipt.read(file).written) for file in files] == [1, 1]
    assert {file.read_text(encoding="utf-8") for file in files} == {f"{text.whole}\n" for text in batch.written.kept()}
    assert "2 kept and on the shelf “Kept”" in batch.status.text()
    tab.views.setCurrentWidget(tab.shelf)
    settled(qtbot, window)
    assert tab.shelf.list.count() == 2
    closed(qtbot, window)
    assert len(list(place.generated_folder.glob("*.txt"))) == 2


def test_a_text_that_is_not_kept_any_more_goes_to_the_bin(
    qtbot: QtBot,
    window: MainWindow,
    batch: BatchView,
    place: Project,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)
    written_in(qtbot, window, batch)
    qtbot.keyClick(batch.list, Qt.Key.Key_K)
    settled(qtbot, window)
    batch.list.setCurrentRow(0)
    qtbot.keyClick(batch.list, Qt.Key.Key_X)
    settled(qtbot, window)
    assert not list(place.generated_folder.iterdir()) and "none of these kept" in batch.status.text()
    assert len(list((tmp_path / "share").rglob("*.txt"))) == 1


def test_ctrl_z_takes_the_last_decision_back_also_from_the_shelf(
    qtbot: QtBot,
    window: MainWindow,
    batch: BatchView,
    place: Project,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)
    written_in(qtbot, window, batch)
    for key in (Qt.Key.Key_K, Qt.Key.Key_X):
        qtbot.keyClick(batch.list, key)
    settled(qtbot, window)
    assert len(list(place.generated_folder.glob("*.txt"))) == 1
    qtbot.keyClick(batch.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert batch.list.currentRow() == 1 and batch.list.item(1).text().startswith("   ")
    batch.reject_button.setFocus()
    action(window, "Undo").trigger()
    settled(qtbot, window)
    assert batch.list.currentRow() == 0 and "none of these kept" in batch.status.text()
    assert not list(place.generated_folder.glob("*.txt"))
    action(window, "Redo").trigger()
    settled(qtbot, window)
    assert "1 kept" in batch.status.text() and len(list(place.generated_folder.glob("*.txt"))) == 1
    qtbot.keyClick(batch.list, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert batch.list.item(1).text().startswith("✗ ")


def test_texts_kept_by_key_outlive_the_next_ones_and_the_window(
    qtbot: QtBot, window: MainWindow, batch: BatchView, place: Project
) -> None:
    """Also when the window is closed before the disk has answered."""
    for _ in range(2):
        written_in(qtbot, window, batch)
        for _ in range(2):
            qtbot.keyClick(batch.list, Qt.Key.Key_K)
    closed(qtbot, window)
    kept = [receipt.read(file) for file in place.generated_folder.glob("*.txt")]
    assert [len(one.written) for one in kept] == [1, 1, 1, 1]


def test_texts_kept_by_key_are_not_lost_when_the_disk_refuses_and_others_are_written(
    qtbot: QtBot, window: MainWindow, batch: BatchView, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes them later: by the next key, by Ctrl+S, or when the window closes."""
    written_in(qtbot, window, batch)
    with monkeypatch.context() as full:
        full.setattr(
            "textgen_gui.engine.core.atomic_io._rename",
            lambda *paths: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")),
        )
        qtbot.keyClick(batch.list, Qt.Key.Key_K)
        settled(qtbot, window)
        assert window.notice.isVisible() and batch.status.text().endswith("1 kept")
        written_in(qtbot, window, batch)
    assert not list(place.generated_folder.glob("*.txt")) and len(batch.kept.unsaved()) == 1
    assert batch.kept.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    assert len(list(place.generated_folder.glob("*.txt"))) == 1 and not batch.kept.unsaved()


def test_texts_that_nobody_decided_about_stay_when_others_are_written(
    qtbot: QtBot, window: MainWindow, batch: BatchView
) -> None:
    """The next ones took their place, and nobody was asked. Rejected ones go, and kept ones are on the shelf."""
    batch.prompt.setPlainText("The old")
    written_in(qtbot, window, batch)
    for key in (Qt.Key.Key_X, Qt.Key.Key_K):
        qtbot.keyClick(batch.list, key)
    settled(qtbot, window)
    left = batch.written.texts[2]
    batch.prompt.setPlainText("A young")
    written_in(qtbot, window, batch)
    texts = batch.written.in_order(with_faults=True)
    assert texts[0] is left and [text.whole.split()[0] for text in texts] == ["The", "A", "A", "A"]
    assert batch.list.count() == 4 and batch.list.currentRow() == 1, "the first of the new ones"
    assert widgets.text_of(batch.page).startswith("A young")
    assert batch.status.text() == "4 texts, none of these kept yet"


def test_whoever_reads_an_earlier_text_is_not_taken_away_from_it(
    qtbot: QtBot, window: MainWindow, batch: BatchView
) -> None:
    """K would mean another one."""
    written_in(qtbot, window, batch)
    batch.count.setValue(2)
    click(qtbot, batch.write_button)
    assert batch.list.current is None and not widgets.text_of(batch.page)
    middle = batch.list.visualItemRect(batch.list.item(1)).center()
    qtbot.mouseClick(batch.list.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert batch.list.currentRow() == 1
    settled(qtbot, window)
    assert batch.list.count() == 5 and batch.list.currentRow() == 1


def test_undecided_texts_outlive_the_window(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, batch: BatchView, place: Project
) -> None:
    """Also a killed one; kept later, they have all that it takes to write them again."""
    batch.prompt.setPlainText("The old")
    written_in(qtbot, window, batch)
    texts = [text.whole for text in batch.written.in_order(with_faults=True)]
    qtbot.waitUntil(lambda: [BatchText(one).whole for one in draft.load(place).undecided] == texts, timeout=20_000)
    qtbot.keyClick(batch.list, Qt.Key.Key_X)
    closed(qtbot, window)
    assert batch.list.count() == 3, "the window still shows them"
    window.open_project(place.folder)
    settled(qtbot, window)
    assert [text.whole for text in batch.written.in_order(with_faults=True)] == texts[1:]
    tab.views.setCurrentWidget(batch)
    assert printable(widgets.text_of(batch.page)) == printable(texts[1]) and not tab.unsaved()
    batch.list.setFocus()
    qtbot.keyClick(batch.list, Qt.Key.Key_K)
    settled(qtbot, window)
    (kept,) = place.generated_folder.glob("*.txt")
    *_, verdict = receipt.replay(kept, never)
    assert isinstance(verdict, events.Replayed) and verdict.same == verdict.texts == 1
    click(qtbot, batch.none_button)
    closed(qtbot, window)
    assert not draft.load(place).undecided


def written_in(qtbot: QtBot, window: MainWindow, batch: BatchView) -> None:
    """Three texts."""
    batch.filtered.setChecked(False)
    batch.count.setValue(3)
    click(qtbot, batch.write_button)
    settled(qtbot, window)
