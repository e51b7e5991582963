"""A teacher that needs no learning: what usually follows the last few tokens, by counting them in the training text.

A model that begins from scratch learns from one right token at each place. A teacher that names all that could stand
there, and how likely each is, tells it far more (Hinton et al. 2015), most of all in the first minutes. Here it is an
n-gram model: interpolated, each count discounted (Ney et al. 1994), and the very place that is asked about is left out
of its counts, or it would only repeat the text.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import torch

from ..core.config import RunConfig
from .texts import TrainingTexts

ORDER = 4  # tokens of which the last is foretold; a fifth told no more
MOST_TOKENS = 4_000_000  # of training text: more of it is hardly read twice, and needs no teacher
DISCOUNT = 0.75

Tokens = npt.NDArray[np.unsignedinteger]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Followers:
    """What followed each context of one length. Followers lie sorted by their contexts, [followers]."""

    mine: Ints  # [n]: at each place of the text, which follower stands there
    token: Ints  # [followers]
    count: Ints  # [followers]
    first: Ints  # [followers]: of the same context
    end: Ints  # [followers]
    seen: Ints  # [followers]: how often the context occurs

    @classmethod
    def of(cls, context: npt.NDArray[np.int64], tokens: npt.NDArray[np.int64], vocabulary: int) -> Self:
        """``context``: a number for that of each place, [n], as its ``tokens``."""
        keys, mine, count = np.unique(context * vocabulary + tokens, return_inverse=True, return_counts=True)
        of_context = keys // vocabulary
        first = np.searchsorted(of_context, of_context, "left")
        end = np.searchsorted(of_context, of_context, "right")
        before = np.concatenate([[0], np.cumsum(count)])
        seen = before[end] - before[first]
        return cls(*(part.astype(np.int32) for part in (mine, keys % vocabulary, count, first, end, seen)))

    def tell(self, places: npt.NDArray[np.int64], left: npt.NDArray[np.float32], told: npt.NDArray[np.float32]) -> None:
        """Adds to ``told``, [places, vocabulary], what these contexts know, as its share of what is ``left``, [places],
        from which it is taken.
        """
        others = self.seen[self.mine[places]] > 1
        rows, mine = np.flatnonzero(others), self.mine[places[others]]
        first, length = self.first[mine], self.end[mine] - self.first[mine]
        each = np.repeat(np.arange(len(rows)), length)  # [entries]: of which row
        follower = np.arange(len(each)) + np.repeat(first - np.cumsum(length) + length, length)
        count = self.count[follower] - (follower == mine[each])  # without the place itself
        share = (left[rows] / (self.seen[mine] - 1)).astype(np.float32)
        known = np.maximum(count - np.float32(DISCOUNT), 0) * share[each]
        told[rows[each], self.token[follower]] += known
        left[rows] -= np.bincount(each, known, len(rows)).astype(np.float32)


def of(texts: TrainingTexts, config: RunConfig) -> "NgramTeacher | None":
    """The teacher of a run, where it has one."""
    if not config.train.ngram_teacher or len(texts.train) > MOST_TOKENS:
        return None
    return NgramTeacher(texts.train[:], texts.prepared.vocabulary)


class NgramTeacher:
    """Foretells any place of the text that it was made from."""

    def __init__(self, tokens: Tokens, vocabulary: int) -> None:
        """``tokens``, [n]: all of the training text."""
        text, context = tokens.astype(np.int64), np.zeros(len(tokens), np.int64)
        usual = np.bincount(text, minlength=vocabulary) + 0.5
        self._usual = (usual / usual.sum()).astype(np.float32)  # [vocabulary]
        self._by_length: list[_Followers] = []
        for length in range(1, ORDER):
            earlier = np.concatenate([np.full(length, vocabulary), text[:-length]])[: len(text)]
            context = np.unique(context * (vocabulary + 1) + earlier, return_inverse=True)[1]
            self._by_length.append(_Followers.of(context, text, vocabulary))

    def __call__(self, places: npt.NDArray[np.int64]) -> torch.Tensor:
        """Of each place in the text, [m], how likely each token is to stand there, [m, vocabulary]."""
        told = np.zeros((len(places), len(self._usual)), np.float32)
        left = np.ones(len(places), np.float32)
        for followers in reversed(self._by_length):
            followers.tell(places, left, told)
        return torch.from_numpy(told).addr_(torch.from_numpy(left), torch.from_numpy(self._usual))
