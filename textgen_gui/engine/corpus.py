"""Sources -> a stream of documents in pieces that can be tokenized one by one, and the held-out split."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import readers
from .readers.reading import PIECE_CHARACTERS, Reading

WHOLE_DOCUMENTS_FROM = 20  # with fewer documents, the end of each is held out instead of whole ones
LONGEST_WORD = 1024  # characters; training a tokenizer is quadratic in the length of a word

# No token of the GPT-2 pattern reaches across the border between a character and the white space after it.
_border = re.compile(r"(?<=\S)(?=\s)")
_space = re.compile(r"\s")


def read(path: Path) -> tuple[Reading, Iterator[str | None]]:
    """The pieces of a file, cut only where tokens end anyway. Raises TextError when it is no text."""
    reading, pieces = readers.read(path)
    return reading, at_borders(pieces)


def at_borders(pieces: Iterable[str | None]) -> Iterator[str | None]:
    """The same text, cut so that tokenizing the pieces equals tokenizing the whole document.

    A run without white space that is longer than two pieces is the one exception: it is cut where it must be.
    """
    rest = ""
    for piece in pieces:
        if piece is None:
            yield from (rest, None) if rest else (None,)
            rest = ""
            continue
        text = rest + piece
        cut = last_border(text)
        if cut == 0 and len(text) > 2 * PIECE_CHARACTERS:
            cut = len(text)
        if cut:
            yield text[:cut]
        rest = text[cut:]
    if rest:
        yield rest


def last_border(text: str) -> int:
    """Where the last border lies; 0 when there is none."""
    end = len(text)
    while end > 0:
        start = max(0, end - 256)
        found = [match.start() for match in _border.finditer(text, start, end)]
        if found:
            return found[-1]
        end = start
    return 0


def next_border(text: str, position: int) -> int:
    """The first border at or after ``position``; the end of the text when there is none."""
    match = _border.search(text, position)
    return match.start() if match else len(text)


def short_words(piece: str) -> Iterator[str]:
    """The piece with runs without white space broken up, for training a tokenizer."""
    if len(piece) <= LONGEST_WORD or max(map(len, _space.split(piece))) <= LONGEST_WORD:
        yield piece
        return
    yield from (piece[start : start + LONGEST_WORD] for start in range(0, len(piece), LONGEST_WORD))


def is_held_out(source: str, document: int, documents: int, share: float, seed: int) -> bool:
    """Whether a whole document is held out: a pure function of its place and the seed."""
    if documents < WHOLE_DOCUMENTS_FROM:
        return False
    digest = hashlib.sha256(f"{seed} {source} {document}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def split_pieces(
    pieces: Iterable[str | None], source: str, lengths: list[int], documents: int, share: float, seed: int
) -> Iterator[tuple[str | None, bool]]:
    """Each piece and whether it is held out. ``lengths``: characters of each document of this source."""
    document, position = 0, 0
    for piece in pieces:
        if piece is None:
            whole = is_held_out(source, document, documents, share, seed)
            yield None, whole or (documents < WHOLE_DOCUMENTS_FROM and _end_is_held_out(lengths[document], share))
            document, position = document + 1, 0
            continue
        if documents >= WHOLE_DOCUMENTS_FROM:
            yield piece, is_held_out(source, document, documents, share, seed)
            continue
        cut = round(lengths[document] * (1 - share)) - position
        position += len(piece)
        if cut <= 0 or cut >= len(piece):
            yield piece, cut <= 0
            continue
        cut = next_border(piece, cut)
        yield piece[:cut], False
        if piece[cut:]:
            yield piece[cut:], True


def _end_is_held_out(length: int, share: float) -> bool:
    return round(length * (1 - share)) < length
