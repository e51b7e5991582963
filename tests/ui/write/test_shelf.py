"""The shelf of kept texts, by real presses."""

import errno
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QDateTime, QLocale, QPoint, Qt
from PySide6.QtGui import QTextLayout, QTextOption
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import bounded, kept_texts
from textgen_gui.engine.core.kept_texts import BETWEEN
from textgen_gui.engine.core.project import Project
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write import exports
from textgen_gui.ui.write.shelf import Shelf
from textgen_gui.ui.write.write_tab import WriteTab

from ..test_by_keyboard import press
from ..using import answer, bin_of_its_own, click, settled
from ..wanted import action
from .desk import at_end, choose, names
from .test_alternatives import close_menu, menu_words, right_click, shown_menu


def test_kept_texts_are_listed_and_found(qtbot: QtBot, shelf: Shelf) -> None:
    assert len(names(shelf)) == 2 and any(name.startswith("The old") for name in names(shelf))
    qtbot.keyClicks(shelf.search, "THORN")
    assert names(shelf) == ["Two poems"] and widgets.text_of(shelf.page) == f"A rose{BETWEEN}A thorn"
    assert "1 found" in shelf.status.text()
    shelf.search.clear()
    assert len(names(shelf)) == 2


def test_one_that_cannot_be_read_is_listed_with_the_reason(qtbot: QtBot, window: MainWindow, shelf: Shelf) -> None:
    os.truncate(next(one.file for one in shelf.kept if one.name == "Two poems"), bounded.WRITINGS + 1)
    shelf.refresh()
    settled(qtbot, window)
    choose(shelf, "Two poems")
    assert "cannot be read" in shelf.list.currentItem().text() and "it is larger than" in shelf.status.text()
    assert not shelf.open_button.isEnabled() and not shelf.replay_button.isEnabled()
    assert not shelf.export_button.isEnabled() and shelf.delete_button.isEnabled()
    assert not shelf.holds("")


def test_a_text_goes_on_the_page_and_what_was_there_is_not_lost(qtbot: QtBot, tab: WriteTab, shelf: Shelf) -> None:
    before = widgets.text_of(tab.desk.page)
    choose(shelf, "Two poems")
    click(qtbot, shelf.open_button)
    assert tab.views.currentWidget() is tab.desk and widgets.text_of(tab.desk.page).startswith("A rose")
    assert tab.desk.versions.texts == [before]
    tab.desk.page.undo()
    assert widgets.text_of(tab.desk.page) == before


@pytest.mark.parametrize("said", ["Keep it first", "Do not keep it", "Cancel"])
def test_a_page_that_is_kept_nowhere_is_not_replaced_unasked(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    at_end(tab.desk, "Four hundred words of mine")
    asked: list[str] = []

    def press(box: QMessageBox) -> None:
        asked.append(box.text())
        assert box.defaultButton().text() == "Keep it first", "the safest answer is the preset"
        next(button for button in box.buttons() if button.text().replace("&", "") == said).click()

    choose(shelf, "Two poems")
    with monkeypatch.context() as boxes:
        boxes.setattr(QMessageBox, "exec", press)
        click(qtbot, shelf.open_button)
        settled(qtbot, window)
    assert asked == ["What stands on the page (5 words) is not kept yet."]
    opened = said != "Cancel"
    assert widgets.text_of(tab.desk.page).startswith("A rose" if opened else "Four hundred")
    assert tab.views.currentWidget() is (tab.desk if opened else shelf)
    if opened:
        qtbot.keyClick(tab.desk.page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert widgets.text_of(tab.desk.page) == "Four hundred words of mine"
    tab.views.setCurrentWidget(shelf)
    settled(qtbot, window)
    assert any(name.startswith("Four hundred") for name in names(shelf)) == (said == "Keep it first")


def test_a_new_page_loses_nothing(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_end(tab.desk, "Four hundred words of mine")
    answer(monkeypatch, "Keep it first")
    action(window, "New page").trigger()
    settled(qtbot, window)
    assert widgets.text_of(tab.desk.page) == "" and tab.desk.page.hasFocus()
    tab.views.setCurrentWidget(tab.shelf)
    settled(qtbot, window)
    assert any(name.startswith("Four hundred") for name in names(tab.shelf))
    tab.desk.page.undo()
    assert widgets.text_of(tab.desk.page) == "Four hundred words of mine"


def test_what_has_just_been_kept_is_not_asked_about(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shelf is not in sight, and was not looked at: a new page asked to keep what was kept a second ago."""
    at_end(tab.desk, "Four hundred words of mine")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    answer(monkeypatch, "Cancel")
    action(window, "New page").trigger()
    settled(qtbot, window)
    assert widgets.text_of(tab.desk.page) == "", "nobody was asked, who would have kept the page where it is"


def test_a_page_that_the_disk_does_not_take_stays(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_end(tab.desk, "Four hundred words of mine")
    choose(shelf, "Two poems")
    with monkeypatch.context() as full:
        full.setattr(QMessageBox, "exec", lambda box: box.defaultButton().click())
        full.setattr(
            "textgen_gui.engine.core.atomic_io._rename",
            lambda *paths: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")),
        )
        click(qtbot, shelf.open_button)
        settled(qtbot, window)
    assert widgets.text_of(tab.desk.page) == "Four hundred words of mine" and window.notice.isVisible()


def test_what_is_in_sight_stays_chosen_where_one_clicks_beside_all_rows(
    qtbot: QtBot, window: MainWindow, shelf: Shelf
) -> None:
    """One or more; also where a search has found nothing meanwhile."""
    choose(shelf, "The old")
    page = widgets.text_of(shelf.page)
    beside = shelf.list.viewport().rect().bottomRight() - QPoint(5, 5)
    assert page and shelf.list.itemAt(beside) is None
    qtbot.mouseClick(shelf.list.viewport(), Qt.MouseButton.LeftButton, pos=beside)
    assert len(shelf.chosen()) == 1 and widgets.text_of(shelf.page) == page and shelf.open_button.isEnabled()
    shelf.search.setText("no text has this")
    assert not shelf.chosen() and not widgets.text_of(shelf.page)
    shelf.search.clear()
    assert widgets.text_of(shelf.page) == page
    shelf.list.selectAll()
    qtbot.mouseClick(shelf.list.viewport(), Qt.MouseButton.LeftButton, pos=beside)
    assert len(shelf.chosen()) == 2 and shelf.status.text().endswith("2 chosen")


def test_undo_looks_like_undo(qtbot: QtBot, shelf: Shelf) -> None:
    assert shelf.undo_button.property("tinted") == "undo text"


def test_a_right_click_offers_what_the_buttons_do(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, shelf: Shelf
) -> None:
    choose(shelf, "Two poems")
    row = shelf.list.visualItemRect(shelf.list.selectedItems()[0])
    right_click(shelf.list.viewport(), row.center())
    assert menu_words(qtbot) == ["Open on the page", "Check with its model", "Rename …", "Delete", "Undo"]
    assert [entry.isEnabled() for entry in shown_menu(qtbot).actions()] == [True, True, True, True, False]
    close_menu(qtbot)
    assert all(entry.isEnabled() for entry in shelf.list.actions()), "their keys are for what is chosen then"
    choose(shelf, "The old")
    entries = {entry.text(): entry for entry in shelf.menu.actions()}
    entries["Check with its model"].trigger()
    settled(qtbot, window)
    assert "word for word the same" in shelf.outcome.text()
    choose(shelf, "Two poems")
    entries["Open on the page"].trigger()
    assert tab.views.currentWidget() is tab.desk and "A rose" in widgets.text_of(tab.desk.page)


@pytest.mark.parametrize(
    ("wished", "why"),
    [
        ("a/b", "some signs"),
        ("The end.", "end in a dot"),
        ("a" * 100, "it was too long"),
        ("Best", "there is one already"),
    ],
)
def test_a_name_that_becomes_another_one_says_why(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, wished: str, why: str
) -> None:
    told: list[str] = []
    shelf.told_done.connect(lambda words, _: told.append(words))
    monkeypatch.setattr(QInputDialog, "getText", lambda *args, **kwargs: (wished, True))
    old = next(one for one in shelf.kept if one.name.startswith("The old"))
    same_second = old.file.with_name(old.file.name.replace(old.name, "Best"))
    same_second.write_text("Another text", encoding="utf-8")
    choose(shelf, "The old")
    shelf.list.setFocus()
    qtbot.keyClick(shelf.list, Qt.Key.Key_F2)
    settled(qtbot, window)
    assert len(told) == 1 and why in told[0], told


def test_renamed_moved_to_the_bin_and_taken_back(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, place: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)
    monkeypatch.setattr(QInputDialog, "getText", lambda *args, **kwargs: ("Best of all", True))
    choose(shelf, "The old")
    shelf.list.setFocus()
    qtbot.keyClick(shelf.list, Qt.Key.Key_F2)
    settled(qtbot, window)
    assert "Best of all" in names(shelf)
    files = sorted(file.name for file in place.generated_folder.glob("*Best of all*"))
    assert [name.rpartition(".")[2] for name in files] == ["receipt", "txt"]
    choose(shelf, "Best of all")
    shelf.list.setFocus()
    qtbot.keyClick(shelf.list, Qt.Key.Key_Delete)
    settled(qtbot, window)
    assert names(shelf) == ["Two poems"] and not list(place.generated_folder.glob("*.receipt"))
    shelf.undo_button.setFocus()
    qtbot.keyClick(shelf.undo_button, Qt.Key.Key_Space)
    settled(qtbot, window)
    assert sorted(file.name for file in place.generated_folder.glob("*Best of all*")) == files
    assert not shelf.undo_button.isVisible() and window.focusWidget() is shelf.list
    choose(shelf, "Best of all")
    click(qtbot, shelf.delete_button)
    settled(qtbot, window)
    shelf.list.setFocus()
    qtbot.keyClick(shelf.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    assert len(names(shelf)) == 2
    assert not [path for path in (tmp_path / "share").rglob("*") if path.is_file()], "the bin is empty again"


def test_a_text_that_was_renamed_stays_in_sight_with_what_was_told_of_it(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of the list was shown instead, and what its check had found was gone."""
    monkeypatch.setattr(QInputDialog, "getText", lambda *args, **kwargs: ("Zebra", True))
    shelf.list.setCurrentRow(shelf.list.count() - 1)
    (last,) = shelf.chosen()
    shelf.tell(last.file, "It is the same.", at=-1)
    shelf.list.setFocus()
    qtbot.keyClick(shelf.list, Qt.Key.Key_F2)
    settled(qtbot, window)
    assert [one.name for one in shelf.chosen()] == ["Zebra"] and shelf.page.toPlainText() == last.text
    assert shelf.outcome.isVisible() and "It is the same." in shelf.outcome.text()


def test_it_is_said_what_a_name_became_that_no_file_can_have(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *args, **kwargs: ("Notes: 1/2", True))
    choose(shelf, "The old")
    shelf.list.setFocus()
    qtbot.keyClick(shelf.list, Qt.Key.Key_F2)
    settled(qtbot, window)
    assert "Notes_ 1_2" in names(shelf)
    assert window.notice.isVisible() and "became “Notes_ 1_2”" in window.notice.words.text()


def test_texts_deleted_together_come_back_together_but_for_what_left_the_bin(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)

    def delete_all() -> None:
        shelf.list.selectAll()
        shelf.list.setFocus()
        qtbot.keyClick(shelf.list, Qt.Key.Key_Delete)
        settled(qtbot, window)

    before = sorted(names(shelf))
    delete_all()
    assert not names(shelf)
    click(qtbot, shelf.undo_button)
    settled(qtbot, window)
    assert sorted(names(shelf)) == before and not shelf.undo_button.isVisible()
    for row in (1, 0):
        shelf.list.item(row).setSelected(row == 1)
    (gone,) = shelf.chosen()
    qtbot.keyClick(shelf.list, Qt.Key.Key_Delete)
    settled(qtbot, window)
    assert gone.file not in [one.file for one in shelf.chosen()]
    click(qtbot, shelf.undo_button)
    settled(qtbot, window)
    assert [one.file for one in shelf.chosen()] == [gone.file], "what is pressed next is meant for what is back"
    delete_all()
    next((tmp_path / "share").rglob("*/files/*The old*.txt")).unlink()
    click(qtbot, shelf.undo_button)
    settled(qtbot, window)
    assert names(shelf) == ["Two poems"] and "not in the bin any more" in window.notice.words.text()


def test_what_does_not_come_back_can_be_taken_back_later(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)
    before = sorted(names(shelf))
    shelf.list.selectAll()
    click(qtbot, shelf.delete_button)
    settled(qtbot, window)

    def refuse_poems(file: Path) -> Path:
        if "poems" in file.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return file

    with monkeypatch.context() as full:
        full.setattr(kept_texts, "free_folder", refuse_poems)
        click(qtbot, shelf.undo_button)
        assert not shelf.undo_button.isEnabled()
        settled(qtbot, window)
    assert len(names(shelf)) == 1 and window.notice.isVisible()
    click(qtbot, shelf.undo_button)
    settled(qtbot, window)
    assert sorted(names(shelf)) == before and not shelf.undo_button.isVisible()


def test_days_are_written_as_the_user_writes_them(qtbot: QtBot, window: MainWindow, shelf: Shelf) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        shelf.refresh()
        settled(qtbot, window)
        today = QLocale().toString(QDate.currentDate(), QLocale.FormatType.ShortFormat)
        assert "." in today and today in shelf.list.item(0).text()
    finally:
        QLocale.setDefault(before)


def test_a_name_from_the_right_turns_nothing_round(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, place: Project
) -> None:
    (place.generated_folder / "قصيدة.txt").write_text("It rained.\n", encoding="utf-8")
    shelf.refresh()
    settled(qtbot, window)
    choose(shelf, "قصيدة")
    words = shelf.list.currentItem().text().replace("\n", "\u2028")  # as a list draws it
    layout, option = QTextLayout(words, shelf.list.font()), QTextOption()
    option.setTextDirection(Qt.LayoutDirection.LeftToRight)
    layout.setTextOption(option)
    layout.beginLayout()
    layout.createLine()
    line = layout.createLine()
    layout.endLayout()
    day, count, unit = (line.cursorToX(at)[0] for at in (words.index("/"), words.index("2 w"), words.index("w")))  # type: ignore[index]
    assert day < count < unit


def test_buttons_beside_each_other_are_equally_high(shelf: Shelf) -> None:
    buttons = [button for button in shelf.findChildren(QPushButton) if button.isVisible()]
    assert len(buttons) == 5 and len({button.height() for button in buttons}) == 1


def test_texts_that_were_kept_together_are_exported_apart(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    choose(shelf, "Two poems")
    for number, name in ((4, "a.jsonl"), (2, "a.docx")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, name=name: (str(tmp_path / name), ""))
        shelf.export_button.menu().actions()[number].trigger()
        settled(qtbot, window)
    assert len((tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert (tmp_path / "a.docx").stat().st_size > 1000


def test_what_was_kept_is_shown_where_it_lies(qtbot: QtBot, window: MainWindow, shelf: Shelf, tab: WriteTab) -> None:
    """Whatever is looked for on the shelf, and chosen there."""
    qtbot.keyClicks(shelf.search, "thorn")
    tab.views.setCurrentWidget(tab.desk)
    at_end(tab.desk, "A page of mine")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    assert window.notice.words.text() == "Kept as “A page of mine”." and window.notice.property("good")
    click(qtbot, window.notice.way_button)
    settled(qtbot, window)
    assert shelf.isVisible() and [one.name for one in shelf.chosen()] == ["A page of mine"]
    assert not window.notice.isVisible()


def test_the_way_to_an_exported_file_is_a_press_away(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(exports, "open_folder", opened.append)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.txt"), ""))
    choose(shelf, "Two poems")
    shelf.export_button.menu().actions()[0].trigger()
    settled(qtbot, window)
    assert window.notice.words.text() == f"Exported as {tmp_path / 'a.txt'}."
    click(qtbot, window.notice.way_button)
    assert opened == [tmp_path]


def test_who_takes_a_deletion_back_by_key_opens_with_return_and_deletes_nothing(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)
    before = sorted(names(shelf))
    shelf.list.selectAll()
    shelf.delete_button.setFocus()
    press(window, Qt.Key.Key_Space)
    settled(qtbot, window)
    assert not names(shelf) and window.focusWidget() is shelf.list, "a second press deletes nothing more"
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    assert sorted(names(shelf)) == before and window.focusWidget() is shelf.list
    with qtbot.waitSignal(shelf.page_asked):
        press(window, Qt.Key.Key_Return)
    settled(qtbot, window)
    assert sorted(names(shelf)) == before


def test_texts_that_begin_alike_are_told_apart_and_the_new_one_is_chosen(
    qtbot: QtBot, window: MainWindow, shelf: Shelf, tab: WriteTab
) -> None:
    """By when they were kept, how long they are and whose they are."""
    (before,) = (one.file for one in shelf.kept if one.name.startswith("The old"))
    os.utime(before, (1_000_000_000, 1_000_000_000))
    choose(shelf, "Two poems")
    tab.views.setCurrentWidget(tab.desk)
    qtbot.keyClicks(tab.desk.page, " and more")
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    tab.views.setCurrentWidget(shelf)
    settled(qtbot, window)
    (new,) = shelf.chosen()
    assert new.name.startswith("The old") and new.file != before
    facts = {kept.file: shelf.list.item(row).text().partition("\n")[2] for row, kept in enumerate(shelf.kept)}
    for file, kept_at in ((new.file, new.kept_at), (before, 1_000_000_000)):
        moment = QDateTime.fromSecsSinceEpoch(int(kept_at)).time()
        assert QLocale().toString(moment, QLocale.FormatType.ShortFormat) in facts[file]
        assert facts[file].endswith(", \u2068“test”\u2069")
    assert all("“" not in of_one for file, of_one in facts.items() if file.name == "Two poems.txt")


def test_what_a_model_wrote_is_known_on_the_page_too(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project
) -> None:
    """Of a text that was kept among many it was in one's own ink, and kept again no model had written it."""
    tab.views.setCurrentWidget(tab.batch)
    tab.batch.prompt.setPlainText("The old man")
    tab.batch.count.setValue(1)
    tab.batch.filtered.setChecked(False)
    click(qtbot, tab.batch.write_button)
    settled(qtbot, window)
    tab.batch.save()
    settled(qtbot, window)
    written = tab.batch.written.texts[0].done
    tab.views.setCurrentWidget(tab.shelf)
    settled(qtbot, window)
    for _ in range(2):
        tab.shelf.list.setCurrentRow(0)
        click(qtbot, tab.shelf.open_button)
        settled(qtbot, window)
        assert [(one.model, one.prompt, one.event.text) for one in tab.desk.done] == [
            (written.model, "The old man", written.event.text)
        ]
        assert tab.desk.standing.done and "wrote" in tab.desk.status.text()
        tab.views.setCurrentWidget(tab.shelf)
    (place.generated_folder / "Mine.txt").write_text("Nobody wrote this.\n", encoding="utf-8")
    tab.shelf.refresh()
    settled(qtbot, window)
    choose(tab.shelf, "Mine")
    click(qtbot, tab.shelf.open_button)
    settled(qtbot, window)
    assert "receipt" not in window.notice.words.text(), "there is none, and nobody asked for one"
    assert widgets.text_of(tab.desk.page) == "Nobody wrote this." and len(tab.desk.done) == 1
