"""Counting letters agrees with counting by hand, with counts that stand still and with counts that go on."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from textgen_gui.engine.text import special_tokens
from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.training import kneser_ney

from ...conftest import story


class ByHand:
    """Modified Kneser-Ney in dictionaries, one byte after the other."""

    def __init__(self, text: bytes) -> None:
        self.text = bytes([kneser_ney.END])
        self.seen: set[bytes] = set()
        self.follow: defaultdict[bytes, Counter[int]] = defaultdict(Counter)
        for byte in text:
            self.count(byte)
        self.discounts = [self._discounts(length) for length in range(1, kneser_ney.ORDER + 1)]

    def count(self, byte: int) -> None:
        self.text += bytes([byte])
        padded = bytes(kneser_ney.ORDER) + self.text
        for length in range(1, kneser_ney.ORDER + 1):
            longer = padded[-length - 1 :]
            if length == kneser_ney.ORDER or longer not in self.seen:
                self.seen.add(longer)
                self.follow[padded[-length:-1]][byte] += 1

    def _discounts(self, length: int) -> list[float]:
        counts = [n for context, after in self.follow.items() if len(context) == length - 1 for n in after.values()]
        once, twice, thrice, four = (max(1, counts.count(n)) for n in (1, 2, 3, 4))
        share = once / (once + 2 * twice)
        found = [1 - 2 * share * twice / once, 2 - 3 * share * thrice / twice, 3 - 4 * share * four / thrice]
        return [0.0, *(min(n, max(0.05, one)) for n, one in enumerate(found, 1))]

    def chance(self, byte: int, context: bytes) -> float:
        padded, chance = bytes(kneser_ney.ORDER) + context, 1 / 256
        for length, discounts in enumerate(self.discounts, 1):
            after = self.follow.get(padded[len(padded) - length + 1 :])
            if not after:
                return chance
            left = sum(discounts[min(3, n)] for n in after.values())
            own = max(0.0, after[byte] - discounts[min(3, after[byte])])
            chance = (own + left * chance) / after.total()
        return chance


def test_counting_letters_agrees_with_counting_by_hand() -> None:
    text = story().encode()
    train, heldout = text[:3000], text[2900:3000] + text[9000:9200]
    expected = []
    for reads_along in (False, True):
        known, nats, before = ByHand(train), 0.0, bytes([kneser_ney.END]) + train
        for byte in heldout:
            nats -= math.log(known.chance(byte, before))
            before += bytes([byte])
            if reads_along:
                known.count(byte)
        expected.append(nats)
    found = kneser_ney.nats(np.frombuffer(train, np.uint8), np.frombuffer(heldout, np.uint8))
    assert found == pytest.approx(tuple(expected), rel=1e-9)
    assert found.along < found.frozen


def test_documents_end_in_a_byte_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = tokenizers.train(["one two three “four” " * 50], 300)
    end = special_tokens.of(tokenizer).ends[0]
    ids = [*tokenizer.encode("one “two”").ids, end, *tokenizer.encode("three").ids, end]
    tokens = np.array(ids, np.uint16)
    assert bytes(kneser_ney.read(tokens, tokenizer)) == "one “two”".encode() + b"\xffthree\xff"
    monkeypatch.setattr(kneser_ney, "MOST_BYTES", 5)
    assert bytes(kneser_ney.read(tokens, tokenizer)) == b"one \xe2"
