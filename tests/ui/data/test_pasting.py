"""Texts that come by the clipboard, and what is seen when a text goes."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core.names import title_of
from textgen_gui.ui.data.data_tab import DataTab
from textgen_gui.ui.main_window import MainWindow

from ...conftest import story
from ..dropping import drop
from ..using import click, settled, tabs
from ..wanted import action


@pytest.fixture
def data(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> DataTab:
    window.open_by(lambda: Project.create(tmp_path / "p"))
    settled(qtbot, window)
    return tabs(window)[0]


def test_a_text_is_pasted_and_taken_back(qtbot: QtBot, window: MainWindow, data: DataTab) -> None:
    """By its key, which a field keeps for itself; named after its first words."""
    assert window.project
    QGuiApplication.clipboard().setText(story())
    window.activateWindow()
    data.add_button.setFocus()
    qtbot.keyClick(data.add_button, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    (pasted,) = window.project.sources()
    assert pasted.file == f"{title_of(story())}.txt"
    assert window.project.text_file(pasted).read_text(encoding="utf-8") == story()
    assert pasted.file in data.pane.note_words.text() and data.preview.title.text() == pasted.file
    data.pane.search.setFocus()
    qtbot.keyClick(data.pane.search, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    assert len(window.project.sources()) == 1 and data.pane.search.text()
    data.pane.search.clear()
    click(qtbot, data.pane.undo_button)
    settled(qtbot, window)
    assert not window.project.sources() and data.pane.note.isHidden()
    assert data.preview.page.toPlainText() == "" and data.preview.title.text() == "Preview"


def test_files_are_pasted_and_the_menu_pastes_too(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path
) -> None:
    (tmp_path / "copied.txt").write_text(story()[: len(story()) // 2])
    clip = QMimeData()
    clip.setUrls([QUrl.fromLocalFile(str(tmp_path / "copied.txt"))])
    clip.setText(str(tmp_path / "copied.txt"))
    QGuiApplication.clipboard().setMimeData(clip)
    data.table.setFocus()
    action(window, "Paste").trigger()
    settled(qtbot, window)
    assert window.project and [source.file for source in window.project.sources()][-1] == "copied.txt"
    window.tabs.setCurrentIndex(1)
    action(window, "Paste").trigger()
    settled(qtbot, window)
    assert len(window.project.sources()) == 1 and not window.notice.isVisible(), "only where texts are"


def test_nothing_is_shown_of_a_text_that_was_removed(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path
) -> None:
    (tmp_path / "novel.txt").write_text(story())
    assert drop(data, tmp_path / "novel.txt")
    settled(qtbot, window)
    shown: list[str] = []
    data.preview.page.textChanged.connect(lambda: shown.append(data.preview.page.toPlainText()))
    data.table.selectAll()
    data.remove_selected()
    settled(qtbot, window)
    assert data.preview.page.toPlainText() == "" and not any("cannot be read" in words for words in shown)


def test_what_was_left_out_before_is_not_told_of_other_texts(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path
) -> None:
    """And whoever added the first text by the keyboard stands in the list, not in the search."""
    (tmp_path / "picture.png").write_bytes(b"")
    (tmp_path / "novel.txt").write_text(story())
    window.activateWindow()
    data.add_button.setFocus()
    data.add([tmp_path / "picture.png"])
    settled(qtbot, window)
    assert "picture.png" in window.notice.words.text() and window.notice.isVisible()
    data.add([tmp_path / "novel.txt"])
    settled(qtbot, window)
    assert not window.notice.isVisible()
    assert data.table.hasFocus()


def test_a_text_pasted_beside_others_is_the_one_that_is_taken_back(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path
) -> None:
    (tmp_path / "novel.txt").write_text(story())
    assert drop(data, tmp_path / "novel.txt")
    settled(qtbot, window)
    QGuiApplication.clipboard().clear()
    data.paste()
    assert "neither a text nor a file" in window.notice.words.text()
    QGuiApplication.clipboard().setText("Another day at sea. " * 20)
    data.paste()
    settled(qtbot, window)
    assert window.project and len(window.project.sources()) == 2
    click(qtbot, data.pane.undo_button)
    settled(qtbot, window)
    assert [source.file for source in window.project.sources()] == ["novel.txt"]
