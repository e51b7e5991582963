"""Beam search: several beginnings are followed at once, and the likeliest texts are kept."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from ..core import events
from ..core.control import Ask
from ..core.errors import ConfigError
from ..core.events import StopReason
from ..core.generation_config import GenerateConfig
from ..models import decode
from ..models.decode import Weights
from ..text import special_tokens
from . import endings
from .constraints import Banned, bias_of, breakers_of, stops_of
from .samplers import Sampler
from .stream import Stream


@dataclass(slots=True)
class _Text:
    ids: list[int]
    score: float  # log-probability / length ** length penalty
    reason: StopReason


def search(
    weights: Weights,
    tokenizer: Tokenizer,
    ids: list[int],
    config: GenerateConfig,
    seed: int,
    stop: Ask,
    given: str = "",
) -> Iterator[events.TextPiece | events.TextGenerated]:
    """The ``n`` likeliest of the texts that it finds. Nothing is random, so the seed changes nothing.

    ``given``: what the last of ``ids`` say beyond the prompt.
    """
    if config.n > config.beams:
        raise ConfigError(
            f"{config.beams} beams give at most {config.beams} texts. Ask for fewer, or more beams.", setting="beams"
        )
    started = time.perf_counter()
    done = _found(weights, tokenizer, ids, config, stop)
    best = sorted(done, key=lambda text: -text.score)[: config.n]
    for index, text in enumerate(best):
        stream = Stream(tokenizer, ids[-1], stops_of(config), given)
        for token in text.ids:
            stream.push(token)
            if stream.stopped:
                break
        stream.flush()
        reason = StopReason.STOP_TEXT if stream.stopped else text.reason
        said = endings.cut_back(stream.text, config.end) if reason is StopReason.LENGTH else stream.text
        if said:
            yield events.TextPiece(index, said)
        elapsed_s = time.perf_counter() - started
        yield events.TextGenerated(index, said, len(text.ids), elapsed_s, elapsed_s, seed, reason)


@dataclass(frozen=True, slots=True)
class _Step:
    """Beam ``row`` goes on with ``token``; ``total``: the log-probability of all of its text then."""

    row: int
    token: int
    total: float


def _found(weights: Weights, tokenizer: Tokenizer, ids: list[int], config: GenerateConfig, stop: Ask) -> list[_Text]:
    ends, width = special_tokens.of(tokenizer).ends, config.beams
    sampler = Sampler(config, ends, bias_of(config, tokenizer), breakers_of(config, tokenizer))
    banned = Banned(config.banned)
    longest = min(config.max_new_tokens, weights.context - len(ids))  # beams do not slide
    decoder = decode.Decoder(weights.exact(), len(ids) + longest, tokenizer.get_vocab_size())
    history, totals = torch.tensor([ids]), torch.zeros(1)
    done: list[_Text] = []
    logits = decoder.logits(history)
    for written in range(longest):
        scores = sampler.scores(logits, history, written).log_softmax(-1) + totals[:, None]  # [beams, vocabulary]
        going: list[_Step] = []
        for rank, step in enumerate(_likeliest(scores, 2 * width)):
            new = history[step.row, len(ids) :].tolist()
            if _is_banned(banned, tokenizer, ids[-1], new, step.token):
                continue
            if step.token not in ends:
                going.append(step)
            elif rank < width:
                score = step.total / (written + 1) ** config.length_penalty
                done.append(_Text(new, score, StopReason.END_OF_TEXT))
        if not going:
            break
        going = going[:width]
        rows, totals = torch.tensor([step.row for step in going]), torch.tensor([step.total for step in going])
        history = torch.cat([history[rows], torch.tensor([[step.token] for step in going])], dim=1)
        if _cannot_improve(done, going[0].total, written + 1, longest, config):
            return done
        if stop() or written + 1 == longest:
            break
        decoder.select(rows)
        logits = decoder.logits(history[:, -1:])
    reason = StopReason.STOPPED if stop() else StopReason.LENGTH
    length = history.shape[1] - len(ids)
    if length:
        for row, total in enumerate(totals.tolist()):
            done.append(_Text(history[row, len(ids) :].tolist(), total / length**config.length_penalty, reason))
    return done


def _likeliest(scores: torch.Tensor, count: int) -> Iterator[_Step]:
    """The steps with the highest totals of all beams, the best first. ``scores``: [beams, vocabulary]."""
    best = scores.flatten().topk(min(count, scores.numel()))
    for total, candidate in zip(best.values.tolist(), best.indices.tolist(), strict=True):
        if total != float("-inf"):
            row, token = divmod(candidate, scores.shape[1])
            yield _Step(row, token, total)


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
