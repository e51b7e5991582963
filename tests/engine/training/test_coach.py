"""The coach's sentences, what others reach, the rehearsal, and stopping early."""

import itertools
import math
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from textgen_gui.engine.core import atomic_io, events
from textgen_gui.engine.core.config import ModelConfig, RunConfig, TrainConfig
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.events import Advised
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.training import ngram, preflight
from textgen_gui.engine.training.coach import Coach
from textgen_gui.engine.training.step import Learner
from textgen_gui.engine.training.train import train

from ...conftest import never, train_all
from ..runs import became, finished, make_run, prepared_project

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
    said = [event for event in events.read(run.events_file) if isinstance(event, Advised)]
    assert "unstable" in [advice.kind for advice in said] and {a.kind for a in said} <= KINDS | {"small"}


def test_a_run_that_learns_nothing_more_stops_early(place: Project) -> None:
    settings = ["train.learning_rate=0.08", "train.steps=400", "train.mark_every=10", "model.width=32"]
    patient = make_run(place, *settings, "train.patience=2")
    end = finished(train_all(patient))
    assert end.outcome == "finished" and end.step == end.best_step + 20 < 400
    assert f"nothing was gained since step {end.best_step:,}" in end.message
    assert checkpoints.best(patient).step == end.best_step


def test_counting_words_agrees_with_counting_by_hand() -> None:
    generator = np.random.default_rng(1)
    train, heldout = (np.cumsum(generator.integers(0, 3, size)) % 17 for size in (2000, 100))
    whole = [*train.tolist(), *heldout.tolist()]
    follow: list[defaultdict[tuple[int, ...], Counter[int]]] = [defaultdict(Counter) for _ in range(ngram.ORDER)]
    for length in range(ngram.ORDER):
        for place in range(length, len(train)):
            follow[length][tuple(whole[place - length : place])][whole[place]] += 1
    nats = 0.0
    for place in range(len(train), len(whole)):
        chance = 1 / 17
        for length in range(ngram.ORDER):
            counts = follow[length].get(tuple(whole[place - length : place]))
            if counts is None:
                break
            chance = (counts[whole[place]] + len(counts) * chance) / (counts.total() + len(counts))
        nats -= math.log(chance)
    assert ngram.nats(train.astype(np.uint16), heldout.astype(np.uint16), 17) == pytest.approx(nats / 100, rel=1e-9)


def test_a_rehearsal_changes_nothing_and_says_what_others_reach(place: Project) -> None:
    rehearsed, plain = make_run(place), make_run(place)
    (rehearsed.folder / ".new-rehearsal" / "checkpoints").mkdir(parents=True)  # one before it was killed
    happened = list(
        events.record(train(rehearsed, never, rehearsal=True), rehearsed.events_file, rehearsed.samples_file)
    )
    train_all(plain)
    assert became(rehearsed) == became(plain)
    bars = [event for event in happened if isinstance(event, events.Baseline)]
    assert [bar.name for bar in bars] == ["counting words"] and 0.1 < bars[0].bits_per_byte < 8
    assert sorted(path.name for path in rehearsed.folder.iterdir()) == sorted(p.name for p in plain.folder.iterdir())


def test_a_fine_tune_is_compared_with_the_model_before(place: Project) -> None:
    first = make_run(place)
    train_all(first)
    run = make_run(place, f'start.model="runs/{first.folder.name}"')
    happened = list(train(run, never, rehearsal=True))
    assert [e.name for e in happened if isinstance(e, events.Baseline)] == ["the model before", "counting words"]


def failing(run: Run) -> str:
    with pytest.raises(EngineError) as refusal:
        list(train(run, never, rehearsal=True))
    assert not run.checkpoints() and not list(run.folder.glob(".new-*"))
    return str(refusal.value)


def test_what_would_fail_later_fails_in_the_rehearsal(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(place)
    with monkeypatch.context() as patch:
        patch.setattr(preflight, "KEPT", 10**12)
        assert "Free some space" in failing(run) or "free" in failing(run)
    with monkeypatch.context() as patch:
        memory = psutil.virtual_memory()._replace(available=1000)
        patch.setattr(psutil, "virtual_memory", lambda: memory)
        assert "of memory" in failing(run) and "smaller model" in failing(run)
    with monkeypatch.context() as patch:
        patch.setattr(Learner, "_accumulated", out_of_memory)
        assert "not enough memory" in failing(run)
    with monkeypatch.context() as patch:
        patch.setattr(atomic_io, "sync", no_space)
        assert "is full" in failing(run) or "space" in failing(run)


def out_of_memory(*_: object) -> None:
    raise MemoryError


def no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_rehearsal_can_be_stopped(place: Project) -> None:
    asked = iter([False, False, True, *[True] * 20])
    end = finished(list(train(make_run(place), lambda: next(asked), rehearsal=True)))
    assert end.outcome == "stopped" and end.step == 0


def test_a_model_for_the_rehearsal_is_not_too_large(place: Project) -> None:
    run = make_run(place, "model.width=8192", "model.heads=64", "model.layers=96")
    assert "GB of memory" in failing(run)
    assert ModelConfig(width=8192, layers=96, heads=64).parameters(1000) > 1e10
