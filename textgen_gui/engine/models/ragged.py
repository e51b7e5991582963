"""Reading on with texts of different lengths at once: the matrices, most of the work, are read once for all.

Their keys and values end at the same column of one cache. Zeros, which nobody sees, stand before a shorter one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .decode import Weights
from .fused import Fused
from .kv_cache import KVCache

SPARE = 64  # columns that are there before they are needed, besides half of those that are used


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows that are taken over: of these caches, one a layer, those ``rows``, of so many tokens each."""

    caches: Sequence[KVCache]
    rows: Sequence[int]
    lengths: Sequence[int]


class RaggedDecoder:
    """``lengths``: how many tokens of each row are read, [rows]. ``vocabulary``: as that of Decoder."""

    def __init__(self, weights: Fused, vocabulary: int) -> None:
        self.weights, self.vocabulary = weights, vocabulary
        self.lengths = torch.empty(0, dtype=torch.int64)
        self._caches: list[KVCache] = []

    @torch.inference_mode()
    def logits(self, ids: torch.Tensor, *, exact: bool = False) -> torch.Tensor:
        """Reads one more token of each row, ids [rows] -> the scores of the next one, [rows, vocabulary].

        ``exact``: as that of Weights.
        """
        if self._caches[0].length == self._caches[0].capacity:
            self.select(range(len(self.lengths)))
        weights = self.weights.exact() if exact else self.weights
        logits = weights.read_ragged(ids[:, None], self.lengths, self._caches)
        self.lengths = self.lengths + 1
        return logits[:, : self.vocabulary]

    @torch.inference_mode()
    def join(self, caches: Sequence[KVCache], rows: int) -> None:
        """Takes over so many more rows, which stand behind the others."""
        new = _Source(caches, range(rows), [caches[0].length] * rows)
        self._arrange([self._own(range(len(self.lengths))), new])

    @torch.inference_mode()
    def select(self, rows: Sequence[int]) -> None:
        """Goes on with these rows only."""
        self._arrange([self._own(rows)])

    def _own(self, rows: Sequence[int]) -> _Source:
        return _Source(self._caches, rows, [int(self.lengths[row]) for row in rows])

    def _arrange(self, sources: Sequence[_Source]) -> None:
        sources = [source for source in sources if source.rows]
        lengths = [length for source in sources for length in source.lengths]
        self.lengths = torch.tensor(lengths, dtype=torch.int64)
        made = []
        for layer in range(self.weights.layers if lengths else 0):
            longest = max(lengths)
            cache = KVCache(min(self.weights.context, longest + longest // 2 + SPARE))
            cache.length = longest
            cache.buffer = _zeros(sources[0].caches[layer], len(lengths), cache.capacity)
            _copy(sources, layer, cache.buffer, longest)
            made.append(cache)
        self._caches = made


def _zeros(like: KVCache, rows: int, capacity: int) -> torch.Tensor:
    assert like.buffer is not None
    two, _, heads, _, width = like.buffer.shape
    return like.buffer.new_zeros(two, rows, heads, capacity, width)


def _copy(sources: Sequence[_Source], layer: int, to: torch.Tensor, end: int) -> None:
    """``to`` [2, rows, heads, capacity, width], in which all rows end at column ``end``."""
    target = 0
    for source in sources:
        cache = source.caches[layer]
        assert cache.buffer is not None
        for row, length in zip(source.rows, source.lengths, strict=True):
            read = cache.buffer[:, row, :, cache.length - length : cache.length]
            to[:, target, :, end - length : end] = read
            target += 1


def ragged(weights: Weights, vocabulary: int) -> RaggedDecoder | None:
    """None for families that go through modules of their own: each of their texts is read by itself."""
    return RaggedDecoder(weights, vocabulary) if isinstance(weights, Fused) else None
