"""A model that is split among processes: FSDP 2, as accelerate's own configuration asks for it.

Each process holds a part of every weight and moment. Evaluations and checkpoints need the whole, so all processes put
it together then, and the first one keeps it on its processor as a plain model.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from accelerate import Accelerator
from torch.distributed.tensor import DTensor

from ..core.config import OptimizerKind, RunConfig
from ..core.errors import EngineError
from .averaging import Average
from .state import State
from .stock import PreTrainedModel


def refuse(accelerator: Accelerator, config: RunConfig) -> None:
    """Raises EngineError for what a split model cannot do."""
    if accelerator.is_fsdp2 and config.train.optimizer == OptimizerKind.MUON:
        raise EngineError(
            "Muon needs whole matrices, and this launch splits them (FSDP). Choose AdamW, or launch without FSDP."
        )
    if accelerator.is_fsdp2 and config.train.generations > 1:
        raise EngineError(
            "One model learns from another only where it is whole, and this launch splits it (FSDP). Set "
            "train.generations to 1, or launch without FSDP."
        )


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """All of a tensor that may be split. To be called by all processes together."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


class Whole(NamedTuple):
    """What an evaluation looks at and a checkpoint holds."""

    model: PreTrainedModel
    moments: Mapping[torch.Tensor, Mapping[str, torch.Tensor]]  # of the optimizer, by weight
    average: Average


@torch.no_grad()
def gathered(split: Whole, plain: PreTrainedModel | None, config: RunConfig, state: State) -> Whole:
    """The same in ``plain``, a model like the split one; without one, only helps the others to put theirs together."""
    here = dict(plain.named_parameters()) if plain else {}
    moments: dict[torch.Tensor, dict[str, torch.Tensor]] = {}
    for name, weight in split.model.named_parameters():
        if not weight.requires_grad:
            continue
        value = whole(weight.detach())
        beside = {key: whole(moment) for key, moment in split.moments.get(weight, {}).items()}
        if plain:
            here[name].copy_(value)
            moments[here[name]] = {key: moment.cpu() for key, moment in beside.items()}
    means = [whole(mean) for mean in split.average.means]
    if not plain:
        return split
    return Whole(plain, moments, Average(plain, config, state, [mean.cpu() for mean in means], split.average.base))
