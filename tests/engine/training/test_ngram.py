"""The n-gram model counts as one would by hand."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from textgen_gui.engine.training import ngram


def test_counting_words_agrees_with_counting_by_hand() -> None:
    generator = np.random.default_rng(1)
    train, heldout = (np.cumsum(generator.integers(0, 3, size)) % 17 for size in (2000, 100))
    whole = [*train.tolist(), *heldout.tolist()]
    follow: list[defaultdict[tuple[int, ...], Counter[int]]] = [defaultdict(Counter) for _ in range(ngram.ORDER)]
    for length in range(ngram.ORDER):
        for place in range(length, len(train)):
            follow[length][tuple(whole[place - length : place])][whole[place]] += 1
    nats = 0.0
    for place in range(len(train), len(whole)):
        chance = 1 / 17
        for length in range(ngram.ORDER):
            counts = follow[length].get(tuple(whole[place - length : place]))
            if counts is None:
                break
            chance = (counts[whole[place]] + len(counts) * chance) / (counts.total() + len(counts))
        nats -= math.log(chance)
    assert ngram.nats(train.astype(np.uint16), heldout.astype(np.uint16), 17) == pytest.approx(nats / 100, rel=1e-9)
