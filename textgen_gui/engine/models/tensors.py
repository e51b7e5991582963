"""Tensors in a file: their names, shapes and kinds are looked at before native code gets them, which believes them all.

A fused optimizer writes as far as the weight is long, however short its moments are.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open

from ..core.errors import CheckpointError

ADVICE = "Delete it to go on from the one before it."
MOMENTS = ("exp_avg", "exp_avg_sq", "momentum")  # each is as large as its weight; "step" is one number


@dataclass(frozen=True, slots=True)
class Header:
    """``dtype``: as safetensors calls it, for example F32."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        """How many numbers."""
        return math.prod(self.shape)


def headers(file: Path) -> dict[str, Header]:
    """What lies in the file, by name. Raises SafetensorError or OSError for a file that is damaged."""
    with safe_open(file, framework="pt") as opened:
        parts = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118 (no dict)
        return {name: Header(tuple(part.get_shape()), part.get_dtype()) for name, part in parts.items()}


def refuse_other_weights(where: str, weights: Mapping[str, torch.Tensor], learnt: Mapping[str, torch.Tensor]) -> None:
    """Raises CheckpointError unless there is one for each that learns, as large as that."""
    for name, parameter in learnt.items():
        if name not in weights:
            raise CheckpointError(f"{where} is damaged: {name} is missing. {ADVICE}")
        if not weights[name].is_floating_point() or weights[name].shape != parameter.shape:
            raise _other(where, name, weights[name], parameter)


def refuse_other_moments(where: str, moments: Mapping[str, torch.Tensor], learnt: Mapping[str, torch.Tensor]) -> None:
    """Raises CheckpointError unless all of them belong to a weight that learns, are whole, and as large as it is."""
    known = {f"{name}.{moment}" for name in learnt for moment in (*MOMENTS, "step")}
    if strange := sorted(moments.keys() - known):
        raise CheckpointError(
            f"{where} is damaged: it holds {strange[0]}, which belongs to no weight of the model. {ADVICE}"
        )
    for name, parameter in learnt.items():
        mine = {key for key in (*MOMENTS, "step") if f"{name}.{key}" in moments}
        if mine not in (set(), {"exp_avg", "exp_avg_sq", "step"}, {"momentum", "step"}, {"momentum"}):
            raise CheckpointError(f"{where} is damaged: of the moments of {name} some are missing. {ADVICE}")
        for key in mine - {"step"}:
            _refuse_other(where, f"{name}.{key}", moments[f"{name}.{key}"], parameter)
        if "step" in mine:
            _refuse_other(where, f"{name}.step", moments[f"{name}.step"], torch.zeros(()))


def _refuse_other(where: str, name: str, found: torch.Tensor, wanted: torch.Tensor) -> None:
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        raise _other(where, name, found, wanted)


def _other(where: str, name: str, found: torch.Tensor, wanted: torch.Tensor) -> CheckpointError:
    return CheckpointError(
        f"{where} is damaged: {name} has the shape {_shape(found)}, and {_shape(wanted)} belongs there. {ADVICE}"
    )


def _shape(tensor: torch.Tensor) -> str:
    sizes = " × ".join(map(str, tensor.shape)) or "1"
    return f"{sizes} in {str(tensor.dtype).removeprefix('torch.')}"
