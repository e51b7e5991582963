"""The versions and the processor that a checkpoint was made with: with others, the last digits of a sum differ."""

import platform

import accelerate
import tokenizers
import torch

from ..core import bounded
from ..core.project import Checkpoint
from . import kernels
from .stock import transformers


def now() -> dict[str, str]:
    versions = {module.__name__: module.__version__ for module in (torch, transformers, tokenizers, accelerate)}
    versions["kernels"] = f"{kernels.VERSION}{' oneDNN' if kernels.onednn_is_faster() else ''}"
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else torch.backends.cpu.get_cpu_capability()
    return {**versions, "processor": f"{platform.machine()} {card}"}


def not_exact(checkpoint: Checkpoint) -> list[str]:
    """Why a run that goes on from here learns as well, but not bit by bit as it would have; at most one sentence."""
    then = bounded.read_json(checkpoint.manifest_file, bounded.LISTS).get("made_with", {})
    if then:
        then.setdefault("kernels", "1")
    changes = [f"{name} {new} instead of {then[name]}" for name, new in now().items() if then.get(name, new) != new]
    if not changes:
        return []
    return [f"It goes on with {', '.join(changes)}: as good, but not digit for digit as it would have been before."]
