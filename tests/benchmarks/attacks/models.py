"""Kind 4: models from strangers that claim to be large, or whose tokenizers never end."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...awkward import ENDLESS_PADDING
from .stage import Attack, Scene

Verbs = list[list[str | Path]]
SAID = (
    "does not fit",
    "no language model",
    "cannot be loaded",
    "no readable",
    "cannot be used",
    "tokenizer",
    "outside",
)
A = {"String": "a"}


def model(name: str, change: Callable[[Path], object], told: tuple[str, ...] = SAID) -> Attack:
    """The checkpoint of the stage, taken for a model from elsewhere: written with, and learnt on from."""

    def build(scene: Scene) -> Verbs:
        folder = scene.outside.parent / "model"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(scene.checkpoint, folder)
        (folder / "manifest.json").unlink()
        shutil.rmtree(folder / "training")
        change(folder)
        begin: list[str | Path] = ["new", scene.project, "--from", folder, "--set", "train.steps=2"]
        return [["generate", folder, "--max-new-tokens", "4"], begin]

    return Attack(name, build, told)


def edited(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads((folder / name).read_text())
    change(content)
    (folder / name).write_text(json.dumps(content))


def config(**changes: object) -> Callable[[Path], None]:
    return lambda folder: edited(folder, "config.json", lambda content: content.update(changes))


def tokenizer(**changes: object) -> Callable[[Path], None]:
    return lambda folder: edited(folder, "tokenizer.json", lambda content: content.update(changes))


def without(*keys: str) -> Callable[[Path], None]:
    return lambda folder: edited(folder, "config.json", lambda content: [content.pop(key) for key in keys])


def shard(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        index = {"metadata": {}, "weight_map": {"model.embed_tokens.weight": name}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))

    return change


def linked(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to("/dev/zero")


def replacing(times: int, content: str) -> dict[str, object]:
    step = {"type": "Replace", "pattern": A, "content": content}
    return {"type": "Sequence", "normalizers": [step] * times}


def splitting(pattern: str) -> dict[str, object]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


WORDS = {"type": "WordLevel", "vocab": {"a": 0, "<|endoftext|>": 1}, "unk_token": "[UNK]"}
BACK = {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": A, "content": "a" * 1000}] * 8}
SIZES = {
    "vocab_size": (40_000_000, 4e7, "40000000"),
    "hidden_size": (1_000_000, 1e6),
    "head_dim": (10_000_000,),
    "num_hidden_layers": (1_000_000_000, -1, 1e9),
    "num_attention_heads": (0, 10_000_000),
    "intermediate_size": (1_000_000_000,),
    "max_position_embeddings": (0, 1, -1, 1_000_000_000_000, 1e12),
    "layer_types": (["full_attention"] * 1_000_000,),
    "rms_norm_eps": (10**400,),
}
SHARDS = ("..", "../outside/thesis.txt", "/dev/zero", "", "gone.safetensors")
ATTACKS = [
    *(
        model(
            f"{key} {str(value)[:20]}", config(**{key: value}), told=() if key in ("head_dim", "rms_norm_eps") else SAID
        )
        for key, values in SIZES.items()
        for value in values
    ),
    model("no hidden_size", without("hidden_size")),
    model("nested config", lambda folder: (folder / "config.json").write_text('{"a":' * 100_000)),
    model("config within config", config(text_config={"text_config": {"num_hidden_layers": 10**9}})),
    model("model_type is a list", config(model_type=[])),
    model("normaliser bomb", tokenizer(normalizer=replacing(40, "aa"))),
    model("normaliser of a million", tokenizer(normalizer=replacing(2, "a" * 100_000))),
    model("decoder bomb", tokenizer(decoder=BACK)),
    model("(a+)+b", tokenizer(pre_tokenizer=splitting("(a+)+b")), told=()),
    model("(x+x+)+y", tokenizer(pre_tokenizer=splitting("(x+x+)+y")), told=()),
    model("words without unknown", tokenizer(model=WORDS)),
    model("padding without end", tokenizer(padding=ENDLESS_PADDING), told=()),
    model("nested tokenizer", lambda folder: (folder / "tokenizer.json").write_text("[" * 1_000_000)),
    *(
        model(f"shard {name}", shard(name))
        for name in ("..", "../outside/thesis.txt", "/dev/zero", "", "gone.safetensors")
    ),
    model("weights linked to a device", linked, told=(*SAID, "regular")),
]
