"""Clean texts + tokenizer -> token files: each text is encoded once, and train.bin and val.bin are made of that."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ..core import atomic_io
from ..core.gate import inside
from ..core.project import CleanText
from . import corpus
from .corpus import CHECKED_BELOW, content_digest
from .split import HELD_OUT, TRAINED
from .token_file import TokenFile
from .tokenizer import Encoder, borders, dtype

BATCH_CHARACTERS = 1024 * 1024  # a quarter of a second of work, so that cancelling is quick
BATCH_PIECES = 4096
COPY_TOKENS = 1 << 20
LOOKED_THROUGH = 1000  # tokens, for a point at which a text can be cut
LENGTH_CLASSES = 24  # the last one is 2**27 tokens and more

Lengths = npt.NDArray[np.uint64]


def encode(text: CleanText, encoder: Encoder, name: str) -> Iterator[int]:
    """Keeps the tokens of a text, each document between what begins and what ends it. Yields the bytes of text done."""
    atomic_io.sweep(text.folder)
    with atomic_io.new_folder(text.tokens_folder(name), synced_from=CHECKED_BELOW) as folder:
        with _tokens_file(folder).open("wb") as tokens_file, _lengths_file(folder).open("wb") as lengths_file:
            yield from _encode(text, encoder, tokens_file, lengths_file)
        _checked_file(folder).write_text(content_digest(_tokens_file(folder), _lengths_file(folder)))


def _encode(text: CleanText, encoder: Encoder, tokens_file: BinaryIO, lengths_file: BinaryIO) -> Iterator[int]:
    done, length, begins = 0, 0, True
    for batch in _batches(corpus.pieces(text)):
        encoded = iter(encoder([piece for piece in batch if piece is not None]))
        tokens = []
        for piece in batch:
            part = encoder.end if piece is None else next(encoded)
            tokens.append(np.concatenate([encoder.opening, part]) if begins and len(encoder.opening) else part)
            begins = piece is None
        tokens_file.write(np.concatenate(tokens).data)
        lengths = []
        for piece, part in zip(batch, tokens, strict=True):
            length += len(part)
            if piece is None:
                lengths.append(length)
                length = 0
        lengths_file.write(np.array(lengths, dtype="<u8").data)
        done += sum(len(piece) for piece in batch if piece)
        yield done


def _batches(pieces: Iterable[str | None]) -> Iterator[list[str | None]]:
    batch: list[str | None] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += len(piece or "")
        if size >= BATCH_CHARACTERS or len(batch) >= BATCH_PIECES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _tokens_file(folder: Path) -> Path:
    return inside(folder, "tokens.bin")


def _lengths_file(folder: Path) -> Path:
    return inside(folder, "lengths.bin")


def _checked_file(folder: Path) -> Path:
    return inside(folder, "checked.txt")


def is_encoded(text: CleanText, name: str, vocabulary: int) -> bool:
    """Whether the tokens of a text are there, whole, by the tokenizer of that name."""
    folder = text.tokens_folder(name)
    try:
        counts = lengths(text, name)
        whole = int(counts.sum()) * np.dtype(dtype(vocabulary)).itemsize == _tokens_file(folder).stat().st_size
        return whole and is_as_kept(folder) and len(counts) == len(corpus.documents(text))
    except (FileNotFoundError, ValueError):
        return False


def is_as_kept(folder: Path) -> bool:
    """Whether what lies in a folder of tokens is what was written there."""
    try:
        checked = _checked_file(folder).read_text()  # nothing, where an earlier version wrote a large file
        return not checked or checked == content_digest(_tokens_file(folder), _lengths_file(folder))
    except FileNotFoundError:
        return False


def lengths(text: CleanText, name: str) -> Lengths:
    """Tokens of each document with its end, [documents]."""
    return np.frombuffer(_lengths_file(text.tokens_folder(name)).read_bytes(), dtype="<u8")


def write(
    text: CleanText,
    tokenizer: Tokenizer,
    name: str,
    files: tuple[BinaryIO, BinaryIO],
    sides: npt.NDArray[np.int8],
    heldout_ends: npt.NDArray[np.float64],
) -> tuple[int, int]:
    """Appends the documents of a text to train.bin and val.bin; returns how many tokens went to each.

    ``sides``: for each document, [documents]. ``heldout_ends``: share held out at the end of each, [documents].
    """
    source = TokenFile(_tokens_file(text.tokens_folder(name)), dtype(tokenizer.get_vocab_size()))
    sizes = lengths(text, name).astype(np.int64)
    ends = np.cumsum(sizes)
    counts = [0, 0]
    # Neighbours that are on the same side as a whole are copied in one go.
    begins = np.diff(sides, prepend=-1) != 0
    begins |= (heldout_ends > 0) | (np.append(0, heldout_ends[:-1]) > 0)
    starts = np.flatnonzero(begins)
    qualities = borders(tokenizer) if heldout_ends.any() else None
    for first, after in zip(starts, [*starts[1:], len(sides)], strict=True):
        side, start, end = sides[first], ends[first] - sizes[first], ends[after - 1]
        if side not in (TRAINED, HELD_OUT):
            continue
        cut = end
        if qualities is not None and heldout_ends[first]:
            cut = _cut(source, start, end, float(heldout_ends[first]), qualities)
        counts[side] += _copy(source, start, cut, files[side])
        counts[HELD_OUT] += _copy(source, cut, end, files[HELD_OUT])
    return counts[TRAINED], counts[HELD_OUT]


def _cut(tokens: TokenFile, start: int, end: int, share: float, qualities: npt.NDArray[np.int8]) -> int:
    """Where the held-out end of a document begins: before white space if that is near, else between letters."""
    cut = start + round((end - start) * (1 - share))
    quality = qualities[tokens[cut : min(end, cut + LOOKED_THROUGH)]]
    for wanted in (2, 1):
        found = np.flatnonzero(quality >= wanted)
        if len(found):
            return cut + int(found[0])
    return end


def _copy(source: TokenFile, start: int, end: int, target: BinaryIO) -> int:
    """Returns how many tokens it copied."""
    for done in range(start, end, COPY_TOKENS):
        target.write(source[done : min(end, done + COPY_TOKENS)].data)
    return int(end - start)


def length_classes(sizes: Lengths) -> tuple[int, ...]:
    """How many documents have up to 16, 32, 64, ... tokens."""
    classes = np.clip(np.ceil(np.log2(np.maximum(sizes, 16))).astype(int) - 4, 0, LENGTH_CLASSES - 1)
    counts = np.bincount(classes, minlength=1) if len(sizes) else np.zeros(1, dtype=int)
    return tuple(int(count) for count in counts)
