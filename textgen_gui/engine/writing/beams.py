"""Beam search: several beginnings are followed at once, and the likeliest texts are totals_left."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from ..core import events
from ..core.errors import ConfigError
from ..core.events import StopReason
from ..core.generation_config import GenerateConfig
from ..models import decode
from ..models.decode import Weights
from ..text.tokenizer import end_of_text
from .constraints import Banned, bias_of, breakers_of, stops_of
from .samplers import Sampler
from .stream import Stream


@dataclass(slots=True)
class _Text:
    ids: list[int]
    score: float  # log-probability / length ** length penalty
    reason: StopReason


def search(
    weights: Weights, tokenizer: Tokenizer, ids: list[int], config: GenerateConfig, seed: int, stop: Callable[[], bool]
) -> Iterator[events.TextPiece | events.TextGenerated]:
    """The ``n`` likeliest of the texts that it finds. Nothing is random, so the seed changes nothing."""
    if config.n > config.beams:
        raise ConfigError(f"{config.beams} beams give at most {config.beams} texts. Ask for fewer, or more beams.")
    started = time.perf_counter()
    done = _found(weights, tokenizer, ids, config, stop)
    best = sorted(done, key=lambda text: -text.score)[: config.n]
    for index, text in enumerate(best):
        stream = Stream(tokenizer, ids[-1], stops_of(config))
        for token in text.ids:
            stream.push(token)
            if stream.stopped:
                break
        stream.flush()
        if stream.text:
            yield events.TextPiece(index, stream.text)
        elapsed_s = time.perf_counter() - started
        reason = StopReason.STOP_TEXT if stream.stopped else text.reason
        yield events.TextGenerated(index, stream.text, len(text.ids), elapsed_s, elapsed_s, seed, reason)


def _found(
    weights: Weights, tokenizer: Tokenizer, ids: list[int], config: GenerateConfig, stop: Callable[[], bool]
) -> list[_Text]:
    end, width = end_of_text(tokenizer), config.beams
    sampler = Sampler(config, end, bias_of(config, tokenizer), breakers_of(config, tokenizer))
    banned = Banned(config.banned)
    longest = min(config.max_new_tokens, weights.context - len(ids))  # beams do not slide
    decoder = decode.Decoder(weights, len(ids) + longest)
    history, totals = torch.tensor([ids]), torch.zeros(1)
    done: list[_Text] = []
    logits = decoder.logits(history)
    for written in range(longest):
        scores = sampler.scores(logits, history, written).log_softmax(-1) + totals[:, None]
        best = scores.flatten().topk(min(2 * width, scores.numel()))
        rows: list[int] = []
        tokens: list[int] = []
        totals_left: list[float] = []
        for rank, (total, candidate) in enumerate(zip(best.values.tolist(), best.indices.tolist(), strict=True)):
            row, token = divmod(candidate, scores.shape[1])
            new = history[row, len(ids) :].tolist()
            if total == float("-inf") or _is_banned(banned, tokenizer, ids[-1], new, token):
                continue
            if token == end:
                if rank < width:
                    done.append(_Text(new, total / (written + 1) ** config.length_penalty, StopReason.END_OF_TEXT))
            elif len(totals_left) < width:
                rows.append(row)
                tokens.append(token)
                totals_left.append(total)
        if not rows:
            break
        chosen, totals = torch.tensor(rows), torch.tensor(totals_left)
        history = torch.cat([history[chosen], torch.tensor(tokens)[:, None]], dim=1)
        if _cannot_improve(done, totals_left[0], written + 1, longest, config):
            return done
        if stop() or written + 1 == longest:
            break
        decoder.select(chosen)
        logits = decoder.logits(history[:, -1:])
    reason = StopReason.STOPPED if stop() else StopReason.LENGTH
    length = history.shape[1] - len(ids)
    if length:
        for row, total in enumerate(totals.tolist()):
            done.append(_Text(history[row, len(ids) :].tolist(), total / length**config.length_penalty, reason))
    return done


def _cannot_improve(done: list[_Text], best: float, length: int, longest: int, config: GenerateConfig) -> bool:
    """Whether no text that still goes on can get better than those that are done."""
    if len(done) < config.beams:
        return False
    reach = longest if config.length_penalty > 0 else length
    worst = sorted((text.score for text in done), reverse=True)[config.beams - 1]
    return best / reach**config.length_penalty <= worst


def _is_banned(banned: Banned, tokenizer: Tokenizer, after: int, new: list[int], token: int) -> bool:
    if not banned:
        return False
    stream = Stream(tokenizer, after)
    for one in new:
        stream.push(one)
    return banned.ends(stream, token)
