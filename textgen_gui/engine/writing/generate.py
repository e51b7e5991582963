"""Writing: the prompt is read once, then token by token, many texts at a time, streamed without torn characters.

Each text draws from its own random stream, seeded by (seed, index), never from the global generator: training may run
beside it, and text number 3 is the same whether two others are written beside it or none.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from ..core import events
from ..core.events import StopReason
from ..core.generation_config import GenerateConfig
from ..models import decode
from ..models.decode import Weights
from ..text import tokenizer as tokenizers
from . import beams
from .constraints import Banned, Held, bias_of, breakers_of, stops_of
from .samplers import Sampler
from .stream import Stream

ROWS = 64  # texts written side by side at most
CACHE_BYTES = 1_000_000_000  # of keys and values; fewer texts side by side where this is not enough
BLOCK = 256  # random numbers drawn at once
COMPACT = 0.75  # of the rows still going: then the others are left out of the batch

Happened = events.TextPiece | events.TextGenerated | events.TokenChosen | events.WindowMoved | events.Warned


def write_ids(
    model: PreTrainedModel, tokenizer: Tokenizer, ids: list[int], config: GenerateConfig, seed: int, stop: Any
) -> Iterator[Happened]:
    """Goes on from tokens, of which there must be at least one."""
    return _write_all(decode.weights(model), tokenizer, ids, config, seed, stop)


def write(
    weights: Weights,
    tokenizer: Tokenizer,
    prompt: str,
    config: GenerateConfig,
    stop: Callable[[], bool],
    alternatives: int = 0,
    only: range | None = None,
) -> Iterator[Happened]:
    """Texts that go on from ``prompt``, ``only`` these of them. A prompt that is too long loses its beginning."""
    ids, left_out = prompt_ids(weights, tokenizer, prompt, config.from_beginning)
    seed = config.seed or int(torch.empty((), dtype=torch.int64).random_(generator=_fresh()) % (2**31 - 1)) + 1
    if left_out:
        words = len(prompt.split()) * len(ids) // (len(ids) + left_out)
        yield events.Warned(
            f"The prompt is longer than this model reads at once ({weights.context - 1:,} tokens). "
            f"It goes on from the last {words:,} words or so."
        )
    yield from _write_all(weights, tokenizer, ids, config, seed, stop, alternatives, only)


def prompt_ids(weights: Weights, tokenizer: Tokenizer, prompt: str, begins: bool) -> tuple[list[int], int]:
    """The prompt as the model reads it, after an end of text where documents begin; and how many tokens it leaves out
    at its beginning because they are too many: as many as a window that is full, so that there is room to write.
    """
    ids = [int(i) for i in tokenizers.encode(tokenizer, [prompt])[0]] if prompt else []
    if len(ids) >= weights.context:
        kept = max(1, weights.context // 2)
        return ids[-kept:], len(ids) - kept
    return ([tokenizers.end_of_text(tokenizer)] if begins or not ids else []) + ids, 0


def _fresh() -> torch.Generator:
    generator = torch.Generator()
    generator.seed()
    return generator


def _write_all(
    weights: Weights,
    tokenizer: Tokenizer,
    ids: list[int],
    config: GenerateConfig,
    seed: int,
    stop: Callable[[], bool],
    alternatives: int = 0,
    only: range | None = None,
) -> Iterator[Happened]:
    if config.beams > 1:
        yield from beams.search(weights, tokenizer, ids, config, seed, stop)
        return
    if only:
        yield from Batch(weights, tokenizer, ids, config, seed, only, alternatives).write(stop)
        return
    side_by_side = rows_at_once(weights, min(weights.context, len(ids) + config.max_new_tokens))
    for first in range(0, config.n, side_by_side):
        rows = range(first, min(config.n, first + side_by_side))
        yield from Batch(weights, tokenizer, ids, config, seed, rows, alternatives).write(stop)
        if stop():
            return


def rows_at_once(weights: Weights, capacity: int) -> int:
    return max(1, min(ROWS, CACHE_BYTES // max(1, weights.bytes_a_token * capacity)))


class Batch:
    """Some texts from the same prompt, written side by side."""

    def __init__(
        self,
        weights: Weights,
        tokenizer: Tokenizer,
        ids: list[int],
        config: GenerateConfig,
        seed: int,
        rows: range,
        alternatives: int,
    ) -> None:
        self.tokenizer, self.config, self.seed, self.alternatives = tokenizer, config, seed, alternatives
        self.end = tokenizers.end_of_text(tokenizer)
        self.rows = list(rows)
        self.streams = {row: Stream(tokenizer, ids[-1], stops_of(config)) for row in rows}
        self.going = dict.fromkeys(rows)  # in order
        self.chance = Chance(seed, rows)
        self.sampler = Sampler(config, self.end, bias_of(config, tokenizer), breakers_of(config, tokenizer))
        self.banned = Banned(config.banned)
        self.held = Held(config, tokenizer, rows)
        self.window = Window(weights, ids, len(rows), len(ids) + config.max_new_tokens)
        self.started, self.first_token_s = time.perf_counter(), 0.0

    def write(self, stop: Callable[[], bool]) -> Iterator[Happened]:
        for written in range(self.config.max_new_tokens):
            logits = self.window.next_logits()
            if self.window.moved:
                yield events.WindowMoved(written)
            scores = self.held.allowed(self.sampler.scores(logits, self.window.history, written), self.rows)
            chosen = self._choose(scores)
            self.window.push(chosen)
            self.first_token_s = self.first_token_s or time.perf_counter() - self.started
            plain = logits.softmax(-1) if self.alternatives else logits
            for place, token in enumerate(chosen.tolist()):
                if self.rows[place] in self.going:
                    yield from self._take(self.rows[place], token, plain[place])
            if not self.going:
                return
            if len(self.going) <= COMPACT * len(self.rows):
                self._leave_out()
            if stop():
                break
        for row in list(self.going):
            yield from self._finish(row, StopReason.STOPPED if stop() else StopReason.LENGTH)

    def _choose(self, scores: torch.Tensor) -> torch.Tensor:
        chosen = self.sampler.pick(scores, self.chance.next()).clone()
        scores = scores.clone() if self.banned else scores
        for place, row in enumerate(self.rows) if self.banned else ():
            # Drawing again without what is banned is the same as to draw from the others at once.
            while self.banned.ends(self.streams[row], int(chosen[place])):
                scores[place, chosen[place]] = float("-inf")
                if not torch.isfinite(scores[place]).any():
                    chosen[place] = self.end
                    break
                again = Sampler(self.config, self.end)
                chosen[place] = again.pick(scores[place : place + 1], self.chance.again(place))[0]
        return chosen

    def _take(self, row: int, token: int, plain: torch.Tensor) -> Iterator[Happened]:
        stream = self.streams[row]
        if token == self.end:
            yield from self._finish(row, StopReason.END_OF_TEXT)
            return
        begin = len(stream.text)
        piece = stream.push(token)
        if self.alternatives:
            yield self._told(row, token, begin, len(stream.text), plain)
        if piece:
            yield events.TextPiece(row, piece)
        if stream.stopped:
            yield from self._finish(row, StopReason.STOP_TEXT)
        elif self.held.take(row, token):
            yield from self._finish(row, StopReason.COMPLETE)

    def _told(self, row: int, token: int, begin: int, end: int, plain: torch.Tensor) -> events.TokenChosen:
        likeliest = plain.topk(min(self.alternatives, len(plain)))
        others = tuple(
            (self.tokenizer.decode([number], skip_special_tokens=False), share)
            for number, share in zip(likeliest.indices.tolist(), likeliest.values.tolist(), strict=True)
        )
        return events.TokenChosen(row, token, begin, end, float(plain[token]), others)

    def _finish(self, row: int, reason: StopReason) -> Iterator[Happened]:
        stream = self.streams[row]
        del self.going[row]
        if rest := stream.flush():
            yield events.TextPiece(row, rest)
        elapsed_s = time.perf_counter() - self.started
        yield events.TextGenerated(row, stream.text, len(stream.ids), elapsed_s, self.first_token_s, self.seed, reason)

    def _leave_out(self) -> None:
        """Those that are done cost no more time."""
        places = torch.tensor([place for place, row in enumerate(self.rows) if row in self.going])
        self.rows = list(self.going)
        self.window.keep(places)
        self.chance.keep(places)
        self.sampler.select(places)


class Chance:
    """Random numbers from 0 to 1, of each text from a stream of its own."""

    def __init__(self, seed: int, rows: range) -> None:
        self._generators = [torch.Generator().manual_seed(seed * 1_000_003 + row) for row in rows]
        self._at = BLOCK
        self._block = torch.empty(0)

    def next(self) -> torch.Tensor:
        """Two numbers a text, [rows, 2]."""
        if self._at == BLOCK:
            draws = [torch.rand(BLOCK, 2, generator=g, dtype=torch.float64) for g in self._generators]
            self._block, self._at = torch.stack(draws, dim=1), 0
        self._at += 1
        return self._block[self._at - 1]

    def again(self, place: int) -> torch.Tensor:
        return torch.rand(1, 2, generator=self._generators[place], dtype=torch.float64)

    def keep(self, places: torch.Tensor) -> None:
        self._block = self._block[:, places]
        self._generators = [self._generators[place] for place in places.tolist()]


class Window:
    """The model over the last tokens of some texts. Full, it starts again from the newer half: unlimited length."""

    def __init__(self, weights: Weights, ids: list[int], rows: int, longest: int) -> None:
        self.decoder = decode.Decoder(weights, longest)
        self.context, self.count = weights.context, rows
        self.tokens = torch.tensor([ids])  # the prompt is read once for all
        self.length, self.seen, self.moved = len(ids), 0, False

    @property
    def history(self) -> torch.Tensor:
        """All tokens so far, [rows, length]."""
        return self.tokens[:, : self.length]

    def next_logits(self) -> torch.Tensor:
        """The scores of the token after the history, [rows, vocabulary]; only new tokens are read."""
        start = self.seen - self.decoder.length
        self.moved = self.length - start > self.context
        if self.moved:
            self.decoder.restart()
            self.seen = self.length - self.context // 2
        logits = self.decoder.logits(self.tokens[:, self.seen : self.length])
        self.seen = self.length
        if len(self.tokens) < self.count:
            everyone = torch.zeros(self.count, dtype=torch.int64)
            self.keep(everyone)
            logits = logits.index_select(0, everyone)
        return logits

    def push(self, chosen: torch.Tensor) -> None:
        if self.length == self.tokens.shape[1]:
            longer = self.tokens.new_empty(len(self.tokens), 2 * self.length + 256)
            longer[:, : self.length] = self.tokens
            self.tokens = longer
        self.tokens[:, self.length] = chosen
        self.length += 1

    def keep(self, places: torch.Tensor) -> None:
        """Only these texts go on; one may be taken several times."""
        self.tokens, self.count = self.tokens[places], len(places)
        self.decoder.keep(places)
