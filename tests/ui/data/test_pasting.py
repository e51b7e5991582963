"""Texts that come by the clipboard, and what is seen when a text goes."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QShortcut
from PySide6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.events import TextRead
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
    pasted = window.project.sources()[1].file
    assert [source.file for source in data.table.selected()] == [pasted], "it is in sight"
    assert data.pane.note_words.text() == f"Pasted as “{pasted}”."
    click(qtbot, data.pane.undo_button)
    settled(qtbot, window)
    assert [source.file for source in window.project.sources()] == ["novel.txt"]


def test_undo_after_a_cancelled_paste_takes_back_what_was_pasted_and_nothing_else(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "novel.txt").write_text(story())
    assert drop(data, tmp_path / "novel.txt")
    settled(qtbot, window)
    assert window.project
    QGuiApplication.clipboard().setText("Another day at sea. " * 20)
    for stage in ("reading", "adding"):  # in which it was stopped: the one has copied the text, the other has not
        monkeypatch.setattr(Project, stage, lambda *_: iter(()))
        data.paste()
        settled(qtbot, window)
        assert len(window.project.sources()) == (2 if stage == "reading" else 1)
        data.undo()
        settled(qtbot, window)
        assert [source.file for source in window.project.sources()] == ["novel.txt"]


def test_a_text_that_waits_to_be_pasted_is_there_when_the_window_is_closed(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path
) -> None:
    """It may be nowhere else."""
    (tmp_path / "novel.txt").write_text(story())
    data.add([tmp_path / "novel.txt"])
    QGuiApplication.clipboard().setText("Another day at sea. " * 20)
    data.paste()
    project = window.project
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None, timeout=20_000)
    assert project
    texts = [project.text_file(source).read_text(encoding="utf-8") for source in project.sources()]
    assert "Another day at sea. " * 20 in texts and len(texts) <= 2 and not data.unsaved(), "once, and no more"


def test_undo_works_as_soon_as_a_paste_has_ended(qtbot: QtBot, window: MainWindow, data: DataTab) -> None:
    assert window.project
    QGuiApplication.clipboard().setText("Another day at sea. " * 20)
    data.prepared.connect(lambda _: data.undo())  # before the window has looked at the folder
    data.paste()
    settled(qtbot, window)
    assert not window.project.sources() and data.pane.note.isHidden()


def test_a_paste_that_cannot_be_taken_back_just_now_can_be_later(
    qtbot: QtBot, window: MainWindow, data: DataTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert window.project
    QGuiApplication.clipboard().setText("Another day at sea. " * 20)
    data.paste()
    settled(qtbot, window)

    def refuse(*_: object) -> None:
        raise ProjectError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Project, "remove_texts", refuse)
        data.undo()
        settled(qtbot, window)
    assert len(window.project.sources()) == 1
    data.undo()
    settled(qtbot, window)
    assert not window.project.sources()


def test_what_was_left_out_is_told_though_other_texts_wait(
    qtbot: QtBot, window: MainWindow, data: DataTab, tmp_path: Path
) -> None:
    """One file that is gone keeps no other out."""
    (tmp_path / "novel.txt").write_text(story())
    QGuiApplication.clipboard().setText("Another day at sea. " * 20)
    data.add([tmp_path / "gone.txt", tmp_path / "novel.txt"])
    data.paste()
    settled(qtbot, window)
    assert window.project and len(window.project.sources()) == 2
    assert "gone.txt was left out" in window.notice.words.text() and window.notice.isVisible()


def test_a_key_that_is_held_pastes_once(data: DataTab) -> None:
    held = {shortcut.key().toString(): shortcut.autoRepeat() for shortcut in data.findChildren(QShortcut)}
    assert not held["Ctrl+V"] and not held["Ctrl+Z"]


def test_the_menu_pastes_into_a_number(qtbot: QtBot, window: MainWindow, data: DataTab) -> None:
    assert window.project
    number = QSpinBox(data)
    number.show()
    window.activateWindow()
    number.setFocus()
    number.selectAll()
    QGuiApplication.clipboard().setText("42")
    action(window, "Paste").trigger()
    settled(qtbot, window)
    assert number.value() == 42 and not window.project.sources()


@pytest.mark.parametrize("sign", ["%PDF-1.7 ", r"{\rtf1 ", "GIF8 ", "\ufeff{\\rtf1 "])
def test_a_pasted_text_is_plain_text_however_it_begins(
    qtbot: QtBot, window: MainWindow, data: DataTab, sign: str
) -> None:
    QGuiApplication.clipboard().setText(sign + "is how such a file begins. " * 20)
    data.paste()
    settled(qtbot, window)
    assert window.project and not window.notice.isVisible()
    (read,) = (event for event in window.project.look() if isinstance(event, TextRead))
    assert read.format == "text" and read.documents == 1
