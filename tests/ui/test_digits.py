"""Whoever writes numbers with other digits sees no others, in any view."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from textgen_gui import Run, words
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.write.how_to_write import HowToWrite

from .test_accessibility import in_sight, interface, views


@pytest.fixture
def egyptian(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = QLocale()
    monkeypatch.setattr(QLocale, "system", lambda: QLocale("ar_EG"))
    yield
    QLocale.setDefault(before)


def with_other_digits(view: QWidget, but_for: str) -> Iterator[str]:
    """What stands there with 0 to 9 in it; not the names of runs and files, which are what they are."""
    for found in in_sight(interface(view)):
        said = found.text(QAccessible.Text.Name)
        if re.search(r"[0-9]", re.sub(but_for, "", said)):
            yield said


def test_every_view_writes_the_digits_of_the_user(
    qtbot: QtBot, egyptian: None, window: MainWindow, trained: Run
) -> None:
    found: dict[str, str] = {}
    but_for = rf"{re.escape(trained.name)}|utf-8|{re.escape(str(trained.project.folder.parent))}\S*"
    for view in views(qtbot, window, trained):
        found |= dict.fromkeys(with_other_digits(window, but_for), view)
    assert not found


def test_the_limits_of_a_setting_are_written_so_too(qtbot: QtBot, egyptian: None, window: MainWindow) -> None:
    how = HowToWrite()
    qtbot.addWidget(how)
    assert f"{words.number(1)} to {words.number(1_000_000)}" in how.form.controls["max_new_tokens"].toolTip()
