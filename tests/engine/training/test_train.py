"""The loop: it learns, and it stops at numbers that are none."""

import json
import math
from pathlib import Path

import pytest

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.config import Architecture
from textgen_gui.engine.core.errors import EngineError, ProjectError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.text import dataset
from textgen_gui.engine.training import train as train_module

from ...conftest import never, train_all
from ..runs import finished, losses, make_run, prepared_project, train_until

# AdamW multiplies each weight by 1 - learning rate x weight decay = -9 at every step: after some ten steps squares
# overflow fp32. Allowed settings, real training, and the same step each time.
diverging = [
    "train.learning_rate=1.0",
    "train.weight_decay=10.0",
    "train.clip=0",
    "train.warmup=0",
    "train.decay=0",
    "train.steps=200",
    "train.mark_every=5",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("training"))


@pytest.mark.parametrize("architecture", Architecture)
def test_a_diverging_run_fails_at_the_same_step_and_keeps_what_was_good(place: Project, architecture: str) -> None:
    from safetensors.torch import load_file

    runs = [make_run(place, *diverging, f"model.architecture={architecture}") for _ in range(2)]
    ends = [train_all(run) for run in runs]
    last = [finished(happened) for happened in ends]
    assert last[0] == last[1] and last[0].outcome == "failed" and 5 < last[0].step < 200
    assert "no longer a number" in last[0].message or "not finite" in last[0].message
    assert losses(ends[0]) == losses(ends[1]) and all(map(math.isfinite, losses(ends[0])))
    assert finished(train_all(runs[0])) == last[0]  # trying again meets the same wall at the same step
    for checkpoint in runs[0].checkpoints():
        checkpoints.verify(checkpoint)
        for file in ("model.safetensors", "training/optimizer.safetensors"):
            assert all(bool(tensor.isfinite().all()) for tensor in load_file(checkpoint.folder / file).values())


def test_a_loss_that_is_no_number_stops_before_anything_is_kept(place: Project) -> None:
    """Weights that the manifest vouches for, but that are no numbers: as if memory had failed before the save."""
    from safetensors.torch import load_file, save_file

    run = make_run(place)
    train_until(run, 4)
    folder = run.checkpoint(4).folder
    weights = load_file(folder / "model.safetensors")
    weights["model.embedding_norm.weight"][0] = float("inf")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    vouch(run, 4)
    before = sorted(path.name for path in run.checkpoints_folder.iterdir())
    happened = train_all(run)
    end = finished(happened)
    assert (end.outcome, end.step) == ("failed", 4)
    assert "at step 5" in end.message and "half the learning rate (0.0015)" in end.message
    assert losses(happened) == []
    assert sorted(path.name for path in run.checkpoints_folder.iterdir()) == before
    assert isinstance(list(event_log.read(run.events_file))[-1], events.RunFinished)


def vouch(run: Run, step: int) -> None:
    """Rewrites the manifest for the files as they are now."""
    checkpoint = run.checkpoint(step)
    manifest = json.loads(checkpoint.manifest_file.read_text(encoding="utf-8"))
    for name in manifest["files"]:
        path = checkpoint.folder / name
        manifest["files"][name] = [path.stat().st_size, checkpoints.sha256(path)]
    checkpoint.manifest_file.write_text(json.dumps(manifest), encoding="utf-8")
    checkpoints.verify(checkpoint)


def test_the_loss_falls(place: Project) -> None:
    run = make_run(place, "train.steps=80", "train.mark_every=40", "train.learning_rate=0.01", "train.batch=8")
    happened = train_all(run)
    vocabulary = dataset.Prepared.load(place.prepared_folder / run.config().prepared).vocabulary
    steps = losses(happened)
    assert len(steps) == 80 and abs(steps[0] - math.log(vocabulary)) < 0.3  # it begins by knowing nothing
    assert steps[-1] < steps[0] - 2
    heldout = [event.loss for event in happened if isinstance(event, events.Evaluated)]
    assert len(heldout) == 2 and heldout[1] < heldout[0] < steps[0]
    assert finished(happened).outcome == "finished" and finished(happened).best_step == 80


def test_events_come_in_their_order(place: Project) -> None:
    run = make_run(place, "train.steps=3", "train.mark_every=2", 'train.prompts=["The", ""]')
    happened = [type(event).__name__ for event in train_all(run)]
    first = ["StepDone", "Evaluated", "SampleWritten", "SampleWritten", "CheckpointSaved"]
    second = [*first[:2], "Advised", *first[2:]]  # it is better than the first, and the coach says so
    # Before the first step it says that the text is short, and its last word comes before the end.
    assert happened == ["RunStarted", "Advised", "StepDone", *first, *second, "Advised", "RunFinished"]


def test_texts_that_were_prepared_anew_are_refused_at_once(place: Project, tmp_path: Path) -> None:
    from textgen_gui.engine.training.train import train

    run = make_run(place)
    text = run.config_file.read_text(encoding="utf-8")
    run.config_file.write_text(text.replace(run.config().data, "another"), encoding="utf-8")
    with pytest.raises(ProjectError, match="prepared anew"):
        train(run, never)  # before the first event: nothing in a generator runs until it is asked for one


def test_a_process_that_fails_alone_does_not_end_as_if_all_were_well(
    place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others wait for it in a launch; its exit code is what makes the launcher stop them."""
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(EngineError, match=r"no longer a number|not finite"):
        list(train_module.recorded(make_run(place, *diverging), never))


def test_a_run_that_learns_nothing_more_stops_early(place: Project) -> None:
    settings = ["train.learning_rate=0.08", "train.steps=400", "train.mark_every=10", "model.width=32"]
    patient = make_run(place, *settings, "train.patience=2")
    end = finished(train_all(patient))
    assert end.outcome == "finished" and end.step == end.best_step + 20 < 400
    assert f"nothing was gained since step {end.best_step:,}" in end.message
    assert checkpoints.best(patient).step == end.best_step
