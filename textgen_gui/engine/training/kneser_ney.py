"""Counting letters: the bar that a program sets which only remembers what followed the last seven bytes.

Interpolated Kneser-Ney with three discounts for each length (Chen and Goodman 1998), over the bytes of UTF-8, so that
it is the same bar for every tokenizer. It is stated twice: with the counts of the training text alone, and reading
along, where each byte is counted once it has been foreseen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ..text import special_tokens
from ..text.token_file import TokenFile

ORDER = 8  # bytes, which one number of 64 bits holds
MOST_BYTES = 3_000_000  # more would take more than some seconds
END = 255  # never occurs in UTF-8: stands where a document ends
DECODED = 1 << 16  # tokens at once

Tokens = npt.NDArray[np.unsignedinteger] | TokenFile
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


def read(tokens: Tokens, tokenizer: Tokenizer) -> Bytes:
    """The first ``MOST_BYTES`` of what ``tokens``, [n], stand for, with END where a document ends."""
    read, silent = bytearray(), list(special_tokens.silent(tokenizer))
    for first in range(0, len(tokens), DECODED):
        some = np.asarray(tokens[first : first + DECODED])
        documents = np.split(some, np.flatnonzero(np.isin(some, silent)) + 1)  # each with its end, but the last
        read += bytes([END]).join(text.encode() for text in tokenizer.decode_batch([ids.tolist() for ids in documents]))
        if len(read) >= MOST_BYTES:
            break
    return np.frombuffer(read, np.uint8)[:MOST_BYTES]


class Nats(NamedTuple):
    """Of all of a held-out text: with ``frozen`` counts, and reading ``along``."""

    frozen: float
    along: float


def nats(train: Bytes, heldout: Bytes) -> Nats:
    """What ``heldout``, [m], costs one who has counted ``train``, [n]."""
    text = np.concatenate([[END], train[:MOST_BYTES], heldout]).astype(np.uint8)  # [1 + n + m]
    known = len(text) - len(heldout)
    frozen, along = (np.full(len(heldout), 1 / 256) for _ in range(2))  # [m]: of each byte, as likely as any other
    for counts in _counts(text, known):
        still = counts.known
        frozen, along = counts.mixed(still, frozen), counts.mixed(counts.along(still), along)
    return Nats(*(float(-np.log(probability).sum()) for probability in (frozen, along)))


class Known(NamedTuple):
    """For each held-out byte, [m]: how often it was counted after its context, how often anything was, and how many
    different bytes were counted there once, twice and more often.
    """

    times: Ints
    seen: Ints
    distinct: Sequence[Ints]


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted of one length. ``gram``, ``context``, [m]: which ones end at each held-out byte and before it.

    ``counts``, [m]: 1 where the byte is counted once it was read. ``discounts``: of what was counted 0, 1, 2, 3 times.
    """

    gram: Ints
    context: Ints
    counts: Ints
    known: Known
    discounts: Reals

    def along(self, known: Known) -> Known:
        """The same with the held-out bytes before each."""
        times = known.times + _before(self.gram, self.counts)
        changes = [self.counts * ((times == n - 1).astype(np.int64) - (n < 3) * (times == n)) for n in (1, 2, 3)]
        distinct = [known.distinct[n] + _before(self.context, change) for n, change in enumerate(changes)]
        return Known(times, known.seen + _before(self.context, self.counts), distinct)

    def mixed(self, known: Known, shorter: Reals) -> Reals:
        """The probability of each held-out byte, [m], where a shorter context says ``shorter``."""
        left = sum(discount * distinct for discount, distinct in zip(self.discounts[1:], known.distinct, strict=True))
        own = np.maximum(known.times - self.discounts[np.minimum(known.times, 3)], 0)
        return np.where(known.seen > 0, (own + left * shorter) / np.maximum(known.seen, 1), shorter)


def _counts(text: Bytes, known: int) -> Iterator[Counts]:
    """From single bytes to the longest. Of all but these, what counts is in how many different contexts they stood."""
    window = _last_bytes(text)  # [n]
    order = np.argsort(window)
    ordered = window[order]
    shorter = np.zeros(len(text), np.int64)
    for length in range(1, ORDER + 1):
        gram = _numbered(ordered, order, length)
        counted = np.ones(len(text), bool)
        if length < ORDER:
            counted[:] = False
            counted[_firsts(ordered, order, length + 1)] = True
        counted[0] = False
        context = np.concatenate([[0], shorter[:-1]])
        yield _counted(gram, context, counted, known)
        shorter = gram


def _last_bytes(text: Bytes) -> npt.NDArray[np.uint64]:
    """The last eight bytes up to each, [n], in one number: the nearest one counts most."""
    window = np.zeros(len(text), np.uint64)
    for back in range(ORDER):
        window[back:] |= text[: len(text) - back].astype(np.uint64) << np.uint64(8 * (ORDER - 1 - back))
    return window


def _begins(ordered: npt.NDArray[np.uint64], length: int) -> npt.NDArray[np.bool_]:
    """Where the next sequence of this length begins, among all in order."""
    ends = ordered >> np.uint64(8 * (ORDER - length))
    return np.concatenate([[True], ends[1:] != ends[:-1]])


def _numbered(ordered: npt.NDArray[np.uint64], order: Ints, length: int) -> Ints:
    """Which sequence of this length ends at each byte, [n]."""
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(_begins(ordered, length)) - 1
    return numbers


def _firsts(ordered: npt.NDArray[np.uint64], order: Ints, length: int) -> Ints:
    """Where each sequence of this length ends for the first time."""
    return np.minimum.reduceat(order, np.flatnonzero(_begins(ordered, length)))


def _counted(gram: Ints, context: Ints, counted: npt.NDArray[np.bool_], known: int) -> Counts:
    at = np.flatnonzero(counted[:known])
    times = np.bincount(gram[at], minlength=int(gram.max()) + 1)
    contexts = int(context.max()) + 1
    somewhere = np.zeros(len(times), np.int64)
    somewhere[gram[at]] = at
    there, often = np.flatnonzero(times), np.minimum(times, 3)
    after = context[somewhere[there]]  # the context of each gram that was counted
    distinct = [np.bincount(after[often[there] == n], minlength=contexts) for n in (1, 2, 3)]
    own, before = gram[known:], context[known:]
    seen = np.bincount(context[at], minlength=contexts)
    found = Known(times[own], seen[before], [each[before] for each in distinct])
    return Counts(own, before, counted[known:].astype(np.int64), found, _discounts(times))


def _discounts(times: Ints) -> Reals:
    once, twice, thrice, four = (max(1, int((times == n).sum())) for n in (1, 2, 3, 4))
    share = once / (once + 2 * twice)
    usual = (1 - 2 * share * twice / once, 2 - 3 * share * thrice / twice, 3 - 4 * share * four / thrice)
    return np.array([0.0, *(min(n, max(0.05, one)) for n, one in enumerate(usual, 1))])


def _before(groups: Ints, values: Ints) -> Ints:
    """For each position the sum of the values at earlier ones of its group, [m]."""
    order = np.argsort(groups, kind="stable")
    ordered, sums = groups[order], np.cumsum(values[order]) - values[order]
    begins = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    found = np.empty_like(sums)
    found[order] = sums - sums[begins][np.cumsum(begins) - 1]
    return found
