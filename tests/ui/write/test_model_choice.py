"""Which model writes: what is chosen stays chosen while training goes on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.config import PrepareConfig, RunConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.core.snapshot import ProjectSnapshot, RunSnapshot
from textgen_gui.ui.write.model_choice import ModelChoice


@pytest.fixture
def choice(qtbot: QtBot) -> Iterator[ModelChoice]:
    made = ModelChoice()
    qtbot.addWidget(made)
    yield made


def snapshot(**steps: list[int]) -> ProjectSnapshot:
    """A project with these runs and their checkpoints."""
    runs = []
    for name, saved in steps.items():
        run = Run(Path("project") / "runs" / name)
        runs.append(RunSnapshot(run, RunConfig(), tuple(run.checkpoint(step) for step in saved)))
    return ProjectSnapshot(
        name="p", sources=(), sizes={}, prepare=PrepareConfig(), fields=(), runs=tuple(runs), styles={}
    )


def test_the_newest_run_with_a_model_is_chosen_and_its_best_checkpoint(choice: ModelChoice) -> None:
    assert choice.chosen() is None
    choice.list_models(snapshot(first=[4, 8], second=[4], third=[]))
    assert [choice.run_box.itemText(row) for row in range(2)] == ["second", "first"]
    chosen = choice.chosen()
    assert isinstance(chosen, Run) and chosen.name == "second"
    assert choice.in_words() == "second, the best so far"


def test_what_is_chosen_stays_so_while_training_goes_on(choice: ModelChoice) -> None:
    choice.list_models(snapshot(first=[4, 8]))
    choice.checkpoint_box.setCurrentIndex(2)
    assert choice.chosen() == Run(Path("project/runs/first")).checkpoint(4)
    choice.list_models(snapshot(first=[4, 8, 12], second=[4]))
    assert choice.chosen() == Run(Path("project/runs/first")).checkpoint(4)
    choice.list_models(snapshot(first=[8, 12], second=[4]))
    assert choice.chosen() == Run(Path("project/runs/first")), "a checkpoint that is gone gives way to the best"


def test_a_list_that_says_the_same_is_not_built_again(qtbot: QtBot, choice: ModelChoice) -> None:
    choice.list_models(snapshot(first=[4]))
    with qtbot.assertNotEmitted(choice.changed):
        choice.list_models(replace(snapshot(first=[4]), name="renamed"))
    with qtbot.waitSignal(choice.changed):
        choice.list_models(snapshot(first=[4, 8]))


def test_a_run_that_is_not_listed_yet_is_chosen_when_it_is(choice: ModelChoice) -> None:
    choice.list_models(snapshot(first=[4], second=[4]))
    choice.choose(Run(Path("project/runs/first")))
    assert choice.run and choice.run.name == "first"
    choice.choose(Run(Path("project/runs/third")))
    choice.list_models(snapshot(first=[4], second=[4], third=[]))
    assert choice.run and choice.run.name == "first"
    choice.list_models(snapshot(first=[4], second=[4], third=[2], fourth=[2]))
    assert choice.run and choice.run.name == "third"
    choice.list_models(snapshot())
    assert choice.run is None and choice.chosen() is None
