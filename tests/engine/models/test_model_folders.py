"""Model folders from elsewhere: nothing in them runs, and whatever does not fit is refused with its reason."""

import contextlib
import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, LlamaConfig

from textgen_gui.engine.core.errors import CheckpointError, EngineError
from textgen_gui.engine.core.project import Checkpoint, Project
from textgen_gui.engine.models import claims
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.checkpoint import model_sha256

from ..runs import prepared_project
from ..training.test_initial_model import SIZES, folder_of


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("folders"))


@pytest.fixture
def folder(place: Project, tmp_path: Path) -> Path:
    made = folder_of(place, tmp_path / "model", LlamaConfig(**SIZES, max_position_embeddings=64))
    models.load(made)
    return made


def config(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return change


def weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    return spoil


def content(name: str, made: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(made)  # type: ignore[return-value]


def test_opening_a_model_in_half_precision_changes_nothing_for_other_threads(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What torch makes where nobody says in which precision belongs to all threads, a training's too."""
    config(dtype="float16")(folder)
    chosen, choose = [], torch.set_default_dtype

    def note(dtype: torch.dtype) -> None:
        chosen.append(dtype)
        choose(dtype)

    monkeypatch.setattr(torch, "set_default_dtype", note)
    claims.refuse_absurd(folder)
    models.describe(folder)
    models.load(folder)
    assert set(chosen) == {torch.float32}


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.pop("model.layers.1.mlp.up_proj.weight"),
        lambda tensors: None,
        lambda tensors: shorten(tensors),
    ],
    ids=["missing", "whole", "of another shape"],
)
def test_opening_draws_nothing_by_chance(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    """Another thread may be learning, whose dropout would be another one."""
    weights(change)(folder)
    before = torch.default_generator.get_state()
    with contextlib.suppress(CheckpointError):
        models.load(folder)
    models.describe(folder)
    assert torch.equal(torch.default_generator.get_state(), before)


def shorten(tensors: dict[str, torch.Tensor]) -> None:
    name = "model.layers.1.mlp.up_proj.weight"
    tensors[name] = tensors[name][:-1].clone()


def test_a_model_file_that_shrinks_or_changes_does_not_touch_what_is_loaded(folder: Path) -> None:
    """Mapped into memory, the first would end the whole process with a bus error."""
    model, _ = models.load(folder)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    file = folder / "model.safetensors"
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2)
        opened.write(bytes(1000))
    os.truncate(file, 100)
    assert all(torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


def test_a_model_larger_than_memory_is_refused_before_it_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "free_memory", lambda: 3_000)
    with pytest.raises(EngineError, match=r"takes 0\.0 GB of memory .* Close other programs, or choose a smaller"):
        models.load(folder)
    assert models.describe(folder).layers, "to look at it takes none"


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def shards_elsewhere(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder.parent / "outside.safetensors")
    save_file({"x": torch.zeros(1)}, folder / "decoy.safetensors")
    index = {"metadata": {}, "weight_map": {"model.embed_tokens.weight": "../outside.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    bomb(folder / "pytorch_model.bin")


def bomb(file: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.system, (f"touch {file.parent.parent / 'PWNED'}",)

    file.write_bytes(pickle.dumps(Bomb()))


def without(*keys: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps({k: v for k, v in json.loads(file.read_text()).items() if k not in keys}))

    return change


def shard(name: str) -> Callable[[Path], None]:
    index = {"metadata": {}, "weight_map": {"model.embed_tokens.weight": name}}
    return content("model.safetensors.index.json", json.dumps(index).encode())


LENGTHS = (0, 1, -1, 10**12, 1e12)
name = "model.layers.1.mlp.up_proj.weight"
spoilt: dict[str, tuple[Callable[[Path], object], str]] = {
    "pickle instead of weights": (only_pickle, "safetensors"),
    "own program code": (config(auto_map={"AutoModelForCausalLM": "evil.Model"}), "own program code"),
    "own code, deep inside": (config(text_config={"auto_map": {"AutoConfig": "e.C"}}), "own program code"),
    "trusts remote code": (config(trust_remote_code=True), "own program code"),
    "kernel from the net": (config(_attn_implementation_internal="evil/kernel"), "own program code"),
    "attention from the net": (config(attn_implementation="evil/kernel:run"), "own program code"),
    "another kind of model": (config(model_type="vit", architectures=["ViT"]), "cannot be loaded|language model"),
    "no kind of model": (config(model_type="nonsense"), "cannot be loaded"),
    "negative layers": (config(num_hidden_layers=-1), "does not fit|cannot be loaded"),
    "too few layers": (config(num_hidden_layers=1), "does not fit"),
    "too many layers": (config(num_hidden_layers=3), "does not fit"),
    "absurd vocabulary": (config(vocab_size=2**40), "does not fit|cannot be loaded"),
    "absurd width": (config(hidden_size=2**24), "does not fit|cannot be loaded"),
    "a vocabulary of forty million": (config(vocab_size=40_000_000), "does not fit"),
    "a vocabulary with a point": (config(vocab_size=4e7), "does not fit|no language model"),
    "a head of ten million": (config(head_dim=10_000_000), "does not fit"),
    "a thousand million layers": (config(num_hidden_layers=10**9), "does not fit"),
    "a thousand million layers, with a point": (config(num_hidden_layers=1e9), "does not fit|no language model"),
    "no width, so that of a large model": (without("hidden_size"), "does not fit"),
    **{f"reads {length} tokens": (config(max_position_embeddings=length), "tokens at once") for length in LENGTHS},
    "an addition beside the weights": (content("adapter_config.json", b"{}"), "would change it"),
    "another addition": (content("adapter_model.safetensors", struct.pack("<Q", 2) + b"{}"), "would change it"),
    "a shard that is the folder above": (shard(".."), "outside or is no file"),
    "a shard that is a device": (shard("/dev/zero"), "outside or is no file"),
    "config is no JSON": (content("config.json", b"{"), "config.json"),
    "config is a list": (content("config.json", b"[1]"), "config.json"),
    "a tensor is missing": (weights(lambda t: t.pop(name)), "does not fit"),
    "a tensor too many": (weights(lambda t: t.update({"model.layers.9.extra": torch.zeros(2)})), "does not fit"),
    "another shape": (weights(lambda t: t.update({name: torch.zeros(3, 5)})), "does not fit"),
    "weights that are no numbers": (weights(lambda t: t[name].fill_(float("nan"))), "no numbers"),
    "infinite weights": (weights(lambda t: t[name].view(-1)[3:4].fill_(float("inf"))), "no numbers"),
    "cut weights": (cut, "cannot be loaded"),
    "empty weights": (content("model.safetensors", b""), "cannot be loaded"),
    "absurd header": (content("model.safetensors", struct.pack("<Q", 2**62) + b"{}"), "cannot be loaded"),
    "shards outside of the folder": (shards_elsewhere, "outside"),
    "tokenizer is no JSON": (content("tokenizer.json", b"{"), "tokenizer"),
    "tokenizer is a list": (content("tokenizer.json", b"[]"), "tokenizer"),
    "tokenizer without a model": (content("tokenizer.json", b'{"version": "1.0"}'), "tokenizer"),
    "tokenizer with an absurd model": (
        content("tokenizer.json", b'{"model": {"type": "BPE", "vocab": 3}}'),
        "tokenizer",
    ),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer"),
    "more tokens than the model knows": (
        weights(lambda t: t.update({"model.embed_tokens.weight": torch.zeros(99, 16)})),
        "does not fit",
    ),
}


@pytest.mark.parametrize("kind", list(spoilt))
def test_what_does_not_fit_is_refused_with_its_reason(folder: Path, kind: str) -> None:
    spoil, reason = spoilt[kind]
    spoil(folder)
    with pytest.raises(EngineError, match=reason):
        models.load(folder)
    assert not (folder.parent / "PWNED").exists()


def test_a_model_of_another_width_is_refused_before_it_is_measured(folder: Path) -> None:
    """Without its width it would count as a large one, of which one layer already takes gigabytes to learn."""
    without("hidden_size")(folder)
    with pytest.raises(EngineError, match="none of its weights is 4096 wide"):
        models.describe(folder)


def test_weights_that_have_no_end_are_not_waited_for(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to("/dev/zero")
    with pytest.raises(EngineError, match="is no regular file"):
        model_sha256(Checkpoint(folder))


def test_pickles_beside_the_weights_are_never_opened(folder: Path) -> None:
    for file in ("pytorch_model.bin", "training_args.bin", "optimizer.pt", "rng_state.pth", "scheduler.pt"):
        bomb(folder / file)
    models.load(folder)
    assert not (folder.parent / "PWNED").exists()
    pickle.loads((folder / "optimizer.pt").read_bytes())
    assert (folder.parent / "PWNED").exists()


def test_a_configuration_without_weights_says_what_it_is_good_for(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(EngineError, match="--shape"):
        models.load(folder)


def test_a_tokenizer_that_knows_more_than_the_model(place: Project, tmp_path: Path) -> None:
    small = folder_of(
        prepared_project(tmp_path, vocabulary=280), tmp_path / "small", GPT2Config(n_layer=1, n_embd=16, n_head=2)
    )
    large = next(place.prepared_folder.glob("*/tokenizer.json"))
    (small / "tokenizer.json").write_bytes(large.read_bytes())
    with pytest.raises(EngineError, match="more tokens than the model knows"):
        models.load(small)
