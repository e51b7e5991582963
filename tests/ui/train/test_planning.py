"""From the wish to start until a training begins: what is pressed meanwhile, and who takes it back."""

import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.config import Precision, RunConfig
from textgen_gui.engine.core.control import Ask
from textgen_gui.engine.core.presets import PresetName
from textgen_gui.engine.training import plan
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.train.train_tab import TrainTab

from ...engine.runs import prepared_project
from ..using import click, settled, tabs


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Measuring waits for it, or for a stop."""
    go_on = threading.Event()

    def speeds(config: RunConfig, words: int, tried: list[Precision], stop: Ask, **_: float) -> dict[Precision, float]:
        while not go_on.wait(0.01) and not stop():
            pass
        return dict.fromkeys(tried, 1e5)

    monkeypatch.setattr(plan, "speeds", speeds)
    return go_on


@pytest.fixture
def train(qtbot: QtBot, window: MainWindow, tmp_path: Path, held: threading.Event) -> TrainTab:
    """A run by time is being planned."""
    window.open_project(prepared_project(tmp_path).folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    settled(qtbot, window)
    train = tabs(window)[1]
    train.setup.minutes.setValue(1)
    click(qtbot, train.setup.start_button)
    qtbot.waitUntil(lambda: train.setup.blocked.text().startswith("Measuring which model"))
    return train


def test_another_choice_does_not_lose_the_start(qtbot: QtBot, train: TrainTab, held: threading.Event) -> None:
    click(qtbot, train.setup.presets.cards[PresetName.MEDIUM])
    assert train.setup.cancel_button.isVisible()
    held.set()
    qtbot.waitUntil(lambda: train.running is not None, timeout=20_000)
    train.stop()
    qtbot.waitUntil(lambda: train.job is None, timeout=20_000)


def test_a_cancelled_start_is_told(qtbot: QtBot, train: TrainTab) -> None:
    with qtbot.waitSignal(train.said) as said:
        click(qtbot, train.setup.cancel_button)
    assert said.args and str(said.args[0]).startswith("The start was cancelled")
    qtbot.waitUntil(lambda: train.job is None)
    assert train.setup.start_button.isEnabled() and not train.setup.cancel_button.isVisible()
