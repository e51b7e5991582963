"""What the rules of the doctor share: what they know, what they find, and how text comes to them."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from ..readers.reading import PIECE_CHARACTERS


class PageLine(NamedTuple):
    """A line that a page brought in, as characters of its document: which rule takes it out, and what proves it."""

    start: int
    end: int
    rule: str
    number: int
    page: int
    proven: bool


@dataclass(slots=True)
class Notes:
    """What rules need to know of a whole text. ``width``: where its lines are wrapped; 0 if they are not, or stay."""

    page_lines: dict[int, list[PageLine]] = field(default_factory=dict)  # by number of the document
    words: Counter[str] = field(default_factory=Counter)  # small letters only
    width: int = 0


@dataclass(slots=True)
class Finding:
    """What one rule found in one text: how often, and up to three examples (before, after)."""

    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)

    def add(self, count: int, before: str, after: str) -> None:
        self.count += count
        if len(self.examples) < 3:
            pairs = enumerate(zip(before, after, strict=False))
            same = next((index for index, (one, other) in pairs if one != other), min(len(before), len(after)))
            start = max(0, same - 60)
            self.examples.append((before[start : start + 200], after[start : start + 200]))


@dataclass(frozen=True, slots=True)
class Rule:
    """What stands in CleanConfig under the same ``name``, with its words and whether it is on, as code.

    ``mend`` takes the pieces of one document; None where ``notes`` name the lines that go. ``notes``: it must have seen
    the whole text before it can begin.
    """

    name: str
    mend: Callable[[Iterator[str], Notes, Finding], Iterator[str]] | None
    notes: bool = False


def documents(pieces: Iterable[str | None]) -> Iterator[Iterator[str]]:
    """One iterator a document; each must be taken to its end before the next."""
    source = iter(pieces)
    for first in source:
        yield iter(()) if first is None else chain((first,), iter(lambda: next(source, None), None))


def cut_at_lines(pieces: Iterator[str]) -> Iterator[str]:
    """The same text, cut after the last line end within each piece's length: a function of the content alone."""
    rest = ""
    for piece in pieces:
        rest += piece
        while len(rest) > PIECE_CHARACTERS + 16:
            end = _end_of_piece(rest)
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _end_of_piece(text: str) -> int:
    for white in "\n", " ", "\t":
        if end := text.rfind(white, 0, PIECE_CHARACTERS) + 1:
            return end
    # A letter and its accents must not be parted, or they could not be put together later.
    ends = range(PIECE_CHARACTERS, PIECE_CHARACTERS - 256, -1)
    return next((end for end in ends if _parts(text[end - 16 : end], text[end : end + 16])), ends[0])


def _parts(left: str, right: str) -> bool:
    return composed(left) + composed(right) == composed(left + right)


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
