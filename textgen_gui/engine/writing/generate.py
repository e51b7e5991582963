"""Writing: the prompt is read once, then token by token, many texts at a time, streamed without torn characters.

Each text draws from its own random stream, seeded by (seed, index), never from the global generator: training may run
beside it, and text number 3 is the same whether two others are written beside it or none.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer

from ..core import events
from ..core.control import Ask
from ..core.events import StopReason
from ..core.generation_config import GenerateConfig, patience
from ..models import decode
from ..models.decode import Weights
from ..models.kv_cache import KVCache
from ..models.stock import PreTrainedModel
from ..text import special_tokens
from ..text.tokenizer import encode
from . import beams, familiarity, opening
from .constraints import Banned, Constraint, bias_of, breakers_of, is_constrained, stops_of
from .endings import endings
from .opening import Opening
from .samplers import Sampler
from .stream import Stream

ROWS = 64  # texts written side by side at most
CACHE_BYTES = 1_000_000_000  # of keys and values; fewer texts side by side where this is not enough
BLOCK = 256  # random numbers drawn at once
COMPACT = 0.75  # of the rows still unfinished: then the others are left out of the batch

Happened = events.TextPiece | events.TextGenerated | events.TokenChosen | events.WindowMoved | events.Warned


def write_ids(
    model: PreTrainedModel, tokenizer: Tokenizer, ids: list[int], config: GenerateConfig, seed: int, stop: Any
) -> Iterator[Happened]:
    """Goes on from tokens, of which there must be at least one."""
    return write_tokens(decode.weights(model), tokenizer, ids, config, seed, stop)


def write(
    weights: Weights,
    tokenizer: Tokenizer,
    prompt: str,
    config: GenerateConfig,
    stop: Ask,
    alternatives: int = 0,
    only: range | None = None,
) -> Iterator[Happened]:
    """Texts that go on from ``prompt``, ``only`` these of them. A prompt that is too long loses its beginning."""
    begun = begin(weights, tokenizer, prompt, config, only)
    if begun.left_out:
        share = begun.read / (begun.read + begun.left_out)
        yield events.Warned(
            "The text before is longer than this model can look back on. It goes on from the last "
            f"{_some(prompt, share)} or so, and does not know what stands before them."
        )
    if familiarity.is_strange(weights, tokenizer, prompt):
        yield events.Warned(familiarity.STRANGE)
    for one in begun.openings:
        yield from _write(weights, tokenizer, one, config, begun.seed, stop, alternatives)
        if stop():
            return


@dataclass(frozen=True, slots=True)
class Begun:
    """What is to be written. Of the prompt, ``read`` tokens are read (with what stands before a text), others not."""

    seed: int
    read: int
    left_out: int
    openings: Iterator[Opening]


def begin(
    weights: Weights, tokenizer: Tokenizer, prompt: str, config: GenerateConfig, only: range | None = None
) -> Begun:
    """How the texts go on from ``prompt``, ``only`` these of them."""
    texts = only or range(config.n)
    ids, left_out = prompt_ids(weights, tokenizer, prompt, config.from_beginning)
    seed = config.seed or int(torch.empty((), dtype=torch.int64).random_(generator=_fresh()) % (2**31 - 1)) + 1
    has_form = config.json_schema or config.regex  # which says itself how a text begins
    if config.natural_start and config.from_beginning and not prompt and not has_form:
        page = opening.of_an_empty_page(weights, tokenizer)
        return Begun(seed, len(ids), left_out, iter([Opening(page, texts, begins=True)]))
    opened = opening.openings(weights, tokenizer, prompt, ids, config, seed, texts)
    return Begun(seed, len(ids), left_out, opened)


def _some(text: str, share: float) -> str:
    """So much of it in words, or in letters where a script has no spaces between words."""
    words, letters = round(share * len(text.split())), round(share * len(text))
    return f"{words:,} words" if letters < 20 * words else f"{letters:,} letters"


def prompt_ids(weights: Weights, tokenizer: Tokenizer, prompt: str, begins: bool) -> tuple[list[int], int]:
    """The prompt as the model reads it, after what stands before a text where one begins; and how many tokens it leaves
    out at its beginning because they are too many: as many as a window that is full, so that there is room to write.
    """
    ids = [int(i) for i in encode(tokenizer, [prompt])[0]] if prompt else []
    special = special_tokens.of(tokenizer)
    if len(ids) + max(0, len(special.opening) - 1) >= weights.context:
        kept = max(1, weights.context // 2)
        return [*special.opening, *ids[-kept:]], len(ids) - kept
    return special.begun(ids) if begins or not ids else ids, 0


def _fresh() -> torch.Generator:
    generator = torch.Generator()
    generator.seed()
    return generator


def write_tokens(
    weights: Weights, tokenizer: Tokenizer, ids: list[int], config: GenerateConfig, seed: int, stop: Ask
) -> Iterator[Happened]:
    """Goes on from tokens as they are."""
    yield from _write(weights, tokenizer, Opening(ids, range(config.n)), config, seed, stop)


def _write(
    weights: Weights,
    tokenizer: Tokenizer,
    opened: Opening,
    config: GenerateConfig,
    seed: int,
    stop: Ask,
    alternatives: int = 0,
) -> Iterator[Happened]:
    if config.beams > 1:
        ids, given = [*opened.ids, *opened.tail(0).tokens], opened.tail(0).given
        yield from beams.search(weights, tokenizer, ids, config, seed, stop, given)
        return
    longest = opened.length + config.max_new_tokens + patience[config.end]
    for part in opened.parts(rows_at_once(weights, min(weights.context, longest))):
        yield from Batch(weights, tokenizer, part, config, seed, alternatives).write(stop)
        if stop():
            return


def rows_at_once(weights: Weights, capacity: int) -> int:
    return max(1, min(ROWS, CACHE_BYTES // max(1, weights.bytes_a_token * capacity)))


class Batch:
    """Some texts from the same prompt, written side by side: each row of its tensors is one of them.

    ``texts``: the index of the text in each row. ``unfinished``: the indices of those that still go on, in order.
    """

    def __init__(
        self,
        weights: Weights,
        tokenizer: Tokenizer,
        opened: Opening,
        config: GenerateConfig,
        seed: int,
        alternatives: int,
    ) -> None:
        self.tokenizer, self.config, self.seed, self.alternatives = tokenizer, config, seed, alternatives
        self.ends = special_tokens.of(tokenizer).ends
        self.texts = list(opened.texts)
        self.streams = {
            index: Stream(tokenizer, [*opened.ids, *tail.tokens][-1], stops_of(config), tail.given)
            for index, tail in ((index, opened.tail(row)) for row, index in enumerate(self.texts))
        }
        self.unfinished = dict.fromkeys(self.texts)
        self.random = RandomStreams(seed, self.texts)
        self.sampler = Sampler(config, self.ends, bias_of(config, tokenizer), breakers_of(config, tokenizer))
        self.banned = Banned(config.banned)
        self.constraint = Constraint(config, tokenizer, self.texts)
        self.longest = config.max_new_tokens + patience[config.end]
        self.beginners = opening.beginners(tokenizer) if opened.begins else None  # [vocabulary]
        vocabulary = tokenizer.get_vocab_size()
        self.is_constrained = is_constrained(config)
        weights = weights.exact() if self.is_constrained else weights
        self.window = Window(weights, opened.ids, len(self.texts), opened.length + self.longest, vocabulary)
        self.window.begin([tail.tokens for tail in opened.tails])
        self.written = 0  # tokens of each
        self.started, self.first_token_s = time.perf_counter(), 0.0

    def write(self, stop: Ask) -> Iterator[Happened]:
        yield from self.finish_those_that_ended()
        while self.unfinished:
            yield from self.step(self.window.next_logits())
            if self.unfinished and stop():
                yield from self.end(StopReason.STOPPED)
            yield from self.end_at_length()

    def step(self, logits: torch.Tensor) -> Iterator[Happened]:
        """One more token of each text, from the scores [rows, vocabulary] that follow what is there."""
        if self.window.moved:
            yield events.WindowMoved(self.written)
        # [rows, vocabulary]
        scores = self.constraint.allowed(self.sampler.scores(logits, self.window.history, self.written), self.texts)
        if self.beginners is not None and not self.written:
            scores = scores.masked_fill(~self.beginners, float("-inf"))
        chosen = self._choose(scores)
        self.window.push(chosen)
        self.written += 1
        self.first_token_s = self.first_token_s or time.perf_counter() - self.started
        probabilities = logits.softmax(-1) if self.alternatives else logits
        for row, token in enumerate(chosen.tolist()):
            if self.texts[row] in self.unfinished:
                yield from self._take(self.texts[row], token, probabilities[row])
        if self.unfinished and len(self.unfinished) <= COMPACT * len(self.texts):
            self._leave_out()

    def end_at_length(self) -> Iterator[Happened]:
        """To be called after each step."""
        if self.written == self.longest:
            yield from self.end(StopReason.LENGTH)
        elif self.written == self.config.max_new_tokens:
            yield from self._end_where_they_can()

    def end(self, reason: StopReason) -> Iterator[Happened]:
        """All that go on end as they are."""
        for index in list(self.unfinished):
            yield from self._finish(index, reason)

    def _choose(self, scores: torch.Tensor) -> torch.Tensor:
        chosen = self.sampler.pick(scores, self.random.next()).clone()
        for row, token in enumerate(chosen.tolist()):
            if self._must_not(row, token):
                chosen[row] = self._draw_again(scores[row : row + 1].clone(), row, token)
        return chosen

    def _must_not(self, row: int, token: int) -> bool:
        """Where nothing is drawn the likeliest token stands, torn or not, as elsewhere."""
        stream = self.streams[self.texts[row]]
        is_torn = self.config.temperature > 0 and stream.tears(token)
        return is_torn or (bool(self.banned) and self.banned.ends(stream, token))

    def _draw_again(self, scores: torch.Tensor, row: int, token: int) -> int:
        """Without what must not be, which is the same as to draw from the others at once. ``scores``: of this row."""
        sampler = Sampler(self.config, self.ends)
        while self._must_not(row, token):
            scores[0, token] = float("-inf")
            if not torch.isfinite(scores).any():
                return self.ends[0]
            token = int(sampler.pick(scores, self.random.again(row))[0])
        return token

    def _take(self, index: int, token: int, probabilities: torch.Tensor) -> Iterator[Happened]:
        stream = self.streams[index]
        if token in self.ends:
            yield from self._finish(index, StopReason.END_OF_TEXT)
            return
        begin = len(stream.text)
        piece = stream.push(token)
        if self.alternatives:
            yield self._told(index, token, begin, len(stream.text), probabilities)
        if piece:
            yield events.TextPiece(index, piece)
        if stream.is_over:
            yield from self._finish(index, stream.reason)
        elif self.constraint.take(index, token):
            yield from self._finish(index, StopReason.COMPLETE)

    def _end_where_they_can(self) -> Iterator[Happened]:
        """They are as long as was asked for; those that do not end here go on to the next end."""
        for index in self.unfinished:
            self.streams[index].end_at(endings[self.config.end])
        yield from self.finish_those_that_ended()

    def finish_those_that_ended(self) -> Iterator[Happened]:
        """To be called before the first step, too: what stands before a text may have ended it."""
        for index in list(self.unfinished):
            if self.streams[index].is_over:
                yield from self._finish(index, self.streams[index].reason)

    def _told(self, index: int, token: int, begin: int, end: int, probabilities: torch.Tensor) -> events.TokenChosen:
        likeliest = probabilities.topk(min(self.alternatives, len(probabilities)))
        silent = special_tokens.silent(self.tokenizer)
        others = tuple(
            ("" if number in silent else self.tokenizer.decode([number], skip_special_tokens=False), share)
            for number, share in zip(likeliest.indices.tolist(), likeliest.values.tolist(), strict=True)
            if number in self.ends or number not in silent
        )
        return events.TokenChosen(index, token, begin, end, float(probabilities[token]), others)

    def _finish(self, index: int, reason: StopReason) -> Iterator[Happened]:
        stream = self.streams[index]
        del self.unfinished[index]
        if rest := stream.flush():
            yield events.TextPiece(index, rest)
        elapsed_s = time.perf_counter() - self.started
        yield events.TextGenerated(
            index, stream.text, len(stream.ids), elapsed_s, self.first_token_s, self.seed, reason
        )

    def _leave_out(self) -> None:
        """Those that are done cost no more time."""
        rows = torch.tensor([row for row, index in enumerate(self.texts) if index in self.unfinished])
        self.texts = list(self.unfinished)
        self.window.select(rows)
        self.random.select(rows)
        self.sampler.select(rows)


class RandomStreams:
    """Random numbers from 0 to 1, of each text from a stream of its own."""

    def __init__(self, seed: int, texts: Sequence[int]) -> None:
        self._generators = [torch.Generator().manual_seed(seed * 1_000_003 + index) for index in texts]
        self._next = BLOCK
        self._block = torch.empty(0)  # [BLOCK, rows, 2]

    def next(self) -> torch.Tensor:
        """Two numbers a text, [rows, 2]."""
        if self._next == BLOCK:
            draws = [torch.rand(BLOCK, 2, generator=g, dtype=torch.float64) for g in self._generators]
            self._block, self._next = torch.stack(draws, dim=1), 0
        self._next += 1
        return self._block[self._next - 1]

    def again(self, row: int) -> torch.Tensor:
        """Two more for one row, [1, 2]."""
        return torch.rand(1, 2, generator=self._generators[row], dtype=torch.float64)

    def select(self, rows: torch.Tensor) -> None:
        self._block = self._block[:, rows]
        self._generators = [self._generators[row] for row in rows.tolist()]


class Window:
    """The model over the last tokens of some texts. Full, it starts again from the newer half: unlimited length.

    ``vocabulary``: so many tokens there are; a model may have scores for more.
    """

    def __init__(self, weights: Weights, ids: list[int], rows: int, longest: int, vocabulary: int) -> None:
        self.decoder = decode.Decoder(weights, longest, vocabulary)
        self.context, self.count = weights.context, rows
        self.tokens = torch.tensor([ids])  # [rows, >= length]; one row until the prompt was read, once for all
        self.length, self.seen, self.moved = len(ids), 0, False

    @property
    def history(self) -> torch.Tensor:
        """All tokens so far, [rows, length]."""
        return self.tokens[:, : self.length]

    @property
    def is_full(self) -> bool:
        """The next token that is read makes it start again."""
        return self.length - (self.seen - self.decoder.length) > self.context

    def next_logits(self) -> torch.Tensor:
        """The scores of the token after the history, [rows, vocabulary]; only new tokens are read."""
        self.moved = self.is_full
        if self.moved:
            self.decoder.reset()
            self.seen = self.length - self.context // 2
        logits = self.decoder.logits(self.tokens[:, self.seen : self.length])
        self.seen = self.length
        if len(self.tokens) < self.count:
            everyone = torch.zeros(self.count, dtype=torch.int64)
            self.select(everyone)
            logits = logits.index_select(0, everyone)
        return logits

    def hand_over(self) -> list[KVCache]:
        """What was read, for those who read on in its stead; they tell with ``was_read``."""
        return self.decoder.hand_over()

    def was_read(self) -> None:
        """Somebody else has read the last token."""
        self.seen, self.moved = self.length, False
        self.decoder.length += 1

    def begin(self, tails: Sequence[tuple[int, ...]]) -> None:
        """What each row has to itself before the first token that is written, all of one length; none where none."""
        if tails:
            self.next_logits()  # what all have in common is read once
            for column in torch.tensor(tails).T:
                self.push(column)

    def push(self, chosen: torch.Tensor) -> None:
        """The next token of each row, [rows]."""
        if self.length == self.tokens.shape[1]:
            longer = self.tokens.new_empty(len(self.tokens), 2 * self.length + 256)
            longer[:, : self.length] = self.tokens
            self.tokens = longer
        self.tokens[:, self.length] = chosen
        self.length += 1

    def select(self, rows: torch.Tensor) -> None:
        """Only these texts go on; one may be taken several times."""
        self.tokens, self.count = self.tokens[rows], len(rows)
        self.decoder.select(rows)
