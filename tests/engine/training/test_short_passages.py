"""A model that reads short passages first: twice as many, and what it says of itself is true at each moment."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import PreTrainedModel

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import Architecture, ModelConfig, RunConfig, StartConfig, TrainConfig
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.state import State
from textgen_gui.engine.training import step as steps
from textgen_gui.engine.training.generations import Teachers
from textgen_gui.engine.training.schedule import context_of
from textgen_gui.engine.writing import generate

from ...conftest import train_all
from ..runs import losses, make_run, prepared_project, train_until

short = ["train.short_passages=0.5", "train.mark_every=2"]  # of 12 steps, so six


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("short"))


def contexts(config: RunConfig, state: State) -> list[int]:
    return [context_of(config, state, step) for step in range(1, 11)]


def test_the_first_share_of_what_a_model_learns_is_short() -> None:
    usual, train = ModelConfig(context=64), TrainConfig(steps=10, short_passages=0.7)
    assert contexts(RunConfig(model=usual, train=train), State()) == 7 * [32] + 3 * [64]
    assert contexts(RunConfig(model=usual, train=TrainConfig(steps=10)), State()) == 10 * [64]
    later = State(generation=1, generation_began=4)  # the second of two has the last six steps
    two = TrainConfig(steps=10, short_passages=0.5, generations=2)
    assert contexts(RunConfig(model=usual, train=two), later)[4:] == 3 * [32] + 3 * [64]
    learnt = ModelConfig(context=64, architecture=Architecture.GPT2)  # whose positions are learnt one by one
    assert contexts(RunConfig(model=learnt, train=train), State()) == 10 * [64]
    shaped = replace(usual, shape='{"model_type": "opt"}')  # nobody knows what positions it has
    assert contexts(RunConfig(model=shaped, train=train), State()) == 10 * [64]
    goes_on = RunConfig(model=usual, train=train, start=StartConfig(model="starter"))
    assert contexts(goes_on, State()) == 10 * [64]


def test_short_passages_are_twice_as_many(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, ...]] = []
    whole = steps.Learner._gradients

    def gradients(self: steps.Learner, step: int, passages: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(passages.shape))
        return whole(self, step, passages)

    monkeypatch.setattr(steps.Learner, "_gradients", gradients)
    lengthened = train_all(make_run(place, *short))
    assert shapes == 6 * [(8, 9)] + 6 * [(4, 17)]
    as_short = train_all(make_run(place, "model.context=8", "train.batch=8", "train.mark_every=2"))
    assert losses(lengthened)[:6] == losses(as_short)[:6] and losses(lengthened)[6:] != losses(as_short)[6:]


def windows(run: Run) -> list[int]:
    return [models.context(models.load(one.folder)[0]) for one in run.checkpoints()]


def test_a_checkpoint_says_how_far_its_model_has_learnt_to_look_back(place: Project) -> None:
    run = make_run(place, *short)
    train_until(run, 3)
    assert windows(run)[-1] == 8
    train_all(run)
    assert windows(run)[-1] == 16


def test_teachers_are_heard_with_all_of_their_context(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by a run that resumes in the short steps of the next one."""
    heard: list[int] = []
    whole = Teachers._hear

    def hear(self: Teachers, model: PreTrainedModel) -> object:
        heard.append(models.context(model))
        return whole(self, model)

    monkeypatch.setattr(Teachers, "_hear", hear)
    run = make_run(place, *short, "train.generations=2")
    train_until(run, 5)
    assert heard == [16]
    train_all(run)
    assert heard == [16, 16]


def test_parts_of_a_batch_have_as_many_tokens(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = train_all(make_run(place, *short))
    monkeypatch.setattr(steps, "free_memory", lambda: 4)  # room for one passage at a time
    assert losses(train_all(make_run(place, *short))) == pytest.approx(losses(expected), rel=1e-4)


def test_a_prompt_longer_than_what_it_looks_back_by_now_is_read_from_its_newer_part(
    place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    whole = generate.write_ids

    def write_ids(model: PreTrainedModel, tokenizer: Any, ids: list[int], *more: Any) -> Any:
        read.append(len(ids))
        return whole(model, tokenizer, ids, *more)

    monkeypatch.setattr(generate, "write_ids", write_ids)
    prompt = "One man walked home along the river and thought of all that he had seen there in the morning."
    run = make_run(place, *short, f'train.prompts=["{prompt}"]')
    samples = [event for event in train_all(run) if isinstance(event, events.SampleWritten)]
    assert len(samples) == 6 and read == 3 * [8] + 3 * [16]
