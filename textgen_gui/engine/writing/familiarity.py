"""Whether a beginning is anything like what a model has read: a language it does not know is answered with nonsense."""

import math

import regex
import torch
from tokenizers import Tokenizer

from ..models.decode import Decoder, Weights
from ..text.tokenizer import encode

LAST = 120  # characters of a beginning that are looked at
PLACES = 32  # tokens of them at most: who writes waits for it
BEFORE = 6  # tokens by which each is foretold
LARGEST = 32_000  # a model with as many tokens has read of everything
SLOW = 100_000  # bytes that a model remembers of a token; such a one is slow to ask
FEWEST_BYTES = 24  # fewer may be a rare name
# Sentences of other books took 1.5 to 2.7 bits a byte of small models, 2 of 1,600 more than 4.2; other languages in the
# same letters took 3.7 to 7.8, and other letters 20.
SURPRISED = 4.2
LONG_TOKENS = 2.6  # bytes of a token on average; they are shorter in a language that the vocabulary was not made for

_signs = regex.compile(r"[^\w\s]+")  # a kind of quotation marks that was never seen is no other language


STRANGE = (
    "This beginning may be unlike all that the model has read, as another language would be: then what it writes makes "
    "no sense."
)


def is_strange(weights: Weights, tokenizer: Tokenizer, prompt: str) -> bool:
    """Whether the end of a prompt surprises the model as only a text does that is unlike all it has read."""
    if tokenizer.get_vocab_size() >= LARGEST or weights.context <= BEFORE or weights.bytes_a_token > SLOW:
        return False
    end = prompt[-LAST:]
    # Without signs alone, a table would be strange to who has read nothing but tables.
    return _surprises(weights, tokenizer, _signs.sub("", end)) and _surprises(weights, tokenizer, end)


def _surprises(weights: Weights, tokenizer: Tokenizer, text: str) -> bool:
    ids = [int(i) for i in encode(tokenizer, [f"\n{text}"])[0]][-BEFORE - PLACES :]
    size = len(str(tokenizer.decode(ids[BEFORE:])).encode())
    if size < FEWEST_BYTES or size > LONG_TOKENS * len(ids[BEFORE:]):
        return False
    return _bits(weights, tokenizer, ids) > SURPRISED * size


def _bits(weights: Weights, tokenizer: Tokenizer, ids: list[int]) -> float:
    """How much all tokens surprise that have enough before them."""
    windows = torch.tensor(ids).unfold(0, BEFORE, 1)[:-1]  # [places, BEFORE]
    scores = Decoder(weights, BEFORE, tokenizer.get_vocab_size()).logits(windows).float()  # [places, vocabulary]
    foretold = scores.log_softmax(-1).gather(1, torch.tensor(ids[BEFORE:])[:, None])
    return -float(foretold.sum()) / math.log(2)
