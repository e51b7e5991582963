"""The coach's sentences."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
import torch

from textgen_gui.engine.core import event_log
from textgen_gui.engine.core.config import RunConfig, TrainConfig
from textgen_gui.engine.core.events import Advised
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.training.coach import Coach
from textgen_gui.engine.training.step import Learner

from ...conftest import train_all
from ..runs import make_run, prepared_project

KINDS = {"learning", "flat", "memorising", "unstable"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("coach"))


def coach(**training: Any) -> Coach:
    return Coach(replace(RunConfig(), train=replace(TrainConfig(), **training)), 100_000, 1_000_000)


def heard(losses: list[float], every: int = 100) -> list[Advised]:
    listener = coach()
    return [said for number, loss in enumerate(losses, 1) for said in listener.evaluated(number * every, loss)]


def test_learning_is_said_once() -> None:
    assert [said.kind for said in heard([4, 3.5, 3.2, 3.0, 2.9, 2.8])] == ["learning"]


def test_memorising_names_the_best_step() -> None:
    said = heard([4, 3, 2.5, 2.6, 2.8, 3.1])
    assert [advice.kind for advice in said] == ["learning", "memorising"]
    assert said[1].step == 400 and "since step 300" in said[1].message and "Step 300 is the best" in said[1].message


def test_a_later_best_is_said_anew() -> None:
    assert [said.kind for said in heard([3, 2.5, 2.6, 2.4, 2.6])] == [
        "learning",
        "memorising",
        "learning",
        "memorising",
    ]


def test_the_noise_of_an_evaluation_is_no_memorising() -> None:
    assert [said.kind for said in heard([3, 2.5, 2.505, 2.45])] == ["learning"]


def test_a_flat_curve_is_said() -> None:
    assert heard([3, 2.5, 2.4, 2.398, 2.397, 2.396, 2.3955])[-1].kind == "flat"


def test_a_rising_loss_is_unstable_and_says_which_rate_to_take() -> None:
    listener = coach(learning_rate=0.02)
    said = [a for step in range(1, 200) for a in listener.step(step, 3.0 if step < 100 else 4.5)]
    assert [advice.kind for advice in said] == ["unstable"]
    assert 100 < said[0].step < 130 and "(0.01)" in said[0].message


def test_noise_and_the_first_steps_are_not_unstable() -> None:
    listener = coach()
    noise = itertools.cycle([3.3, 2.7, 3.1, 2.9])
    losses = [9.0, 12.0, *(next(noise) for _ in range(400))]
    assert not [a for step, loss in enumerate(losses, 1) for a in listener.step(step, loss)]


def test_a_harder_group_of_texts_is_not_unstable() -> None:
    listener = coach(steps=400, stages=("easy", "hard"))
    assert not [a for step in range(1, 401) for a in listener.step(step, 2.0 if step <= 200 else 5.0)]


def test_a_model_too_big_for_the_text_is_said_before() -> None:
    small = list(Coach(RunConfig(), 5_000, 1_000_000).before())
    assert [advice.kind for advice in small] == ["small"] and "5,000 tokens for 1,000,000 weights" in small[0].message
    assert not list(Coach(RunConfig(), 500_000, 1_000_000).before())


def test_a_run_records_what_was_said(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose weights are spoilt in the middle; the sentence is in the events for those who look later."""
    run = make_run(place, "train.steps=80", "train.mark_every=40")
    whole = Learner._read

    def read(self: Learner, step: int) -> object:
        if step == 60:
            with torch.no_grad():
                for parameter in self.model.parameters():
                    parameter.mul_(20)
        return whole(self, step)

    monkeypatch.setattr(Learner, "_read", read)
    train_all(run)
    said = [event for event in event_log.read(run.events_file) if isinstance(event, Advised)]
    assert "unstable" in [advice.kind for advice in said] and {a.kind for a in said} <= KINDS | {"small"}
