"""Whoever writes numbers with other digits sees no others."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from textgen_gui import words
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.write.how_to_write import HowToWrite


@pytest.fixture
def egyptian(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = QLocale()
    monkeypatch.setattr(QLocale, "system", lambda: QLocale("ar_EG"))
    yield
    QLocale.setDefault(before)


def test_the_limits_of_a_setting_are_written_so_too(qtbot: QtBot, egyptian: None, window: MainWindow) -> None:
    how = HowToWrite()
    qtbot.addWidget(how)
    assert f"{words.number(1)} to {words.number(1_000_000)}" in how.form.controls["max_new_tokens"].toolTip()
