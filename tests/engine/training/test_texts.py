"""What a run learns from is held from its start: whatever becomes of prepared/ meanwhile."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.training.train import train
from textgen_gui.engine.writing.session import open_session

from ...conftest import never, train_all
from ..runs import became, finished, make_run, prepared_project, train_until


@pytest.fixture
def place(tmp_path: Path) -> Project:
    return prepared_project(tmp_path / "texts")


def train_and(run: Run, step: int, disturb: Callable[[], object]) -> list[events.Event]:
    """Trains to the end; ``disturb`` comes once, after ``step``."""
    happened: list[events.Event] = []
    for event in event_log.record(train(run, never), run.events_file, run.samples_file):
        happened.append(event)
        if isinstance(event, events.StepDone) and event.step == step:
            disturb()
    return happened


def written(run: Run) -> str:
    """What the newest checkpoint writes."""
    config = GenerateConfig(max_new_tokens=40, seed=3)
    pieces = open_session(run.checkpoints()[-1]).write("The old man", config, never)
    return next(event.text for event in pieces if isinstance(event, events.TextGenerated))


def other_texts(place: Project) -> None:
    """Prepares more than twice as much text in other letters, still of the size for which 500 tokens suit."""
    text = place.folder.parent / "capitals.txt"
    text.write_text("".join(f"{number * 7919} QUARTZ, SPHINX & {number} VOWS!\n" for number in range(2500)))
    list(place.add_texts([text], never))
    list(prepare(place, never))


def test_preparing_other_texts_changes_nothing_in_a_run(place: Project) -> None:
    alone, disturbed = make_run(place), make_run(place)
    train_all(alone)
    happened = train_and(disturbed, 5, lambda: other_texts(place))
    assert finished(happened).outcome == "finished" and became(disturbed) == became(alone)
    for checkpoint in disturbed.checkpoints():
        own = (checkpoint.folder / "tokenizer.json").read_bytes()
        assert own == (alone.checkpoint(checkpoint.step).folder / "tokenizer.json").read_bytes()
    assert written(disturbed) == written(alone)


def test_a_run_resumes_after_other_texts_were_prepared(place: Project) -> None:
    alone, stopped = make_run(place), make_run(place)
    train_all(alone)
    train_until(stopped, 5)
    other_texts(place)
    assert finished(train_all(stopped)).outcome == "finished" and became(stopped) == became(alone)


def test_texts_that_are_deleted_meanwhile_are_told_and_the_run_ends_well(place: Project) -> None:
    alone, run = make_run(place), make_run(place)
    train_all(alone)
    happened = train_and(run, 5, lambda: shutil.rmtree(place.prepared_folder))
    said = [event.message for event in happened if isinstance(event, events.Warned)]
    assert len(said) == 1 and run.config().prepared in said[0] and "deleted" in said[0]
    assert finished(happened).outcome == "finished" and became(run) == became(alone)
    checkpoints.verify(run.checkpoint(12))
    with pytest.raises(ProjectError, match=r"gone.*Prepare the same texts"):
        train(run, never)


def test_a_token_file_that_is_cut_meanwhile_ends_the_run_with_a_sentence(place: Project) -> None:
    """With a memory map the whole process would be killed by SIGBUS."""
    run = make_run(place)
    file = place.prepared_folder / run.config().prepared / "train.bin"
    end = finished(train_and(run, 5, lambda: os.truncate(file, 0)))
    assert (end.outcome, end.step) == ("failed", 5) and "train.bin" in end.message and "Prepare" in end.message
    assert checkpoints.newest_good(run) == (run.checkpoint(4), [])
    with pytest.raises(ProjectError, match=r"train\.bin is damaged or missing"):
        list(train(run, never))
