"""What a run writes with is the mean of its last weights."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch
from safetensors.torch import load_file
from transformers import PreTrainedModel

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import RunConfig, TrainConfig
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.models import averaging
from textgen_gui.engine.models.averaging import Average
from textgen_gui.engine.models.state import State
from textgen_gui.engine.training import train as train_module

from ...conftest import never, train_all
from ..runs import became, make_run, prepared_project, train_until


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("training"))


def test_what_is_written_with_is_the_mean_of_the_last_steps(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Computed once more from a run that saves the weights of every step."""
    monkeypatch.setattr(averaging, "EVERY", 3)
    run, each = make_run(place, "train.average=0.7"), make_run(place, "train.mark_every=1")
    train_all(run)
    seen: dict[int, dict[str, torch.Tensor]] = {}
    for event in train_module.train(each, never):
        if isinstance(event, events.CheckpointSaved):
            seen[event.step] = load_file(each.checkpoint(event.step).folder / "model.safetensors")
    mean, plain = (
        load_file(run.checkpoint(12).folder / f"{name}.safetensors") for name in ("model", "training/weights")
    )
    for name, weight in mean.items():
        expected = sum(seen[step][name] for step in (6, 9, 12)) / 3  # steps above 12 * 0.3 that divide by 3
        assert torch.allclose(weight, torch.as_tensor(expected), atol=1e-7)
        assert torch.equal(plain[name], seen[12][name])


@pytest.mark.parametrize("average", [0.0, 0.7])
def test_the_end_is_averaged_with_the_beginning_where_there_is_an_anchor(
    place: Project, monkeypatch: pytest.MonkeyPatch, average: float
) -> None:
    """On the line between both; before the end, and without it, all is as ever, however often it was interrupted."""
    monkeypatch.setattr(averaging, "EVERY", 3)
    first = make_run(place)
    train_all(first)
    before = load_file(first.checkpoint(12).folder / "model.safetensors")
    start, mean = f'start.model="runs/{first.name}/checkpoints/step-000012"', f"train.average={average}"
    free, held, stopped = (
        make_run(place, start, mean, *more) for more in ([], ["start.anchor=0.25"], ["start.anchor=0.25"])
    )
    train_all(free)
    train_all(held)
    train_until(stopped, 5)
    train_all(stopped)
    assert became(stopped) == became(held)
    for step, share in ((8, 0.0), (12, 0.25)):
        without, anchored = (load_file(run.checkpoint(step).folder / "model.safetensors") for run in (free, held))
        for name, weight in anchored.items():
            expected = without[name] + share * (before[name] - without[name])
            assert torch.allclose(weight, expected, atol=1e-7)


def test_a_short_run_is_no_mean_of_one_step(place: Project) -> None:
    """The last quarter of 35 steps held one sample: four evaluations and their texts were the same."""
    run, each = make_run(place, "train.average=0.25", "train.mark_every=1"), make_run(place, "train.mark_every=1")
    seen: list[dict[str, torch.Tensor]] = []
    for event in train_module.train(each, never):
        if isinstance(event, events.CheckpointSaved):
            seen.append(load_file(each.checkpoint(event.step).folder / "model.safetensors"))
    train_all(run)
    mean = load_file(run.checkpoint(12).folder / "model.safetensors")
    for name, weight in mean.items():
        expected = torch.stack([weights[name] for weights in seen[9:]]).mean(0)
        assert torch.allclose(weight, expected, atol=1e-7)


def test_what_was_sampled_for_a_shorter_plan_is_forgotten() -> None:
    model, config = torch.nn.Linear(2, 2), RunConfig(train=TrainConfig(steps=100, average=0.25))
    state = State(step=80, averaged=1)
    average = Average(cast(PreTrainedModel, model), config, state, [p.detach() for p in model.parameters()], Path())
    average.plan(replace(config.train, steps=99))
    assert state.averaged == 1 and average.means
    average.plan(replace(config.train, steps=200))
    assert state.averaged == 0 and not average.means


@pytest.mark.parametrize(("step", "every"), [(0, 2), (35, 10)])
def test_a_run_of_an_earlier_version_goes_on_as_it_began(step: int, every: int) -> None:
    """There, each tenth step was sampled, however short the run."""
    state = State(step=step)
    config = RunConfig(train=TrainConfig(steps=40, average=0.25))
    Average(cast(PreTrainedModel, torch.nn.Linear(2, 2)), config, state, [], Path())
    assert state.sampled_every == every


def test_a_model_that_is_taught_is_the_mean_of_fewer_steps() -> None:
    """Which are counted from where it began."""
    train = TrainConfig(steps=400, generations=2, average=0.25)
    model, taken = cast(PreTrainedModel, torch.nn.Linear(2, 2)), list[int]()
    for generation, began, end in ((0, 0, 100), (1, 100, 400)):
        state = State(generation=generation, generation_began=began)
        average = Average(model, RunConfig(train=train), state, [], Path())
        for step in range(began + 1, end + 1):
            average.take(step)
        taken.append(state.averaged)
    assert taken == [3, 3], "steps 80, 90 and 100, then 380, 390 and 400"
