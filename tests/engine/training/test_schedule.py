"""The learning rate, and stages: groups of texts one after the other, each with its share of steps and rate."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.config import Schedule, TrainConfig
from textgen_gui.engine.core.errors import ConfigError, ProjectError
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.models.state import State
from textgen_gui.engine.text import dataset
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.training.schedule import Stage, learning_rate, stages

from ...conftest import never, story, train_all
from ..runs import became, make_run, train_until


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two groups: letters in small type, a diary in capitals."""
    folder = tmp_path_factory.mktemp("stages")
    made = project.create(folder / "project")
    for group, text in (("letters", story()), ("diary", story(9000).upper())):
        (folder / f"{group}.txt").write_text(text, encoding="utf-8")
        list(made.add_texts([folder / f"{group}.txt"], never))
        source = made.sources_from([folder / f"{group}.txt"])[0]
        made.set_options([source.file], replace(source.options, group=group))
    list(prepare(made, never))
    return made


def test_steps_and_rates_are_shared_out() -> None:
    config = TrainConfig(steps=100, stages=("a", "b:3", "c:1:0.1"))
    assert stages(config) == (Stage("a", 1, 20, 1.0), Stage("b", 21, 80, 0.5), Stage("c", 81, 100, 0.1))
    assert stages(TrainConfig(steps=7)) == (Stage("", 1, 7, 1.0),)
    few = stages(TrainConfig(steps=3, stages=("a:1000", "b:0.001", "c")))
    assert [(stage.first, stage.last) for stage in few] == [(1, 1), (2, 2), (3, 3)]


def test_each_stage_warms_up_and_decays() -> None:
    config = TrainConfig(steps=100, stages=("a", "b"), learning_rate=1.0, warmup=0.1, decay=0.2)
    rates = [learning_rate(config, State(), step) for step in range(1, 101)]
    assert max(rates[:50]) == 1.0 and max(rates[50:]) == 0.5
    assert rates[0] == pytest.approx(0.2) and rates[50] == pytest.approx(0.1)
    assert rates[49] == pytest.approx(0.1) and rates[99] == pytest.approx(0.05)


@pytest.mark.parametrize("stage", ["a:b", "a:0", "a:1:2:3", "a:-1", "a:nan", "a:1:0"])
def test_a_stage_that_cannot_be_read_is_named(stage: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        stages(TrainConfig(stages=(stage,)))


def test_more_stages_than_steps_are_refused() -> None:
    with pytest.raises(ConfigError, match="need more than 2 steps"):
        stages(TrainConfig(steps=2, stages=("a", "b", "c")))


def test_a_stage_reads_only_its_group(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(place, 'train.stages=["diary:1", "letters:2"]', "train.steps=12")
    read: list[str] = []
    whole = dataset.batch

    def batch(*asked: object) -> object:
        passages = whole(*asked)  # type: ignore[arg-type]
        read.append(tokenizer.decode(passages.flatten().tolist()))
        return passages

    tokenizer = dataset.Prepared.load(place.prepared_folders()[0]).tokenizer()
    monkeypatch.setattr(dataset, "batch", batch)
    happened = train_all(run)
    assert all(text == text.upper() for text in read[:4]) and all(text != text.upper() for text in read[4:])
    saved = [event.step for event in happened if isinstance(event, events.CheckpointSaved)]
    assert saved == [4, 8, 12]


def test_stopped_stages_become_the_same(place: Project) -> None:
    settings = ['train.stages=["diary", "letters"]', "train.batch=6"]
    alone, stopped = (make_run(place, *settings) for _ in range(2))
    train_all(alone)
    for step in (2, 6, 7):
        train_until(stopped, step)
    train_all(stopped)
    assert became(stopped) == became(alone)


def test_a_group_that_is_not_there_is_named(place: Project) -> None:
    with pytest.raises(ProjectError, match="no text in the group “poems”"):
        train_all(make_run(place, 'train.stages=["letters", "poems"]'))


def test_the_text_of_a_stage_may_be_too_short(tmp_path: Path, place: Project) -> None:
    with pytest.raises(ProjectError, match="only"):
        train_all(make_run(place, 'train.stages=["diary"]', "model.context=8000"))


# --- the learning rate of one stage


def rates(**settings: float) -> list[float]:
    config = TrainConfig(steps=100, learning_rate=0.01, **settings)  # type: ignore[arg-type]
    return [learning_rate(config, State(), step) for step in range(1, 101)]


def test_the_learning_rate_rises_stays_and_falls() -> None:
    found = rates(warmup=0.1, decay=0.5)
    assert found[0] == pytest.approx(0.001)  # the first of ten steps up
    assert found[9] == found[30] == found[50] == 0.01
    assert found[51] < 0.01 and found[-1] == pytest.approx(0.01 / 50)  # the last of fifty steps down, not yet zero
    assert np.allclose(np.diff(found[:10]), 0.001) and np.allclose(np.diff(found[50:]), -0.0002)


def test_other_schedules() -> None:
    def rates(schedule: Schedule) -> list[float]:
        config = TrainConfig(steps=100, learning_rate=1.0, warmup=0.1, decay=0.5, schedule=schedule)
        return [learning_rate(config, State(), step) for step in range(1, 101)]

    assert rates(Schedule.CONSTANT)[9:] == [1.0] * 91 and rates(Schedule.CONSTANT)[4] == pytest.approx(0.5)
    cosine = rates(Schedule.COSINE)
    assert cosine[:51] == rates(Schedule.LINEAR)[:51] and cosine[75] == pytest.approx(0.5, abs=0.02)
    assert 0 < cosine[99] < 0.002 and all(a >= b for a, b in itertools.pairwise(cosine[50:]))


def test_the_ends_of_the_learning_rate() -> None:
    assert rates(warmup=0.0, decay=0.0) == [0.01] * 100
    for warmup, decay in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.02, 0.7)):
        found = rates(warmup=warmup, decay=decay)
        assert all(0 < rate <= 0.01 for rate in found), (warmup, decay)  # a step without learning would be for nothing
