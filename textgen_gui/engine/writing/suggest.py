"""The next words, offered while somebody writes: the likeliest ways to finish the word that is begun, or to go on."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import torch
from tokenizers import Tokenizer

from ..core import events
from ..models import decode
from ..models.decode import Weights
from ..text import special_tokens
from ..text.tokenizer import encode
from . import opening
from .generate import prompt_ids

LONGEST_WORD = 10  # tokens
LOOKED_BACK = 4000  # characters of the text before the cursor
LOOKED_AHEAD = 48  # characters behind the word: what follows a word decides soon
BETWEEN = 24  # words that are tried there

_part_of_word = re.compile(r"[\w'’-]")


class _Beginning(NamedTuple):
    """What a word may begin with."""

    text: str
    probability: float


class _Longer(NamedTuple):
    """A beginning, that of this row, with one token more. Sorted by probability."""

    probability: float
    row: int
    token: int


def suggest(weights: Weights, tokenizer: Tokenizer, before: str, count: int, after: str = "") -> events.Suggested:
    """The ``count`` likeliest next words after the text ``before`` the cursor, each as what would be typed. What stands
    ``after`` it decides as well: of so many likely words, those that go with it best.
    """
    if after.strip():
        many = suggest(weights, tokenizer, before, BETWEEN)
        found = [word for word, _ in many.words]
        tried = _between(weights, tokenizer, before[-LOOKED_BACK:], found, after) if found else []
        return events.Suggested(many.after, tuple(tried[:count]))
    before = before[-LOOKED_BACK:]
    begun = opening.begun(tokenizer, before)
    ids, _ = prompt_ids(weights, tokenizer, before[: len(before) - len(begun)], begins=True)
    texts = opening.token_texts(tokenizer)
    words = _Words(texts, sorted(special_tokens.silent(tokenizer)), begun, count)
    words.search(decode.Decoder(weights.exact(), len(ids) + LONGEST_WORD, len(texts)), ids)
    return events.Suggested(before, tuple(words.likeliest()))


def _between(
    weights: Weights, tokenizer: Tokenizer, before: str, words: list[str], after: str
) -> list[tuple[str, float]]:
    """The words by how likely they are together with what stands after them, the likeliest first."""
    begun = opening.begun(tokenizer, before)
    following = after[:LOOKED_AHEAD].rpartition(" ")[0] if len(after) > LOOKED_AHEAD else after
    spelled = [ids.tolist() for ids in encode(tokenizer, [begun + word + following for word in words])]
    length = max(map(len, spelled), default=0)
    ids, _ = prompt_ids(weights, tokenizer, before[: len(before) - len(begun)], begins=True)
    ids = ids[-max(1, weights.context - length) :]
    decoder = decode.Decoder(weights.exact(), len(ids) + length, tokenizer.get_vocab_size())
    logits, score = decoder.logits(torch.tensor([ids])), torch.zeros(len(words))
    decoder.select(torch.zeros(len(words), dtype=torch.int64))
    logits = logits.expand(len(words), -1)  # [words, vocabulary]
    for place in range(min(length, weights.context - len(ids))):
        tokens = torch.tensor([one[min(place, len(one) - 1)] for one in spelled])  # [words]
        is_there = torch.tensor([place < len(one) for one in spelled])
        score += logits.log_softmax(-1).gather(1, tokens[:, None])[:, 0] * is_there
        logits = decoder.logits(tokens[:, None])
    return sorted(zip(words, score.softmax(0).tolist(), strict=True), key=lambda known: -known[1])


class _Words:
    """Beam search over the tokens of one word; each way to write the word adds to its probability.

    ``texts``: that of each token; those that are ``silent`` have none. ``begun``: what of the word is there already.
    """

    def __init__(self, texts: list[str], silent: list[int], begun: str, count: int) -> None:
        self.texts, self.silent, self.begun, self.count = texts, silent, begun, count
        self.beams = 3 * count
        self.inside = torch.tensor([bool(_part_of_word.match(text)) for text in texts])  # [vocabulary]
        self.found: dict[str, float] = {}

    def search(self, decoder: decode.Decoder, ids: list[int]) -> None:
        beginnings = [_Beginning("", 1.0)]
        logits = decoder.logits(torch.tensor([ids]))  # [beginnings, vocabulary]
        for _ in range(min(LONGEST_WORD, decoder.capacity - len(ids))):
            probabilities = logits.softmax(-1)
            probabilities[:, self.silent] = 0
            longer: list[_Longer] = []
            for row, beginning in enumerate(beginnings):
                longer += self._go_on(row, beginning, probabilities[row])
            best = sorted(longer, reverse=True)[: self.beams]
            if not best or self._is_enough(best[0].probability):
                return
            beginnings = [_Beginning(beginnings[one.row].text + self.texts[one.token], one.probability) for one in best]
            decoder.select(torch.tensor([one.row for one in best]))
            logits = decoder.logits(torch.tensor([[one.token] for one in best]))

    def likeliest(self) -> list[tuple[str, float]]:
        return sorted(self.found.items(), key=lambda item: -item[1])[: self.count]

    def _go_on(self, row: int, beginning: _Beginning, probabilities: torch.Tensor) -> Iterator[_Longer]:
        """One beginning with each of its likeliest next tokens, and noted where a word may end. Probabilities
        [vocabulary].
        """
        text = beginning.text
        new = text[len(self.begun) :] if len(text) > len(self.begun) else ""
        if new.strip():  # the word may end here
            ends = beginning.probability * float(probabilities[~self.inside].sum())
            self.found[new] = self.found.get(new, 0.0) + ends
            possible = probabilities * self.inside
        else:
            possible = probabilities * _that_fit(self.texts, self.begun[len(text) :])
            possible = possible / possible.sum().clamp_min(1e-12) if not text else possible
        likeliest = possible.topk(min(self.beams, len(self.texts)))  # [beams]
        for share, token in zip(likeliest.values.tolist(), likeliest.indices.tolist(), strict=True):
            if share > 0:
                yield _Longer(beginning.probability * share, row, token)

    def _is_enough(self, best: float) -> bool:
        """Whether no longer word can be likelier than those that are found."""
        found = self.likeliest()
        return len(found) == self.count and best <= found[-1][1]


def _that_fit(texts: list[str], begun: str) -> torch.Tensor:
    """1 for each token with which the text can go on so that it begins like this, [vocabulary]."""
    if not begun:
        return torch.ones(len(texts))
    return torch.tensor([float(opening.fits(text, begun)) for text in texts])
