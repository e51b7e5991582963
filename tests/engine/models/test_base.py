"""Checkpoints of LoRA: small, exact, opened by all who open checkpoints, and beside those that older versions wrote."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from textgen_gui.engine.core import atomic_io, manifest
from textgen_gui.engine.core.errors import CheckpointError, ModelError, ProjectError
from textgen_gui.engine.core.events import DamageFound, StepDone
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.model_forms import PackFor
from textgen_gui.engine.core.project import Checkpoint, Project, Run
from textgen_gui.engine.exchange.imports import adopting
from textgen_gui.engine.exchange.pack.bringing import bringing
from textgen_gui.engine.exchange.pack.packing import packing
from textgen_gui.engine.models import base, lora
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.tensors import headers
from textgen_gui.engine.training import measure, preflight
from textgen_gui.engine.training.check import check
from textgen_gui.engine.training.train import train
from textgen_gui.engine.writing.session import open_session

from ...conftest import never, train_all
from ..runs import became, make_run, prepared_project, train_until

LORA = ["start.model=runs/001 first", "start.lora=4", "train.learning_rate=0.02"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A run in half precision, and two that learnt beside it: one to its end, one stopped half-way."""
    place = prepared_project(tmp_path_factory.mktemp("base"))
    first = make_run(place, "train.steps=3", name="first")
    train_until(first, 3)
    halve(first.checkpoints()[-1].folder)
    train_all(make_run(place, *LORA, name="alone"))
    train_until(make_run(place, *LORA, name="stopped"), 6)
    return place


@pytest.fixture
def place(made: Project, tmp_path: Path) -> Project:
    shutil.copytree(made.folder, tmp_path / "project")
    return Project(tmp_path / "project")


def halve(folder: Path) -> None:
    model, _ = models.load(folder)
    vars(model)["stored_dtype"] = torch.bfloat16
    checkpoints.save_to_write_with(model, folder)
    (folder / manifest.NAME).unlink()
    manifest.write(folder)


def as_of_before(checkpoint: Checkpoint) -> None:
    """As earlier versions wrote it: with the whole model in it."""
    model, _ = models.load(checkpoint.folder)
    checkpoints.save_to_write_with(model, checkpoint.folder)
    for name in (base.NAME, manifest.NAME):
        (checkpoint.folder / name).unlink()
    manifest.write(checkpoint.folder)


def run_of(place: Project, name: str) -> Run:
    return next(run for run in place.runs() if run.name.endswith(name))


def written(chosen: Run | Checkpoint) -> str:
    happened = list(open_session(chosen).write("The old", GenerateConfig(max_new_tokens=20, seed=3), never))
    return str(getattr(happened[-1], "text"))  # noqa: B009 (of an event that only the last one is)


def same(one: Path, other: Path) -> bool:
    first, second = (models.load(folder)[0].state_dict() for folder in (one, other))
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_it_holds_what_was_learnt_and_the_hashes_of_the_rest(place: Project) -> None:
    run = run_of(place, "alone")
    newest = run.checkpoints()[-1].folder
    assert {file.name for file in newest.glob("*.safetensors")} == set()
    said = json.loads((newest / base.NAME).read_text())
    assert said["lora"] == 4
    assert said["files"]["model.safetensors"][1] == checkpoints.sha256(base.folder_of(run) / "model.safetensors")
    assert not [event for event in check(place, never) if isinstance(event, DamageFound)]


@pytest.mark.parametrize("settings", [[], ["start.model=runs/001 first"], LORA, [LORA[0], "start.frozen=1"]])
def test_the_disk_is_asked_for_as_much_as_a_checkpoint_takes(
    place: Project, monkeypatch: pytest.MonkeyPatch, settings: list[str]
) -> None:
    """By the rehearsal of a large model, which saves nothing: of LoRA only what is learnt, not the base once more."""
    asked: list[int] = []
    monkeypatch.setattr(measure, "LARGE", 1)
    monkeypatch.setattr(preflight, "KEPT", 1000)  # so that it asks for most of all
    monkeypatch.setattr(atomic_io, "check_space", lambda folder, needed: asked.append(needed))
    run = make_run(place, "train.steps=2", "train.average=0.5", *settings)
    list(train(run, never, rehearsal=True))
    files = run.checkpoints()[-1].folder.rglob("*.safetensors")
    held = [(name, header) for file in files for name, header in headers(file).items() if not name.endswith(".step")]
    written = sum(header.size * {"F32": 4, "BF16": 2}[header.dtype] for _, header in held)
    assert written <= max(asked) / 1000 <= 1.5 * written


def test_joined_it_has_the_digits_that_the_whole_model_had(made: Project) -> None:
    """Those that were saved before: merged by peft, in the precision of the base."""
    newest = run_of(made, "alone").checkpoints()[-1].folder
    named = base.named_in(newest)
    assert named
    model, _ = models.load(named.folder)
    lora.add(model, named.rank, 1)
    with torch.no_grad():
        for name, value in load_file(newest / base.LEARNT).items():
            model.get_parameter(name).copy_(value)
    stored = models.stored_dtype(model)
    meant = lora.merged(model).to(stored).float().state_dict()
    assert stored == torch.bfloat16
    found = models.load(newest)[0]
    assert models.stored_dtype(found) == stored
    assert all(torch.equal(value, meant[name]) for name, value in found.state_dict().items())


def test_opening_it_draws_nothing_by_chance(made: Project) -> None:
    """Another thread may be learning, whose dropout would be another one."""
    newest = run_of(made, "alone").checkpoints()[-1].folder
    torch.manual_seed(7)
    meant = torch.rand(4)
    torch.manual_seed(7)
    models.load(newest)
    assert torch.equal(torch.rand(4), meant)


def test_each_has_a_hash_of_its_own(made: Project) -> None:
    one, other = run_of(made, "alone").checkpoints()[-2:]
    assert checkpoints.model_sha256(one) != checkpoints.model_sha256(other)


def test_what_older_versions_saved_opens_and_goes_on(place: Project) -> None:
    alone, stopped = run_of(place, "alone"), run_of(place, "stopped")
    text = written(stopped.checkpoints()[-1])
    as_of_before(stopped.checkpoints()[-1])
    assert written(stopped.checkpoints()[-1]) == text
    train_all(stopped)
    assert became(stopped) == became(alone)


def test_without_its_base_it_says_so_and_resuming_copies_it_again(place: Project) -> None:
    run = run_of(place, "stopped")
    newest, text = run.checkpoints()[-1], written(run_of(place, "stopped").checkpoints()[-1])
    file = base.folder_of(run) / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged or gone.*resume the run"):
        models.load(newest.folder)
    train_all(run)
    assert written(newest) == text and became(run) == became(run_of(place, "alone"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('{"lora": 4, "files": {"../model.safetensors": [1, "0"]}}', "lie elsewhere"),
        ('{"lora": 4, "files": {}}', "damaged or gone"),
        ('{"lora": "x"}', "cannot be read"),
        ("[]", "cannot be read"),
    ],
)
def test_odd_names_are_refused(place: Project, said: str, words: str) -> None:
    newest = run_of(place, "alone").checkpoints()[-1].folder
    (newest / base.NAME).write_text(said)
    with pytest.raises(CheckpointError, match=words):
        models.load(newest)


def test_a_pipe_in_place_of_what_was_learnt_is_not_waited_for(place: Project) -> None:
    newest = run_of(place, "alone").checkpoints()[-1].folder
    (newest / base.LEARNT).unlink()
    os.mkfifo(newest / base.LEARNT)
    with pytest.raises(CheckpointError, match="cannot be read"):
        models.load(newest)


@pytest.mark.parametrize("rank", [0, 3, 10**9])
def test_another_rank_is_refused(place: Project, rank: int) -> None:
    newest = run_of(place, "alone").checkpoints()[-1].folder
    said = json.loads((newest / base.NAME).read_text())
    (newest / base.NAME).write_text(json.dumps({**said, "lora": rank}))
    with pytest.raises(CheckpointError):
        models.load(newest)


@pytest.mark.parametrize("more", [["start.lora=2"], ["start.anchor=0.5"], []])
def test_another_run_begins_with_it(place: Project, more: list[str]) -> None:
    run = run_of(place, "alone")
    begun = make_run(place, f"start.model=runs/{run.name}", *more, "train.steps=2", name="more")
    train_all(begun)
    if more:
        assert same(base.folder_of(begun), checkpoints.best(run).folder)
        assert not (base.folder_of(begun) / base.NAME).exists()


def test_it_comes_home_with_its_base(place: Project, tmp_path: Path) -> None:
    alone, far = run_of(place, "alone"), make_run(place, *LORA, name="far")
    list(packing(far, PackFor.SLURM, tmp_path / "pack", never))
    train_all(Run(tmp_path / "pack" / "project" / "runs" / far.name))
    assert not base.folder_of(far).exists()
    list(bringing(tmp_path / "pack", None, never))
    assert became(far)["weights"] == became(alone)["weights"]
    assert written(far.checkpoints()[-1]) == written(alone.checkpoints()[-1])


def test_importing_it_says_what_to_do_instead(place: Project) -> None:
    with pytest.raises(ModelError, match=r"only what LoRA learnt.*Export the training as a folder"):
        list(adopting(run_of(place, "alone").checkpoints()[-1].folder, "mine"))


def test_a_base_that_was_deleted_is_missed_and_never_another_one(place: Project) -> None:
    """The model that it was copied from has learnt on meanwhile."""
    run, first = run_of(place, "stopped"), run_of(place, "first")
    shutil.rmtree(base.folder_of(run))
    assert any("LoRA added to it" in event.words for event in check(place, never) if isinstance(event, DamageFound))
    model, _ = models.load(first.checkpoints()[-1].folder)
    for parameter in model.parameters():
        parameter.data *= 1.5
    checkpoints.save_to_write_with(model, first.checkpoints()[-1].folder)
    (first.checkpoints()[-1].folder / manifest.NAME).unlink()
    manifest.write(first.checkpoints()[-1].folder)
    with pytest.raises(CheckpointError, match="is another one now"):
        train_all(run)
    assert not base.folder_of(run).exists()


@pytest.mark.parametrize("listing", [None, "{rot"])
def test_a_base_without_a_list_gets_one_before_anything_is_saved(place: Project, listing: str | None) -> None:
    """As versions before copied it, or where the list rotted: what is learnt from now on must open."""
    run = run_of(place, "stopped")
    as_of_before(run.checkpoints()[-1])
    file = base.folder_of(run) / manifest.NAME
    file.unlink() if listing is None else file.write_text(listing)
    train_all(run)
    assert len(run.checkpoints()) > 1 and written(run.checkpoints()[-1]) and not damage_in(place)


@pytest.mark.parametrize("name", [manifest.NAME, "model.safetensors"])
def test_a_base_with_a_link_in_it_is_refused_and_nothing_is_written_through_it(
    place: Project, tmp_path: Path, name: str
) -> None:
    """Whether it begins, goes on, writes or is packed."""
    run, mine = run_of(place, "stopped"), tmp_path / "mine"
    file = base.folder_of(run) / name
    file.rename(mine)
    before = mine.read_bytes()
    file.symlink_to(mine)
    for use in (
        lambda: train_all(run),
        lambda: written(run.checkpoints()[-1]),
        lambda: list(packing(run, PackFor.SLURM, tmp_path / "pack", never)),
    ):
        with pytest.raises(ProjectError, match=f"{name} is a link to somewhere else"):
            use()
    assert mine.read_bytes() == before and file.is_symlink() and not (tmp_path / "pack").exists()


def test_a_base_that_is_moved_while_it_learns_is_named_all_the_same(place: Project) -> None:
    run = make_run(place, *LORA, name="moved")
    for event in train(run, never):
        if isinstance(event, StepDone) and event.step == 5:
            base.folder_of(run).rename(run.folder / "aside")
    (run.folder / "aside").rename(base.folder_of(run))
    assert written(run.checkpoints()[-1]) and not damage_in(place)


def test_what_else_lies_in_a_base_may_change(place: Project) -> None:
    run = run_of(place, "stopped")
    file = base.folder_of(run) / "generation_config.json"
    file.write_text(file.read_text() + " ")
    assert written(run.checkpoints()[-1])


def test_it_comes_home_where_another_base_lies(place: Project, tmp_path: Path) -> None:
    far = make_run(place, *LORA, name="far")
    list(packing(far, PackFor.SLURM, tmp_path / "pack", never))
    first = run_of(place, "first").checkpoints()[-1].folder
    shutil.copytree(first, base.folder_of(far))
    (base.folder_of(far) / "model.safetensors").write_bytes(b"of another model")
    train_all(Run(tmp_path / "pack" / "project" / "runs" / far.name))
    list(bringing(tmp_path / "pack", None, never))
    assert written(far.checkpoints()[-1]) and not damage_in(place)


def test_one_name_that_cannot_be_read_hides_no_missing_base(place: Project) -> None:
    run = run_of(place, "alone")
    shutil.rmtree(base.folder_of(run))
    (run.checkpoints()[0].folder / base.NAME).write_text("{")
    assert any("LoRA added to it" in words for words in damage_in(place))
    with pytest.raises(CheckpointError, match=r"damaged or gone.*No checkpoint of “.*” is whole"):
        checkpoints.best(run)


def damage_in(place: Project) -> list[str]:
    return [event.words for event in check(place, never) if isinstance(event, DamageFound)]
