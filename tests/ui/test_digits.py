"""Whoever writes numbers with other digits sees no others."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from textgen_gui import Run, words
from textgen_gui.engine.core import event_log, events
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.plot import LossPlot
from textgen_gui.ui.write.how_to_write import HowToWrite

from .using import settled, tabs


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


def test_the_axes_of_a_curve_are_written_so_too(qtbot: QtBot, egyptian: None, window: MainWindow) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    axis = plot._plot.getAxis("bottom")
    assert axis.tickStrings([0, 500, 1500], 1, 500) == [words.number(0), words.number(500), words.number(1500)]
    assert axis.tickStrings([1.5], 1, 0.5) == [words.number(1.5, 1)] != ["1.5"]
    axis.setLogMode(True)
    assert axis.tickStrings([0.0], 1, 1) == [words.number(1, 1)]


def test_what_was_recorded_in_english_is_shown_so_too(
    qtbot: QtBot, egyptian: None, window: MainWindow, trained: Run
) -> None:
    file = trained.events_file
    recorded = [event for event in event_log.read(file) if not isinstance(event, events.Advised)]
    advice = events.Advised(12, events.Advice.FLAT, "Nothing was gained since step 1,250.", events.NextStep.WRITE)
    file.write_text("".join(f"{event_log.to_json(event)}\n" for event in [*recorded, advice]))
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    train = tabs(window)[1]
    train._choose([trained])
    settled(qtbot, window)
    assert train.view.status.advice.text() == f"Nothing was gained since step {words.number(1250)}."
    assert "1,250" in file.read_text(), "what is on the disk is English"
