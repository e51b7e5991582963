"""An n-gram model of tokens: the bar that a language model has to pass on the same held-out text.

Interpolated with the weights of Witten and Bell (1991), down to all tokens being equally likely.
"""

import numpy as np
import numpy.typing as npt

ORDER = 4
MOST_TOKENS = 2_000_000  # more would take more than some seconds


def nats(train: npt.NDArray[np.unsignedinteger], heldout: npt.NDArray[np.unsignedinteger], vocabulary: int) -> float:
    """Nats a token over ``heldout``, [m], of a model that has counted ``train``, [n]."""
    tokens = np.concatenate([train[:MOST_TOKENS], heldout]).astype(np.int64)
    known = len(tokens) - len(heldout)
    chance = np.full(len(heldout), 1 / vocabulary)
    before = np.zeros(len(tokens), np.int64)  # which context each token stands in, numbered
    for length in range(ORDER):
        if length:
            earlier = np.concatenate([np.full(length, vocabulary), tokens[:-length]])
            before = np.unique(before * (vocabulary + 1) + earlier, return_inverse=True)[1]
        _, first, whole = np.unique(before * vocabulary + tokens, return_index=True, return_inverse=True)
        times = np.bincount(whole[:known], minlength=len(first))[whole[known:]]
        contexts = before.max() + 1
        seen = np.bincount(before[:known], minlength=contexts)[before[known:]]
        kinds = np.bincount(before[first[first < known]], minlength=contexts)[before[known:]]
        mixed = (times + kinds * chance) / np.maximum(seen + kinds, 1)
        chance = np.where(seen > 0, mixed, chance)
    return float(-np.log(chance).mean())
