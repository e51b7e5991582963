"""However often a run is stopped or killed, it becomes what it would have become when left alone, to the byte."""

import random
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.models import averaging
from textgen_gui.engine.models import checkpoint as checkpoints

from ...conftest import never, train_all
from ..runs import became, finished, make_run, prepared_project, python, started, train_until

lfm2: list[str] = []
llama = ["model.architecture=llama"]
dropout = ["model.architecture=gpt2", "model.dropout=0.1"]
llama_dropout = [*llama, "model.dropout=0.1"]
averaged = ["train.average=0.8"]
muon = ["train.optimizer=muon"]
bf16 = ["train.precision=bf16", "model.dropout=0.1"]
fp16 = ["train.precision=fp16"]
taught = ["train.ngram_teacher=0.5"]
generations = ["model.dropout=0.1", *taught, "train.generations=3", "train.average=0.5"]  # the first two end at 2 and 4
shorter = ["train.short_passages=0.5", "train.generations=2", "train.average=0.5"]
accumulating = [*dropout, "train.batch=8"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("resume"))


kinds = {
    "lfm2": lfm2,
    "llama": llama,
    "dropout": dropout,
    "llama dropout": llama_dropout,
    "average": averaged,
    "muon": muon,
    "bf16": bf16,
    "fp16": fp16,
    "taught": taught,
    "generations": generations,
    "short passages": shorter,
}


@pytest.mark.parametrize("settings", kinds.values(), ids=kinds)
def test_stopped_runs_become_the_same(place: Project, settings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(averaging, "EVERY", 2)
    alone, stopped = make_run(place, *settings), make_run(place, *settings)
    train_all(alone)
    for step in (1, 4, 5, 11):  # the first, one that is evaluated (and saved already), just after it, the last but one
        happened = train_until(stopped, step)
        assert finished(happened).outcome == "stopped" and finished(happened).step == step
    happened = train_all(stopped)
    assert started(happened).resumed_from == 11 and finished(happened).outcome == "finished"
    assert became(stopped) == became(alone)


@pytest.mark.parametrize("settings", [dropout, llama_dropout])
def test_dropout_is_really_on(place: Project, settings: list[str]) -> None:
    """Otherwise the tests above say nothing about noise."""
    with_noise, without = make_run(place, *settings), make_run(place, *settings, "model.dropout=0")
    train_all(with_noise)
    train_all(without)
    assert became(with_noise)["log"] != became(without)["log"]


def test_accumulated_steps_become_the_same(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from textgen_gui.engine.training import step as steps

    alone, stopped = make_run(place, *accumulating), make_run(place, *accumulating)
    room = 4 * 2 * alone.config().passage_bytes(1000)  # a quarter of it holds two passages, or a few more
    monkeypatch.setattr(steps, "free_memory", lambda: room)
    assert started(train_all(alone)).accumulation > 1
    for step in (3, 6):
        train_until(stopped, step)
    train_all(stopped)
    assert became(stopped) == became(alone)


def test_memory_taken_by_other_programs_changes_nothing(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from textgen_gui.engine.training import step as steps

    alone, stopped = make_run(place, *accumulating), make_run(place, *accumulating)
    train_all(alone)
    train_until(stopped, 6)
    monkeypatch.setattr(steps, "free_memory", lambda: 4)  # the user opened a browser: one passage at a time
    train_all(stopped)
    assert became(stopped) == became(alone)


def test_a_stop_before_the_first_step_can_be_resumed(place: Project) -> None:
    alone, stopped = make_run(place), make_run(place)
    train_all(alone)
    assert finished(train_until(stopped, 0)).outcome == "stopped"
    assert finished(train_all(stopped)).outcome == "finished"
    assert became(stopped) == became(alone)


def test_a_finished_run_stays_as_it_is(place: Project) -> None:
    run = make_run(place)
    train_all(run)
    before = became(run)
    assert finished(train_all(run)).outcome == "finished"
    assert became(run) == before


def test_writing_and_scoring_between_steps_change_nothing(place: Project, tmp_path: Path) -> None:
    from textgen_gui.engine.core.generation_config import GenerateConfig
    from textgen_gui.engine.training.evaluate import evaluate
    from textgen_gui.engine.writing.session import open_session

    alone, other, busy = make_run(place, *dropout), make_run(place, name="other"), make_run(place, *dropout)
    train_all(alone)
    train_all(other)
    model = other.checkpoints()[-1]
    unseen = tmp_path / "unseen.txt"
    unseen.write_text("Nobody knew why the clock had stopped.")

    def meanwhile() -> None:
        list(open_session(model).write("The", GenerateConfig(max_new_tokens=4), never))  # seed 0: a new one each time
        list(evaluate(model.folder, 0, [unseen], never))

    train_until(busy, 6, meanwhile)
    train_until(busy, 12, meanwhile)
    assert became(busy) == became(alone)


def test_writing_on_another_thread_changes_nothing(place: Project) -> None:
    """What the window does: the Generate tab loads a model and writes while the Train tab goes on."""
    from textgen_gui.engine.core.generation_config import GenerateConfig
    from textgen_gui.engine.models import decode
    from textgen_gui.engine.models import model as models
    from textgen_gui.engine.writing import generate as generation

    settings = [*dropout, "train.steps=60", "train.mark_every=20"]
    alone, other, beside = make_run(place, *settings), make_run(place, name="other"), make_run(place, *settings)
    train_all(alone)
    train_all(other)
    folder, done, texts, begun = other.checkpoints()[-1].folder, threading.Event(), 0, threading.Event()

    def write() -> None:
        nonlocal texts
        while not done.is_set():
            model, tokenizer = models.load(folder)  # loading draws and sets defaults too, so it comes each time
            begun.set()
            list(generation.write(decode.weights(model), tokenizer, "The", GenerateConfig(max_new_tokens=16), never))
            texts += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(60)
        train_all(beside)
    finally:
        done.set()
        writer.join()
    assert texts > 1, "the writer died or never wrote beside the training"
    assert became(beside) == became(alone)


@pytest.mark.slow
def test_kills_at_random_moments_change_nothing(place: Project) -> None:
    settings = [*dropout, "train.steps=400", "train.mark_every=30"]
    alone, killed = make_run(place, *settings), make_run(place, *settings)
    train_all(alone)
    moments = random.Random(7)
    last = 0
    for _ in range(5):
        child = python("-m", "textgen_gui", "train", str(killed.folder), "--json")
        try:
            last = kill_while_it_trains(child, moments.uniform(0.0, 0.5))
        finally:
            child.kill()
            child.communicate()
    assert 0 < last < 400, "a run that finished before the last kill proves nothing"
    train_all(killed)
    assert became(killed) == became(alone)
    assert not list(killed.checkpoints_folder.glob(".new-*"))
    assert checkpoints.newest_good(killed) == (killed.checkpoint(400), [])


def kill_while_it_trains(child: "subprocess.Popen[str]", seconds: float) -> int:
    """SIGKILL so many seconds after its first step, whatever it is doing then. Returns the last step it told."""
    assert child.stdout is not None
    steps: list[int] = []
    first = threading.Event()

    def listen() -> None:
        for line in child.stdout or ():
            event = event_log.from_json(line)
            if isinstance(event, events.StepDone):
                steps.append(event.step)
                first.set()

    listener = threading.Thread(target=listen)  # reads all the time, so that the child never waits for the pipe
    listener.start()
    assert first.wait(60)
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(seconds)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    listener.join()
    return steps[-1]
