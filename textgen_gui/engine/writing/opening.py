"""Where the model goes on: how the tokens of a prompt are joined to those that it writes.

A prompt that ends in a space or in half a word ends where no token of a text would. So what was begun is taken back and
spelled anew, by tokens that say it and perhaps more, each way as often as the model finds it likely. A word that is
likeliest as it stands stays. An empty page begins as texts do.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from tokenizers import Tokenizer

from ..core.generation_config import GenerateConfig
from ..models import decode
from ..models.decode import Weights
from ..text import special_tokens
from ..text.tokenizer import encode
from .constraints import Banned, bias_of
from .samplers import Sampler
from .stream import whole_tokens

LONGEST_BEGUN = 32  # characters of a word that is begun; more is no word
SPELLINGS = 32  # ways to spell what was begun that are followed at once
HOPELESS = -9.2  # the logarithm of 1e-4, of the probability of the likeliest spelling
LEARNT = 0.5  # of the first tokens after the end of a text can begin one: then the model knows where texts begin
SECOND_STREAM = 500_000  # keeps the random numbers for spellings apart from those for tokens

_begun = re.compile(r" ?\w+$|\s+$")
_begins = re.compile(r"[^\s,.;:!?)\]}’”»…、。，！？]")


class Tail(NamedTuple):
    """The last tokens before those that are written, and what they say beyond the prompt."""

    tokens: tuple[int, ...]
    given: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What some texts go on from: the same ``ids``, and a tail for each of them. All tails have one length.

    ``begins``: nothing stands before the first token, which has to look like it.
    """

    ids: list[int]
    texts: Sequence[int]
    tails: Sequence[Tail] = ()
    begins: bool = False

    def parts(self, size: int) -> "Iterator[Opening]":
        for first in range(0, len(self.texts), size):
            part = slice(first, first + size)
            yield replace(self, texts=self.texts[part], tails=self.tails[part])

    @property
    def length(self) -> int:
        """Tokens, with the tails."""
        return len(self.ids) + (len(self.tails[0].tokens) if self.tails else 0)

    def tail(self, number: int) -> Tail:
        return self.tails[number] if self.tails else Tail((), "")


class Spelling(NamedTuple):
    """Tokens that say what was begun, and perhaps more. Sorted by probability."""

    probability: float  # its logarithm
    tokens: tuple[int, ...]
    text: str


def begun(tokenizer: Tokenizer, before: str) -> str:
    """What of the end of a prompt belongs together with what follows: white space, or a word with the space before it.

    Empty where the texts of tokens do not simply stand one after the other.
    """
    found = _begun.search(before[-LONGEST_BEGUN - 2 :])
    return found[0] if found and len(found[0]) <= LONGEST_BEGUN and whole_tokens(tokenizer) else ""


def token_texts(tokenizer: Tokenizer) -> list[str]:
    """What each token says; empty for parts of characters."""
    known = whole_tokens(tokenizer)
    return [known.get(number, "") for number in range(tokenizer.get_vocab_size())]


def fits(text: str, wanted: str) -> bool:
    """Whether a token can come next where a text has to begin with what is wanted."""
    return bool(text) and (text.startswith(wanted) or wanted.startswith(text))


def openings(
    weights: Weights,
    tokenizer: Tokenizer,
    prompt: str,
    ids: list[int],
    config: GenerateConfig,
    seed: int,
    texts: Sequence[int],
) -> Iterator[Opening]:
    """How each of the texts goes on from the prompt, whose tokens are ``ids``."""
    own, word = _taken_back(weights, tokenizer, prompt, len(ids), config), begun(tokenizer, prompt)
    head = ids[: len(ids) - len(own)]
    spellings = sorted(_spelled(weights, tokenizer, head, word, config), reverse=True) if own else []
    if not spellings or spellings[0].tokens == own:
        yield Opening(ids, texts)
        return
    banned = Banned(config.banned)
    allowed = [one for one in spellings if not banned.is_in(prompt + one.text[len(word) :], len(prompt))]
    by_length: dict[int, dict[int, Tail]] = {}
    for text in texts:
        drawn = _drawn(allowed or spellings, config, seed, text)
        by_length.setdefault(len(drawn.tokens), {})[text] = Tail(drawn.tokens, drawn.text[len(word) :])
    for some in by_length.values():
        yield Opening(head, list(some), list(some.values()))


def _drawn(spellings: Sequence[Spelling], config: GenerateConfig, seed: int, text: int) -> Spelling:
    """One of them by temperature and filters, from a random stream of this text."""
    if config.beams > 1:
        return spellings[0]
    filters = ("temperature", "top_k", "typical", "top_p", "min_p")
    plain = replace(GenerateConfig(), **{name: getattr(config, name) for name in filters})
    random = torch.Generator().manual_seed(seed * 1_000_003 + SECOND_STREAM + text)
    uniform = torch.rand(1, 2, generator=random, dtype=torch.float64)
    scores = torch.tensor([[one.probability for one in spellings]])  # [1, spellings]
    return spellings[int(Sampler(plain, ()).pick(scores, uniform)[0])]


def _taken_back(
    weights: Weights, tokenizer: Tokenizer, prompt: str, read: int, config: GenerateConfig
) -> tuple[int, ...]:
    """The last tokens of the prompt, those of the word that is begun. None where they are to stay: nothing is begun,
    the text has a form to keep, or they hold parts of characters. ``read``: how many tokens of the prompt are read.
    """
    word, known = begun(tokenizer, prompt), whole_tokens(tokenizer)
    if not word or not config.natural_start or config.json_schema or config.regex:
        return ()
    whole, before = ([int(i) for i in ids] for ids in encode(tokenizer, [prompt, prompt[: -len(word)]]))
    own = tuple(whole[len(before) :])
    fits_in = len(own) < read and read + len(word) < weights.context
    return own if whole[: len(before)] == before and fits_in and all(token in known for token in own) else ()


def _spelled(
    weights: Weights, tokenizer: Tokenizer, head: list[int], word: str, config: GenerateConfig
) -> Iterator[Spelling]:
    """Every way to say what was begun after these tokens, but for hopeless ones."""
    bias, texts = bias_of(config, tokenizer), token_texts(tokenizer)
    decoder = decode.Decoder(weights.exact(), len(head) + len(word), len(texts))
    fitting: dict[str, list[int]] = {}
    begun, best = [Spelling(0.0, (), "")], float("-inf")
    logits = decoder.logits(torch.tensor([head]))  # [spellings, vocabulary]
    while True:
        shares = (logits if bias is None else logits + bias).log_softmax(-1)
        longer: list[tuple[Spelling, int]] = []
        for row, one in enumerate(begun):
            rest = word[len(one.text) :]
            if rest not in fitting:
                fitting[rest] = [token for token, text in enumerate(texts) if fits(text, rest)]
            for said in _longer(one, shares[row], texts, fitting[rest]):
                if len(said.text) >= len(word):
                    best = max(best, said.probability)
                    yield said
                else:
                    longer.append((said, row))
        likely = [one for one in sorted(longer, reverse=True)[:SPELLINGS] if one[0].probability > best + HOPELESS]
        if not likely:
            return
        begun = [said for said, _ in likely]
        decoder.select(torch.tensor([row for _, row in likely]))
        logits = decoder.logits(torch.tensor([[said.tokens[-1]] for said in begun]))


def _longer(one: Spelling, shares: torch.Tensor, texts: Sequence[str], tokens: list[int]) -> Iterator[Spelling]:
    """The same with one more of these tokens. ``shares``: logarithms, [vocabulary]."""
    for token, share in zip(tokens, shares[tokens].tolist(), strict=True):
        yield Spelling(one.probability + share, (*one.tokens, token), one.text + texts[token])


def of_an_empty_page(weights: Weights, tokenizer: Tokenizer) -> list[int]:
    """What stands before a text, or an empty line where the model has not learnt what follows the end of a text: it
    has seen too few of them. A token that begins texts is always known; where nobody can say what tokens say, it counts
    as known too.
    """
    special = special_tokens.of(tokenizer)
    end, line = special.begun([]), [int(i) for i in encode(tokenizer, ["\n"])[0]]
    if special.opening or not whole_tokens(tokenizer) or not line or weights.context < 3 * len(line):
        return end
    shares = (
        decode.Decoder(weights, len(end), tokenizer.get_vocab_size()).logits(torch.tensor([end])).softmax(-1)[0]
    )  # [vocabulary]
    known = sum(float(shares[token]) for token, text in enumerate(token_texts(tokenizer)) if _is_beginning(text))
    return end if known >= LEARNT else line + line


def beginners(tokenizer: Tokenizer) -> torch.Tensor:
    """For each token whether a text can begin with it, [vocabulary]."""
    return torch.tensor([not text or bool(_begins.match(text)) for text in token_texts(tokenizer)])


def _is_beginning(text: str) -> bool:
    return bool(_begins.match(text)) and not text[0].islower()
