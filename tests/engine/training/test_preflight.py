"""The preflight changes nothing, says what others reach, and fails where the run would fail later."""

from itertools import takewhile

import psutil
import pytest
import torch

from textgen_gui.engine.core import atomic_io, event_log, events
from textgen_gui.engine.core.bars import Bar
from textgen_gui.engine.core.config import ModelConfig
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.training import measure, preflight
from textgen_gui.engine.training.step import Learner
from textgen_gui.engine.training.texts import open_texts
from textgen_gui.engine.training.train import train

from ...conftest import never, train_all
from ..runs import became, finished, make_run, prepared_project


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("coach"))


def test_a_rehearsal_changes_nothing_and_says_what_others_reach(place: Project) -> None:
    rehearsed, plain = make_run(place), make_run(place)
    (rehearsed.folder / ".new-rehearsal" / "checkpoints").mkdir(parents=True)  # one before it was killed
    happened = list(
        event_log.record(train(rehearsed, never, rehearsal=True), rehearsed.events_file, rehearsed.samples_file)
    )
    train_all(plain)
    assert became(rehearsed) == became(plain)
    bars = [event for event in happened if isinstance(event, events.Baseline)]
    assert [bar.name for bar in bars] == list(Bar)[1:]
    assert 0.1 < bars[2].bits_per_byte < bars[1].bits_per_byte < bars[0].bits_per_byte < 8
    assert sorted(path.name for path in rehearsed.folder.iterdir()) == sorted(p.name for p in plain.folder.iterdir())


def test_a_fine_tune_is_compared_with_the_model_before(place: Project) -> None:
    first = make_run(place)
    train_all(first)
    run = make_run(place, f'start.model="runs/{first.folder.name}"')
    happened = list(train(run, never, rehearsal=True))
    assert [e.name for e in happened if isinstance(e, events.Baseline)] == list(Bar)


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


def test_a_large_model_rehearses_a_single_short_passage(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[int, ...]] = []

    def accumulated(learner: Learner, step: int, passages: torch.Tensor) -> torch.Tensor:
        read.append(tuple(passages.shape))
        return usual(learner, step, passages)

    usual = Learner._accumulated
    monkeypatch.setattr(Learner, "_accumulated", accumulated)
    monkeypatch.setattr(measure, "LARGE", 1)
    list(train(make_run(place, "model.context=96", "train.batch=2"), never, rehearsal=True))
    assert read[0] == (1, preflight.SHORT + 1) and set(read[1:]) == {(2, 97)}


def test_a_short_run_of_a_large_model_looks_for_room_only(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "LARGE", 1)
    short = make_run(place, "budget_s=60")
    before = takewhile(lambda e: not isinstance(e, events.StepDone), train(short, never, rehearsal=True))
    stages = [e.stage for e in before if isinstance(e, events.Progressed)]
    assert stages[0].endswith("room for it") and not any("first steps" in stage for stage in stages)
    monkeypatch.setattr(preflight, "KEPT", 10**12)
    assert "free" in failing(make_run(place, "budget_s=60"))
    train_all(first := make_run(place))
    part = make_run(place, "budget_s=60", "start.frozen=1", f'start.model="runs/{first.folder.name}"')
    seen = train(part, never, rehearsal=True)
    assert any(isinstance(e, events.RunStarted) for e in seen), "how much room a part needs is seen when it is saved"


def test_teachers_that_need_too_much_memory_are_refused(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(place, "train.generations=3", "train.steps=28")
    config = run.config()
    needed = 2 * len(open_texts(run, config).train) * config.model.width * 2  # bytes: two teachers, two for each number
    monkeypatch.setattr(measure, "refuse_too_large", lambda *_: None)  # a model so small always fits
    monkeypatch.setattr(preflight, "free_memory", lambda: needed - 1)
    assert "3 models tell one another" in failing(run)


def test_a_rehearsal_can_be_stopped(place: Project) -> None:
    asked = iter([False, False, True, *[True] * 20])
    end = finished(list(train(make_run(place), lambda: next(asked), rehearsal=True)))
    assert end.outcome == "stopped" and end.step == 0


def test_a_model_for_the_rehearsal_is_not_too_large(place: Project) -> None:
    run = make_run(place, "model.width=8192", "model.heads=64", "model.layers=96")
    assert "GB of memory" in failing(run)
    assert ModelConfig(width=8192, layers=96, heads=64).parameters(1000) > 1e10
