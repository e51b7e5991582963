"""What the config.json of a stranger's model claims, against what its files hold, before memory is taken for it."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import torch
from safetensors import SafetensorError

from ..core.errors import CheckpointError
from ..core.model_folder import ADAPTER_CONFIG, HARMLESS, read_config
from .stock import AutoConfig, AutoModelForCausalLM, PretrainedConfig
from .tensors import Header, headers

WEIGHT = 4  # bytes of a weight in memory, whatever it takes in its file
SPARE = 1.5  # times: some weights are put together or divided when they are loaded
LARGEST = 1e300
FEWEST = 128  # layers or experts that any file may have
LABELS = 10_000  # of which a list is made, though nobody writes with them
_may_be_infinite = {"time_step_limit"}  # of Mamba 2, whose steps may be as long as they like
_counts = re.compile(r"(layers?|experts?|blocks?|depth|streams?|codebooks?|repeats?|attention_types)(_per_\w+)?$")


@dataclass(frozen=True, slots=True)
class Claimed:
    """``is_held``: whether the files hold each weight of the model, as far as their heads tell."""

    config: PretrainedConfig
    is_held: bool


def refuse_absurd(folder: Path, *, to_open: bool = False) -> Claimed:
    """Raises CheckpointError where the configuration asks for more weights, layers or numbers than the files have.

    ``to_open``: also where memory has no room for the model, before the system ends the whole program for it.
    """
    refuse_additions(folder)
    held = _held(folder)
    numbers, tensors = sum(header.size for header in held.values()), len(held)
    _refuse_numbers(
        folder, numbers_in(read_config(folder)), tensors
    )  # before transformers makes lists as long as they say
    config, claimed = _configuration(folder)
    _refuse_numbers(folder, claimed, tensors)
    width = getattr(config.get_text_config(), "hidden_size", None)
    if isinstance(width, int) and not any(width in header.shape for header in held.values()):
        raise CheckpointError(
            f"The model in {folder} does not fit its config.json: none of its weights is {width} wide."
        )
    try:
        shapes = _shapes(config)
    except Exception as problem:
        raise CheckpointError(f"The model in {folder} cannot be loaded. Choose another model.") from problem
    wanted = sum(map(math.prod, shapes.values()))
    if wanted > SPARE * numbers + HARMLESS:
        raise CheckpointError(
            f"The model in {folder} does not fit its config.json: that speaks of {wanted:,} weights, and its files hold"
            f" {numbers:,}."
        )
    if to_open:
        _refuse_too_large(folder, wanted)
    fused = numbers == wanted and tensors != len(shapes)  # as the layers of experts are when they are loaded
    return Claimed(config, fused or all(_is_held(held, name, shape) for name, shape in shapes.items()))


def _is_held(held: Mapping[str, Header], name: str, shape: tuple[int, ...]) -> bool:
    """Also where the files leave out the name of the whole, as those of GPT-2 do."""
    return any(one in held and held[one].shape == shape for one in (name, name.partition(".")[2]))


def _refuse_numbers(folder: Path, claimed: Iterable[tuple[str, float]], tensors: int) -> None:
    for one in absurd(claimed, tensors):
        raise CheckpointError(f"The model in {folder} does not fit its config.json: its {one}.")


def absurd(claimed: Iterable[tuple[str, float]], tensors: int = 0) -> Iterator[str]:
    """What no model of so many tensors can have of all these numbers by name, as the end of a sentence."""
    for key, value in claimed:
        is_finite = abs(value) <= LARGEST or (key in _may_be_infinite and value == math.inf)
        too_many = (_counts.search(key) and value > max(FEWEST, tensors)) or (key == "num_labels" and value > LABELS)
        if not is_finite or too_many:
            yield f"{''.join(filter(str.isprintable, key))[:60]} cannot be {str(value)[:30]}"


def _refuse_too_large(folder: Path, weights: int) -> None:
    needed, free = WEIGHT * weights, free_memory()
    if needed > free:
        advice = "Close other programs, or choose" if needed < psutil.virtual_memory().total else "Choose"
        raise CheckpointError(
            f"The model in {folder} takes {needed / 1e9:.1f} GB of memory when it is opened, and {free / 1e9:.1f} GB "
            f"are free. {advice} a smaller model."
        )


def free_memory() -> int:
    """Bytes of the computer's memory, and of what the system has beside it for when that is full."""
    return int(psutil.virtual_memory().available + psutil.swap_memory().free)


def refuse_additions(folder: Path) -> None:
    """Raises CheckpointError for what would be put into the model without being listed anywhere."""
    beside = (file for pattern in (ADAPTER_CONFIG, "adapter_*") for file in folder.glob(pattern))
    if (added := next(beside, None)) is not None:
        raise CheckpointError(
            f"Beside the model in {folder} lies {added.name}, which would change it. Take that file out of the folder."
        )


def _configuration(folder: Path) -> tuple[PretrainedConfig, list[tuple[str, float]]]:
    """With all of its numbers. Raises CheckpointError for one that no model of this program can have."""
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        return config, list(numbers_in(config.to_dict()))
    except Exception as problem:  # a stranger's file makes the library raise anything
        raise CheckpointError(
            f"{folder} holds no language model that this program knows. Choose another one."
        ) from problem


def _held(folder: Path) -> dict[str, Header]:
    """The tensors that the files hold, by name."""
    try:
        return {name: header for file in folder.glob("*.safetensors") for name, header in headers(file).items()}
    except (OSError, SafetensorError) as problem:
        raise CheckpointError(f"The model in {folder} cannot be loaded. Choose another model.") from problem


def numbers_in(value: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Each number of a configuration with the name that it stands under."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield key, value
    for name, inside in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from numbers_in(inside, name if isinstance(name, str) else key)


def weights_of(config: PretrainedConfig) -> int:
    """How many it asks for. Raises anything for a stranger's configuration."""
    return sum(map(math.prod, _shapes(config).values()))


def _shapes(config: PretrainedConfig) -> Mapping[str, tuple[int, ...]]:
    """Of its weights by name, looked at on a model that takes no memory."""
    # In fp32, as making it in half precision would make that the default of all threads meanwhile, a training's too.
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=False, dtype=torch.float32)
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


LONGEST_CONTEXT = 1024  # tokens; longer ones take more memory than most computers have
UNLIMITED = 2048  # tokens, for a model that has no limit of its own


def context_name(config: PretrainedConfig) -> str:
    """What it calls the number of tokens that it reads at once; "" where there is no limit."""
    names = ("max_position_embeddings", "max_seq_len", "context_length")  # the last ones are those of MPT and RWKV
    return next((name for name in names if getattr(config, name, None)), "")


def context_of(config: PretrainedConfig) -> int:
    """How many tokens it reads at once."""
    name = context_name(config)
    return int(getattr(config, name)) if name else UNLIMITED


def brings_code(config: dict[str, Any]) -> bool:
    """Whether it names program code of its own, which is not run. Raises RecursionError for one that is too deep."""
    return any(_names_code(key, value) for key, value in _entries(config))


def _entries(config: object) -> Iterator[tuple[str, object]]:
    """All keys and values of a JSON file, however deep."""
    children = config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ()
    for key, value in children:
        yield str(key), value
        yield from _entries(value)


def _names_code(key: str, value: object) -> bool:
    """transformers follows such keys to Python files, in the folder or on the net."""
    remote = "attn_implementation" in key and isinstance(value, str) and not value.replace("_", "").isalnum()
    return key in ("auto_map", "custom_pipelines") or (key == "trust_remote_code" and bool(value)) or remote
