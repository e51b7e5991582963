"""“Train longer” says what it learns from, before anything begins."""

import dataclasses
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.events import NextStep
from textgen_gui.engine.core.project import Run
from textgen_gui.ui.main_window import MainWindow

from ..dropping import drop
from ..using import click, settled, tabs


def asked(qtbot: QtBot, window: MainWindow) -> list[str]:
    """What the dialog says and proposes, if there is one; it is cancelled."""
    said = list[str]()

    def cancel() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QInputDialog):
            said.extend(label.text() for label in dialog.findChildren(QLabel))
            said.append(str(dialog.intValue()))
            dialog.reject()

    _, train, _ = tabs(window)
    window.tabs.setCurrentIndex(1)
    view = train.view
    button = view.status.next_button if view.status.offers(NextStep.TRAIN_LONGER) else view.longer_button
    looking = QTimer()
    looking.timeout.connect(cancel)
    looking.start(50)
    click(qtbot, button)
    qtbot.wait(300)
    looking.stop()
    return said


@pytest.fixture
def shown(qtbot: QtBot, window: MainWindow, trained: Run) -> MainWindow:
    """A finished run is in sight."""
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    _, train, _ = tabs(window)
    window.tabs.setCurrentIndex(1)
    train._choose([trained])
    settled(qtbot, window)
    return window


def test_it_says_that_texts_of_now_count(qtbot: QtBot, shown: MainWindow) -> None:
    words, _ = asked(qtbot, shown)
    assert "It learns from your texts as they are under Data now,\nso what you added or changed since counts" in words


def test_as_many_minutes_are_proposed_as_the_run_had(qtbot: QtBot, shown: MainWindow) -> None:
    """Of one that was told its steps nobody knows how long somebody would wait."""
    _, train, _ = tabs(shown)
    assert asked(qtbot, shown)[1] == "10"
    known = train.view.known
    assert known and known.config and train.opened
    longer = dataclasses.replace(known, config=dataclasses.replace(known.config, budget_s=20 * 60 - 8.0))
    train.opened.snapshot = dataclasses.replace(train.opened.snapshot, runs=(longer,))
    assert asked(qtbot, shown)[1] == "20"


def test_texts_that_are_not_prepared_are_told_before_anything_is_asked(
    qtbot: QtBot, shown: MainWindow, tmp_path: Path
) -> None:
    data, train, _ = tabs(shown)
    (tmp_path / "new.txt").write_text("A letter that came later. " * 50)
    assert drop(data, tmp_path / "new.txt")
    settled(qtbot, shown)
    told = list[str]()
    train.problem.connect(lambda sentence, details: told.append(sentence))
    assert asked(qtbot, shown) == [] and told[0].endswith("Press Prepare under Data first.")


def test_a_run_that_gained_nothing_does_not_take_the_pen(qtbot: QtBot, shown: MainWindow) -> None:
    """It began with a model of its own texts and unlearnt it, as its adjustments were far too large."""
    _, train, generate = tabs(shown)
    first = f"runs/{train.view.run.name}" if train.view.run else ""
    assert generate.model.remembered == first and not generate.model.is_by_hand
    train._start_again((f"start.model={first}", "train.learning_rate=1", "train.clip=0", "train.steps=4"))
    settled(qtbot, shown)
    assert train.opened and len(train.opened.snapshot.runs) == 2
    assert generate.model.remembered == first and generate.model.note.text().endswith("still writes.")


def test_what_was_not_tested_takes_no_pen_and_no_model_is_no_news(qtbot: QtBot, shown: MainWindow) -> None:
    """Stopped before it saved anything, it was told of in the middle of its next training, and as no better."""
    _, train, generate = tabs(shown)
    first = f"runs/{train.view.run.name}" if train.view.run else ""
    train._start_again((f"start.model={first}", "train.steps=100000", "train.mark_every=50000"))
    qtbot.waitUntil(lambda: train.running is not None, timeout=60_000)
    train.stop()
    settled(qtbot, shown)
    assert train.opened and not train.opened.snapshot.runs[1].checkpoints and generate.model.remembered == first
    click(qtbot, train.view.resume_button)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 3, timeout=60_000)
    assert generate.model.remembered == first and generate.model.note.isHidden()
    click(qtbot, train.view.stop_button)
    settled(qtbot, shown)
    assert generate.model.remembered == first and generate.model.note.text() == (
        "“002 test” was stopped before it was tested for the first time, so “001 test” still writes."
    )
