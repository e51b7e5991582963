"""Whoever writes numbers with other digits sees no others, in any view."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QAccessible
from pytestqt.qtbot import QtBot

from textgen_gui import Run
from textgen_gui.ui.main_window import MainWindow

from .test_accessibility import dialogs, in_sight, interface, views

Text = QAccessible.Text


@pytest.fixture
def egyptian() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("ar_EG"))
    yield
    QLocale.setDefault(before)


def with_other_digits(view: object) -> Iterator[str]:
    for found in in_sight(interface(view)):  # type: ignore[arg-type]
        for said in (found.text(Text.Name), found.text(Text.Value), found.text(Text.Description)):
            if re.search(r"[0-9]", said):
                yield said


def test_every_view_writes_the_digits_of_the_user(
    qtbot: QtBot, egyptian: None, window: MainWindow, trained: Run
) -> None:
    found: dict[str, str] = {}
    for view in views(qtbot, window, trained):
        found |= dict.fromkeys(with_other_digits(window), view)
    for dialog in dialogs(qtbot, window):
        found |= dict.fromkeys(with_other_digits(dialog), dialog.windowTitle())
    assert not found
