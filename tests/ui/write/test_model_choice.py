"""Which model writes: what is chosen stays chosen while training goes on."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.config import PrepareConfig, RunConfig
from textgen_gui.engine.core.library import LibraryModel, Origin
from textgen_gui.engine.core.project import Checkpoint, Project, Run
from textgen_gui.engine.core.snapshot import ProjectSnapshot, RunSnapshot
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.model_box import Elsewhere
from textgen_gui.ui.train.gain import NO_BETTER
from textgen_gui.ui.write.model_choice import ModelChoice
from textgen_gui.ui.write.write_tab import WriteTab

from ...engine.runs import prepared_project
from ..using import settled
from .desk import closed


@pytest.fixture
def choice(qtbot: QtBot) -> Iterator[ModelChoice]:
    made = ModelChoice()
    qtbot.addWidget(made)
    yield made


STARTER = LibraryModel("starter", Path("box/starter"), Origin.BOX)
FETCHED = LibraryModel("writers/tiny", Path("home/models/writers--tiny"), Origin.HUB)


def snapshot(*models: LibraryModel, **steps: list[int]) -> ProjectSnapshot:
    """A project with these runs and their checkpoints, beside a library of these models."""
    runs = []
    for name, saved in steps.items():
        run = Run(Path("project") / "runs" / name)
        runs.append(RunSnapshot(run, RunConfig(), tuple(run.checkpoint(step) for step in saved), title=name))
    return ProjectSnapshot(
        name="p",
        sources=(),
        sizes={},
        prepare=PrepareConfig(),
        fields=(),
        runs=tuple(runs),
        styles={},
        models=models,
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


def pick(choice: ModelChoice, words: str) -> None:
    """As a hand does in the open list."""
    choice.run_box.setCurrentIndex(choice.run_box.findText(words))
    choice.run_box.activated.emit(choice.run_box.currentIndex())


def test_with_nothing_trained_yet_the_starter_writes(choice: ModelChoice) -> None:
    choice.list_models(snapshot(STARTER, FETCHED))
    assert choice.chosen() == Checkpoint(STARTER.folder) and choice.run is None and choice.known is None
    assert choice.in_words() == "The starter" and choice.checkpoint_box.isHidden()
    pick(choice, "writers/tiny")
    assert choice.chosen() == Checkpoint(FETCHED.folder)
    choice.list_models(snapshot(STARTER, FETCHED, first=[4]))
    assert choice.chosen() == Checkpoint(FETCHED.folder), "what is chosen stays"
    pick(choice, "first")
    assert choice.run == Run(Path("project/runs/first")) and not choice.checkpoint_box.isHidden()


def test_the_newest_run_comes_before_the_library(choice: ModelChoice) -> None:
    choice.list_models(snapshot(STARTER, first=[4], second=[4]))
    words = [choice.run_box.itemText(row) for row in range(choice.run_box.count())]
    assert words == ["second", "first", "The starter", *(elsewhere.value for elsewhere in Elsewhere)]


def test_a_folder_or_a_file_of_a_model_writes(
    choice: ModelChoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"")
    choice.list_models(snapshot(STARTER))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    pick(choice, Elsewhere.FOLDER.value)
    assert choice.chosen() == Checkpoint(STARTER.folder), "thought better of"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    pick(choice, Elsewhere.FOLDER.value)
    assert choice.chosen() == Checkpoint(tmp_path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(weights), ""))
    pick(choice, Elsewhere.FILE.value)
    assert choice.chosen() == Checkpoint(tmp_path)
    (tmp_path / "run.toml").write_text("")
    assert choice.chosen() == Run(tmp_path), "a run of another project"


def test_who_looks_for_a_model_is_sent_on_and_keeps_the_one_he_had(qtbot: QtBot, choice: ModelChoice) -> None:
    choice.list_models(snapshot(STARTER))
    with qtbot.waitSignal(choice.models_asked):
        pick(choice, Elsewhere.FIND.value)
    assert choice.chosen() == Checkpoint(STARTER.folder)


def test_what_was_chosen_can_be_remembered(choice: ModelChoice) -> None:
    choice.list_models(snapshot(STARTER, first=[4, 8], second=[4]))
    assert choice.remembered == "runs/second"
    for remembered in ("runs/first@4", "starter", "runs/first"):
        choice.choose(remembered)
        assert choice.remembered == remembered
    assert choice.chosen() == Run(Path("project/runs/first"))


def test_a_run_that_ended_writes_unless_a_person_chose(choice: ModelChoice) -> None:
    """It is told when it ends, and listed a moment later."""
    choice.list_models(snapshot(STARTER))
    choice.offer(Run(Path("project/runs/first")))
    choice.list_models(snapshot(STARTER, first=[]))
    assert choice.in_words() == "The starter", "stopped before it had a model"
    choice.list_models(snapshot(STARTER, first=[4]))
    assert choice.run and choice.run.name == "first" and "first" in choice.note.text() and not choice.note.isHidden()
    pick(choice, "The starter")
    assert choice.note.isHidden()
    choice.list_models(snapshot(STARTER, first=[4], second=[4]))
    choice.offer(Run(Path("project/runs/second")))
    assert choice.in_words() == "The starter" and not choice.new_button.isHidden()
    choice.list_models(snapshot(STARTER, first=[4]))
    assert choice.new_button.isHidden(), "deleted"
    choice.list_models(snapshot(STARTER, first=[4], second=[4]))
    choice.new_button.click()
    assert choice.run and choice.run.name == "second" and choice.new_button.isHidden() and choice.note.isHidden()


def test_a_run_that_gained_nothing_takes_the_pen_from_nobody(choice: ModelChoice) -> None:
    choice.list_models(snapshot(STARTER, first=[4]))
    choice.offer(Run(Path("project/runs/second")), NO_BETTER)
    choice.list_models(snapshot(STARTER, first=[4], second=[4]))
    assert choice.remembered == "runs/first" and not choice.is_by_hand
    assert choice.note.text() == (
        "“second” knows your texts no better than what it began with, so “first” still writes."
    )
    pick(choice, "The starter")
    choice.offer(Run(Path("project/runs/second")), NO_BETTER)
    assert choice.new_button.isHidden() and choice.note.isHidden()
    choice.offer(Run(Path("project/runs/second")))
    assert not choice.new_button.isHidden()


def test_a_run_that_writes_already_is_not_news(choice: ModelChoice) -> None:
    choice.list_models(snapshot(STARTER, first=[4]))
    choice.offer(Run(Path("project/runs/first")))
    assert choice.note.isHidden() and choice.new_button.isHidden()


def test_a_deleted_run_leaves_the_choice_and_gets_it_again(choice: ModelChoice) -> None:
    both = snapshot(STARTER, first=[4, 8], second=[4])
    choice.list_models(both)
    choice.choose("runs/first@4")
    choice.list_models(snapshot(STARTER, second=[4]))
    assert choice.remembered == "runs/second" and not choice.note.isHidden()
    assert choice.note.text() == "“first” is not here any more. “second” writes now."
    choice.list_models(both)
    assert choice.remembered == "runs/first@4" and choice.note.text() == "“first” is back and writes again."
    choice.list_models(snapshot(STARTER))
    assert choice.note.text() == "“first” is not here any more. “The starter” writes now."
    pick(choice, "The starter")
    assert choice.note.isHidden()
    choice.list_models(both)
    assert choice.in_words() == "The starter", "a person chose it meanwhile"


def test_what_nobody_chose_is_chosen_by_nobody_when_it_is_back(choice: ModelChoice) -> None:
    choice.list_models(snapshot(STARTER, first=[4]))
    for runs in ({}, {"first": [4]}):
        choice.list_models(snapshot(STARTER, **runs))
    assert choice.remembered == "runs/first" and not choice.is_by_hand


def test_a_run_that_is_back_takes_the_pen_from_no_newer_one(choice: ModelChoice) -> None:
    choice.list_models(snapshot(STARTER, first=[4]))
    choice.list_models(snapshot(STARTER))
    assert choice.note.text() == "“first” is not here any more. “The starter” writes now."
    choice.offer(Run(Path("project/runs/second")))
    choice.list_models(snapshot(STARTER, second=[4]))
    choice.list_models(snapshot(STARTER, first=[4], second=[4]))
    assert choice.remembered == "runs/second"
    assert choice.note.text() == "Your new model “second” writes now."


def test_a_moment_that_was_chosen_belongs_to_its_project(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run, tmp_path: Path
) -> None:
    """In another one nobody misses it, and no run that is called so too begins with it."""
    twin = Project(shutil.copytree(run.project.folder, tmp_path / "twin"))
    for other in (prepared_project(tmp_path / "empty"), twin):
        box = tab.model.checkpoint_box
        box.setCurrentIndex(box.findData(run.checkpoints()[0].step))
        closed(qtbot, window)
        window.open_project(other.folder)
        settled(qtbot, window)
        assert tab.model.note.isHidden() and tab.model.remembered == "".join(f"runs/{one.name}" for one in other.runs())
        closed(qtbot, window)
        window.open_project(run.project.folder)
        settled(qtbot, window)


def test_a_run_that_gets_another_name_is_chosen_still(choice: ModelChoice) -> None:
    choice.list_models(snapshot(STARTER, **{"001 first": [4, 8], "002 second": [4]}))
    choice.choose("runs/001 first@4")
    choice.list_models(snapshot(STARTER, **{"001 novel": [4, 8], "002 second": [4]}))
    assert choice.remembered == "runs/001 novel@4" and choice.note.isHidden()
