"""Kind 2: tensors whose names, shapes and kinds are not those of the model, in files that their manifest lists."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from .stage import Attack, Scene

Verbs = list[list[str | Path]]
Tensors = dict[str, torch.Tensor]
SAID = ("damaged", "does not fit", "cannot be read", "Going back", "Join the two", "which would change it")


def resumed(name: str, change: Callable[[Path], None], told: tuple[str, ...] = SAID) -> Attack:
    """The newest checkpoint of a run is changed together with its manifest; the run goes on, and writes."""

    def build(scene: Scene) -> Verbs:
        file = scene.run / "run.toml"
        file.write_text(file.read_text().replace("steps = 4", "steps = 10"))
        for other in scene.checkpoint.parent.iterdir():
            if other != scene.checkpoint:
                shutil.rmtree(other)
        state = scene.checkpoint / "training" / "state.json"
        state.write_text(state.read_text().replace('"steps": 4', '"steps": 10'))
        change(scene.checkpoint)
        _list_again(scene.checkpoint)
        return [["train", scene.run], ["generate", scene.checkpoint, "--max-new-tokens", "4"]]

    return Attack(name, build, told)


def _list_again(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "manifest.json")
    digests = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    listed = {file.relative_to(folder).as_posix(): [file.stat().st_size, digests[file]] for file in files}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "files": listed}))


def changed(name: str, change: Callable[[Tensors], object]) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        tensors = load_file(folder / name)
        change(tensors)
        save_file(tensors, folder / name, metadata={"format": "pt"})

    return build


def each(ending: str, change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Tensors], None]:
    def every(tensors: Tensors) -> None:
        for key in list(tensors):
            if key.endswith(ending):
                tensors[key] = change(tensors[key]).contiguous()

    return every


def adapter(folder: Path) -> None:
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA", "base_model_name_or_path": "."}')
    save_file({"lora.weight": torch.zeros(4)}, folder / "adapter_model.safetensors")


def first(tensors: Tensors) -> str:
    return next(key for key in tensors if key.endswith(".exp_avg"))


OPTIMIZER, WEIGHTS = "training/optimizer.safetensors", "model.safetensors"
ATTACKS = [
    *(
        resumed(f"{moment} {what}", changed(OPTIMIZER, each(moment, change)))
        for moment in ("exp_avg", "exp_avg_sq", "step")
        for what, change in {
            "too short": lambda tensor: tensor.flatten()[:1] if tensor.ndim else torch.zeros(0),
            "too long": lambda tensor: torch.zeros(tensor.numel() + 9),
            "in halves": lambda tensor: tensor.half(),
            "in doubles": lambda tensor: tensor.double(),
            "in whole numbers": lambda tensor: tensor.long(),
        }.items()
    ),
    resumed("one moment is missing", changed(OPTIMIZER, lambda tensors: tensors.pop(first(tensors)))),
    resumed("a moment of no weight", changed(OPTIMIZER, lambda tensors: tensors.update({"x.exp_avg": torch.zeros(3)}))),
    resumed("a weight too short", changed(WEIGHTS, each("proj.weight", lambda tensor: tensor[:1]))),
    resumed("a weight in whole numbers", changed(WEIGHTS, each("proj.weight", lambda tensor: tensor.long())), told=()),
    resumed("a tensor too many", changed(WEIGHTS, lambda tensors: tensors.update({"adapter_x": torch.zeros(9)}))),
    resumed("an adapter beside", adapter),
]
