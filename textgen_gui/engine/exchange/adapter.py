"""What LoRA learnt, alone, as PEFT keeps it: a few megabytes that add to a model which others have already."""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from ..core import library
from ..core.errors import CheckpointError, EngineError
from ..core.model_folder import read_config
from ..core.project import Checkpoint, Run
from ..models import base, families
from ..models import checkpoint as checkpoints
from ..models import model as models
from .model_card import ModelFacts, card
from .outgoing import Outgoing

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
TRANSPOSED = ("gpt2",)  # families that keep the weights of their layers the other way round
_pair = re.compile(r"(?P<layer>.+)\.lora_(?P<side>[AB])\.default\.weight")


def refusal(chosen: Run | Checkpoint) -> str:
    """Why there is no adapter to give away; empty where there is one."""
    run = chosen if isinstance(chosen, Run) else chosen.run
    try:
        learnt_so = run is not None and bool(run.config().start.lora)
    except EngineError:
        learnt_so = False
    if run is None or not learnt_so:
        return "Only a training that learnt by LoRA has one; this model is whole."
    if not base.folder_of(run).is_dir():
        return "The model that this run began with is gone from the folder of the run."
    return ""


def write(out: Outgoing, folder: Path) -> None:
    """Raises CheckpointError for a model that has none."""
    if words := refusal(out.checkpoint):
        raise CheckpointError(f"{words} Export a folder instead.")
    run = out.checkpoint.run
    assert run
    config = run.config().start
    name = _base_name(config.model)
    weights = _weights(out.checkpoint)
    said = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": name,
        "r": config.lora,
        "lora_alpha": 2 * config.lora,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({layer.rpartition(".")[2] for layer in map(_layer, weights)}),
        "fan_in_fan_out": read_config(base.folder_of(run)).get("model_type") in TRANSPOSED,
        "inference_mode": True,
    }
    (folder / CONFIG).write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / WEIGHTS).write_bytes(save({_as_peft(key): value for key, value in weights.items()}, {"format": "pt"}))
    (folder / "README.md").write_text(_card(out.facts, name), encoding="utf-8")


def _weights(checkpoint: Checkpoint) -> dict[str, torch.Tensor]:
    try:
        weights = load_file(checkpoint.folder / checkpoints.PLAIN)
    except (OSError, SafetensorError) as problem:
        raise CheckpointError(f"The adapter of {checkpoint.folder.name} cannot be read. Export a folder.") from problem
    if odd := next((key for key in weights if not _pair.fullmatch(key)), ""):
        raise CheckpointError(f"The weights {odd} have no name in an adapter of PEFT. Export a folder instead.")
    return weights


def _layer(key: str) -> str:
    found = _pair.fullmatch(key)
    assert found
    return found["layer"]


def _as_peft(key: str) -> str:
    found = _pair.fullmatch(key)
    assert found
    return f"base_model.model.{found['layer']}.lora_{found['side']}.weight"


def _base_name(model: str) -> str:
    """The name alone, for a path tells who made it."""
    known = library.find_model(model) or library.find_model(library.name_of(Path(model)))
    return known.name if known else Path(model).name


def _card(facts: ModelFacts, base: str) -> str:
    head, _, body = card(facts).partition("library_name: transformers\n")
    use = (
        f"Only what was learnt beside the model {base}, which is needed too: `PeftModel.from_pretrained(base, folder)`."
    )
    return f"{head}base_model: {base}\nlibrary_name: peft\n{body}\n{use}\n"


def joined(out: Outgoing, folder: Path) -> dict[str, Any]:
    """The weights of the whole model, as peft makes them from the two."""
    from peft import PeftModel

    assert out.checkpoint.run
    plain, _ = models.load(base.folder_of(out.checkpoint.run))
    with families.MAKING, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of names by which peft still calls transformers
        # Without memory at first, or chance would fill it before the file does, while another thread may be learning.
        added = PeftModel.from_pretrained(plain, str(folder), local_files_only=True, low_cpu_mem_usage=True)
        whole = added.merge_and_unload()
    weights: dict[str, Any] = whole.to(models.stored_dtype(out.model)).float().state_dict()
    return weights
