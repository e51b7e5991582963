"""Token files: what a model learns from. ``batch`` is a pure function, so a resumed run has no place to lose."""

import functools
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from . import config as configs
from . import tokenizer as tokenizers
from .errors import ProjectError
from .project import read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A folder below prepared/: tokenizer.json, train.bin, val.bin, and prepared.toml with what they are made of."""

    folder: Path
    vocabulary: int
    tokens: int
    heldout_tokens: int
    documents: int
    bytes: int
    made_from: str
    fingerprint: str

    @classmethod
    def load(cls, folder: Path) -> "Prepared":
        """Raises ProjectError when the folder is missing or damaged."""
        try:
            table = tomllib.loads(read_text(folder / "prepared.toml"))["prepared"]
            return cls(folder=folder, **table)
        except (tomllib.TOMLDecodeError, KeyError, TypeError) as problem:
            raise ProjectError(f"{folder} is damaged. Prepare the texts again.") from problem

    def tokenizer(self) -> Tokenizer:
        return tokenizers.load(self.folder / "tokenizer.json")

    def train_tokens(self) -> npt.NDArray[np.unsignedinteger]:
        return self._memmap("train.bin", self.tokens)

    def heldout(self) -> npt.NDArray[np.unsignedinteger]:
        return self._memmap("val.bin", self.heldout_tokens)

    def _memmap(self, name: str, tokens: int) -> npt.NDArray[np.unsignedinteger]:
        file, kind = self.folder / name, tokenizers.dtype(self.vocabulary)
        if not file.exists() or file.stat().st_size != tokens * np.dtype(kind).itemsize:
            raise ProjectError(f"{file} is damaged or missing. Prepare the texts again.")
        return np.memmap(file, dtype=kind, mode="r") if tokens else np.zeros(0, dtype=kind)


def prepared_toml(prepared: dict[str, object], sources: list[dict[str, object]]) -> str:
    """The text of prepared.toml: one table of what was made, one for each text it was made from."""
    tables = [("[prepared]", prepared), *(("[[texts]]", source) for source in sources)]
    blocks = [
        "\n".join([head, *(f"{key} = {configs.toml_value(value)}" for key, value in table.items())])
        for head, table in tables
    ]
    return "\n\n".join(blocks) + "\n"


def batch(
    tokens: npt.NDArray[np.unsignedinteger], seed: int, step: int, rows: int, context: int
) -> npt.NDArray[np.int64]:
    """The passages of one step, [rows, context + 1]: a pure function of its arguments.

    An epoch reads every passage once in random order; each epoch begins at another offset, so borders move.
    """
    passages = (len(tokens) - 1) // context
    first = (step - 1) * rows
    starts = [_start(len(tokens), context, seed, *divmod(first + row, passages)) for row in range(rows)]
    return tokens[np.add.outer(starts, np.arange(context + 1))].astype(np.int64)


def _start(length: int, context: int, seed: int, epoch: int, number: int) -> int:
    passages = (length - 1) // context
    slack = length - 1 - passages * context
    order, offset = _epoch(seed, epoch, passages, context)
    # Passages are cut on a grid that is shifted by `offset`; the last one slides back to stay inside the text.
    return min(int(order[number]) * context + offset, (passages - 1) * context + slack)


@functools.lru_cache(maxsize=4)
def _epoch(seed: int, epoch: int, passages: int, context: int) -> tuple[npt.NDArray[np.int64], int]:
    digest = hashlib.sha256(f"{seed} {epoch}".encode()).digest()
    generator = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
    return generator.permutation(passages), int(generator.integers(context))


def check_length(prepared: Prepared, context: int) -> None:
    """Raises ProjectError when the text is too short for the model's context."""
    if prepared.tokens <= context:
        raise ProjectError(
            f"The texts have only {prepared.tokens:,} tokens to learn from, but the model reads {context:,} at once. "
            f"Add more text, or choose a context below {max(prepared.tokens, 9):,}."
        )
