"""Documents that are the same, or nearly so.

Nearly the same are two documents that share most of their windows: stretches of 32 bytes, one at each byte. The share
is estimated from the 64 smallest hashes of each (bottom-k sketches: Broder 1997, Thorup 2013), so a document of any
length is remembered in 512 bytes. White space and capitals make no difference.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..core.control import Ask, never, until

SMALLEST = 64  # hashes kept of each document
WINDOW = 32  # bytes
BLOCK = 32_768  # bytes that are hashed at once; what they need fits into the cache of a core
COMPARED_AT_ONCE = 50_000  # pairs: a tenth of a second, before it is asked again whether to stop
MISSING = np.uint64(2**64 - 1)  # in the sketch of a document with fewer windows than hashes
_steps = [(length, np.uint64(pow(0x9E37_79B9_7F4A_7C15, length, 2**64))) for length in (1, 2, 4, 8, 16)]
_mix = np.uint64(0xD6E8_FEB8_6659_FD93)
Hashes = npt.NDArray[np.uint64]


class Sketch:
    """Takes the pieces of one document, however they are cut; then knows its ``fingerprint`` and its ``smallest``."""

    def __init__(self, pieces: Iterable[str] = ()) -> None:
        self._hash = blake2b(digest_size=8)
        self._smallest = np.empty(0, np.uint64)
        self._bytes = bytearray()
        self._begun = self._space = False
        for piece in pieces:
            self.add(piece)

    def add(self, piece: str) -> int:
        """Returns how many words the piece has."""
        words = piece.casefold().split()
        if words:
            space = self._begun and (self._space or piece[0].isspace())
            folded = ((" " if space else "") + " ".join(words)).encode("utf-8", "surrogatepass")
            self._hash.update(folded)
            self._bytes += folded
            self._begun, self._space = True, False
        self._space = self._space or piece[-1:].isspace()
        if len(self._bytes) >= BLOCK:
            self._take()
        return len(words)

    @property
    def fingerprint(self) -> int:
        """64 bits of the content; equal for equal documents, and for others only by an accident of one in 2^64."""
        return int.from_bytes(self._hash.digest(), "big")

    @property
    def smallest(self) -> Hashes:
        """The smallest hashes in rising order [SMALLEST], filled up with MISSING."""
        if len(self._bytes) >= WINDOW:
            self._take()
        return np.pad(self._smallest, (0, SMALLEST - len(self._smallest)), constant_values=MISSING)

    def _take(self) -> None:
        hashes = _window_hashes(np.frombuffer(bytes(self._bytes), np.uint8))
        if len(self._smallest) == SMALLEST:
            hashes = hashes[hashes < self._smallest[-1]]
        rising = np.sort(np.concatenate((self._smallest, hashes)))  # np.unique takes ten times as long
        self._smallest = rising[np.diff(rising, prepend=MISSING) != 0][:SMALLEST]
        del self._bytes[: 1 - WINDOW]  # windows that reach into the next block begin in what is left


def fingerprint(pieces: Iterable[str]) -> int:
    """The fingerprint of one document."""
    return Sketch(pieces).fingerprint


def _window_hashes(block: npt.NDArray[np.uint8]) -> Hashes:
    """A hash of each window: a polynomial of its bytes, made from those of both its halves, then well mixed."""
    hashes = block.astype(np.uint64)
    for length, power in _steps:
        hashes = hashes[:-length] * power + hashes[length:]
    for _ in range(2):
        hashes ^= hashes >> np.uint64(32)
        hashes *= _mix
    return hashes ^ (hashes >> np.uint64(32))


def groups(fingerprints: Hashes, sketches: Hashes, threshold: float = 0.8, stop: Ask = never) -> npt.NDArray[np.int64]:
    """For each document the index of the first of its group: itself, or what it repeats, or what that one repeats.

    ``sketches``: [documents, SMALLEST]. Documents with a MISSING hash are compared by their fingerprints only.
    Raises Stopped.
    """
    _, first, same = np.unique(fingerprints, return_index=True, return_inverse=True)
    leader = first[same].astype(np.int64)
    alone = np.flatnonzero((leader == np.arange(len(leader))) & (sketches[:, -1] != MISSING))
    parents = list(range(len(leader)))
    for one, other in _near_pairs(sketches, alone, threshold, stop).tolist():
        a, b = sorted((_root(parents, one), _root(parents, other)))
        parents[b] = a
    return np.array([_root(parents, document) for document in leader.tolist()], np.int64)


class Pair(NamedTuple):
    """Two documents by their numbers, and the share of windows that they have in common."""

    one: int
    other: int
    share: float


def shares(sketches: Hashes, threshold: float, stop: Ask = never) -> list[Pair]:
    """Pairs of long documents that share so many of their windows. ``sketches``: [documents, SMALLEST].

    Raises Stopped.
    """
    whole = np.flatnonzero(sketches[:, -1] != MISSING)
    pairs = _near_pairs(sketches, whole, threshold, stop) if len(whole) else np.empty((0, 2), np.int64)
    common = _shares(sketches, pairs).tolist()
    return [Pair(one, other, share) for (one, other), share in zip(pairs.tolist(), common, strict=True)]


def _root(parents: list[int], document: int) -> int:
    while parents[document] != document:
        parents[document] = document = parents[parents[document]]
    return document


def _near_pairs(
    sketches: Hashes, documents: npt.NDArray[np.int64], threshold: float, stop: Ask = never
) -> npt.NDArray[np.int64]:
    """Pairs of nearly equal documents [pairs, 2]: neighbours among those that share a hash, compared in full."""
    hashes = sketches[documents].ravel()
    order = np.argsort(hashes, kind="stable")
    hashes, owners = hashes[order], documents[order // SMALLEST]
    shared = np.flatnonzero(hashes[1:] == hashes[:-1])
    # As one number each: of rows, np.unique takes ten times as long and lets no other thread compute meanwhile.
    rising = np.sort(owners[shared] * len(sketches) + owners[shared + 1])
    pairs = np.stack(np.divmod(rising[np.diff(rising, prepend=-1) != 0], len(sketches)), axis=1)
    blocks = until(np.array_split(pairs, len(pairs) // COMPARED_AT_ONCE + 1), stop)
    return np.concatenate([block[_shares(sketches, block) >= threshold] for block in blocks])


def _shares(sketches: Hashes, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The share of windows that two documents have in common, of all that they have: from the smallest of both."""
    both = np.sort(np.concatenate((sketches[pairs[:, 0]], sketches[pairs[:, 1]]), axis=1), axis=1)
    repeated = both[:, 1:] == both[:, :-1]
    rank = np.arange(1, 2 * SMALLEST) - np.cumsum(repeated, axis=1)
    return np.sum(repeated & (rank < SMALLEST), axis=1) / SMALLEST
