"""What a name of the hub, or a folder that stands for it, would bring; and which of its files are taken.

Weights in safetensors, configuration and tokenizer: nothing that could be a program. Whoever lists a file outside of
the model's own folder is believed nothing at all.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ..core.control import Ask
from ..core.errors import EngineError, ModelError
from ..core.library import STARTER

SETTINGS = {
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "spiece.model",
}
WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"
_shard = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_name = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
_address = re.compile(r"https?://[^/]+/")


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """``sha256`` or, for small files, ``blob``: git's own SHA-1 of length and content. Both empty: nobody said."""

    name: str
    bytes: int
    sha256: str = ""
    blob: str = ""

    @property
    def hash(self) -> str:
        return self.sha256 or self.blob


@dataclass(frozen=True, slots=True)
class Offer:
    """``revision``: the commit that is fetched, whatever the name comes to mean meanwhile. ``source``: for people."""

    name: str
    host: str
    source: str
    revision: str
    files: tuple[OfferedFile, ...]
    licence: str = ""
    languages: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


class Source(Protocol):
    """Where models come from."""

    host: str

    def offer(self, name: str, revision: str, stop: Ask) -> Offer:
        """Raises ModelError for what cannot be had, TryAgainError for what is worth another try."""
        ...

    def content(self, offer: Offer, file: OfferedFile, start: int) -> Iterator[bytes]:
        """What follows after ``start`` bytes; empty pieces while it is waited for. Raises as ``offer`` does."""
        ...


class TryAgainError(EngineError):
    """Worth another try after ``wait_s`` seconds. Its sentence is for when that is given up."""

    def __init__(self, sentence: str, wait_s: float = 0) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


def checked_name(name: str) -> str:
    """publisher/model, also from the address of its page. Raises ModelError."""
    plain = "/".join(_address.sub("", name.strip()).split("/")[:2]).partition("?")[0]
    if plain == STARTER:
        raise ModelError("The starter is in the box already; it need not be fetched.")
    if not _name.fullmatch(plain) or ".." in plain or "--" in plain or plain.endswith("."):
        raise ModelError(
            f"“{name}” is no name of a model. Names look like publisher/model: HuggingFaceTB/SmolLM2-135M."
        )
    return plain


def taken(name: str, listed: Iterable[str]) -> list[str]:
    """Those of the listed files that are fetched, the small ones first. Raises ModelError for what cannot be used."""
    names = sorted(listed)
    if outside := [file for file in names if _leaves(file)]:
        raise ModelError(f"{name} lists a file outside of its own folder ({outside[0]!r}). It was not fetched.")
    if "config.json" not in names:
        raise ModelError(f"{name} has no config.json{_instead(names)}. Choose another model.")
    weights = [WHOLE] if WHOLE in names else [file for file in names if _shard.fullmatch(file)]
    if not weights:
        raise ModelError(
            f"{name} has no weights in the safetensors format{_instead(names)}. Other formats can hide programs and "
            "are not fetched. Choose a model with model.safetensors, or download this one with a browser and import it."
        )
    index = [INDEX] if weights != [WHOLE] and INDEX in names else []
    return [*(file for file in names if file in SETTINGS), *index, *weights]


def _leaves(file: str) -> bool:
    parts = file.replace("\\", "/").split("/")
    return not file or file.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in file


def _instead(names: list[str]) -> str:
    """What it is then."""
    found: dict[str, Callable[[str], bool]] = {
        ", it is an adapter for another model": lambda name: name == "adapter_config.json",
        ", only pickles (.bin)": lambda name: name.endswith((".bin", ".pt", ".pth", ".ckpt")),
        ", only GGUF": lambda name: name.endswith(".gguf"),
        ", only files of TensorFlow or Flax": lambda name: name.endswith((".h5", ".msgpack")),
    }
    return next((words for words, fits in found.items() if any(map(fits, names))), "")
