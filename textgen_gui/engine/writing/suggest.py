"""The next words, offered while somebody writes: the likeliest ways to finish the word that is begun, or to go on."""

import re

import torch
from tokenizers import Tokenizer

from ..core import events
from ..models import decode
from ..models.decode import Weights
from ..text import tokenizer as tokenizers
from .generate import prompt_ids
from .stream import whole_tokens

LONGEST_WORD = 10  # tokens
LONGEST_BEGUN = 32  # characters of a word that is begun; more is no word
LOOKED_BACK = 4000  # characters of the text before the cursor

_begun = re.compile(r" ?\w*$")
_part_of_word = re.compile(r"[\w'’-]")


def suggest(weights: Weights, tokenizer: Tokenizer, before: str, count: int) -> events.Suggested:
    """The ``count`` likeliest next words after the text ``before`` the cursor, each as what would be typed."""
    before = before[-LOOKED_BACK:]
    known = whole_tokens(tokenizer)
    found = _begun.search(before)
    begun = found[0] if found and known and len(found[0]) <= LONGEST_BEGUN else ""
    ids, _ = prompt_ids(weights, tokenizer, before[: len(before) - len(begun)], begins=True)
    decoder = decode.Decoder(weights, len(ids) + LONGEST_WORD)
    texts = [known.get(number, "") for number in range(tokenizer.get_vocab_size())]
    inside = torch.tensor([bool(_part_of_word.match(text)) for text in texts])
    words: dict[str, float] = {}
    beams = [("", 1.0)]  # what is written so far, and how likely it is
    logits = decoder.logits(torch.tensor([ids]))
    for _ in range(min(LONGEST_WORD, decoder.capacity - len(ids))):
        shares = logits.softmax(-1)[:, : len(texts)]
        shares[:, tokenizers.end_of_text(tokenizer)] = 0
        children: list[tuple[float, int, int]] = []
        for row, (written, chance) in enumerate(beams):
            new = written[len(begun) :] if len(written) > len(begun) else ""
            if new.strip():  # the word may end here
                words[new] = words.get(new, 0.0) + chance * float(shares[row][~inside].sum())
                possible = shares[row] * inside
            else:
                possible = shares[row] * _that_fit(texts, begun[len(written) :])
                possible = possible / possible.sum().clamp_min(1e-12) if not written else possible
            likeliest = possible.topk(min(3 * count, len(texts)))
            pairs = zip(likeliest.values.tolist(), likeliest.indices.tolist(), strict=True)
            children += [(chance * share, row, token) for share, token in pairs if share > 0]
        best = sorted(children, reverse=True)[: 3 * count]
        enough = sorted(words.values(), reverse=True)[:count]
        if not best or (len(enough) == count and best[0][0] <= enough[-1]):
            break
        beams = [(beams[row][0] + texts[token], chance) for chance, row, token in best]
        decoder.keep(torch.tensor([row for _, row, _ in best]))
        logits = decoder.logits(torch.tensor([[token] for _, _, token in best]))
    return events.Suggested(before, tuple(sorted(words.items(), key=lambda item: -item[1])[:count]))


def _that_fit(texts: list[str], begun: str) -> torch.Tensor:
    """1 for each token with which the text can go on so that it begins like this, [vocabulary]."""
    if not begun:
        return torch.ones(len(texts))
    fit = [float(bool(text) and (text.startswith(begun) or begun.startswith(text))) for text in texts]
    return torch.tensor(fit)
