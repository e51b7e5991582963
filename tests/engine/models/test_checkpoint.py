"""A checkpoint is whole or it is not used: killed saves, damaged files, retention, and other programs that load it."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.config import Architecture
from textgen_gui.engine.core.errors import CheckpointError, ConfigError, ProjectError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models import base
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.models.state import State

from ...conftest import never, train_all
from ..calls import changing, intercept
from ..runs import became, finished, make_run, prepared_project, python, started, train_until

files = [
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "training/optimizer.safetensors",
    "training/state.json",
    "manifest.json",
]


@dataclass(frozen=True)
class Template:
    """A project with one run stopped after its second mark (of three), and what it becomes when left alone."""

    project: Project
    run: Run
    alone: dict[str, object]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    place = prepared_project(tmp_path_factory.mktemp("checkpoint"))
    run, alone = make_run(place), make_run(place, name="alone")
    train_until(run, 8)
    train_all(alone)
    return Template(place, run, became(alone))


@pytest.fixture
def run(template: Template, tmp_path: Path) -> Run:
    """A copy of the stopped run in a project of its own, so that a test may damage it."""
    copy = shutil.copytree(template.project.folder, tmp_path / "copy")
    return Run(copy / "runs" / template.run.name)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def test_the_list_of_files_is_complete(run: Run) -> None:
    folder = run.checkpoint(8).folder
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == sorted(files)


@pytest.mark.parametrize("damage", [flip, truncate, empty, Path.unlink], ids=["flip", "truncate", "empty", "missing"])
@pytest.mark.parametrize("name", files)
def test_a_damaged_file_is_named_and_the_checkpoint_before_is_used(
    run: Run, name: str, damage: Callable[[Path], None]
) -> None:
    damage(run.checkpoint(8).folder / name)
    used, refused = checkpoints.newest_good(run)
    assert used == run.checkpoint(4) and len(refused) == 1 and "step-000008" in refused[0]
    assert name in refused[0] or name == "manifest.json"
    with pytest.raises(CheckpointError, match="step-000008 is damaged"):
        checkpoints.good(run.checkpoint(8))
    assert checkpoints.best(run) == run.checkpoint(4)


def test_rot_in_the_record_of_a_run_chooses_no_other_model(run: Run) -> None:
    """The line that says how good the best was: a digit of it, its kind, or all of it."""
    best, lines = checkpoints.best(run), run.events_file.read_text().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if f'"Evaluated", "step": {best.step}' in line)
    for rotten in (lines[number].replace("loss", "lost"), lines[number].replace("Eval", "Evak"), ""):
        run.events_file.write_text("".join([*lines[:number], rotten, *lines[number + 1 :]]))
        assert checkpoints.find(run) == checkpoints.Found(best)
    state = run.checkpoint(8).folder / "training" / "state.json"
    for other in ("[]", '{"best_step": 4}', ""):  # which is damaged then, and chooses nothing
        state.write_text(other)
        assert checkpoints.best(run) == run.checkpoint(4)


@pytest.mark.parametrize(
    "name", ["training/weights.safetensors", "training/means.safetensors", "generation_config.json"]
)
def test_a_pipe_that_no_manifest_lists_is_not_waited_for(run: Run, name: str) -> None:
    folder = run.checkpoint(8).folder
    (folder / "manifest.json").write_text('{"format": 1, "files": {}}')
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    assert "is no regular file" in checkpoints.find(run).instead
    assert started(train_all(run)).resumed_from == 4


def test_what_training_leaves_out_while_a_model_is_opened_is_no_damage(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    best, named_in = checkpoints.best(run), base.named_in

    def pruned(folder: Path) -> base.Base | None:
        shutil.rmtree(best.folder, ignore_errors=True)
        return named_in(folder)

    monkeypatch.setattr(base, "named_in", pruned)
    found = checkpoints.find(run)
    assert found.checkpoint != best and not found.instead


def test_a_newest_checkpoint_that_the_disk_does_not_give_hides_no_other(run: Run) -> None:
    shutil.rmtree(run.checkpoint(8).folder / "training")
    (run.checkpoint(8).folder / "training").write_text("")
    assert checkpoints.find(run).checkpoint == run.checkpoint(4)


def test_a_run_without_a_whole_checkpoint_says_that_it_is_damaged(run: Run) -> None:
    for step in (4, 8):
        flip(run.checkpoint(step).folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"is damaged: model\.safetensors .* is whole\. Bring back a copy"):
        checkpoints.best(run)


@pytest.mark.parametrize("name", ["model.safetensors", "training/optimizer.safetensors", "manifest.json"])
def test_training_goes_on_from_the_one_before_and_ends_equal(run: Run, template: Template, name: str) -> None:
    flip(run.checkpoint(8).folder / name)
    happened = train_all(run)
    assert started(happened).resumed_from == 4
    warned = [event.message for event in happened if isinstance(event, events.Warned)]
    assert len(warned) == 1 and "step-000008 is damaged" in warned[0]
    assert became(run) == template.alone
    assert checkpoints.newest_good(run) == (run.checkpoint(12), [])
    checkpoints.verify(run.checkpoint(8))  # replaced by a good one on the way


def test_without_any_good_checkpoint_training_starts_anew(run: Run, template: Template) -> None:
    for checkpoint in run.checkpoints():
        flip(checkpoint.folder / "model.safetensors")
    happened = train_all(run)
    assert started(happened).resumed_from == 0
    assert len([event for event in happened if isinstance(event, events.Warned)]) == 2
    assert became(run) == template.alone


def test_a_stop_at_the_step_of_a_damaged_checkpoint_is_saved(run: Run) -> None:
    train_until(run, 10)
    flip(run.checkpoint(10).folder / "model.safetensors")
    happened = train_until(run, 10)
    assert started(happened).resumed_from == 8
    assert "saved at step 10" in finished(happened).message
    checkpoints.verify(run.checkpoint(10))


def test_a_manifest_with_other_shapes_is_refused(run: Run) -> None:
    manifest = run.checkpoint(8).manifest_file
    for content in ("", "[]", "{}", "null", '{"format": 1, "files": 5}', '{"format": 1, "files": ["a"]}', "\x00"):
        manifest.write_text(content)
        assert checkpoints.newest_good(run)[0] == run.checkpoint(4), content


def test_a_manifest_with_another_shape_inside_is_refused(run: Run) -> None:
    run.checkpoint(8).manifest_file.write_text('{"format": 1, "files": {"model.safetensors": 5}}')
    assert checkpoints.newest_good(run)[0] == run.checkpoint(4)


def test_a_checkpoint_of_a_newer_version_is_left_alone(run: Run) -> None:
    manifest = run.checkpoint(8).manifest_file
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    with pytest.raises(CheckpointError, match="newer version"):
        checkpoints.verify(run.checkpoint(8))


# --- retention ---


def fake_checkpoints(run: Run, *steps: int) -> None:
    shutil.rmtree(run.checkpoints_folder)
    for age, step in enumerate(steps):
        folder = run.checkpoint(step).folder
        folder.mkdir(parents=True)
        os.utime(folder, (1e9 - age, 1e9 - age))  # the clock says the opposite of the order given


def kept(run: Run) -> list[int]:
    return [checkpoint.step for checkpoint in run.checkpoints()]


def test_going_on_with_another_version_is_told(run: Run) -> None:
    """It is as good, but not digit for digit: the one promise that another library or processor breaks."""
    happened = train_all(run)
    assert not [event for event in happened if isinstance(event, events.Warned) and "goes on with" in event.message]
    checkpoint = run.checkpoints()[-1]
    manifest = json.loads(checkpoint.manifest_file.read_text())
    manifest["made_with"]["torch"] = "1.0"
    checkpoint.manifest_file.write_text(json.dumps(manifest))
    said = [event.message for event in train_all(run) if isinstance(event, events.Warned)]
    assert any(f"torch {torch.__version__} instead of 1.0" in sentence for sentence in said)


def test_the_latest_two_the_best_the_resumed_and_the_pinned_are_kept(run: Run) -> None:
    fake_checkpoints(run, 1, 2, 3, 4, 5, 6, 7)
    (run.checkpoint(3).folder / "pinned").touch()
    checkpoints.prune(run, saved=7, best_step=2, resumed_from=5)
    assert kept(run) == [2, 3, 5, 6, 7]
    assert sorted(p.name for p in run.checkpoints_folder.iterdir()) == [f"step-00000{n}" for n in (2, 3, 5, 6, 7)]


def test_retention_goes_by_step_not_by_clock_nor_alphabet(run: Run) -> None:
    fake_checkpoints(run, 1_000_000, 999_999, 20, 3)  # the oldest by clock is the one with the smallest step
    checkpoints.prune(run, saved=1_000_000, best_step=0, resumed_from=0)
    assert kept(run) == [999_999, 1_000_000]


def test_what_was_just_saved_stays_beside_damaged_steps_that_come_later(run: Run) -> None:
    """It went back because these were damaged, and what it saved then was gone at once."""
    fake_checkpoints(run, 2, 4, 6, 8, 10)
    checkpoints.prune(run, saved=6, best_step=0, resumed_from=4)
    assert kept(run) == [4, 6, 8, 10]


def test_a_run_that_a_newer_version_went_on_with_is_not_begun_again(run: Run) -> None:
    """All that it had learnt was put behind, as if it were damaged."""
    train_all(run)
    newest = run.checkpoints()[-1]
    manifest = json.loads(newest.manifest_file.read_text())
    newest.manifest_file.write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(CheckpointError, match="newer version"):
        checkpoints.newest_good(run)


def test_a_whole_run_keeps_what_the_rule_says(template: Template) -> None:
    run = make_run(template.project, "train.mark_every=1", "train.steps=9", "train.learning_rate=0.3")
    train_until(run, 3)
    (run.checkpoint(2).folder / "pinned").touch()
    happened = train_all(run)
    best = finished(happened).best_step
    losses = {
        event.step: event.loss for event in event_log.read(run.events_file) if isinstance(event, events.Evaluated)
    }
    assert best == min(losses, key=lambda step: losses[step])
    assert set(kept(run)) == {2, 3, 8, 9, best}
    assert checkpoints.best(run) == run.checkpoint(best)


# --- what is saved ---


def restored(run: Run, step: int) -> tuple[Any, Any]:
    """Model and optimizer as training would go on with them."""
    from textgen_gui.engine.models import model as models
    from textgen_gui.engine.text import tokenizer as tokenizers
    from textgen_gui.engine.text.dataset import Prepared
    from textgen_gui.engine.training.optimizer import optimizer_of

    config = run.config()
    prepared = Prepared.load(run.project.prepared_folder / config.prepared)
    end = tokenizers.end_of_text(prepared.tokenizer())
    model = models.build(config.model, prepared.vocabulary, end, seed=99)
    optimizer = optimizer_of(model, config.train)
    checkpoints.restore(run.checkpoint(step), model, optimizer, config)
    return model, optimizer


def save_again(run: Run, model: Any, optimizer: Any, step: int) -> None:
    from textgen_gui.engine.text.dataset import Prepared

    tokenizer = Prepared.load(run.project.prepared_folder / run.config().prepared).tokenizer()
    checkpoints.save(run, model, tokenizer, optimizer.state, State(step=step), run.config())


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite_are_never_saved(run: Run, number: float) -> None:
    model, optimizer = restored(run, 8)
    list(model.parameters())[-1].data.view(-1)[-1] = number
    with pytest.raises(CheckpointError, match="step 9 are not finite"):
        save_again(run, model, optimizer, 9)
    assert kept(run) == [4, 8] and len(list(run.checkpoints_folder.iterdir())) == 2


def test_moments_that_are_not_finite_are_never_saved(run: Run) -> None:
    model, optimizer = restored(run, 8)
    optimizer.state[list(model.parameters())[-1]]["exp_avg"].view(-1)[-1] = float("inf")
    with pytest.raises(CheckpointError):
        save_again(run, model, optimizer, 9)


@pytest.mark.parametrize(
    "change",
    [
        lambda moment: moment.flatten()[:1],
        lambda moment: torch.zeros(moment.numel() + 1),
        lambda moment: moment.double(),
        lambda moment: moment.long(),
        lambda moment: None,
    ],
    ids=["short", "long", "doubles", "whole", "missing"],
)
def test_moments_that_do_not_fit_their_weights_are_refused(run: Run, change: Callable[[torch.Tensor], object]) -> None:
    """Native code writes as far as the weight is long: such a file would end the whole process, or worse."""
    file = run.checkpoint(8).optimizer_file
    moments = load_file(file)
    name = next(key for key in moments if key.endswith(".exp_avg"))
    made = change(moments.pop(name))
    save_file(moments if made is None else {**moments, name: made}, file)
    with pytest.raises(CheckpointError, match=r"step-000008 is damaged: .*exp_avg|of the moments of"):
        restored(run, 8)


def test_tensors_of_no_weight_are_refused(run: Run) -> None:
    file = run.checkpoint(8).optimizer_file
    save_file({**load_file(file), "adapter_x.exp_avg": torch.zeros(3)}, file)
    with pytest.raises(CheckpointError, match="belongs to no weight of the model"):
        restored(run, 8)


@pytest.mark.parametrize(
    "change",
    [
        *({"threads": 1_000_000}, {"step": -1}, {"best_loss": "low"}, {"averaged": True}),
        *({"config": 5}, {"config": {"train": 5}}),
    ],
)
def test_a_state_that_cannot_be_is_refused(run: Run, change: dict[str, object]) -> None:
    file = run.checkpoint(8).folder / "training" / "state.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(CheckpointError, match="cannot be read"):
        restored(run, 8)


def test_saving_what_was_restored_gives_the_same_bytes(run: Run) -> None:
    before = became(run)
    model, optimizer = restored(run, 8)
    save_again(run, model, optimizer, 9)
    assert {**became(run), "step": 8} == before


@pytest.mark.parametrize("architecture", Architecture)
def test_other_programs_load_it_with_the_same_answers(template: Template, architecture: str) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    run = make_run(template.project, f"model.architecture={architecture}", "model.layers=2")
    train_all(run)
    ours, _ = restored(run, 12)
    folder = run.checkpoint(12).folder
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    text = "The old man walked; – naïve.\n"
    encoded = tokenizer(text, return_tensors="pt")["input_ids"]
    from textgen_gui.engine.text import tokenizer as tokenizers

    own = tokenizers.load(folder / "tokenizer.json")
    assert encoded[0].tolist() == [int(i) for i in tokenizers.encode(own, [text])[0]]
    assert tokenizer.decode(encoded[0]) == text
    assert tokenizer.eos_token_id == tokenizers.end_of_text(own) == model.config.eos_token_id
    ids = torch.randint(len(tokenizer), (3, 16), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        difference = (model.eval()(ids).logits - ours.eval()(ids).logits).abs().max()
    assert float(difference) < 1e-4


@pytest.mark.parametrize("source", ["bpe", "characters", "file"])
def test_the_tokenizer_is_saved_as_transformers_saves_its_file(run: Run, tmp_path: Path, source: str) -> None:
    from transformers import PreTrainedTokenizerFast

    from textgen_gui.engine.text import tokenizer as tokenizers

    pieces = ["The old man walked; – naïve.\n"] * 9
    tokenizer = tokenizers.characters(pieces) if source == "characters" else tokenizers.train(pieces, 300, 2, ["<a>"])
    if source == "file":  # as other programs leave them
        tokenizer.enable_truncation(5)
        tokenizer.enable_padding()
    file, expected = tmp_path / "tokenizer.json", tmp_path / "expected"
    tokenizer.save(str(file))
    end = tokenizers.END_OF_TEXT
    model, optimizer = restored(run, 8)
    by_file = PreTrainedTokenizerFast(tokenizer_file=str(file), bos_token=end, eos_token=end, model_max_length=16)
    by_file.save_pretrained(expected)
    tokenizer = tokenizers.load(file)
    file.unlink()  # nothing is read again
    saved = checkpoints.save(run, model, tokenizer, optimizer.state, State(step=9), run.config())
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert (saved.folder / name).read_bytes() == (expected / name).read_bytes()


# --- run.toml and the lock ---


def edit(run: Run, before: str, after: str) -> None:
    text = run.config_file.read_text(encoding="utf-8")
    assert text.count(before) == 1
    run.config_file.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("learning_rate = 0.003", "learning_rate = 0.004", "train.learning_rate"),
        ("width = 16", "width = 32", "model.width"),
        ("steps = 12", "steps = 24", "train.steps"),
        ("dropout = 0.0", "dropout = 0.2", "model.dropout"),
    ],
)
def test_a_changed_setting_is_refused_by_name(run: Run, before: str, after: str, name: str) -> None:
    edit(run, before, after)
    with pytest.raises(CheckpointError, match=rf"run\.toml was changed .*\({name}\)"):
        train_all(run)
    edit(run, after, before)
    assert finished(train_all(run)).outcome == "finished"


def test_what_is_only_shown_may_be_changed(run: Run, template: Template) -> None:
    edit(run, "sample_tokens = 8", "sample_tokens = 5")
    edit(run, "mark_every = 4", "mark_every = 2")
    train_all(run)
    now = became(run)
    assert {key: now[key] for key in ("weights", "optimizer", "log")} == {
        key: template.alone[key] for key in ("weights", "optimizer", "log")
    }


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("layers = 2", 'layers = "many"', r"test/run\.toml: .*model\.layers must be a whole number"),
        ("layers = 2", "layers = 0", r"test/run\.toml: .*model\.layers is 0"),
        ("layers = 2", "layerz = 1", r"test/run\.toml: .*'model\.layerz'.*'model\.layers'"),
        ("learning_rate = 0.003", "learning_rate = nan", r"test/run\.toml: .*train\.learning_rate is not a number"),
        ("layers = 2", "layers = ", r"test/run\.toml cannot be read: .*line \d+"),
    ],
)
def test_run_toml_edited_into_nonsense(run: Run, before: str, after: str, words: str) -> None:
    edit(run, before, after)
    with pytest.raises(ConfigError, match=words):
        train_all(run)


def test_a_run_is_trained_by_one_program_at_a_time(run: Run) -> None:
    from textgen_gui.engine.training.train import train

    first = train(run, never)
    next(first)
    with pytest.raises(ProjectError, match="already being trained"):
        next(train(run, never))
    first.close()  # type: ignore[attr-defined]
    assert finished(train_all(run)).outcome == "finished"


# --- killed while it saves ---


@pytest.mark.slow
def test_a_kill_inside_a_save_never_costs_the_last_good_checkpoint(template: Template, tmp_path: Path) -> None:
    """The third save is done and told; the fourth, with the removal of an old one, dies at each of its calls once."""
    from textgen_gui.engine.training.train import train

    pristine = make_run(template.project, "train.mark_every=1", "train.steps=5", "train.sample_tokens=1", name="killed")
    alone = make_run(template.project, "train.mark_every=1", "train.steps=5", "train.sample_tokens=1", name="left")
    train_all(alone)
    child = python("-c", f"from {__name__} import dying; dying({str(pristine.folder)!r})", pipe_in=True)
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    outcomes: list[tuple[int, list[int]]] = []
    try:
        assert child.stdout.readline() == "ready\n", child.stderr.read()
        shutil.copytree(pristine.folder, tmp_path / "before")
        number, over = 0, False
        while not over:
            number += 1
            for when in ("before", "half", "after"):
                shutil.rmtree(pristine.folder)
                shutil.copytree(tmp_path / "before", pristine.folder)
                print(number, when, file=child.stdin, flush=True)
                answer = child.stdout.readline()
                if answer == "not this\n":
                    continue  # only what Rust writes can be caught half-way
                over = answer == "saved\n"  # it has fewer calls than that
                assert over or answer == "killed\n", answer
                told = [e.step for e in event_log.read(pristine.events_file) if isinstance(e, events.CheckpointSaved)]
                used, refused = checkpoints.newest_good(pristine)
                assert used is not None and used.step >= max(told) >= 3, (number, when)
                assert not refused, (number, when, refused)  # whole or absent: nothing half has a real name
                outcomes.append((used.step, kept(pristine)))
                again = train(pristine, never)
                next(again)
                assert not list(pristine.checkpoints_folder.glob(".new-*")), (number, when)
                again.close()  # type: ignore[attr-defined]
                if number % 20 == 0:  # and it goes on from there as if nothing had been
                    train_all(pristine)
                    assert became(pristine) == became(alone), (number, when)
                if over:
                    break
    finally:
        child.kill()
        child.communicate()
    print(f"{len(outcomes)} kills in {number} calls")
    assert {step for step, _ in outcomes} == {3, 4}, "kills on both sides of the moment that counts"
    assert outcomes[0] == (3, [2, 3]) and outcomes[-1] == (4, [3, 4])


def dying(folder: str) -> None:
    """Runs in the child: trains until a save is told, then forks for each order; the fork dies in the next save.

    Forking after the imports makes a kill cost milliseconds, not the seconds that torch takes to load.
    """
    from textgen_gui.engine.training.train import train

    run = Run(Path(folder))
    happened = event_log.record(train(run, never), run.events_file, run.samples_file)
    until_saved(happened, 3)
    print("ready", flush=True)
    for line in sys.stdin:
        number, when = line.split()
        child = os.fork()
        if child == 0:
            die_at(int(number), when)
            until_saved(happened, 4)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        answers = {0: "saved", NOT_THIS << 8: "not this"}
        print("killed" if killed else answers.get(status, f"status {status}"), flush=True)


NOT_THIS = 7


def until_saved(happened: Any, step: int) -> None:
    next(event for event in happened if isinstance(event, events.CheckpointSaved) and event.step == step)


def die_at(number: int, when: str) -> None:
    """SIGKILL for this process before, after or (where Rust writes a file) half-way through its file-system call."""
    import safetensors.torch

    def before(count: int, name: str) -> None:
        if count == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if count == number and when == "half" and name != "serialize_file":
            os._exit(NOT_THIS)

    def after(count: int, name: str, arguments: tuple[Any, ...]) -> None:
        if count == number and when == "half":
            truncate(Path(arguments[1]))
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    intercept(pytest.MonkeyPatch(), before, after, [*changing, (safetensors.torch, "serialize_file")], reads=False)
