"""Token files: what a model learns from. ``batch`` is a pure function, so a resumed run has no position to lose."""

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ..core import bounded, manifest, schema
from ..core.config import Balance
from ..core.errors import ProjectError
from ..core.gate import inside
from ..core.project import read_text
from .token_file import TokenFile
from .tokenizer import dtype, load

AGAIN = "Prepare the texts again."  # the same texts get the same name
ROUND = 2000  # passages; in each round all parts are read in their shares, to 0.05 % of the whole


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of train.bin that is read as often as ``share`` says; all shares together are 1."""

    name: str
    group: str
    start: int
    end: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedText:
    """What was read of one text, and where its tokens lie: ``start`` to ``end`` in train.bin.

    ``options`` is a digest of how it was read. A text that could not be used has no tokens, and a warning says why.
    """

    path: str  # relative to the project folder
    size: int = 0  # bytes of the file; with the time when it was modified it tells quickly whether the text changed
    modified: int = 0  # nanoseconds
    sha256: str = ""
    options: str = ""
    group: str = ""
    weight: float = 1.0
    format: str = ""
    encoding: str = ""
    confidence: float = 1.0
    documents: int = 0
    characters: int = 0
    words: int = 0
    tokens: int = 0
    heldout_tokens: int = 0
    start: int = 0
    end: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A folder below prepared/: tokenizer.json, train.bin, val.bin, and prepared.toml with what they are made of."""

    folder: Path
    settings: str  # a digest of all settings
    vocabulary: int
    tokens: int
    heldout_tokens: int
    documents: int
    bytes: int
    characters: int
    words: int
    lengths: tuple[int, ...]  # how many documents have up to 16, 32, 64, ... tokens
    balance: str
    tokenizer_settings: str  # how the tokenizer was learnt, as a digest, and from which texts
    tokenizer_texts: tuple[str, ...]
    fingerprint: str  # of the token files, and of how a run reads them
    texts: tuple[PreparedText, ...]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises ProjectError when the folder is missing or damaged."""
        about = inside(folder, "prepared.toml")
        if not about.exists():
            raise ProjectError(f"{folder} is missing. {AGAIN}")
        try:
            tables = bounded.parse_toml(read_text(about))
            texts = tuple(PreparedText(**_known(PreparedText, table)) for table in tables.get("texts", []))
            return cls(folder=folder, texts=texts, **_known(cls, tables["prepared"]))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise ProjectError(f"{folder} is damaged. Prepare the texts again.") from problem

    def file(self, name: str) -> Path:
        """One of its files. Raises ProjectError for one that leads elsewhere."""
        return inside(self.folder, name)

    def used(self) -> list[str]:
        """The texts that are learnt from or put aside: no empty one, and none that says what another does."""
        return [text.path for text in self.texts if text.end > text.start or text.heldout_tokens]

    def to_toml(self) -> Iterator[str]:
        """prepared.toml, table by table: one of what was made, one for each text it was made from."""
        whole, names = {field.name: getattr(self, field.name) for field in fields(self)}, fields(PreparedText)
        del whole["folder"], whole["texts"]
        yield _table("[prepared]", whole)
        for text in self.texts:
            yield "\n" + _table("[[texts]]", {field.name: getattr(text, field.name) for field in names})

    def is_whole(self) -> bool:
        """Whether the files are there, in their lengths."""
        try:
            self.train_tokens()
            self.heldout()
        except ProjectError:
            return False
        return (self.file("tokenizer.json")).exists()

    def verify(self) -> None:
        """Raises ProjectError that names the first file which is not as it was written; once for each version of it."""
        for name in self.damaged():
            raise ProjectError(f"{self.folder / name} is damaged or missing: it is not as it was written. {AGAIN}")

    def damaged(self) -> tuple[str, ...]:
        """The files that are not as they were written. Earlier versions did not note how that was."""
        return manifest.damaged(self.folder)

    def parts(self, group: str = "") -> tuple[Part, ...]:
        """What a run reads from: one stretch when texts count by size, otherwise one for each group or text."""
        mine = [text for text in self.texts if text.end > text.start and (not group or text.group == group)]
        if not mine:
            raise ProjectError(
                f"There is no text in the group “{group}”. Choose another one, or prepare the texts again.",
                setting="stages",
            )
        units: dict[str, list[PreparedText]] = {}
        for text in mine:
            # By size everything that lies together is one stretch.
            key = "" if self.balance == Balance.SIZE else text.group or text.path
            units.setdefault(key, []).append(text)
        weights = [1.0 if self.balance != Balance.WEIGHT else sum(t.weight for t in unit) for unit in units.values()]
        if not sum(weights):
            raise ProjectError("All texts have the weight 0. Give at least one of them a weight.")
        return tuple(
            Part(name or "all texts", unit[0].group, unit[0].start, unit[-1].end, weight / sum(weights))
            for (name, unit), weight in zip(units.items(), weights, strict=True)
            if weight
        )

    def tokenizer(self) -> Tokenizer:
        return load(self.file("tokenizer.json"))

    def train_tokens(self) -> TokenFile:
        return TokenFile(self.file("train.bin"), dtype(self.vocabulary), self.tokens)

    def heldout(self) -> TokenFile:
        return TokenFile(self.file("val.bin"), dtype(self.vocabulary), self.heldout_tokens)

    def heldout_sample(self, tokens: int) -> npt.NDArray[np.unsignedinteger]:
        """About ``tokens`` of the held-out text, [tokens], in equal shares from all texts that have any."""
        heldout, share = self.heldout(), min(1.0, tokens / max(1, self.heldout_tokens))
        starts = [0, *np.cumsum([text.heldout_tokens for text in self.texts])]
        parts = [heldout[a : a + round((b - a) * share)] for a, b in itertools.pairwise(starts)]
        return np.concatenate(parts) if parts else heldout[:]


def _table(head: str, values: Mapping[str, Any]) -> str:
    return "\n".join([head, *(f"{key} = {schema.toml_value(value)}" for key, value in values.items())]) + "\n"


def _known(of: type[Prepared | PreparedText], table: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that this version knows. Raises ValueError for what they cannot have."""
    return schema.fitted(of, {key: value for key, value in table.items() if key not in ("folder", "texts")})


def batch(
    tokens: npt.NDArray[np.unsignedinteger] | TokenFile,
    parts: Sequence[Part],
    seed: int,
    step: int,
    rows: int,
    context: int,
) -> npt.NDArray[np.int64]:
    """The passages of one step, [rows, context + 1]: a pure function of its arguments."""
    begun = starts(parts, seed, step, rows, context)
    return np.stack([tokens[start : start + context + 1] for start in begun]).astype(np.int64)


def starts(parts: Sequence[Part], seed: int, step: int, rows: int, context: int) -> list[int]:
    """Where the passages of one step begin, [rows]: a pure function of its arguments.

    Every part is read in its share, its passages in random order. Each time a part has been read once, its passages
    begin at another offset, so borders move.
    """
    first = (step - 1) * rows
    return [_start(parts, seed, context, first + row) for row in range(rows)]


def _start(parts: Sequence[Part], seed: int, context: int, number: int) -> int:
    if len(parts) == 1:
        return _start_in(parts[0], seed, context, number)
    counts = _counts(tuple(part.share for part in parts))
    rounds, number = divmod(number, ROUND)
    number = shuffled(number, ROUND, _mixed(seed, rounds))
    for index, (part, count) in enumerate(zip(parts, counts, strict=True)):
        if number < count:
            return _start_in(part, _mixed(seed, index + 1), context, rounds * count + number)
        number -= count
    raise AssertionError(number)


@functools.lru_cache(maxsize=4)
def _counts(shares: tuple[float, ...]) -> tuple[int, ...]:
    """How many passages of each part are read in a round of all parts."""
    ends = np.round(np.cumsum(shares) * ROUND).astype(int)
    return tuple(int(count) for count in np.diff(ends, prepend=0))


def _start_in(part: Part, seed: int, context: int, number: int) -> int:
    length = part.end - part.start
    passages = (length - 1) // context
    epoch, number = divmod(number, passages)
    key = _mixed(seed, epoch)
    offset = key % context
    # Passages are cut on a grid that is shifted by `offset`; the last one slides back to stay inside the part.
    return part.start + min(shuffled(number, passages, key) * context + offset, length - 1 - context)


def shuffled(number: int, count: int, key: int) -> int:
    """Where ``number`` comes in a random order of ``count`` things, without keeping the order in memory.

    A Feistel network over the bits of ``count``, walked until it lands inside (Black and Rogaway 2002).
    """
    bits = max(2, (count - 1).bit_length())
    low = bits // 2
    while True:
        for layer in range(6):
            left, right = number >> low, number & ((1 << low) - 1)
            number = (right << (bits - low)) | (left ^ (_mixed(key, right + (layer << 32)) & ((1 << (bits - low)) - 1)))
            low = bits - low
        if number < count:
            return number


def _mixed(key: int, value: int) -> int:
    """64 bits in which every bit depends on every bit of both numbers (finalizer of SplitMix64)."""
    mixed = (key * 0x9E3779B97F4A7C15 + value * 0xD1B54A32D192ED03 + 0x2545F4914F6CDD1D) & (2**64 - 1)
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
    return mixed ^ (mixed >> 31)


def check_length(prepared: Prepared, context: int, group: str = "") -> None:
    """Raises ProjectError when the text is too short for the model's context."""
    if prepared.tokens <= context:
        raise ProjectError(
            f"The texts have only {prepared.tokens:,} tokens to learn from, but the model reads {context:,} at once. "
            f"Add more text, or choose a context below {max(prepared.tokens, 9):,}."
        )
    for part in prepared.parts(group):
        if part.end - part.start <= context:
            raise ProjectError(
                f"{part.name} has only {part.end - part.start:,} tokens, but the model reads {context:,} at once. "
                "Put short texts together in one group, or balance the texts by size.",
                setting="stages" if group else "",
            )
