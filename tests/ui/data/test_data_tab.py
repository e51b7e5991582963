"""The Data tab beyond dropping and preparing: how texts are read, the text doctor, the statistics."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core import atomic_io, events
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.control import Control
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.text_formats import formats
from textgen_gui.ui.data import work
from textgen_gui.ui.data.data_tab import DataTab
from textgen_gui.ui.data.preview import WORDLESS
from textgen_gui.ui.data.removed_texts import RemovedTexts
from textgen_gui.ui.data.statistics_view import verdict
from textgen_gui.ui.data.text_model import Column, formats_in_words
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.focus import unfold

from ...conftest import story
from ..dropping import drop
from ..test_by_keyboard import press
from ..using import click
from ..wanted import opened_page


def settled(qtbot: QtBot, data: DataTab) -> None:
    qtbot.waitUntil(lambda: data.opened is not None and not data.opened.jobs.busy, timeout=60_000)


@pytest.fixture
def data(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> DataTab:
    """The tab of a project with a table, a novel in an old encoding, and a copy of the novel with odd characters."""
    rows = "".join(f'Poem {n},"The sea of day {n}\nis another sea."\n' for n in range(30))
    (tmp_path / "poems.csv").write_text(f"title,body\n{rows}")
    (tmp_path / "novel.txt").write_bytes(story().replace("old man", "vieux père").encode("cp1252"))
    (tmp_path / "copy.txt").write_text(
        story().replace("old man", "vieux père").upper() + "\u200b\u00ad", encoding="utf-8"
    )
    window.open_by(lambda: Project.create(tmp_path / "p"))
    tab = window.made_workspace().data
    settled(qtbot, tab)
    assert drop(tab, tmp_path / "poems.csv", tmp_path / "novel.txt", tmp_path / "copy.txt")
    settled(qtbot, tab)
    tab.prepare()
    settled(qtbot, tab)
    return tab


def cell(data: DataTab, row: int, column: int) -> str:
    return str(data.table.texts.index(row, column).data())


def test_the_list_says_what_became_of_each_text(data: DataTab) -> None:
    assert [cell(data, row, Column.DOCUMENTS) for row in range(3)] == ["30", "1", "1"]
    assert [cell(data, row, Column.READ_AS) for row in range(3)] == ["table", "plain text", "plain text"]
    tip = data.table.texts.index(1, Column.READ_AS).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "How its bytes stand for letters (encoding): cp1252"
    assert cell(data, 1, Column.STATE) == "Ready, see note"
    assert cell(data, 2, Column.STATE) == "Left out: another text says the same."


def test_the_preview_shows_where_documents_end(qtbot: QtBot, data: DataTab) -> None:
    data.table.selectRow(0)
    settled(qtbot, data)
    shown = data.preview.page.toPlainText()
    assert "is another sea.\n— document 2 —\nThe sea of day 1" in shown
    data.table.selectRow(1)
    settled(qtbot, data)
    assert "read as cp1252" in data.preview.note.text() and data.preview.note.isVisibleTo(data.preview)


def test_another_column_is_chosen(qtbot: QtBot, data: DataTab) -> None:
    data.table.selectRow(0)
    settled(qtbot, data)
    columns = data.panel.columns
    assert columns._names() == ["title", "body"] and columns.chosen() == ["body"]
    assert columns.words.text() == "Not learnt: title."
    data.panel.setCurrentIndex(1)
    columns.list.setFocus()
    columns.list.setCurrentRow(0)
    qtbot.keyClick(columns.list, Qt.Key.Key_Space)
    settled(qtbot, data)
    assert data.opened and data.opened.project.sources()[0].options.columns == ("title", "body")
    assert "Poem 1\nThe sea" in data.preview.page.toPlainText()
    columns.list.setCurrentRow(1)
    qtbot.keyClick(columns.list, Qt.Key.Key_Space)
    settled(qtbot, data)
    assert data.opened and data.opened.project.sources()[0].options.columns == ("title",)
    assert "Poem 1" in data.preview.page.toPlainText() and "sea" not in data.preview.page.toPlainText()
    assert data.prepare_button.isEnabled()
    assert [cell(data, row, Column.STATE) for row in range(2)] == ["Not prepared", "Ready, see note"]


def test_an_encoding_can_be_overridden(qtbot: QtBot, data: DataTab) -> None:
    data.table.selectRow(1)
    settled(qtbot, data)
    assert "père" in data.preview.page.toPlainText()
    field = data.panel.form.controls["encoding"]
    assert isinstance(field, QLineEdit)
    field.setText("cp1251")
    field.editingFinished.emit()
    settled(qtbot, data)
    assert "pиre" in data.preview.page.toPlainText()
    field.setText("nonsense")
    field.editingFinished.emit()
    settled(qtbot, data)
    assert "there is no encoding “nonsense”" in data.preview.page.toPlainText()


def test_settings_of_several_texts_at_once(qtbot: QtBot, data: DataTab) -> None:
    data.table.selectAll()
    settled(qtbot, data)
    group = data.panel.form.controls["group"]
    assert isinstance(group, QLineEdit)
    group.setText("all of them")
    group.editingFinished.emit()
    settled(qtbot, data)
    assert data.opened and {source.options.group for source in data.opened.project.sources()} == {"all of them"}
    assert data.opened.project.sources()[0].options.encoding == ""


def test_how_far_the_first_texts_are_is_seen(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """Three thousand letters: the page said “Drop your texts here” until all of them were there."""
    (tmp_path / "novel.txt").write_text(story())
    window.open_by(lambda: Project.create(tmp_path / "p"))
    data = window.made_workspace().data
    settled(qtbot, data)
    assert data.drop.isVisible()
    data.add([tmp_path / "novel.txt"])
    assert data.card.progress.isVisible() and data.card.cancel_button.isVisible() and not data.drop.isVisible()
    settled(qtbot, data)
    remove(qtbot, data, "novel.txt")
    (tmp_path / "gone.txt").write_text("")
    window.open_by(lambda: Project.create(tmp_path / "q"))
    qtbot.waitUntil(lambda: window.project is not None and window.project.folder.name == "q", timeout=20_000)
    settled(qtbot, data)
    data.add([tmp_path / "nothing.txt"])
    settled(qtbot, data)
    qtbot.waitUntil(data.drop.isVisible, timeout=5000)


def test_a_doctor_who_could_not_look_finds_nothing_healthy(
    qtbot: QtBot, data: DataTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project's folder had been deleted: “Nothing to mend was found”, with a zero at each rule."""
    doctor = data.panel.doctor

    def refuse(self: Project, stop: object) -> Iterator[events.Event]:
        raise ProjectError("The disk is away.")
        yield

    with monkeypatch.context() as away:
        away.setattr(Project, "examining", refuse)
        click(qtbot, doctor.button)
        settled(qtbot, data)
    assert doctor.words.text() == "Not all texts were examined." and doctor._item(0, 1).text() == "–"
    click(qtbot, doctor.button)
    settled(qtbot, data)
    assert doctor._item(0, 1).text() == "0"


def test_the_doctor_examines_and_is_obeyed(qtbot: QtBot, data: DataTab) -> None:
    doctor = data.panel.doctor
    doctor.button.click()
    settled(qtbot, data)
    rules = [rule.name for rule in doctor._rules]
    row = rules.index("invisible")
    assert doctor._item(row, 1).text() == "2" and doctor._item(rules.index("duplicates"), 1).text() == "1"
    doctor.table.selectRow(row)
    assert "before:" in doctor.page.toPlainText() and "[U+200B]" in doctor.page.toPlainText()
    doctor._item(row, 0).setCheckState(Qt.CheckState.Unchecked)
    settled(qtbot, data)
    assert data.opened and not data.opened.project.prepare_config().clean.invisible
    assert data.prepare_button.isEnabled()


def test_balance_is_one_choice_away(qtbot: QtBot, data: DataTab) -> None:
    box = data.form.controls["balance"]
    assert isinstance(box, QComboBox)
    box.setCurrentText("equal")
    settled(qtbot, data)
    assert data.opened and data.opened.project.prepare_config().balance == "equal"
    data.prepare()
    settled(qtbot, data)
    assert not data.prepare_button.isEnabled()


def test_the_statistics_count_what_was_prepared(data: DataTab) -> None:
    values = {name: label.text() for name, label in data.panel.statistics._values.items()}
    assert values["Documents"] == "31" and values["Words"] != "–"
    assert "learns to repeat them" in data.panel.statistics.verdict.text()
    assert "30 up to" in data.panel.statistics.bars.accessibleDescription()


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (5000, "learns to repeat them, not to write like them. One that can write already"),
        (100_000, "enough for a model of the size “Tiny”"),
        (500_000, "“Small” from scratch. “Medium” would like"),
        (10**9, "“Large” from scratch."),
    ],
)
def test_the_verdict_names_the_largest_size(tokens: int, words: str) -> None:
    assert words in verdict(events.Prepared(1, tokens, 0, 1000, 3 * tokens, 1.0))


def test_the_key_removes_texts_only_in_their_list(qtbot: QtBot, data: DataTab) -> None:
    rows = data.table.texts.rowCount()
    for view, elsewhere in ((data.panel.doctor, data.panel.doctor.table), (data.preview, data.preview.page)):
        data.panel.setCurrentWidget(view)
        elsewhere.setFocus()
        qtbot.keyClick(elsewhere, Qt.Key.Key_Delete)
        settled(qtbot, data)
        assert data.table.texts.rowCount() == rows
    data.table.setFocus()
    qtbot.keyClick(data.table, Qt.Key.Key_Delete)
    settled(qtbot, data)
    assert data.table.texts.rowCount() == rows - 1


def test_nothing_is_switched_while_texts_are_prepared(qtbot: QtBot, data: DataTab) -> None:
    """It would show what is not so: settings do not change under the work that reads them."""
    data.prepare()
    assert not data.panel.doctor.table.isEnabled() and not data.panel.form.isEnabled()
    settled(qtbot, data)
    assert data.panel.doctor.table.isEnabled() and data.panel.form.isEnabled()


def files(data: DataTab) -> list[str]:
    return [source.file for source in data.table.texts.shown]


def remove(qtbot: QtBot, data: DataTab, *names: str) -> None:
    data.table.choose(names)
    data.table.setFocus()
    qtbot.keyClick(data.table, Qt.Key.Key_Delete)
    settled(qtbot, data)


def test_two_versions_of_a_text_are_shown_and_one_can_go(qtbot: QtBot, data: DataTab, tmp_path: Path) -> None:
    lines = story(6000).replace("water", "harbour").splitlines()
    (tmp_path / "draft one.txt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "draft two.txt").write_text(
        "\n".join(line[::-1] if n % 3 == 0 else line for n, line in enumerate(lines)), encoding="utf-8"
    )
    data.add([tmp_path / "draft one.txt", tmp_path / "draft two.txt"])
    settled(qtbot, data)
    data.panel.setCurrentWidget(data.panel.doctor)
    card = data.panel.doctor.versions
    assert card.isHidden()
    click(qtbot, data.panel.doctor.button)
    settled(qtbot, data)
    assert "“draft one.txt” and “draft two.txt” may be two versions" in card.words.text() and card.isVisible()
    click(qtbot, card.buttons[1])
    settled(qtbot, data)
    assert "draft two.txt" not in files(data) and card.isHidden(), "there is nothing to say of it any more"
    click(qtbot, data.pane.undo_button)
    settled(qtbot, data)
    for button, gone in ((card.both, ""), (card.buttons[0], "draft one.txt")):
        data.panel.doctor.show_event(events.VersionsFound("draft one.txt", "draft two.txt", 0.5))
        click(qtbot, button)
        settled(qtbot, data)
        assert card.isHidden() and gone not in files(data) and "draft two.txt" in files(data)


def test_removing_can_be_undone_by_key_and_by_button(qtbot: QtBot, data: DataTab) -> None:
    before, shown = files(data), data.status.text()
    assert data.pane.note.isHidden()
    assert "words. It learns from all but about" in shown and "token" not in shown, (
        "a model that has learnt before has other tokens"
    )
    remove(qtbot, data, "poems.csv", "copy.txt")
    assert files(data) == ["novel.txt"] and data.prepare_button.isEnabled()
    assert data.pane.note_words.text() == "Removed 2 texts." and data.pane.note.isVisible()
    remove(qtbot, data, "novel.txt")
    assert files(data) == [] and data.pane.note_words.text() == "Removed 1 text." and data.pane.isVisible()
    assert "put removed ones back" in data.status.text() and not data.prepare_button.isEnabled()
    data.table.setFocus()
    qtbot.keyClick(data.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, data)
    assert files(data) == ["novel.txt"] and data.pane.note_words.text() == "Removed 2 texts."
    data.pane.undo_button.setFocus()
    qtbot.keyClick(data.pane.undo_button, Qt.Key.Key_Space)
    settled(qtbot, data)
    assert files(data) == before and data.pane.note.isHidden() and data.window().focusWidget() is data.table
    assert data.status.text() == shown, "it is as it was: nothing is to be prepared again"
    qtbot.keyClick(data.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, data)
    assert files(data) == before


def test_a_disk_that_refuses_to_remove_is_told(
    qtbot: QtBot, window: MainWindow, data: DataTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, content: bytes, *, aside: bool = False) -> None:
        raise ProjectError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(atomic_io, "write_bytes", refuse)
        remove(qtbot, data, "novel.txt")
    assert window.notice.words.text() == "The disk is full." and data.pane.note.isHidden()
    assert files(data) == ["poems.csv", "novel.txt", "copy.txt"] and "Up to date" in data.status.text()


def test_what_is_added_again_is_no_more_to_be_put_back(qtbot: QtBot, data: DataTab, tmp_path: Path) -> None:
    before = files(data)
    for name in ("poems.csv", "novel.txt"):
        remove(qtbot, data, name)
    assert drop(data, tmp_path / "novel.txt")
    settled(qtbot, data)
    assert data.pane.note_words.text() == "Removed 1 text." and data.pane.undo_button.isVisible()
    data.undo()
    settled(qtbot, data)
    assert sorted(files(data)) == sorted(before) and data.pane.note.isHidden()


def test_what_was_removed_is_seen_and_put_back(qtbot: QtBot, data: DataTab) -> None:
    assert data.pane.removed_button.isHidden()
    remove(qtbot, data, "poems.csv")
    remove(qtbot, data, "novel.txt")
    click(qtbot, data.pane.removed_button)
    (dialog,) = data.pane.findChildren(RemovedTexts)
    assert [dialog.list.item(row).text().split()[0] for row in range(2)] == ["novel.txt", "poems.csv"]
    dialog.list.setCurrentRow(1)
    click(qtbot, dialog.back_button)
    settled(qtbot, data)
    assert files(data) == ["poems.csv", "copy.txt"]
    assert data.pane.note_words.text() == "Removed 1 text.", "only what is still gone can be undone"
    click(qtbot, data.pane.removed_button)
    (dialog,) = data.pane.findChildren(RemovedTexts)
    click(qtbot, dialog.close_button)
    click(qtbot, data.pane.undo_button)
    settled(qtbot, data)
    assert files(data) == ["poems.csv", "novel.txt", "copy.txt"] and data.pane.removed_button.isHidden()


def test_the_keyboard_stands_on_cancel_while_texts_are_prepared_and_on_the_next_step_then(
    qtbot: QtBot, window: MainWindow, data: DataTab
) -> None:
    remove(qtbot, data, "copy.txt")
    data.prepare_button.setFocus()
    qtbot.keyClick(data.prepare_button, Qt.Key.Key_Space)
    assert window.focusWidget() is data.card.cancel_button
    settled(qtbot, data)
    assert window.focusWidget() is data.train_button


def test_whoever_removes_a_text_goes_on_below_it_and_undo_shows_it_again(
    qtbot: QtBot, window: MainWindow, data: DataTab
) -> None:
    window.tell("It is damaged.")
    data.problem.emit("novel.txt is damaged.", "")
    for gone, left in (("novel.txt", "copy.txt"), ("copy.txt", "poems.csv")):
        remove(qtbot, data, gone)
        assert [source.file for source in data.table.selected()] == [left]
    assert not window.notice.isVisible(), "what was told of it is of the past"
    click(qtbot, data.pane.undo_button)
    settled(qtbot, data)
    assert [source.file for source in data.table.selected()] == ["copy.txt"]


def test_removing_what_could_not_be_used_leaves_the_others_ready(qtbot: QtBot, data: DataTab, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    assert drop(data, tmp_path / "empty.txt")
    settled(qtbot, data)
    assert cell(data, 3, Column.STATE).startswith("Left out: it is empty")
    data.table.selectRow(3)
    settled(qtbot, data)
    assert data.panel.preview.page.toPlainText() == WORDLESS, "where a text would stand, it says why there is none"
    assert data.pane.count.text() == "4 texts, 1 left out"
    assert cell(data, 0, Column.STATE) == "Ready, see note"
    remove(qtbot, data, "empty.txt")
    assert "Up to date" in data.status.text() and cell(data, 0, Column.STATE) == "Ready, see note"


def test_the_next_step_is_a_button(qtbot: QtBot, window: MainWindow, data: DataTab) -> None:
    assert data.train_button.isVisible() and not data.prepare_button.isVisible()
    click(qtbot, data.train_button)
    assert window.tabs.currentIndex() == 1
    window.tabs.setCurrentIndex(0)
    remove(qtbot, data, "novel.txt")
    assert data.prepare_button.isVisible() and not data.train_button.isVisible()
    data.prepare_button.setFocus()
    qtbot.keyClick(data.prepare_button, Qt.Key.Key_Space)
    settled(qtbot, data)
    assert data.train_button.hasFocus()


def test_a_long_name_moves_nothing(qtbot: QtBot, data: DataTab, tmp_path: Path) -> None:
    """The tabs beside the list went away from under the mouse."""
    (tmp_path / f"{'a-very-long-name_' * 6}.txt").write_text(story(9_000))
    assert drop(data, *tmp_path.glob("a-very*"))
    settled(qtbot, data)
    assert data.opened
    (long,) = (source.file for source in data.opened.project.sources() if source.file.startswith("a-very"))
    for page in (1, 0):
        data.panel.setCurrentIndex(page)
        stands = []
        for name in ("novel.txt", long):
            data.table.choose([name])
            settled(qtbot, data)
            stands.append(data.panel.mapTo(data, QPoint()).x())
        assert stands[0] == stands[1]
    assert data.panel.preview.title.toolTip() == long


def test_a_rule_is_switched_for_one_text_alone(qtbot: QtBot, data: DataTab) -> None:
    doctor, project = data.panel.doctor, data.opened and data.opened.project
    assert project
    data.panel.setCurrentWidget(doctor)
    data.table.choose(["novel.txt"])
    settled(qtbot, data)
    doctor.scope.setCurrentIndex(1)
    rows = [rule.name for rule in doctor._rules]
    row = rows.index("hyphens")
    doctor.table.setFocus()
    doctor.table.setCurrentCell(row, 0)
    qtbot.keyClick(doctor.table, Qt.Key.Key_Space)
    settled(qtbot, data)
    assert [source.options.rules_on for source in project.sources()] == [(), ("hyphens",), ()]
    assert not project.prepare_config().clean.hyphens
    assert doctor._item(row, 0).text() == "Join words broken at line ends (only here)"
    states = [cell(data, number, Column.STATE) for number in range(2)]
    assert states == ["Ready, see note", "Not prepared"]
    assert not doctor._item(rows.index("duplicates"), 0).flags() & Qt.ItemFlag.ItemIsEnabled
    data.table.choose(["poems.csv"])
    settled(qtbot, data)
    assert doctor._item(row, 0).checkState() == Qt.CheckState.Unchecked
    data.table.choose(["novel.txt"])
    settled(qtbot, data)
    assert doctor._item(row, 0).checkState() == Qt.CheckState.Checked
    doctor.scope.setCurrentIndex(0)
    assert doctor._item(row, 0).checkState() == Qt.CheckState.Unchecked
    assert doctor._item(rows.index("duplicates"), 0).flags() & Qt.ItemFlag.ItemIsEnabled


def test_settings_of_several_texts_leave_their_others_alone(qtbot: QtBot, data: DataTab) -> None:
    project = data.opened and data.opened.project
    assert project
    project.set_options(["novel.txt"], TextConfig(weight=3.0))
    data.table.choose(["poems.csv", "novel.txt"])
    settled(qtbot, data)
    repair = data.panel.form.controls["repair"]
    assert isinstance(repair, QCheckBox)
    data.panel.setCurrentIndex(1)
    repair.setFocus()
    qtbot.keyClick(repair, Qt.Key.Key_Space)
    settled(qtbot, data)
    assert [(s.options.repair, s.options.weight) for s in project.sources()] == [(True, 1.0), (True, 3.0), (False, 1.0)]


def test_a_column_that_is_gone_can_be_unticked(qtbot: QtBot, data: DataTab) -> None:
    assert data.opened
    project = data.opened.project
    data.table.choose(["novel.txt"])
    settled(qtbot, data)
    project.set_options(["poems.csv"], TextConfig(columns=("verse",)))
    data.opened.look()
    settled(qtbot, data)
    data.table.choose(["poems.csv"])
    settled(qtbot, data)
    columns = data.panel.columns
    assert "has no column “verse”" in data.preview.page.toPlainText() and columns.chosen() == ["verse"]
    data.panel.setCurrentIndex(1)
    columns.list.setFocus()
    columns.list.setCurrentRow(0)
    qtbot.keyClick(columns.list, Qt.Key.Key_Space)
    settled(qtbot, data)
    assert columns.chosen() == ["body"] and columns._names() == ["title", "body"]


def test_what_has_just_come_is_shown_and_what_was_here_already_is_told(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path
) -> None:
    data.table.choose(["novel.txt"])
    (tmp_path / "letter.txt").write_text("My dear Emma, the sea is quiet today. " * 20)
    assert drop(data, tmp_path / "letter.txt", tmp_path / "novel.txt")
    settled(qtbot, data)
    assert [source.file for source in data.table.selected()] == ["letter.txt"] and data.table.currentIndex().row() == 3
    qtbot.waitUntil(lambda: data.preview.page.toPlainText().startswith("My dear Emma"))
    data.table.choose(["copy.txt"])
    assert drop(data, tmp_path / "letter.txt")
    settled(qtbot, data)
    assert window.passing.text() == "“letter.txt” was here already, just as its file is today."
    assert [source.file for source in data.table.selected()] == ["copy.txt"]
    assert drop(data, tmp_path / "letter.txt", tmp_path / "novel.txt")
    settled(qtbot, data)
    assert window.passing.text().startswith("2 texts were here already, just")
    (tmp_path / "letter.txt").write_text("My dear Emma, the sea is loud today. " * 20)
    assert drop(data, tmp_path / "letter.txt")
    settled(qtbot, data)
    assert window.passing.text() == (
        "“letter.txt” has changed since it came. It is now as its file is today, and what it was is among the removed "
        "texts."
    )
    assert data.pane.removed_button.isVisible()
    for name in ("letter.txt", "novel.txt"):
        (tmp_path / name).write_text("My dear Emma, there is no sea today. " * 20)
    (tmp_path / "diary.txt").write_text("Nothing happened today. " * 20)
    assert drop(data, *(tmp_path / name for name in ("letter.txt", "novel.txt", "diary.txt")))
    settled(qtbot, data)
    assert window.passing.text().startswith("2 texts have changed since they came.")


def test_every_format_has_a_name_that_people_know() -> None:
    assert formats_in_words.keys() == formats.keys()


def test_all_that_was_left_out_is_told_together(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    (folder / ".hidden").mkdir(parents=True)
    for name in ("a.jpg", "b.exe", "c.iso", "d.mp3", "e.bin", "f.dat"):
        (folder / name).write_bytes(b"\xff")
    (folder / "zero.txt").write_bytes(b"\0" * 99)
    (folder / "good.txt").write_text("A good one. " * 30)
    assert drop(data, folder)
    settled(qtbot, data)
    assert window.notice.words.text() == (
        "7 files were left out or cannot be used: a.jpg, b.exe, c.iso, d.mp3, e.bin and 2 more. "
        "Left out of the folders: 1 hidden folder."
    )
    click(qtbot, window.notice.more)
    page = opened_page()
    told = page.text.toPlainText()
    assert "f.dat was left out: it has no format" in told and "zero.txt" in told
    page.close()
    assert files(data)[-2:] == ["good.txt", "zero.txt"]
    (tmp_path / "better.txt").write_text("A better one. " * 30)
    assert drop(data, tmp_path / "better.txt")
    settled(qtbot, data)
    assert not window.notice.isVisible(), "what was left out before is not told again"


def test_removing_is_undone_wherever_the_focus_is_and_by_the_menu(
    qtbot: QtBot, window: MainWindow, data: DataTab
) -> None:
    before = files(data)
    undo = next(action for action in window.findChildren(QAction) if action.text().startswith("&Undo"))
    for field, by_key in ((data.pane.search, True), (window.tabs, True), (data.pane.search, False)):
        remove(qtbot, data, "novel.txt")
        field.setFocus()
        if by_key:
            qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        else:
            undo.trigger()
        settled(qtbot, data)
        assert files(data) == before, (field, by_key)
    remove(qtbot, data, "novel.txt")
    data.pane.search.setFocus()
    qtbot.keyClicks(data.pane.search, "p")
    undo.trigger()
    settled(qtbot, data)
    assert not data.pane.search.text() and files(data) != before, "what was typed comes first"


@pytest.mark.parametrize("by", ["a drop", "Ctrl+R"])
def test_what_is_still_typed_counts_when_other_work_begins(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path, by: str
) -> None:
    assert data.opened
    project = data.opened.project
    data.panel.setCurrentIndex(1)
    data.table.choose(["poems.csv"])
    settled(qtbot, data)
    group = data.panel.form.controls["group"]
    group.setFocus()
    qtbot.keyClicks(group, "verses")
    if by == "a drop":
        (tmp_path / "more.txt").write_text("A better one. " * 30)
        assert drop(data, tmp_path / "more.txt")
    else:
        press(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, data)
    assert {source.file: source.options.group for source in project.sources()}["poems.csv"] == "verses"
    assert {source.options.group for source in project.sources() if source.file != "poems.csv"} == {""}


def test_a_file_that_is_still_typed_counts_when_texts_are_prepared(
    qtbot: QtBot, window: MainWindow, data: DataTab
) -> None:
    assert data.opened
    field = data.form.controls["tokenizer_file"]
    unfold(field)
    field.setFocus()
    qtbot.keyClicks(field, "abc")
    press(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, data)
    assert data.opened.project.prepare_config().tokenizer_file == "abc"


def test_what_was_changed_and_prepared_is_not_to_be_prepared_again(qtbot: QtBot, data: DataTab, tmp_path: Path) -> None:
    data.form.controls["balance"].setCurrentText("equal")  # type: ignore[attr-defined]
    settled(qtbot, data)
    data.prepare()
    settled(qtbot, data)
    assert "Up to date" in data.status.text()
    remove(qtbot, data, "copy.txt")
    data.undo()
    settled(qtbot, data)
    assert "Up to date" in data.status.text()


def test_what_could_not_be_removed_stays_chosen(
    qtbot: QtBot, window: MainWindow, data: DataTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ProjectError("The disk refused.")

    data.table.choose(["poems.csv"])
    data.table.setFocus()
    with monkeypatch.context() as patch:
        patch.setattr(Project, "remove_texts", refuse)
        qtbot.keyClick(data.table, Qt.Key.Key_Delete)
        settled(qtbot, data)
    assert window.notice.words.text() == "The disk refused."
    assert [source.file for source in data.table.selected()] == ["poems.csv"]
    qtbot.keyClick(data.table, Qt.Key.Key_Delete)
    settled(qtbot, data)
    assert files(data) == ["novel.txt", "copy.txt"]


def test_a_new_text_that_the_search_hides_is_not_chosen_later(qtbot: QtBot, data: DataTab, tmp_path: Path) -> None:
    data.pane.search.setText("novel")
    (tmp_path / "more.txt").write_text("A better one. " * 30)
    data.add([tmp_path / "more.txt"])
    settled(qtbot, data)
    data.pane.search.clear()
    data.table.choose(["poems.csv"])
    data.prepare()
    settled(qtbot, data)
    assert [source.file for source in data.table.selected()] == ["poems.csv"]


def test_only_what_was_copied_is_as_its_file_is_today(qtbot: QtBot, data: DataTab, tmp_path: Path) -> None:
    said: list[str] = []
    data.said.connect(said.append)
    (tmp_path / "novel.txt").unlink()
    data.add([tmp_path / "novel.txt"])
    settled(qtbot, data)
    assert not said, "it is gone"
    stopped, came = Control(), work.Came()
    stopped.stop()
    assert data.opened
    list(work.added(data.opened.project, [tmp_path / "poems.csv"], came, stopped))
    assert came == work.Came(), "it was stopped"
    data.add([tmp_path / "poems.csv", tmp_path / "novel.txt"])
    settled(qtbot, data)
    assert said == ["“poems.csv” was here already, just as its file is today."]
