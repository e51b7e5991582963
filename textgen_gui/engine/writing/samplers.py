"""From the model's scores to the next token, in one order.

    schema or pattern, banned, bias, no end yet          which tokens there are to choose from
    repetition, presence, frequency, n-grams, DRY        what stands in the text already
    temperature
    top-k, typical, top-p, min-p, XTC  or  mirostat      which of the rest are too unlikely, or too obvious
    draw                                                 one random number a text and token

Each is as its authors define it: Keskar et al. 2019 (repetition penalty), OpenAI's API (presence, frequency), Paulus et
al. 2018 (n-grams), DRY and XTC by p-e-w 2024, Fan et al. 2018 (top-k), Meister et al. 2023 (typical), Holtzman et al.
2020 (top-p), Nguyen et al. 2024 (min-p), Basu et al. 2021 (mirostat, second version). The likeliest token always stays.

A sampler is one function below, under a decorator that says which settings it has. They apply in the order in which
they stand here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import torch

from ..core.errors import EngineError
from ..core.generation_config import GenerateConfig

NEVER = float("-inf")
LONGEST_REPEAT = 64  # tokens; by then DRY has made it impossible
BELOW_ONE = 1 - 1e-12  # so that rounding never ends up behind the last token
TIES = 8  # tokens that may be as likely as the last of top-k
NEAREST = 128  # tokens looked at before all are sorted


@dataclass(frozen=True, slots=True)
class PenaltyStep:
    """What a sampler may look at besides the scores, for one token of each text."""

    config: GenerateConfig
    history: torch.Tensor  # [rows, length], all tokens so far
    written: int  # tokens, without the prompt
    ends: tuple[int, ...]  # the tokens of which each ends a text
    bias: torch.Tensor | None  # [vocabulary], added to the scores of all texts
    breakers: frozenset[int]  # tokens that end a passage for DRY

    @property
    def recent(self) -> torch.Tensor:
        """What the penalties look at, [rows, <= penalty_range]."""
        return self.history[:, -self.config.penalty_range :] if self.config.penalty_range else self.history


@dataclass(frozen=True, slots=True)
class FilterStep:
    """What a filter may look at besides the probabilities."""

    config: GenerateConfig
    uniform: torch.Tensor  # [rows], from 0 to 1
    untouched: bool  # the probabilities of all tokens add up to 1; not so behind another filter


class Penalty(Protocol):
    """Scores [rows, vocabulary] -> others of this shape; before temperature."""

    def __call__(self, scores: torch.Tensor, step: PenaltyStep, /) -> torch.Tensor: ...


class Filter(Protocol):
    """Probabilities [rows, n], the likeliest first -> the same with zeros for what is taken out; after temperature."""

    def __call__(self, probabilities: torch.Tensor, step: FilterStep, /) -> torch.Tensor: ...


Applied = TypeVar("Applied", Penalty, Filter)


@dataclass(frozen=True, slots=True)
class Registered(Generic[Applied]):
    """A sampler and its settings in GenerateConfig."""

    apply: Applied
    off: dict[str, object]  # what its settings are when it does nothing
    others: tuple[str, ...]  # settings that say how, once it is on
    sees_all: bool = True  # a filter that must not be shown only the likeliest tokens

    @property
    def settings(self) -> tuple[str, ...]:
        return (*self.off, *self.others)

    def is_on(self, config: GenerateConfig) -> bool:
        return any(getattr(config, name) != value for name, value in self.off.items())


penalties: list[Registered[Penalty]] = []
filters: list[Registered[Filter]] = []


def penalty(*others: str, **off: object) -> Callable[[Penalty], Penalty]:
    """Registers a sampler that works before temperature."""

    def register(function: Penalty) -> Penalty:
        penalties.append(Registered(function, off, others))
        return function

    return register


def filter_(*others: str, sees_all: bool = True, **off: object) -> Callable[[Filter], Filter]:
    """Registers a sampler that works after temperature."""

    def register(function: Filter) -> Filter:
        filters.append(Registered(function, off, others, sees_all))
        return function

    return register


# --- before temperature


@penalty(bias=())
def add_bias(scores: torch.Tensor, step: PenaltyStep) -> torch.Tensor:
    return scores if step.bias is None else scores + step.bias


@penalty(min_new_tokens=0)
def forbid_the_end(scores: torch.Tensor, step: PenaltyStep) -> torch.Tensor:
    if step.written >= step.config.min_new_tokens:
        return scores
    return scores.index_fill(1, torch.tensor(step.ends), NEVER)


@penalty(repetition_penalty=1.0)
def penalize_repetition(scores: torch.Tensor, step: PenaltyStep) -> torch.Tensor:
    """Divides positive and multiplies negative scores of tokens in the text by the penalty."""
    factor = step.config.repetition_penalty
    seen = scores.gather(1, step.recent)  # [rows, recent]
    return scores.scatter(1, step.recent, torch.where(seen > 0, seen / factor, seen * factor))


@penalty(presence_penalty=0.0, frequency_penalty=0.0)
def penalize_presence(scores: torch.Tensor, step: PenaltyStep) -> torch.Tensor:
    """Takes the one from each token in the text, and the other for each time that it stands there."""
    ones = torch.ones_like(step.recent, dtype=scores.dtype)  # [rows, recent]
    counts = torch.zeros_like(scores).scatter_add_(1, step.recent, ones)  # [rows, vocabulary]
    return scores - step.config.frequency_penalty * counts - step.config.presence_penalty * (counts > 0)


@penalty(no_repeat_ngram=0)
def forbid_ngrams(scores: torch.Tensor, step: PenaltyStep) -> torch.Tensor:
    """Forbids every token that would end a run of so many tokens which stands in the text already."""
    history, length = step.history, step.config.no_repeat_ngram
    if history.shape[1] < length:
        return scores
    runs = history.unfold(1, length, 1)  # [rows, runs, length]
    begun = history[:, history.shape[1] - length + 1 :]  # [rows, length - 1]
    same = (runs[:, :, :-1] == begun[:, None, :]).all(-1)  # [rows, runs]
    row, run = same.nonzero(as_tuple=True)  # [found] each
    scores = scores.clone()
    scores[row, runs[row, run, -1]] = NEVER
    return scores


@penalty("dry_base", "dry_allowed", dry_multiplier=0.0)
def dry(scores: torch.Tensor, step: PenaltyStep) -> torch.Tensor:
    """Takes multiplier * base ** (length - allowed) from a token that would go on with a repeated passage so long."""
    config, scores = step.config, scores.clone()
    for row, tokens in enumerate(step.recent.tolist()):
        for token, length in _repeats(tokens, step.breakers).items():
            if length >= config.dry_allowed:
                scores[row, token] -= config.dry_multiplier * config.dry_base ** (length - config.dry_allowed)
    return scores


def _repeats(tokens: list[int], breakers: frozenset[int]) -> dict[int, int]:
    """For each token that once followed what the text ends with: how many tokens before it are the same."""
    longest: dict[int, int] = {}
    if not tokens or tokens[-1] in breakers:
        return longest
    last = tokens[-1]
    for index in range(len(tokens) - 2, -1, -1):
        if tokens[index] == last:
            length = 1
            while (
                length < min(index + 1, LONGEST_REPEAT)
                and tokens[index - length] == tokens[-1 - length]
                and tokens[index - length] not in breakers
            ):
                length += 1
            following = tokens[index + 1]
            longest[following] = max(longest.get(following, 0), length)
    return longest


# --- after temperature


@filter_(top_k=0, sees_all=False)
def top_k(probabilities: torch.Tensor, step: FilterStep) -> torch.Tensor:
    """Those as likely as the last one stay, as elsewhere."""
    count = step.config.top_k
    if count >= probabilities.shape[-1]:
        return probabilities
    return probabilities * (probabilities >= probabilities[:, count - 1 : count])


@filter_(typical=1.0)
def typical(probabilities: torch.Tensor, step: FilterStep) -> torch.Tensor:
    """Leaves the tokens whose surprise is nearest to the expected one, until they have this share of probability."""
    normal = probabilities / probabilities.sum(-1, keepdim=True)  # [rows, n]
    surprise = -normal.clamp_min(1e-30).log()  # [rows, n], in nats
    expected = (normal * surprise).sum(-1, keepdim=True)  # [rows, 1]
    order = (surprise - expected).abs().masked_fill(normal == 0, float("inf")).argsort(dim=-1, stable=True)
    nearest = normal.gather(1, order)  # [rows, n], the most typical first
    stays = nearest.cumsum(-1) - nearest < step.config.typical
    return probabilities * torch.zeros_like(stays).scatter(1, order, stays)


@filter_(top_p=1.0, sees_all=False)
def top_p(probabilities: torch.Tensor, step: FilterStep) -> torch.Tensor:
    total = 1.0 if step.untouched else probabilities.sum(-1, keepdim=True)  # [rows, 1]
    before = probabilities.cumsum(-1) - probabilities  # [rows, n], of all likelier tokens
    return probabilities * (before < max(step.config.top_p, 1e-9) * total)


@filter_(min_p=0.0, sees_all=False)
def min_p(probabilities: torch.Tensor, step: FilterStep) -> torch.Tensor:
    return probabilities * (probabilities >= step.config.min_p * probabilities.max(-1, keepdim=True).values)


@filter_("xtc_threshold", xtc_probability=0.0, sees_all=False)
def xtc(probabilities: torch.Tensor, step: FilterStep) -> torch.Tensor:
    """By chance, of the tokens above the threshold only the least likely stays."""
    normal = probabilities / probabilities.sum(-1, keepdim=True)  # [rows, n]
    obvious = normal >= step.config.xtc_threshold  # [rows, n]
    rank = torch.arange(normal.shape[-1])  # [n]; a filter before may have left holes among the obvious ones
    last = rank.expand_as(normal).masked_fill(~obvious, -1).max(-1, keepdim=True).values  # [rows, 1]
    taken_out = obvious & (rank < last) & (step.uniform < step.config.xtc_probability)[:, None]
    return probabilities.masked_fill(taken_out, 0)


# --- all together


@dataclass(slots=True)
class Sampler:
    """Chooses the next token of each text. Remembers what mirostat has learnt about each, nothing else.

    ``ends``, ``bias``, ``breakers``: as in PenaltyStep.
    """

    config: GenerateConfig
    ends: tuple[int, ...]
    bias: torch.Tensor | None = None
    breakers: frozenset[int] = frozenset()
    _penalties: list[Registered[Penalty]] = field(init=False)  # those that are on
    _filters: list[Registered[Filter]] = field(init=False)
    _surprise: torch.Tensor | None = field(default=None, init=False)  # mirostat's limit, [rows], in bits

    def __post_init__(self) -> None:
        self._penalties = [one for one in penalties if one.is_on(self.config)]
        self._filters = [one for one in filters if one.is_on(self.config)]

    def select(self, rows: torch.Tensor) -> None:
        """Goes on with these of the texts only."""
        if self._surprise is not None:
            self._surprise = self._surprise[rows]

    def scores(self, logits: torch.Tensor, history: torch.Tensor, written: int) -> torch.Tensor:
        """Logits [rows, vocabulary] after everything that stands before temperature; history [rows, length]."""
        if not math.isfinite(logits.sum()):  # as it is when any of them is not
            raise EngineError("The model's weights are damaged: its answer is not finite. Choose another model.")
        if self._penalties:
            step = PenaltyStep(self.config, history, written, self.ends, self.bias, self.breakers)
            for one in self._penalties:
                logits = one.apply(logits, step)
        return logits

    def pick(self, scores: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
        """The next tokens [rows] from ``scores``; uniform [rows, 2] from 0 to 1: one number to draw, one for XTC."""
        config = self.config
        if config.temperature == 0:
            return scores.argmax(-1)
        if config.mirostat:
            return self._mirostat(scores / config.temperature, uniform[:, 0])
        probabilities, order = self.filtered(scores, uniform[:, 1])
        return draw(probabilities, order, uniform[:, 0])

    def filtered(self, scores: torch.Tensor, uniform: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Probabilities after temperature and filters, and the tokens they belong to where not all are there, in order.

        [rows, n] each, the likeliest first; zero where a token was taken out. They need not add up to 1.
        """
        config, used = self.config, self._filters
        if config.temperature != 1.0:
            scores = scores / config.temperature
        probabilities = scores.softmax(-1)  # [rows, vocabulary]
        if not used:
            return probabilities, None
        probabilities, order = _likeliest(probabilities, config, all_of_them=any(one.sees_all for one in used))
        for one in used:
            probabilities = one.apply(probabilities, FilterStep(config, uniform, untouched=one is used[0]))
        return probabilities, order

    def _mirostat(self, scores: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
        if self._surprise is None:
            self._surprise = torch.full((len(scores),), 2.0 * self.config.mirostat)
        probabilities, order = scores.softmax(-1).sort(dim=-1, descending=True, stable=True)  # [rows, vocabulary]
        stays = -probabilities.log2() <= self._surprise[:, None]
        stays[:, 0] = True
        chosen = draw(probabilities * stays, order, uniform)  # [rows]
        by_token = torch.zeros_like(probabilities).scatter(1, order, probabilities * stays)
        share = by_token.gather(1, chosen[:, None])[:, 0] / by_token.sum(-1)  # [rows]
        self._surprise = self._surprise - self.config.mirostat_rate * (-share.log2() - self.config.mirostat)
        return chosen


def draw(probabilities: torch.Tensor, order: torch.Tensor | None, uniform: torch.Tensor) -> torch.Tensor:
    """One of the columns of each row, [rows], by the inverse of the cumulative distribution. They need not add up to 1.

    ``order`` names the token of each column; None: the columns are the tokens.
    """
    cumulative = probabilities.cumsum(-1, dtype=torch.float64)  # [rows, n]
    reached = cumulative[:, -1] * uniform * BELOW_ONE  # [rows]
    column = torch.searchsorted(cumulative, reached[:, None], right=True)  # [rows, 1]
    return column[:, 0] if order is None else order.gather(1, column)[:, 0]


def _likeliest(
    probabilities: torch.Tensor, config: GenerateConfig, all_of_them: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens sorted, [rows, n], and which they are; only as many as can matter: to sort 50,000 takes longer than a
    small model.
    """
    count = config.top_k + TIES if config.top_k else NEAREST
    if 2 * count < probabilities.shape[-1] and not all_of_them:
        some, order = probabilities.topk(count, dim=-1)
        if config.top_k:
            enough = some[:, -1] < some[:, config.top_k - 1]
        elif config.top_p < 1:
            enough = some.sum(-1) >= config.top_p
        else:
            enough = some[:, -1] < config.min_p * some[:, 0]
        if bool(enough.all()):
            return some, order
    whole = probabilities.sort(dim=-1, descending=True, stable=True)
    return whole.values, whole.indices
