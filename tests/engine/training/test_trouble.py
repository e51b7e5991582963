"""What goes wrong in a step: found in the same step, nothing of it applied or saved, all before it kept."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from textgen_gui.engine.core import event_log, events, schema
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.text import dataset
from textgen_gui.engine.training import step as steps
from textgen_gui.engine.training.step import Learner

from ...benchmarks.families import tiny_folder
from ...conftest import train_all
from ..runs import became, finished, make_run, prepared_project

POISONED = 7  # between two evaluations, at 4 and at 8


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("trouble"))


def weight(value: float, place: int) -> Callable[[pytest.MonkeyPatch], None]:
    def poison(monkeypatch: pytest.MonkeyPatch) -> None:
        whole = Learner._read

        def read(self: Learner, step: int) -> object:
            if step == POISONED:
                with torch.no_grad():
                    list(self.model.parameters())[place].view(-1)[0] = value
            return whole(self, step)

        monkeypatch.setattr(Learner, "_read", read)

    return poison


def gradient(value: float, place: int) -> Callable[[pytest.MonkeyPatch], None]:
    def poison(monkeypatch: pytest.MonkeyPatch) -> None:
        whole = Learner._gradients

        def gradients(self: Learner, step: int, passages: torch.Tensor) -> torch.Tensor:
            loss = whole(self, step, passages)
            if step == POISONED:
                found = list(self.model.parameters())[place].grad
                assert found is not None
                found.view(-1)[-1] = value
            return loss

        monkeypatch.setattr(Learner, "_gradients", gradients)

    return poison


def data(value: int, place: int) -> Callable[[pytest.MonkeyPatch], None]:
    def poison(monkeypatch: pytest.MonkeyPatch) -> None:
        whole = dataset.batch

        def batch(tokens: Any, parts: Any, seed: int, step: int, *more: int) -> np.ndarray:
            passages: np.ndarray = whole(tokens, parts, seed, step, *more)
            if step == POISONED:
                passages[place, place] = value
            return passages

        monkeypatch.setattr(dataset, "batch", batch)

    return poison


def rate(value: float) -> Callable[[pytest.MonkeyPatch], None]:
    def poison(monkeypatch: pytest.MonkeyPatch) -> None:
        from textgen_gui.engine.training.schedule import learning_rate as whole

        monkeypatch.setattr(
            steps,
            "learning_rate",
            lambda config, state, step: value if step == POISONED else whole(config, state, step),
        )

    return poison


poisons = {
    **{
        f"weight {value} {place}": weight(value, place) for value in (math.nan, math.inf, -math.inf) for place in (0, 3)
    },
    **{
        f"gradient {value} {place}": gradient(value, place)
        for value in (math.nan, math.inf, -math.inf)
        for place in (0, -1)
    },
    "data beyond the vocabulary": data(60_000, 0),
    "data just beyond": data(100_000, -1),
    "data far beyond": data(2**31, 1),
    "data negative": data(-1, 2),
    **{f"rate {value}": rate(value) for value in (math.nan, math.inf, 1e38, -1e39)},
}


def test_there_are_twenty() -> None:
    assert len(poisons) >= 20


@pytest.mark.parametrize("name", list(poisons))
def test_poison_is_found_in_the_same_step(place: Project, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    run, good = make_run(place), make_run(place)
    with monkeypatch.context() as patch:
        poisons[name](patch)
        happened = train_all(run)
    end = finished(happened)
    assert end.outcome == "failed" and end.step == POISONED - 1
    assert "no longer a number at step 7" in end.message or "is damaged" in end.message
    offered = [event.settings for event in happened if isinstance(event, events.MendOffered)]
    assert offered == ([] if "data" in name else [("train.learning_rate=0.0015",)])
    assert [checkpoint.step for checkpoint in run.checkpoints()] == [4]
    for checkpoint in run.checkpoints():
        checkpoints.verify(checkpoint)
    train_all(run)  # the poison is gone, and the run becomes what it would have become
    train_all(good)
    assert became(run) == became(good)


@pytest.mark.parametrize(("family", "offered"), [("llama", ["start.lora=8"]), ("mamba", [])])
def test_lora_is_offered_to_families_that_take_it(
    place: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, offered: list[str]
) -> None:
    folder = tiny_folder(family, place, tmp_path / "model")
    run = make_run(place, f"start.model={schema.toml_value(str(folder))}")
    short_of_memory(monkeypatch, 0, MemoryError())
    happened = train_all(run)
    assert finished(happened).outcome == "failed"
    assert [event.settings[0] for event in happened if isinstance(event, events.MendOffered)] == offered


def short_of_memory(monkeypatch: pytest.MonkeyPatch, most: int, error: Exception) -> None:
    whole = Learner._accumulated

    def accumulated(self: Learner, step: int, passages: torch.Tensor) -> torch.Tensor:
        if step >= 3 and self.state.micro_batch > most:
            raise error
        return whole(self, step, passages)

    monkeypatch.setattr(Learner, "_accumulated", accumulated)


errors = [
    torch.OutOfMemoryError("CUDA out of memory."),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    MemoryError(),
]


@pytest.mark.parametrize("error", errors, ids=["card", "computer", "python"])
def test_short_memory_halves_what_is_computed_at_once(
    place: Project, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    run, whole = make_run(place, "train.batch=8"), make_run(place, "train.batch=8")
    train_all(whole)
    short_of_memory(monkeypatch, 2, error)
    happened = train_all(run)
    said = [event.message for event in happened if isinstance(event, events.Warned)]
    assert len(said) == 2 and "4 instead of 8" in said[0] and "2 instead of 4" in said[1]
    assert finished(happened).outcome == "finished"
    assert losses(run) == pytest.approx(losses(whole), rel=1e-4)


def losses(run: Run) -> list[float]:
    return [event.loss for event in event_log.read(run.events_file) if isinstance(event, events.StepDone)]


def test_a_night_asleep_does_not_count_as_training(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    run, asleep_s, passed = make_run(place, "train.steps=20"), 8 * 3600.0, Learner.__call__
    clock = time.monotonic

    def sleeps(self: Learner, step: int) -> float:
        loss = passed(self, step)
        if step == 10:
            monkeypatch.setattr("textgen_gui.engine.training.session.time.monotonic", lambda: clock() + asleep_s)
        return loss

    monkeypatch.setattr(Learner, "__call__", sleeps)
    done = [event for event in train_all(run) if isinstance(event, events.StepDone)]
    assert len(done) == 20 and done[-1].elapsed_s < 60
    assert min(event.tokens_per_s for event in done[9:]) > done[8].tokens_per_s / 20


def test_too_little_memory_for_one_passage_is_said(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(place)
    short_of_memory(monkeypatch, 0, MemoryError())
    end = finished(train_all(run))
    assert end.outcome == "failed" and end.step == 2 and "not enough memory" in end.message


def test_other_errors_are_not_taken_for_short_memory(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    short_of_memory(monkeypatch, 0, RuntimeError("shape mismatch"))
    with pytest.raises(RuntimeError, match="shape mismatch"):
        train_all(make_run(place))


def test_save_memory_changes_nothing_but_memory(place: Project) -> None:
    plain, saving = make_run(place), make_run(place, "train.save_memory=true")
    train_all(plain)
    train_all(saving)
    assert losses(saving) == pytest.approx(losses(plain), rel=1e-6)


def test_a_batch_that_processes_cannot_share_is_refused(place: Project) -> None:
    with pytest.raises(EngineError, match="cannot be shared"):
        steps.micro_batch_for(make_run(place).config(), 300, 3)
