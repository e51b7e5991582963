"""Which documents a model learns from, which are held out, and which are copies to be left out.

Only numbers about documents are looked at, so a corpus of any size is divided in seconds.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.config import PrepareConfig
from ..core.control import Ask, never
from . import duplicates

TRAINED, HELD_OUT, LEFT_OUT = 0, 1, 2
WHOLE_DOCUMENTS_FROM = 20  # with fewer documents, the end of each is held out instead of whole ones; of large ones too
ENOUGH = 6_000  # characters held out, some 2,000 tokens: fewer are too few to tell one step of a training from another
LARGEST = 0.1  # share of a small corpus that is held out for that
COMPARED = 200_000  # long documents that are compared for near copies; more would take gigabytes of memory

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Split:
    """``sides``: TRAINED, HELD_OUT or LEFT_OUT for each document, [documents]. ``ends``: the share of each that is
    held out at its end, [documents].

    ``copied``: documents kept although an earlier one is nearly the same, [documents].
    """

    sides: npt.NDArray[np.int8]
    ends: npt.NDArray[np.float64]
    copied: npt.NDArray[np.bool_]


def split(
    texts: Numbers,
    lengths: Numbers,
    fingerprints: npt.NDArray[np.uint64],
    sketches: npt.NDArray[np.uint64],
    config: PrepareConfig,
    stop: Ask = never,
) -> Split:
    """Divides documents; each array has one entry a document except ``sketches``, [long documents, 1 + SMALLEST].

    ``texts``: the number of its text, rising. Copies are always on the side of the first of them. A pure function.
    Raises Stopped.
    """
    exact, near = copies(fingerprints, sketches, stop)
    sides = np.zeros(len(texts), dtype=np.int8)
    firsts = near if config.clean.near_duplicates else exact
    if config.clean.duplicates or config.clean.near_duplicates:
        sides[firsts != np.arange(len(texts))] = LEFT_OUT
    kept = sides != LEFT_OUT
    copied = kept & (near != np.arange(len(texts)))
    share = _share(config, int(lengths[kept].sum()))
    if kept.sum() < WHOLE_DOCUMENTS_FROM:
        return Split(sides, np.full(len(texts), share), copied)
    # Copies that stay count where the first of them stands, so that all of them fit into the share together.
    together = np.bincount(near[kept], lengths[kept], len(texts)).astype(np.float64)
    alone = np.bincount(near[kept], minlength=len(texts)) == 1
    # One that is larger than all that is to be held out would never be, and those beside it would be instead of it.
    large = alone & (together > share * together.sum())
    chosen = _choose(texts, np.where(large, 0, together), fingerprints, share, config.seed)
    if chosen is None:
        return Split(sides, np.full(len(texts), share), copied)
    sides[kept & chosen[near]] = HELD_OUT
    return Split(sides, np.where(large, share, 0.0), copied)


def _share(config: PrepareConfig, characters: int) -> float:
    """The share that was chosen; where nobody chose, more of a small corpus, so that it tells something."""
    if config.heldout != PrepareConfig().heldout:
        return config.heldout
    return max(config.heldout, min(LARGEST, ENOUGH / max(1, characters)))


def copies(
    fingerprints: npt.NDArray[np.uint64], sketches: npt.NDArray[np.uint64], stop: Ask = never
) -> tuple[Numbers, Numbers]:
    """For each document the first that is the same, and the first that is nearly the same; itself if there is none.

    Raises Stopped.
    """
    exact = _first_of_same(fingerprints)
    return exact, _near(fingerprints, sketches, exact, stop)


def _first_of_same(values: npt.NDArray[np.uint64]) -> Numbers:
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return first[inverse]


def _near(fingerprints: npt.NDArray[np.uint64], sketches: npt.NDArray[np.uint64], exact: Numbers, stop: Ask) -> Numbers:
    if not len(sketches) or len(sketches) > COMPARED:
        return exact
    numbers = sketches[:, 0].astype(np.int64)
    groups = duplicates.groups(fingerprints[numbers], sketches[:, 1:], stop=stop)
    near = np.arange(len(fingerprints))
    near[numbers] = numbers[groups]
    return near[exact]


def _choose(
    texts: Numbers, lengths: npt.NDArray[np.float64], fingerprints: npt.NDArray[np.uint64], share: float, seed: int
) -> npt.NDArray[np.bool_] | None:
    """Whole documents, about the same share of every text, in an order that only content and seed decide.

    ``lengths``: 0 for documents that cannot be chosen. None when even the smallest is half of the corpus.
    """
    order = _mixed(fingerprints ^ _mixed(np.full(1, seed, dtype=np.uint64)))
    chosen = np.zeros(len(texts), dtype=np.bool_)
    if not share or not lengths.any():
        return chosen
    wanted = 0.0
    for numbers in np.split(np.arange(len(texts)), np.flatnonzero(np.diff(texts)) + 1):
        mine = numbers[lengths[numbers] > 0]
        mine = mine[np.argsort(order[mine], kind="stable")]
        wanted += share * float(lengths[mine].sum())
        # A document belongs to the share when more than half of it fits; what is over or missing goes to the next text.
        taken = mine[np.cumsum(lengths[mine]) - lengths[mine] / 2 <= wanted]
        chosen[taken] = True
        wanted -= float(lengths[taken].sum())
    if not chosen.any():
        smallest = int(np.argmin(np.where(lengths > 0, lengths, np.inf)))
        if lengths[smallest] > lengths.sum() / 2:
            return None
        chosen[smallest] = True
    return chosen


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spreads 64-bit numbers evenly (the finalizer of SplitMix64, Steele and others 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
