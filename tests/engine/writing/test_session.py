"""One place that opens a model: what writes is what lies on the disk, and what a receipt names is what wrote."""

import json
import shutil
from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import CheckpointError, ConfigError
from textgen_gui.engine.core.events import ModelChosen, Replayed, TextGenerated
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Checkpoint, Project, Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.writing import receipt
from textgen_gui.engine.writing.receipt import Written
from textgen_gui.engine.writing.session import WritingSession, open_session

from ...conftest import never, train_all
from ..runs import make_run

config = GenerateConfig(max_new_tokens=30, min_new_tokens=30, seed=3)


def text_of(session: WritingSession) -> str:
    return next(e.text for e in session.write("The", config, never) if isinstance(e, TextGenerated))


def trained_anew(place: Project, seed: int) -> Run:
    """In the folder of the run before, which is deleted."""
    for run in place.runs():
        shutil.rmtree(run.folder)
    run = make_run(place, f"train.seed={seed}")
    train_all(run)
    return run


def test_a_deleted_model_does_not_write_for_the_one_that_got_its_folder(prepared: Project) -> None:
    first = trained_anew(prepared, 1)
    session = open_session(first)
    before, named = text_of(session), session.chosen(prepared)
    second = trained_anew(prepared, 2)
    assert second.folder == first.folder and checkpoints.best(second) == session.checkpoint
    now = open_session(second)
    assert text_of(now) != before and now.chosen(prepared) != named
    assert (
        named == ModelChosen(named.model, session.sha256) == session.chosen(prepared)
    )  # of the weights it still holds
    assert now.chosen(prepared) == receipt.chosen(prepared, session.checkpoint)


def test_a_receipt_of_a_deleted_model_is_not_replayed_by_the_one_that_got_its_folder(prepared: Project) -> None:
    session = open_session(trained_anew(prepared, 1))
    one = Written("The", config, 0, session.chosen(prepared), text_of(session))
    file = prepared.folder / receipt.keep(prepared, [one], "The" + one.text).file
    trained_anew(prepared, 2)
    said = list(receipt.replay(file, never))[-1]
    assert isinstance(said, Replayed) and said.same == 0
    assert "is not the model that it was" in said.message


def test_the_same_model_is_opened_once(prepared: Project) -> None:
    run = trained_anew(prepared, 1)
    session = open_session(run)
    one = Written("The", config, 0, session.chosen(prepared), text_of(session))
    receipt.keep(prepared, [one], "The" + one.text)  # which pins the checkpoint, and changes nothing in it
    assert open_session(checkpoints.best(run)) is session


def test_a_checkpoint_that_is_damaged_after_it_was_opened_is_noticed(prepared: Project) -> None:
    run = trained_anew(prepared, 1)
    checkpoint = open_session(run).checkpoint
    weights = checkpoint.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"model\.safetensors is not as it was saved"):
        open_session(checkpoint)


def test_a_folder_that_changes_while_it_is_read_is_not_opened(
    prepared: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere"
    shutil.copytree(checkpoints.best(trained_anew(prepared, 1)).folder, folder)
    (folder / "manifest.json").unlink()
    read = checkpoints.model_sha256

    def read_and_change(checkpoint: Checkpoint) -> str:
        sha256 = read(checkpoint)
        known = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps({**known, "rms_norm_eps": 0.5}), encoding="utf-8")
        return sha256

    monkeypatch.setattr(checkpoints, "model_sha256", read_and_change)
    with pytest.raises(CheckpointError, match="written anew while it was read"):
        open_session(Checkpoint(folder))
    monkeypatch.undo()
    assert open_session(Checkpoint(folder)).sha256 == read(Checkpoint(folder))


def test_settings_are_checked_before_the_first_word(prepared: Project) -> None:
    session = open_session(trained_anew(prepared, 1))
    with pytest.raises(ConfigError, match="temperature is -1"):
        session.write("", GenerateConfig(temperature=-1.0), never)
