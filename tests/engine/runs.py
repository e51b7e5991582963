"""What the tests of training share: runs without the speed measurement of ``new``, and what a run has become."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from textgen_gui.engine.core import event_log, events, project, schema
from textgen_gui.engine.core.config import RunConfig
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.text.staleness import current

from ..conftest import never, story, tiny

ROOT = Path(__file__).parents[2]
# One thread: two cores that share a sum in another order round it differently, and the tests compare bytes.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def prepared_project(folder: Path, vocabulary: int = 0) -> Project:
    """The project of the fixture ``prepared``, for fixtures that outlive one test."""
    folder.mkdir(exist_ok=True)
    from textgen_gui.engine.text.prepare import prepare

    text = folder / "story.txt"
    text.write_text(story(), encoding="utf-8")
    place = project.create(folder / "project", "My Stories")
    list(place.add_texts([text], never))
    place.set_prepare_config(replace(place.prepare_config(), vocabulary=vocabulary))
    list(prepare(place, never))
    return place


def make_run(place: Project, *settings: str, name: str = "test") -> Run:
    """A tiny run, at once: ``plan.new_run`` would measure the machine for two seconds first."""
    prepared = current(place)
    assert prepared
    made_from = RunConfig(prepared=prepared.folder.name, data=prepared.fingerprint)
    # Stated, because tests name these numbers and the defaults move with what we measure.
    config = schema.with_settings(
        made_from,
        [
            *tiny,
            "model.dropout=0.0",
            "train.learning_rate=0.003",
            "train.weight_decay=0.3",
            "train.average=0.0",
            *settings,
        ],
    )
    return place.write_run(config, name)


def train_until(run: Run, step: int, meanwhile: Callable[[], object] = lambda: None) -> list[events.Event]:
    """Trains until ``step`` is done, then asks to stop, as the button does. ``meanwhile`` is called at each step."""
    from textgen_gui.engine.training.train import train

    happened: list[events.Event] = []
    asked = threading.Event()
    if step == 0:
        asked.set()
    for event in event_log.record(train(run, asked.is_set), run.events_file, run.samples_file):
        happened.append(event)
        if isinstance(event, events.StepDone):
            meanwhile()
            if event.step >= step:
                asked.set()
    return happened


def became(run: Run) -> dict[str, object]:
    """All that must not depend on how often a run was interrupted."""
    from textgen_gui.engine.models.base import LEARNT, NAME  # here, so that a child that needs no torch starts at once
    from textgen_gui.engine.models.checkpoint import sha256

    newest = run.checkpoints()[-1]
    log = [(e.step, e.loss, e.learning_rate) for e in event_log.read(run.events_file) if isinstance(e, events.StepDone)]
    return {
        "step": newest.step,
        "weights": sha256(newest.folder / (LEARNT if (newest.folder / NAME).exists() else "model.safetensors")),
        "optimizer": sha256(newest.optimizer_file),
        "log": log,
        "samples": run.samples_file.read_text(encoding="utf-8"),
    }


def losses(happened: list[events.Event]) -> list[float]:
    return [event.loss for event in happened if isinstance(event, events.StepDone)]


def only(happened: list[events.Event], kind: type[events.Event]) -> events.Event:
    found = [event for event in happened if isinstance(event, kind)]
    assert len(found) == 1, found
    return found[0]


def started(happened: list[events.Event]) -> events.RunStarted:
    event = only(happened, events.RunStarted)
    assert isinstance(event, events.RunStarted)
    return event


def finished(happened: list[events.Event]) -> events.RunFinished:
    event = only(happened, events.RunFinished)
    assert isinstance(event, events.RunFinished)
    return event


def python(
    *arguments: str, pipe_in: bool = False, environment: Mapping[str, str] = ENVIRONMENT
) -> "subprocess.Popen[str]":
    """A child with this Python that can import the package and the tests, wherever it is started."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE if pipe_in else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
