"""New models of any family that is opened, in the shape that a config.json says: built by transformers, from scratch.

Whoever wrote that file may be a stranger, so its numbers are looked at before memory is taken for them.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch

from ..core import bounded
from ..core.config import Architecture, ModelConfig
from ..core.errors import ConfigError, EngineError, MemoryShortError
from . import claims, families
from .stock import CONFIG_MAPPING, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

BYTES_A_WEIGHT = 16  # in memory, while it learns: itself, its gradient and two moments


def build(shape: str, context: int, vocabulary: int, end_of_text: int) -> PreTrainedModel:
    """With weights by the seed that torch has. Raises ConfigError or MemoryShortError, before memory is taken."""
    config = configuration(shape, context, vocabulary, end_of_text)
    with _told():
        model: PreTrainedModel = AutoModelForCausalLM.from_config(config, trust_remote_code=False, dtype=torch.float32)
    return model


def configuration(shape: str, context: int, vocabulary: int, end_of_text: int = 0) -> PretrainedConfig:
    """As transformers has it, for so many tokens. ``context``: 0 as it says itself."""
    with _told():
        said = bounded.parse_json(shape)
        if claims.brings_code(said):
            raise ConfigError("The config.json wants to run its own program code. It was not used.")
        if refusal := families.refusal("This config.json", said.get("model_type")):
            raise ConfigError(refusal)
        for one in claims.absurd(claims.numbers_in(said)):
            raise ConfigError(f"The config.json cannot be the shape of a model: its {one}.")
        tokens = {"vocab_size": vocabulary, "bos_token_id": end_of_text, "eos_token_id": end_of_text}
        wanted = {**_with_infinity(said), **tokens, "pad_token_id": None}
        config: PretrainedConfig = CONFIG_MAPPING[said["model_type"]](**wanted)
        if context and (name := claims.context_name(config)):
            setattr(config, name, context)
        _refuse_too_large(claims.weights_of(config))
    return config


def described(config: PretrainedConfig) -> ModelConfig:
    """The shape as far as our settings can say it."""
    return ModelConfig(
        architecture=Architecture.nearest(config.model_type),
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        heads=getattr(config, "num_attention_heads", 1),  # Mamba has none
        context=min(claims.context_of(config), claims.LONGEST_CONTEXT),
    )


def taken(config: ModelConfig, vocabulary: int, *, chosen_context: bool) -> ModelConfig:
    """The same settings as its shape says them. Raises as ``build`` does."""
    with families.MAKING, _told():
        found = described(configuration(config.shape, config.context if chosen_context else 0, vocabulary))
    return replace(found, shape=config.shape, dropout=config.dropout)


def _with_infinity(value: Any) -> Any:
    """JSON has no word for it; transformers writes {"__float__": "Infinity"}."""
    match value:
        case {"__float__": str(word)}:
            return float(word)
        case dict():
            return {key: _with_infinity(inside) for key, inside in value.items()}
        case list():
            return [_with_infinity(inside) for inside in value]
        case _:
            return value


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """transformers and its checks raise anything for a configuration that cannot be."""
    try:
        yield
    except EngineError:
        raise
    except Exception as problem:
        line = "".join(filter(str.isprintable, " ".join(str(problem).split())))[:200]
        raise ConfigError(f"The config.json cannot be the shape of a model: {line}") from problem


def _refuse_too_large(weights: int) -> None:
    needed, free = BYTES_A_WEIGHT * weights, claims.free_memory()
    if needed > free:
        raise MemoryShortError(
            f"A model of this shape has {weights:,} weights, which take {needed / 1e9:.1f} GB of memory while they "
            f"learn, and {free / 1e9:.1f} GB are free. Choose a smaller one."
        )
