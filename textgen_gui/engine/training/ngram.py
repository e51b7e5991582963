"""An n-gram model of tokens: the bar that a language model has to pass on the same held-out text.

Interpolated with the weights of Witten and Bell (1991), down to all tokens being equally likely.
"""

import numpy as np
import numpy.typing as npt

ORDER = 4
MOST_TOKENS = 2_000_000  # more would take more than some seconds
Tokens = npt.NDArray[np.unsignedinteger]


def nats(train: Tokens, heldout: Tokens, vocabulary: int) -> float:
    """Nats a token over ``heldout``, [m], of a model that has counted ``train``, [n]."""
    return float(-np.log(probabilities(train, heldout, vocabulary)).mean())


def probabilities(train: Tokens, heldout: Tokens, vocabulary: int) -> npt.NDArray[np.float64]:
    """How likely each token of ``heldout`` was after those before it, [m]."""
    tokens = np.concatenate([train[:MOST_TOKENS], heldout]).astype(np.int64)  # [n + m]
    known = len(tokens) - len(heldout)
    probability = np.full(len(heldout), 1 / vocabulary)  # [m]
    context = np.zeros(len(tokens), np.int64)  # [n + m]: which context each token stands in, numbered
    for length in range(ORDER):
        if length:
            earlier = np.concatenate([np.full(length, vocabulary), tokens[:-length]])  # [n + m]
            context = np.unique(context * (vocabulary + 1) + earlier, return_inverse=True)[1]
        _, first, ngram = np.unique(context * vocabulary + tokens, return_index=True, return_inverse=True)
        times = np.bincount(ngram[:known], minlength=len(first))[ngram[known:]]  # [m]: of this token after its context
        contexts = context.max() + 1
        seen = np.bincount(context[:known], minlength=contexts)[context[known:]]  # [m]: of the context
        distinct = np.bincount(context[first[first < known]], minlength=contexts)[context[known:]]  # [m]: after it
        mixed = (times + distinct * probability) / np.maximum(seen + distinct, 1)
        probability = np.where(seen > 0, mixed, probability)
    return probability
