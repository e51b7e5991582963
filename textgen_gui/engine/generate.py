"""Writing: prefill once, a preallocated key/value cache, a batch of texts, streamed without torn characters.

Each text draws from its own random stream, seeded by (seed, index), never from the global generator: training may run
beside it, and text number 3 is the same whether two others are written beside it or none.

The samplers apply in one order: repetition penalty, temperature, top-k, top-p, min-p.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel
from transformers.cache_utils import Cache, DynamicLayer

from . import events, schema
from . import model as models
from . import tokenizer as tokenizers
from .config import GenerateConfig
from .errors import EngineError

ROWS = 32  # texts written side by side
TORN = "\ufffd"


class GrowingLayer(DynamicLayer):
    """Keys and values of one layer in a buffer that is allocated once, [2, rows, heads, capacity, head width]."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.capacity, self.length = capacity, 0
        self.buffer: torch.Tensor | None = None

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        start = self.length
        self.length = start + int(key_states.shape[-2])
        if self.buffer is None:
            rows, heads, _, width = key_states.shape
            self.buffer = key_states.new_empty(2, rows, heads, self.capacity, width)
        self.buffer[0, :, :, start : self.length] = key_states
        self.buffer[1, :, :, start : self.length] = value_states
        return self.buffer[0, :, :, : self.length], self.buffer[1, :, :, : self.length]

    def get_seq_length(self) -> int:
        return self.length


def generate(
    folder: Path, prompt: str, config: GenerateConfig, stop: Callable[[], bool]
) -> Iterator[events.TextPiece | events.TextGenerated]:
    """Loads the model and writes. Raises ConfigError or CheckpointError before the first word."""
    schema.check(config)
    model, tokenizer = models.loaded(folder)
    return write(model, tokenizer, prompt, config, stop)


def write(
    model: PreTrainedModel, tokenizer: Tokenizer, prompt: str, config: GenerateConfig, stop: Callable[[], bool]
) -> Iterator[events.TextPiece | events.TextGenerated]:
    """Texts with an already loaded model. Raises EngineError when the prompt is longer than the model reads at once."""
    schema.check(config)
    ids = prompt_ids(model, tokenizer, prompt)
    seed = config.seed or int(torch.empty((), dtype=torch.int64).random_(generator=_fresh()) % (2**31 - 1)) + 1
    return write_ids(model, tokenizer, ids, config, seed, stop)


def prompt_ids(model: PreTrainedModel, tokenizer: Tokenizer, prompt: str) -> list[int]:
    """The prompt as the model reads it: after an end of text, because that is where documents begin."""
    ids = [int(i) for i in tokenizers.encode(tokenizer, [prompt])[0]] if prompt else []
    limit = models.context(model)
    if len(ids) >= limit:
        words = len(prompt.split()) * (limit - 1) // len(ids)
        raise EngineError(
            f"The prompt has {len(ids):,} tokens, but this model reads at most {limit - 1:,} at once. "
            f"Shorten it to its last {words:,} words or so."
        )
    return [tokenizers.end_of_text(tokenizer), *ids]


def _fresh() -> torch.Generator:
    generator = torch.Generator()
    generator.seed()
    return generator


def write_ids(
    model: PreTrainedModel, tokenizer: Tokenizer, ids: list[int], config: GenerateConfig, seed: int, stop: Any
) -> Iterator[events.TextPiece | events.TextGenerated]:
    for first in range(0, config.n, ROWS):
        rows = range(first, min(config.n, first + ROWS))
        yield from _write_rows(model, tokenizer, ids, config, seed, rows, stop)
        if stop():
            return


def _write_rows(
    model: PreTrainedModel,
    tokenizer: Tokenizer,
    ids: list[int],
    config: GenerateConfig,
    seed: int,
    rows: range,
    stop: Callable[[], bool],
) -> Iterator[events.TextPiece | events.TextGenerated]:
    started, first_token_s = time.perf_counter(), 0.0
    end = tokenizers.end_of_text(tokenizer)
    texts = [Stream(tokenizer) for _ in rows]
    draws = [torch.Generator().manual_seed(seed * 1_000_003 + row) for row in rows]
    history = torch.tensor([ids] * len(rows))
    alive, reason = set(range(len(rows))), "length"
    window = Window(model)
    for _ in range(config.max_new_tokens):
        logits = window.next_logits(history)
        uniform = torch.stack([torch.rand((), generator=draw, dtype=torch.float64) for draw in draws])
        chosen = pick(logits, history, config, uniform)
        history = torch.cat([history, chosen[:, None]], dim=1)
        first_token_s = first_token_s or time.perf_counter() - started
        for row in sorted(alive):
            if int(chosen[row]) == end:
                alive.discard(row)
                yield from _finish(texts[row], rows[row], seed, started, first_token_s, "end of text")
            elif piece := texts[row].push(int(chosen[row])):
                yield events.TextPiece(rows[row], piece)
        if not alive:
            return
        if stop():
            reason = "stopped"
            break
    for row in sorted(alive):
        yield from _finish(texts[row], rows[row], seed, started, first_token_s, reason)


def _finish(
    stream: "Stream", index: int, seed: int, started: float, first_token_s: float, reason: str
) -> Iterator[events.TextPiece | events.TextGenerated]:
    if rest := stream.flush():
        yield events.TextPiece(index, rest)
    elapsed_s = time.perf_counter() - started
    yield events.TextGenerated(index, stream.text, len(stream.ids), elapsed_s, first_token_s, seed, reason)


class Window:
    """The model with its cache over the last tokens. Full, it starts again from the newer half: unlimited length."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model, self.context = model, models.context(model)
        self.device = model.get_input_embeddings().weight.device
        self.start, self.seen = 0, 0

    @torch.inference_mode()
    def next_logits(self, history: torch.Tensor) -> torch.Tensor:
        """Logits of the token after ``history`` [rows, length] -> [rows, vocabulary]; only new tokens are computed."""
        length = history.shape[1]
        if self.seen == 0 or length - self.start > self.context:
            self.start = length - self.context // 2 if length > self.context else 0
            self.seen = self.start
            layers = self.model.config.num_hidden_layers
            self.cache = Cache(layers=[GrowingLayer(self.context) for _ in range(layers)])
        new = history[:, self.seen :].to(self.device)
        self.seen = length
        output = self.model(input_ids=new, past_key_values=self.cache, use_cache=True, logits_to_keep=1)
        logits: torch.Tensor = output.logits[:, -1].float().cpu()
        return logits


@torch.inference_mode()
def pick(logits: torch.Tensor, history: torch.Tensor, config: GenerateConfig, uniform: torch.Tensor) -> torch.Tensor:
    """The next tokens [rows]: logits [rows, vocabulary], history [rows, length], uniform [rows] from 0 to 1."""
    if not torch.isfinite(logits).all():
        raise EngineError("The model's weights are damaged: its answer is not finite. Choose another checkpoint.")
    if config.repetition_penalty != 1.0:
        logits = penalize(logits, history, config.repetition_penalty)
    if config.temperature == 0:
        return logits.argmax(-1)
    probabilities = filtered(logits, config)
    # Inverse of the cumulative distribution: one random number a text and token, whatever the batch.
    cumulative = probabilities.double().cumsum(-1)
    chosen = torch.searchsorted(cumulative, (uniform * cumulative[:, -1])[:, None], right=True)[:, 0]
    return chosen.clamp(max=logits.shape[-1] - 1)


def penalize(logits: torch.Tensor, history: torch.Tensor, penalty: float) -> torch.Tensor:
    """Divides positive and multiplies negative logits of tokens in the text by the penalty (Keskar et al., 2019)."""
    seen = logits.gather(1, history)
    return logits.scatter(1, history, torch.where(seen > 0, seen / penalty, seen * penalty))


def filtered(logits: torch.Tensor, config: GenerateConfig) -> torch.Tensor:
    """Probabilities [rows, vocabulary] after temperature, top-k, top-p and min-p; the likeliest token always stays."""
    logits = logits / config.temperature
    if 0 < config.top_k < logits.shape[-1]:
        smallest = logits.topk(config.top_k, dim=-1).values[:, -1:]
        logits = logits.masked_fill(logits < smallest, float("-inf"))
    if config.top_p < 1:
        ordered, order = logits.softmax(-1).sort(dim=-1, descending=True)
        before = ordered.cumsum(-1) - ordered
        logits = logits.masked_fill((before >= config.top_p).gather(1, order.argsort(-1)), float("-inf"))
    probabilities = logits.softmax(-1)
    if config.min_p > 0:
        least = probabilities.max(-1, keepdim=True).values * config.min_p
        probabilities = probabilities.masked_fill(probabilities < least, 0)
    return probabilities


class Stream:
    """Token ids -> pieces of text. A piece is held back while its last character may still be in the making."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.ids: list[int] = []
        self.text = ""
        self._held: list[int] = []

    def push(self, token: int) -> str:
        self.ids.append(token)
        self._held.append(token)
        # A character has at most four bytes; after eight tokens without a whole one it will never come.
        torn = self.tokenizer.decode(self._held).endswith(TORN) and len(self._held) < 8
        return "" if torn else self.flush()

    def flush(self) -> str:
        piece = self.tokenizer.decode(self._held)
        self.text += piece
        self._held = []
        return piece
