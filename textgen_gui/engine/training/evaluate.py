"""Bits per byte on held-out text: comparable across tokenizers, models and programs.

The protocol: sliding windows of the context length with half a window as stride; only tokens with at least half a
window before them are scored, except in the first window. The sum of nats, divided by ln 2 and the UTF-8 bytes.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from ..core import events
from ..core.config import TextConfig
from ..core.control import Ask, Stopped
from ..core.errors import TextError
from ..models import claims
from ..models import model as models
from ..models.stock import PreTrainedModel
from ..text import apart, in_worker, special_tokens
from ..text import tokenizer as tokenizers
from ..text.special_tokens import SpecialTokens

BATCH_TOKENS = 4096


def nats(
    model: PreTrainedModel,
    tokens: npt.NDArray[np.unsignedinteger],
    special: SpecialTokens,
    batch_tokens: int = BATCH_TOKENS,
) -> Iterator[float]:
    """The sum of nats of each batch of windows over ``tokens``, [n]. What begins a text is given, not foreseen."""
    context = max(2, min(models.context(model), claims.LONGEST_CONTEXT, len(tokens)))
    ids = torch.from_numpy(np.concatenate([[special.begin], tokens]).astype(np.int64))  # [n + 1]
    starts, rows = _starts(len(tokens), context), max(1, batch_tokens // context)
    for number in range(0, len(starts), rows):
        yield _nats(model, ids, starts[number : number + rows], context, special.opening)


def _starts(length: int, context: int) -> list[int]:
    """Where the windows begin that cover ``length`` tokens."""
    return [0, *range(context // 2, max(1, length - context + context // 2), context // 2)]


@torch.no_grad()
def _nats(model: PreTrainedModel, ids: torch.Tensor, starts: list[int], context: int, given: tuple[int, ...]) -> float:
    """Windows of one batch of ``ids``, [n + 1]; the last one of a text may be shorter and is padded at its end."""
    device = model.get_input_embeddings().weight.device
    windows = torch.full((len(starts), context + 1), -100)  # [rows, context + 1]
    for row, start in enumerate(starts):
        window = ids[start : start + context + 1]
        windows[row, : len(window)] = window
    inputs, targets = windows[:, :-1].clamp(min=0).to(device), windows[:, 1:].clone().to(device)  # [rows, context]
    later = torch.tensor([start > 0 for start in starts])
    targets[later, : context - context // 2] = -100
    for token in given:
        targets[targets == token] = -100
    logits = model(input_ids=inputs, use_cache=False).logits.float()  # [rows, context, vocabulary]
    loss = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum"
    )
    return float(loss)


def score(model: PreTrainedModel, tokens: npt.NDArray[np.unsignedinteger], tokenizer: Tokenizer) -> tuple[float, float]:
    """Nats a token and bits a byte over ``tokens``, [n], with the model as it is now."""
    training = model.training
    model.eval()
    total = sum(nats(model, tokens, special_tokens.of(tokenizer)))
    model.train(training)
    size = len(tokenizer.decode(tokens.tolist()).encode())
    return total / len(tokens), bits_per_byte(total, size)


def bits_per_byte(nats: float, size: int) -> float:
    """``nats`` are those of all tokens together, ``size`` is in bytes of UTF-8."""
    return nats / math.log(2) / max(1, size)


def evaluate(folder: Path, step: int, texts: list[Path], stop: Ask) -> Iterator[events.Event]:
    """Scores text files that the model has not seen. Raises TextError for a file that is no text."""
    model, tokenizer = models.load(folder)
    return _evaluate(model, tokenizer, step, texts, stop)


def _evaluate(
    model: PreTrainedModel, tokenizer: Tokenizer, step: int, texts: list[Path], stop: Ask
) -> Iterator[events.Event]:
    total, count, size = 0.0, 0, 0
    context = min(models.context(model), claims.LONGEST_CONTEXT)
    for path in texts:
        try:
            answers = [answer for answer in apart.answers("pieces", path, TextConfig(), stop=stop) if answer]
        except Stopped:
            return
        *text, found = answers or [None]
        about = in_worker.checked(found, path, in_worker.READ)
        characters = sum(map(len, text))
        yield events.TextRead(path.name, about["format"], about["encoding"], 1, characters, about["warnings"])
        tokens = np.concatenate([*tokenizers.encode(tokenizer, text), np.zeros(0, np.uint16)])  # [n]
        windows = len(_starts(len(tokens), context))
        for number, of_batch in enumerate(nats(model, tokens, special_tokens.of(tokenizer))):
            total += of_batch
            yield events.Progressed("Reading held-out text", number * BATCH_TOKENS // context, windows, 0)
            if stop():
                return
        count, size = count + len(tokens), size + sum(len(piece.encode()) for piece in text)
    if not count:
        raise TextError("There is nothing to score: the texts are empty.")
    yield events.Evaluated(step, total / count, bits_per_byte(total, size))
