"""How much of a run is done, whatever was planned again and however often it was stopped."""

from pathlib import Path

import pytest

from textgen_gui.engine.core import event_log
from textgen_gui.engine.core.events import Event, Replanned, RunStarted, StepDone
from textgen_gui.engine.core.share_done import ShareDone, share_at

from ...conftest import train_all
from ..runs import make_run, prepared_project, train_until


def started(steps: int, resumed_from: int = 0, done: float = 0.0) -> RunStarted:
    return RunStarted("runs/001", "a machine", 1000, steps, 1, resumed_from=resumed_from, done=done)


def step(number: int) -> StepDone:
    return StepDone(number, 3.0, 0.001, 1000.0, float(number))


def log(folder: Path, *happened: Event) -> Path:
    file = folder / "events.jsonl"
    list(event_log.record(iter(happened), file, folder / "samples.txt"))
    return file


def test_what_was_done_stays_done_in_a_later_session(tmp_path: Path) -> None:
    """Of a run that was planned from 100 to 500 steps at its 50th, a tenth was told as done when it went on."""
    session = (started(100), step(50), Replanned(50, 500), step(95))
    file, live = log(tmp_path, *session), ShareDone()
    for event in session:
        live.hear(event)
    assert share_at(file, 95) == live.value == pytest.approx(0.55)
    live.hear(started(500, 95, share_at(file, 95)))
    assert live.value == pytest.approx(0.55)
    live.hear(step(500))
    assert live.value == 1.0
    assert share_at(file, 20) == pytest.approx(0.2), "an older checkpoint, with which it would go on from there"


def test_a_run_that_an_earlier_version_went_on_with(tmp_path: Path) -> None:
    file = log(tmp_path, started(100), step(50), Replanned(50, 500), step(95), started(500, 95), step(140))
    assert share_at(file, 140) == pytest.approx(0.6)
    assert share_at(log(tmp_path, started(100)), 0) == 0.0 and share_at(tmp_path / "none", 5) == 0.0


def test_a_run_says_where_it_goes_on_how_much_is_done(tmp_path: Path) -> None:
    run = make_run(prepared_project(tmp_path))
    train_until(run, 4)
    train_all(run)
    (first, second) = event_log.read(run.events_file, RunStarted)
    assert isinstance(first, RunStarted) and isinstance(second, RunStarted)
    assert first.done == 0.0 < second.done == pytest.approx(second.resumed_from / second.steps)
