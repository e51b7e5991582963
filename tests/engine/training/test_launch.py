"""Several processes learn what one does, whole or split, and may be stopped and paused."""

import signal
import sys
from pathlib import Path

import pytest

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.control import Ask
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.training.launch import launched

from ...conftest import never, train_all
from ..runs import ENVIRONMENT, finished, losses, make_run, prepared_project, python, started, train_until


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("training"))


def test_what_the_processes_say_is_utf8_and_other_bytes_do_no_harm(
    place: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a warning in the encoding of the system."""
    said = events.SampleWritten(1, "", "Grüße, мир")
    (tmp_path / "said").write_bytes(b"caf\xe9\n" + event_log.to_json(said).encode() + b"\n")
    speaker = tmp_path / "python"
    speaker.write_text(f"#!/bin/sh\ncat '{tmp_path}/said'\n")
    speaker.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(speaker))
    assert list(launched(make_run(place), 2, never)) == [said]


def test_no_code_of_the_current_folder_runs(place: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of texts may hold a random.py of somebody else."""
    (tmp_path / "random.py").write_text("raise SystemExit('stranger')")
    speaker = tmp_path / "python"
    told = """'import random; print("{\\"event\\": \\"Warned\\", \\"message\\": \\"ours\\"}")'"""
    speaker.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c {told}\n")
    speaker.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(speaker))
    monkeypatch.chdir(tmp_path)
    assert list(launched(make_run(place), 2, never)) == [events.Warned("ours")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        ["model.architecture=gpt2"],
        ["model.architecture=gpt2", "train.generations=2", "train.ngram_teacher=0.5"],
        ["train.generations=2", "train.short_passages=0.5"],
    ],
)
def test_two_processes_learn_what_one_does(place: Project, more: list[str]) -> None:
    settings = ["train.batch=6", *more]
    one, two = make_run(place, *settings), make_run(place, *settings)
    expected = train_all(one)
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", "textgen_gui"]
    child = python(*launch, "train", str(two.folder), environment={**ENVIRONMENT, "ACCELERATE_USE_CPU": "true"})
    output, problems = child.communicate(timeout=200)
    assert child.returncode == 0, output + problems[-2000:]
    happened = list(event_log.read(two.events_file))
    assert started(expected).processes == 1 and started(happened).processes == 2
    assert len(losses(happened)) == 12
    assert losses(happened) == pytest.approx(losses(expected), rel=1e-5)
    scored = [[e.loss for e in part if isinstance(e, events.Evaluated)] for part in (expected, happened)]
    assert len(scored[0]) >= 3 and scored[1] == pytest.approx(scored[0], rel=1e-5)
    assert finished(happened).outcome == "finished"
    assert checkpoints.newest_good(two) == (two.checkpoint(12), [])


@pytest.mark.slow
def test_a_launch_may_ask_for_torch_compile(place: Project) -> None:
    """As accelerate's configuration says it; without a backend that needs a compiler."""
    plain, compiled = (make_run(place, "train.clip=0.5") for _ in range(2))
    expected = train_all(plain)
    environment = {**ENVIRONMENT, "ACCELERATE_DYNAMO_BACKEND": "eager"}
    child = python("-m", "textgen_gui", "train", str(compiled.folder), environment=environment)
    output, problems = child.communicate(timeout=200)
    assert child.returncode == 0, output + problems[-2000:]
    assert "kernels.py" not in problems  # of the quick pass, which the compiler warns of and inductor cannot take
    assert losses(list(event_log.read(compiled.events_file))) == pytest.approx(losses(expected), rel=1e-5)


@pytest.mark.slow
def test_a_run_goes_on_with_another_number_of_processes(place: Project) -> None:
    """Stopped in one process, stopped again in two, finished in one: the losses of a run that was left alone."""
    alone, moved = (make_run(place, "train.batch=6", "train.steps=300", "train.mark_every=100") for _ in range(2))
    expected = train_all(alone)
    train_until(moved, 40)
    seen: list[events.Event] = []

    def enough() -> bool:
        return any(isinstance(event, events.StepDone) and event.step >= 60 for event in seen)

    for event in launched(moved, 2, enough):
        seen.append(event)
    assert started(seen).processes == 2 and started(seen).resumed_from == 40
    assert finished(seen).outcome == "stopped" and 60 <= finished(seen).step < 300
    happened = train_all(moved)
    assert started(happened).processes == 1 and started(happened).resumed_from == finished(seen).step
    assert losses(list(event_log.read(moved.events_file))) == pytest.approx(losses(expected), rel=1e-5)


def train_split(run: Run, until: int) -> list[events.Event]:
    """In a launch on two processes that splits the model (FSDP 2); asked to stop once ``until`` is done."""
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", "tests.split_job"]
    child = python(*launch, "train", str(run.folder), "--json")
    assert child.stdout and child.stderr
    happened: list[events.Event] = []
    for line in child.stdout:
        event = event_log.from_json(line)
        happened += [event] if event else []
        if isinstance(event, events.StepDone) and event.step == until:
            child.send_signal(signal.SIGTERM)
    assert happened, child.communicate(timeout=60)[1][-2000:]
    child.communicate(timeout=60)
    return happened


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "splits"), [("llama", ((30, 0), (60, 30))), ("gpt2", ((30, 0),))])
def test_a_split_model_learns_what_a_whole_one_does(
    place: Project, architecture: str, splits: tuple[tuple[int, int], ...]
) -> None:
    """With clipping, weight decay and averaging; stopped and resumed while split, finished in one piece."""
    settings = [f"model.architecture={architecture}", "train.batch=6", "train.clip=0.5", "train.average=0.9"]
    alone, moved = (make_run(place, *settings, "train.steps=90", "train.mark_every=20") for _ in range(2))
    expected = train_all(alone)
    for until, resumed_from in splits:
        happened = train_split(moved, until)
        assert started(happened).processes == 2 and started(happened).resumed_from >= resumed_from
        assert finished(happened).outcome == "stopped" and until <= finished(happened).step < 90
        assert checkpoints.newest_good(moved) == (moved.checkpoint(finished(happened).step), [])
    rest = train_all(moved)
    assert started(rest).processes == 1 and started(rest).resumed_from == finished(happened).step
    written = list(event_log.read(moved.events_file))
    assert losses(written) == pytest.approx(losses(expected), rel=1e-5)
    scored = [[e.loss for e in part if isinstance(e, events.Evaluated)] for part in (expected, written)]
    assert len(scored[0]) == 5 and scored[1] == pytest.approx(scored[0], rel=1e-5)


@pytest.mark.slow
def test_a_launcher_that_loses_what_it_is_asked_stops_all_the_same(
    place: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the exception that it raises then is raised where exceptions are caught."""
    deaf = tmp_path / "python"
    said = "-m torch.distributed.run --signals-to-handle=SIGQUIT"
    deaf.write_text(f"#!/bin/sh\nshift 2\ntrap '' TERM\nexec '{sys.executable}' {said} \"$@\"\n")
    deaf.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(deaf))
    run = make_run(place, "train.batch=6", "train.steps=3000", "train.mark_every=3000")
    seen: list[events.Event] = []
    for event in launched(run, 2, lambda: bool(losses(seen))):
        seen.append(event)
    assert finished(seen).outcome == "stopped" and finished(seen).step < 3000


@pytest.mark.slow
def test_a_launch_that_fails_says_why(place: Project) -> None:
    with pytest.raises(EngineError, match="cannot be shared"):
        list(launched(make_run(place, "train.batch=3"), 2, never))


class Pause:
    """Pauses at ``step`` for ``times`` looks, and remembers how long events.jsonl was at each of them."""

    def __init__(self, run: Run, step: int, times: int) -> None:
        self._run, self._step, self._times = run, step, times
        self.reached = 0
        self.sizes: list[int] = []

    def __call__(self) -> bool:
        if self.reached < self._step or self.over():
            return False
        self.sizes.append(self._run.events_file.stat().st_size)
        return True

    def over(self) -> bool:
        return len(self.sizes) >= self._times

    def trained(self, stop: Ask = never) -> list[events.Event]:
        happened: list[events.Event] = []
        for event in launched(self._run, 2, stop, self):
            happened.append(event)
            if isinstance(event, events.StepDone):
                assert self.over() or not self.sizes, "a step while it was paused"
                self.reached = event.step
        return happened


@pytest.mark.slow
def test_two_processes_hold_while_paused_and_go_on_afterwards(place: Project) -> None:
    """Longer than the launcher waits for a sign of life (three times five seconds)."""
    settings = ["train.batch=6", "train.steps=300", "train.mark_every=100"]
    alone, run = make_run(place, *settings), make_run(place, *settings)
    expected = train_all(alone)
    pause = Pause(run, 40, 400)
    happened = pause.trained()
    assert len(pause.sizes) == 400 and len(set(pause.sizes[1:])) == 1, "something was written while it was paused"
    assert finished(happened).outcome == "finished" and len(losses(happened)) == 300
    assert losses(happened) == pytest.approx(losses(expected), rel=1e-5)


@pytest.mark.slow
def test_two_processes_that_are_stopped_while_paused_save_and_end(place: Project) -> None:
    run = make_run(place, "train.batch=6", "train.steps=20000", "train.mark_every=20000")
    pause = Pause(run, 10, 60)
    end = finished(pause.trained(pause.over))
    assert end.outcome == "stopped" and 10 <= end.step < 20000
    assert checkpoints.newest_good(run) == (run.checkpoint(end.step), [])
