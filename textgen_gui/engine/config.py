"""Every setting, stated once: default, help, unit and limits.

The form in the window, ``--set train.learning_rate=3e-4``, the comments in run.toml and the checks all read the
field metadata below. Written for people, read by programs: the file format is TOML.
"""

import difflib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from .errors import ConfigError

type_names = {int: "a whole number", float: "a number", bool: "true or false", str: "text", tuple: "a list of texts"}


def setting(
    default: Any,
    help: str,
    *,
    label: str = "",
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A dataclass field that carries all that a form, a comment or a check needs to know about it."""
    about = {"help": help, "label": label, "unit": unit, "minimum": minimum, "maximum": maximum, "choices": choices}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextConfig:
    """How one text is read, and how much it counts."""

    encoding: str = setting(
        "",
        "How the bytes stand for letters, for example utf-8, cp1252 or shift_jis. Empty finds it out.",
        label="Encoding",
    )
    repair: bool = setting(
        False,
        "Turns letters like “Ã©”, which come from reading a text with a wrong encoding, back into what they were.",
        label="Repair garbled letters",
    )
    documents: str = setting(
        "auto",
        "Where a document ends: auto means the file, or each row of a table; or each line, or up to the separator.",
        label="A document is",
        choices=("auto", "file", "line", "separator"),
    )
    separator: str = setting(
        "\\n\\n\\n",
        "The text between two documents; \\\\n is a line end. Used when a document ends at the separator.",
        label="Separator",
    )
    columns: tuple[str, ...] = setting(
        (),
        "The columns of a table, or the fields of JSON records, that hold the text. Empty takes the longest one.",
        label="Columns",
    )
    weight: float = setting(
        1.0,
        "How much this text counts when the project is balanced by weight: 2 is twice as often as 1.",
        label="Weight",
        minimum=0.0,
        maximum=1000.0,
    )
    group: str = setting(
        "",
        "A name for texts that belong together. A run can learn from one group after the other.",
        label="Group",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareConfig:
    """How texts become token files."""

    vocabulary: int = setting(
        0,
        "How many different tokens the tokenizer may know. 0 chooses by the size of the corpus.",
        label="Vocabulary",
        unit="tokens",
        minimum=0,
        maximum=65_000,
    )
    heldout: float = setting(
        0.01,
        "Share of the corpus that is never trained on. It tells whether the model learns or only memorises.",
        label="Held-out share",
        minimum=0.0,
        maximum=0.5,
    )
    seed: int = setting(
        1,
        "Decides which documents are held out. The same seed always holds out the same ones.",
        label="Seed",
        minimum=0,
        maximum=2**31 - 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The shape of a model that is trained from scratch."""

    architecture: str = setting(
        "llama",
        "Llama learns faster at small sizes; GPT-2 is the classic that older programs can read.",
        label="Architecture",
        choices=("llama", "gpt2"),
    )
    layers: int = setting(4, "How many blocks lie on top of each other.", label="Layers", minimum=1, maximum=96)
    width: int = setting(
        128,
        "How many numbers describe one token inside the model.",
        label="Width",
        unit="numbers a token",
        minimum=16,
        maximum=8192,
    )
    heads: int = setting(
        4,
        "How many places the model can look back at at once. Must divide the width.",
        label="Attention heads",
        minimum=1,
        maximum=128,
    )
    context: int = setting(
        128,
        "How far the model looks back while it reads or writes. A token is about four letters.",
        label="Context",
        unit="tokens",
        minimum=8,
        maximum=8192,
    )
    dropout: float = setting(
        0.0,
        "Share of connections switched off at random while training. Slows memorising, and learning.",
        label="Dropout",
        minimum=0.0,
        maximum=0.9,
    )

    @property
    def feedforward(self) -> int:
        """Width of the feed-forward layer: 4 x for GPT-2, 8/3 x (in steps of 32) for Llama's gated one."""
        return 4 * self.width if self.architecture == "gpt2" else max(32, round(self.width * 8 / 3 / 32) * 32)

    def parameters(self, vocabulary: int) -> int:
        """Number of weights with tied embeddings, exactly as transformers counts them."""
        width, inner = self.width, self.feedforward
        if self.architecture == "gpt2":
            block = 4 * width * width + 2 * width * inner + inner + 5 * width + 4 * width
            return vocabulary * width + self.context * width + self.layers * block + 2 * width
        block = 4 * width * width + 3 * width * inner + 2 * width
        return vocabulary * width + self.layers * block + width

    def passage_bytes(self, vocabulary: int) -> int:
        """Memory that one passage of training takes in fp32: what the backward pass needs, and logits."""
        return 4 * self.context * (self.layers * (16 * self.width + 4 * self.feedforward) + 3 * vocabulary)

    def memory_bytes(self, vocabulary: int, passages: int) -> int:
        """Memory that training takes: weights, gradients and two moments, the passages, and the libraries."""
        return 16 * self.parameters(vocabulary) + passages * self.passage_bytes(vocabulary) + 600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How the model learns. Says which result is wanted, never which machine there is."""

    steps: int = setting(
        2000,
        "How many times the weights are adjusted. A time budget is measured out into steps when the run is made.",
        label="Steps",
        minimum=1,
        maximum=100_000_000,
    )
    batch: int = setting(
        4,
        "How many passages the model reads before each adjustment.",
        label="Batch",
        unit="passages",
        minimum=1,
        maximum=65_536,
    )
    learning_rate: float = setting(
        2.5e-3,
        "How large each adjustment is. Too large: the loss jumps. Too small: nothing happens.",
        label="Learning rate",
        minimum=1e-8,
        maximum=1.0,
    )
    warmup: float = setting(
        0.02,
        "Share of the steps in which the learning rate rises from zero.",
        label="Warm-up",
        minimum=0.0,
        maximum=1.0,
    )
    decay: float = setting(
        0.7,
        "Share of the steps, at the end, in which the learning rate falls to zero.",
        label="Decay",
        minimum=0.0,
        maximum=1.0,
    )
    weight_decay: float = setting(
        0.3,
        "Pulls weights towards zero. More of it slows memorising of small texts.",
        label="Weight decay",
        minimum=0.0,
        maximum=10.0,
    )
    beta2: float = setting(
        0.99,
        "How long the optimizer remembers the size of past gradients.",
        label="AdamW beta 2",
        minimum=0.5,
        maximum=0.99999,
    )
    clip: float = setting(
        1.0,
        "Gradients longer than this are shortened to it. 0 leaves them alone.",
        label="Gradient clipping",
        minimum=0.0,
        maximum=1000.0,
    )
    precision: str = setting(
        "fp32",
        "fp32 is exact and runs everywhere; bf16 is faster on processors made for it.",
        label="Precision",
        choices=("fp32", "bf16"),
    )
    mark_every: int = setting(
        100,
        "At each mark the held-out loss is measured, a sample is written and a checkpoint is saved.",
        label="Mark every",
        unit="steps",
        minimum=1,
        maximum=100_000_000,
    )
    prompts: tuple[str, ...] = setting(
        ("",),
        "The half-trained model continues these at each mark. An empty prompt lets it begin by itself.",
        label="Sample prompts",
    )
    sample_tokens: int = setting(
        96,
        "Length of each sample.",
        label="Sample length",
        unit="tokens",
        minimum=1,
        maximum=2048,
    )
    seed: int = setting(
        1,
        "The same seed, settings and texts give the same model.",
        label="Seed",
        minimum=0,
        maximum=2**31 - 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """All that decides what a run becomes; runs/NNN name/run.toml is exactly this."""

    prepared: str = setting("", "The folder under prepared/ that the run learns from.")
    data: str = setting("", "Fingerprint of the token files: a run continues only on the texts it began with.")
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateConfig:
    """How a text is written. Samplers apply in the order of the fields, from repetition penalty to min-p."""

    repetition_penalty: float = setting(
        1.0,
        "Makes tokens that already stand in the text less likely. 1 changes nothing; above 1.3 words run out.",
        label="Repetition penalty",
        minimum=1.0,
        maximum=2.0,
    )
    temperature: float = setting(
        0.8,
        "Low is careful and repeats itself, high is daring and loses the thread. 0 always takes the likeliest.",
        label="Temperature",
        minimum=0.0,
        maximum=2.0,
    )
    top_k: int = setting(
        0,
        "Choose only among this many of the likeliest tokens. 0 considers all.",
        label="Top-k",
        unit="tokens",
        minimum=0,
        maximum=1000,
    )
    top_p: float = setting(
        0.95,
        "Choose only among the likeliest tokens that together have this probability. 1 considers all.",
        label="Top-p",
        minimum=0.01,
        maximum=1.0,
    )
    min_p: float = setting(
        0.0,
        "Leave out tokens less likely than this share of the likeliest one. 0 considers all.",
        label="Min-p",
        minimum=0.0,
        maximum=1.0,
    )
    max_new_tokens: int = setting(
        200,
        "How much to write. A token is about three quarters of a word, less with a small vocabulary.",
        label="Length",
        unit="tokens",
        minimum=1,
        maximum=100_000,
    )
    n: int = setting(1, "How many texts to write from the same prompt.", label="Texts", minimum=1, maximum=1000)
    seed: int = setting(
        0,
        "The same seed and settings write the same text again. 0 takes a new seed each time.",
        label="Seed",
        minimum=0,
        maximum=2**31 - 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A starting point in words; the numbers behind it can be changed under Advanced."""

    title: str
    words: str
    model: ModelConfig
    train: TrainConfig


presets = {
    "tiny": Preset(
        title="Tiny",
        words="A first look within a minute:\nspelling and rhythm.",
        model=ModelConfig(layers=2, width=64, heads=2, context=64),
        train=TrainConfig(batch=8, learning_rate=5e-3),
    ),
    "small": Preset(
        title="Small",
        words="Best for a few minutes on a laptop:\nwords, names, the shape of sentences.",
        model=ModelConfig(),
        train=TrainConfig(),
    ),
    "medium": Preset(
        title="Medium",
        words="For an hour or more and several books:\nkeeps the thread for longer.",
        model=ModelConfig(layers=6, width=256, heads=8, context=256),
        train=TrainConfig(batch=8, learning_rate=1.5e-3, steps=5000),
    ),
    "large": Preset(
        title="Large",
        words="For a graphics card or a night of computing,\nand many megabytes of text.",
        model=ModelConfig(layers=8, width=512, heads=8, context=256),
        train=TrainConfig(batch=32, learning_rate=8e-4, steps=10_000),
    ),
}


def problems(config: Any, prefix: str = "") -> list[str]:
    """Every setting that leaves its limits, one sentence each. An empty list means that the config can be used."""
    found = []
    for f in fields(config):
        value, name = getattr(config, f.name), prefix + f.name
        if hasattr(value, "__dataclass_fields__"):
            found += problems(value, name + ".")
        else:
            found += _limits(name, value, f.metadata)
    if isinstance(config, ModelConfig) and config.heads > 0 and config.width % config.heads:
        found.append(f"{prefix}width {config.width} cannot be divided among {config.heads} heads.")
    elif isinstance(config, ModelConfig) and config.heads > 0 and config.width // config.heads % 2:
        found.append(f"{prefix}width divided by heads must be even, not {config.width // config.heads}.")
    return found


def _limits(name: str, value: Any, about: Mapping[str, Any]) -> list[str]:
    low, high, choices = about.get("minimum"), about.get("maximum"), about.get("choices")
    if choices and value not in choices:
        return [f"{name} is {value!r}; choose one of {', '.join(choices)}."]
    if isinstance(value, float) and value != value:
        return [f"{name} is not a number."]
    if low is not None and value < low:
        return [f"{name} is {value}; the smallest value is {low}."]
    if high is not None and value > high:
        return [f"{name} is {value}; the largest value is {high}."]
    return []


def check(config: Any) -> None:
    """Raises ConfigError with all problems at once."""
    found = problems(config)
    if found:
        raise ConfigError("These settings cannot be used: " + " ".join(found))


def with_settings(config: Any, assignments: list[str]) -> Any:
    """The config with each ``section.name=value`` applied, values as in TOML (quotes around texts may be left out)."""
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        if not separator:
            raise ConfigError(f"{assignment!r} is no setting. Write it as name=value, for example train.steps=500.")
        config = _assign(config, key.strip().split("."), text.strip(), key.strip())
    return config


def _assign(config: Any, path: list[str], text: str, key: str) -> Any:
    names = {f.name: f for f in fields(config)}
    if path[0] not in names:
        raise ConfigError(_unknown(key, path[0], list(names)))
    value = getattr(config, path[0])
    nested = hasattr(value, "__dataclass_fields__")
    if nested != (len(path) > 1):
        raise ConfigError(f"{key!r} is no setting. Write it as section.name=value, for example train.steps=500.")
    new = _assign(value, path[1:], text, key) if nested else _typed(_parse(text), type(value), key)
    return replace(config, **{path[0]: new})


def _unknown(key: str, name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"There is no setting {key!r}. " + (
        f"Did you mean {key.removesuffix(name) + near[0]!r}?" if near else f"There are: {', '.join(names)}."
    )


def _parse(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _typed(value: Any, wanted: type, key: str) -> Any:
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if wanted is tuple and isinstance(value, str):
        return (value,)
    if wanted is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if wanted is str and isinstance(value, int | float):
        return str(value)
    if type(value) is not wanted:
        raise ConfigError(f"{key} must be {type_names[wanted]}, not {value!r}.")
    return value


def to_toml(config: Any) -> str:
    """The config as TOML with the help, unit and limits of each setting as a comment above it."""
    plain = [f for f in fields(config) if not hasattr(getattr(config, f.name), "__dataclass_fields__")]
    lines = [line for f in plain for line in _toml_lines(f.name, getattr(config, f.name), f.metadata)]
    for f in fields(config):
        if f not in plain:
            lines += [f"[{f.name}]", "", to_toml(getattr(config, f.name))]
    return "\n".join(lines).rstrip("\n") + "\n"


def _toml_lines(name: str, value: Any, about: Mapping[str, Any]) -> list[str]:
    notes = [about["unit"]] if about["unit"] else []
    if about["minimum"] is not None:
        notes.append(f"{about['minimum']} to {about['maximum']}")
    notes += [", ".join(about["choices"])] if about["choices"] else []
    comment = f"# {about['help']}" + (f" ({'; '.join(notes)})" if notes else "")
    return [comment, f"{name} = {toml_value(value)}", ""]


def toml_value(value: Any) -> str:
    """One value as TOML. JSON's strings are TOML's, except that TOML wants DEL escaped."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def from_table(kind: type[Any], table: Mapping[str, Any], prefix: str = "") -> Any:
    """A config from parsed TOML. Raises ConfigError that names every unknown key and wrong type at once."""
    names, values, found = {f.name: f for f in fields(kind)}, {}, []
    default = kind()
    for key, value in table.items():
        try:
            if key not in names:
                raise ConfigError(_unknown(prefix + key, key, list(names)))
            now = getattr(default, key)
            if hasattr(now, "__dataclass_fields__"):
                if not isinstance(value, Mapping):
                    raise ConfigError(f"{prefix}{key} must be a section, written [{prefix}{key}].")
                values[key] = from_table(type(now), value, f"{prefix}{key}.")
            else:
                values[key] = _typed(value, type(now), prefix + key)
        except ConfigError as problem:
            found.append(str(problem))
    if found:
        raise ConfigError(" ".join(found))
    return kind(**values)


def load(kind: type[Any], text: str, where: str) -> Any:
    """A checked config from TOML text; ``where`` names the file in the sentence of a ConfigError."""
    try:
        config = from_table(kind, tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{where} cannot be read: {problem}. Correct that line, or start a new run.") from problem
    except ConfigError as problem:
        raise ConfigError(f"{where}: {problem}") from problem
    found = problems(config)
    if found:
        raise ConfigError(f"{where}: {' '.join(found)}")
    return config


def differing(before: Any, now: Any) -> dict[str, Any]:
    """The settings of ``now`` that are not as in ``before``."""
    return {f.name: getattr(now, f.name) for f in fields(now) if getattr(before, f.name) != getattr(now, f.name)}


def to_settings(section: str, before: Any, now: Any) -> list[str]:
    """The assignments that turn one config into the other, as ``with_settings`` and the command line take them."""
    return [f"{section}.{name}={toml_value(value)}" for name, value in differing(before, now).items()]
