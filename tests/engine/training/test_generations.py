"""Models that learn one after the other: what a student is told, when it begins, and that nothing of it is lost."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import ModelConfig, Precision, RunConfig, StartConfig, TrainConfig
from textgen_gui.engine.core.control import never
from textgen_gui.engine.core.errors import ConfigError, EngineError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.schema import check
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.models import fsdp
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.state import State
from textgen_gui.engine.training.generations import Teachers
from textgen_gui.engine.training.texts import open_texts
from textgen_gui.engine.training.train import train

from ...conftest import train_all
from ..runs import became, finished, losses, make_run, prepared_project, train_until

three = ["train.generations=3", "train.average=0.5", "train.steps=20"]  # the first two end at 4 and 8


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("generations"))


@pytest.fixture(scope="module")
def run(place: Project) -> Run:
    made = make_run(place, *three, "train.mark_every=2")
    train_all(made)
    return made


def told(run: Run, *numbers: int, step: int = 0) -> torch.Tensor:
    """What those generations say in a step of each place of the text, [places, vocabulary]."""
    texts = open_texts(run, run.config())
    teachers = Teachers(texts, Precision.FP32)
    for number in numbers:
        model = models.load(run.checkpoints()[-1].folder)[0]
        list(teachers.hear(model, checkpoints.weights_of(run, number)))
    return teachers(np.arange(len(texts.train)), step)


def test_teachers_say_of_each_place_what_they_would_write_there(run: Run) -> None:
    texts, context = open_texts(run, run.config()), run.config().model.context
    said = told(run, 0)
    torch.testing.assert_close(said.sum(1), torch.ones(len(said)), atol=2e-3, rtol=0)
    model = models.load(checkpoints.last_of_each(run)[0].folder)[0].eval()
    ids = torch.from_numpy(texts.train[:].astype(np.int64))
    half = context // 2
    for place in (3 * context + 1, len(ids) - 1):
        window = place // half * half - half if place < len(ids) - 1 else len(ids) - context  # with half of it before
        with torch.no_grad():
            expected = torch.softmax(model(ids[None, window - 1 : place]).logits[0, -1], -1)
        torch.testing.assert_close(said[place], expected, atol=2e-3, rtol=0)


def test_two_teachers_take_turns(run: Run) -> None:
    one, other = told(run, 0), told(run, 1)
    assert not torch.equal(one, other)
    for step, expected in enumerate((one, other, one)):
        assert torch.equal(told(run, 0, 1, step=step), expected)


def test_each_begins_anew_and_the_last_is_what_the_run_becomes(place: Project, run: Run) -> None:
    other = make_run(place, *three)
    happened = train_all(other)
    assert [e for e in happened if isinstance(e, events.GenerationBegan)] == [
        events.GenerationBegan(4, 2, 3),
        events.GenerationBegan(8, 3, 3),
    ]
    seen = losses(happened)
    assert seen[4] > seen[3] and seen[8] > seen[7]  # knows nothing yet
    assert {4, 8, 20} <= {checkpoint.step for checkpoint in other.checkpoints()}  # they are needed until the end
    first, second = (checkpoints.weights_of(other, n) for n in (0, 1))
    assert not torch.equal(first["model.embed_tokens.weight"], second["model.embed_tokens.weight"])


def test_a_student_learns_from_its_teachers(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, taught = make_run(place, *three), make_run(place, *three)
    with_teacher = losses(train_all(taught))
    monkeypatch.setattr("textgen_gui.engine.training.step.TOLD", 0.0)
    without = losses(train_all(alone))
    assert with_teacher[:5] == without[:5] and with_teacher[5] != without[5]  # the first step of the second is alike


@pytest.mark.parametrize("step", [4, 8, 13])
def test_a_generation_that_was_stopped_while_it_was_told_is_told_again(place: Project, step: int) -> None:
    """Where the first ends, and the next is not told yet; where the second does; and in the midst of the last."""
    alone, stopped = make_run(place, *three), make_run(place, *three)
    train_all(alone)
    assert finished(train_until(stopped, step)).step == step
    train_all(stopped)
    assert became(stopped) == became(alone)


@pytest.mark.parametrize("lost", ["gone", "damaged"])
def test_a_teacher_that_is_lost_is_told_and_nothing_goes_with_it(place: Project, lost: str) -> None:
    run = make_run(place, *three)
    train_until(run, 6)
    teacher = run.checkpoint(4).folder
    if lost == "gone":
        shutil.rmtree(teacher)
    else:
        weights = teacher / checkpoints.WEIGHTS
        weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    last = finished(train_all(run))
    assert last.outcome == "failed" and "Model 1 of this run" in last.message and "write with one" in last.message
    assert run.checkpoint(6).folder.exists()


def test_the_last_learns_three_times_as_long_as_each_before_it_also_when_the_plan_changes() -> None:
    train = TrainConfig(steps=60, generations=4)
    assert State().generation_end(train) == 10
    assert State(generation=1, generation_began=10).generation_end(train) == 20
    assert State(generation=1, generation_began=10).generation_end(replace(train, steps=110)) == 30
    assert State(generation=2, generation_began=20).generation_end(train) == 30
    assert State(generation=3, generation_began=30).generation_end(train) == 60
    assert State().generation_end(TrainConfig(steps=20, generations=16)) == 1, "each has a step"


@pytest.mark.parametrize(
    "config",
    [
        RunConfig(train=TrainConfig(generations=2, stages=("letters",))),
        RunConfig(train=TrainConfig(generations=2), start=StartConfig(model="starter")),
        RunConfig(train=TrainConfig(generations=2), model=ModelConfig(shape='{"model_type": "llama"}')),
    ],
)
def test_what_cannot_have_generations_says_so(config: RunConfig) -> None:
    with pytest.raises(ConfigError, match="generations to 1"):
        check(config)


def test_a_split_model_cannot_be_a_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Accelerator, "is_fsdp2", True)
    with pytest.raises(EngineError, match="FSDP"):
        fsdp.refuse(Accelerator(cpu=True), RunConfig(train=TrainConfig(generations=2)))


@pytest.mark.parametrize(("settings", "drops"), [([], [False, False, True]), (["train.save_memory=true"], [True] * 3)])
def test_only_the_last_learns_with_dropout(place: Project, settings: list[str], drops: list[bool]) -> None:
    """Unless it saves memory, which goes with the same mode."""
    runs = [
        make_run(place, *three, *settings, "train.average=0", f"model.dropout={share}", "train.mark_every=20")
        for share in (0.0, 0.5)
    ]
    without, with_it = (losses(train_all(run)) for run in runs)
    first_of_each = (0, 5, 9)  # of the second and the third the second step: before it they are alike
    assert [without[step] != with_it[step] for step in first_of_each] == drops


def test_a_pause_is_heard_while_teachers_are_asked(place: Project) -> None:
    """Of a long text that takes a minute."""
    seen, held, held_after = list[events.Event](), iter([True] * 3), list[int]()

    def paused() -> bool:
        if not seen or not isinstance(seen[-1], events.Progressed):
            return False
        held_after.append(len(seen))
        return next(held, False)

    for event in train(make_run(place, *three), never, paused=paused):
        seen.append(event)
    assert len(set(held_after[:4])) == 1 < len(set(held_after)), "nothing happened until it went on"
