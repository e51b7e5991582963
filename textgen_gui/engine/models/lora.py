"""LoRA: small matrices that learn beside frozen layers, and a model in which they are merged again (peft)."""

import copy
import warnings
from collections.abc import Mapping

import torch

from ..core.errors import CheckpointError
from . import families, tensors
from .families import MAKING
from .stock import Conv1D, PreTrainedModel


def add(model: PreTrainedModel, rank: int, seed: int) -> None:
    """Freezes the model and puts a pair of matrices of this rank beside every linear layer but the last.

    Raises CheckpointError for a family that it does not suit.
    """
    if not families.takes_lora(model.config.model_type):
        raise CheckpointError(
            f"LoRA cannot be put beside the layers of {families.families[model.config.model_type].known_as}. Let all "
            "weights learn, or all but the first layers."
        )
    with MAKING:
        torch.manual_seed(seed)
        _inject(model, rank)


def put(model: PreTrainedModel, rank: int, learnt: Mapping[str, torch.Tensor]) -> None:
    """Makes what was learnt part of the model. Nothing is drawn by chance: another thread may be learning.

    Raises CheckpointError for what was learnt beside another model.
    """
    with MAKING:
        _inject(model, rank, empty=True)
    beside = {name: p for name, p in model.named_parameters() if p.requires_grad}
    tensors.refuse_other_weights("This checkpoint", learnt, beside)
    if without := learnt.keys() - beside.keys():
        raise CheckpointError(
            f"This checkpoint holds {min(without)}, which has no place in the model now. Another version of this "
            "program made it: export the run there, and go on from what it exports."
        )
    model.load_state_dict({name: learnt[name] for name in beside}, strict=False, assign=True)
    _merge(model)


def _inject(model: PreTrainedModel, rank: int, *, empty: bool = False) -> None:
    from peft import LoraConfig, inject_adapter_in_model  # two seconds, which only those wait who want it

    fan_in_fan_out = any(isinstance(layer, Conv1D) for layer in model.modules())  # it keeps its weights transposed
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", fan_in_fan_out=fan_in_fan_out)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of patterns that peft itself sets for experts
        inject_adapter_in_model(config, model, low_cpu_mem_usage=empty)


def merged(model: PreTrainedModel) -> PreTrainedModel:
    """A copy in which every pair of matrices has become part of its layer: a plain model again."""
    return _merge(copy.deepcopy(model))


def _merge(whole: PreTrainedModel) -> PreTrainedModel:
    from peft.tuners.lora import LoraLayer

    layers = {name: layer for name, layer in whole.named_modules() if isinstance(layer, LoraLayer)}
    for name, layer in layers.items():
        if not layer.merged:
            layer.merge()
        if not name.endswith(".base_layer"):  # it lies within another pair: experts have one for each matrix
            whole.set_submodule(name, layer.get_base_layer())
    return whole.requires_grad_(True)
