"""The Data tab beyond dropping and preparing: how texts are read, the text doctor, the statistics."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core import events
from textgen_gui.ui.data.data_tab import DataTab
from textgen_gui.ui.data.statistics_view import verdict
from textgen_gui.ui.main_window import MainWindow

from ...conftest import story
from ..dropping import drop


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
    item = data.table.item(row, column)
    assert item
    return item.text()


def test_the_list_says_what_became_of_each_text(data: DataTab) -> None:
    assert [cell(data, row, 3) for row in range(3)] == ["30", "1", "1"]
    assert [cell(data, row, 2) for row in range(3)] == ["utf-8", "cp1252", "utf-8"]
    assert cell(data, 1, 5) == "Ready, see note" and cell(data, 2, 5) == "Left out: another text says the same."


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
    assert "title, body" in data.panel.found.text()
    columns = data.panel.form.controls["columns"]
    assert isinstance(columns, QPlainTextEdit)
    columns.setPlainText("title")
    settled(qtbot, data)
    assert data.opened and data.opened.project.sources()[0].options.columns == ("title",)
    assert "Poem 1" in data.preview.page.toPlainText() and "sea" not in data.preview.page.toPlainText()
    assert data.prepare_button.isEnabled() and cell(data, 0, 5) == "Not prepared"


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
    assert "short text" in data.panel.statistics.verdict.text()
    assert "30 up to" in data.panel.statistics.bars.accessibleDescription()


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (5000, "short text"),
        (100_000, "enough for the preset “Tiny”"),
        (500_000, "“Small”. “Medium” would like"),
        (10**9, "“Large”."),
    ],
)
def test_the_verdict_names_the_largest_preset(tokens: int, words: str) -> None:
    assert words in verdict(events.Prepared(1, tokens, 0, 1000, 3 * tokens, 1.0))


def test_the_key_removes_texts_only_in_their_list(qtbot: QtBot, data: DataTab) -> None:
    rows = data.table.rowCount()
    for view, elsewhere in ((data.panel.doctor, data.panel.doctor.table), (data.preview, data.preview.page)):
        data.panel.setCurrentWidget(view)
        elsewhere.setFocus()
        qtbot.keyClick(elsewhere, Qt.Key.Key_Delete)
        settled(qtbot, data)
        assert data.table.rowCount() == rows
    data.table.setFocus()
    qtbot.keyClick(data.table, Qt.Key.Key_Delete)
    settled(qtbot, data)
    assert data.table.rowCount() == rows - 1


def test_nothing_is_switched_while_texts_are_prepared(qtbot: QtBot, data: DataTab) -> None:
    """It would show what is not so: settings do not change under the work that reads them."""
    data.prepare()
    assert not data.panel.doctor.table.isEnabled() and not data.panel.form.isEnabled()
    settled(qtbot, data)
    assert data.panel.doctor.table.isEnabled() and data.panel.form.isEnabled()
