"""From the model's scores to the next token, in one order.

    schema or pattern, banned, bias, no end yet          which tokens there are to choose from
    repetition, presence, frequency, n-grams, DRY        what stands in the text already
    temperature
    top-k, typical, top-p, min-p, XTC  or  mirostat      which of the rest are too unlikely, or too obvious
    draw                                                 one random number a text and token

Each is as its authors define it: Keskar et al. 2019 (repetition penalty), OpenAI's API (presence, frequency), Paulus et
al. 2018 (n-grams), DRY and XTC by p-e-w 2024, Fan et al. 2018 (top-k), Meister et al. 2023 (typical), Holtzman et al.
2020 (top-p), Nguyen et al. 2024 (min-p), Basu et al. 2021 (mirostat, second version). The likeliest token always stays.
"""

import math

import torch

from ..core.errors import EngineError
from ..core.generation_config import GenerateConfig

NEVER = float("-inf")
LONGEST_REPEAT = 64  # tokens; by then DRY has made it impossible
BELOW_ONE = 1 - 1e-12  # so that rounding never ends up behind the last token
TIES = 8  # tokens that may be as likely as the last of top-k
NEAREST = 128  # tokens looked at before all are put in order


class Sampler:
    """Chooses the next token of each text. Keeps what mirostat has learnt about each, nothing else.

    ``bias``: added to the scores of all texts, [vocabulary]. ``end``: the token that ends a text. ``breakers``: tokens
    that end a passage for DRY.
    """

    def __init__(
        self, config: GenerateConfig, end: int, bias: torch.Tensor | None = None, breakers: frozenset[int] = frozenset()
    ) -> None:
        self.config, self.end, self.bias, self.breakers = config, end, bias, breakers
        self._surprise: torch.Tensor | None = None  # mirostat's limit for each text, in bits

    def keep(self, rows: torch.Tensor) -> None:
        """Only these texts go on."""
        if self._surprise is not None:
            self._surprise = self._surprise[rows]

    def scores(self, logits: torch.Tensor, history: torch.Tensor, written: int) -> torch.Tensor:
        """Logits [rows, vocabulary] after everything that stands before temperature; history [rows, length]."""
        if not math.isfinite(logits.sum()):  # as it is when any of them is not
            raise EngineError("The model's weights are damaged: its answer is not finite. Choose another checkpoint.")
        config = self.config
        if self.bias is not None:
            logits = logits + self.bias
        if written < config.min_new_tokens:
            logits = logits.index_fill(1, torch.tensor([self.end]), NEVER)
        recent = history[:, -config.penalty_range :] if config.penalty_range else history
        if config.repetition_penalty != 1.0:
            logits = penalized(logits, recent, config.repetition_penalty)
        if config.presence_penalty or config.frequency_penalty:
            logits = less_often(logits, recent, config.presence_penalty, config.frequency_penalty)
        if config.no_repeat_ngram:
            logits = without_ngrams(logits, history, config.no_repeat_ngram)
        if config.dry_multiplier:
            logits = dry(logits, recent, config, self.breakers)
        return logits

    def pick(self, scores: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
        """The next tokens [rows] from ``scores``; uniform [rows, 2] from 0 to 1: one number to draw, one for XTC."""
        config = self.config
        if config.temperature == 0:
            return scores.argmax(-1)
        if config.mirostat:
            return self._mirostat(scores / config.temperature, uniform[:, 0])
        probabilities, order = filtered(scores, config, uniform[:, 1])
        return draw(probabilities, order, uniform[:, 0])

    def _mirostat(self, scores: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
        if self._surprise is None:
            self._surprise = torch.full((len(scores),), 2.0 * self.config.mirostat)
        probabilities, order = scores.softmax(-1).sort(dim=-1, descending=True, stable=True)
        kept = -probabilities.log2() <= self._surprise[:, None]
        kept[:, 0] = True
        chosen = draw(probabilities * kept, order, uniform)
        all_kept = torch.zeros_like(probabilities).scatter(1, order, probabilities * kept)
        share = all_kept.gather(1, chosen[:, None])[:, 0] / all_kept.sum(-1)
        self._surprise = self._surprise - self.config.mirostat_rate * (-share.log2() - self.config.mirostat)
        return chosen


def draw(probabilities: torch.Tensor, order: torch.Tensor | None, uniform: torch.Tensor) -> torch.Tensor:
    """One of the columns of each row, [rows], by the inverse of the cumulative distribution. They need not add up to 1.

    ``order`` names the token of each column; None: the columns are the tokens.
    """
    cumulative = probabilities.cumsum(-1, dtype=torch.float64)
    reached = cumulative[:, -1] * uniform * BELOW_ONE
    place = torch.searchsorted(cumulative, reached[:, None], right=True)
    return place[:, 0] if order is None else order.gather(1, place)[:, 0]


def filtered(
    scores: torch.Tensor, config: GenerateConfig, uniform: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Probabilities after temperature and filters, and the tokens they belong to where not all are there, in order.

    [rows, n] each, the likeliest first; zero where a token was taken out. They need not add up to 1.
    """
    if config.temperature != 1.0:
        scores = scores / config.temperature
    plain = scores.softmax(-1)
    if config.top_k == 0 and config.typical == config.top_p == 1 and config.min_p == config.xtc_probability == 0:
        return plain, None
    probabilities, order = _likeliest(plain, config)
    if 0 < config.top_k < probabilities.shape[-1]:
        # Those as likely as the last one stay, as elsewhere.
        probabilities = probabilities * (probabilities >= probabilities[:, config.top_k - 1 : config.top_k])
    if config.typical < 1:
        probabilities = typical(probabilities, config.typical)
    if config.top_p < 1:
        total = probabilities.sum(-1, keepdim=True) if config.top_k or config.typical < 1 else 1.0
        before = probabilities.cumsum(-1) - probabilities
        probabilities = probabilities * (before < max(config.top_p, 1e-9) * total)
    if config.min_p > 0:
        probabilities = probabilities * (probabilities >= config.min_p * probabilities.max(-1, keepdim=True).values)
    if config.xtc_probability and uniform is not None:
        probabilities = without_the_obvious(probabilities, config, uniform)
    return probabilities, order


def _likeliest(plain: torch.Tensor, config: GenerateConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """All tokens in order, or only as many as can matter: putting 50,000 in order takes longer than a small model."""
    count = config.top_k + TIES if config.top_k else NEAREST
    if 2 * count < plain.shape[-1] and config.typical == 1:
        probabilities, order = plain.topk(count, dim=-1)
        if config.top_k:
            enough = probabilities[:, -1] < probabilities[:, config.top_k - 1]
        elif config.top_p < 1:
            enough = probabilities.sum(-1) >= config.top_p
        else:
            enough = probabilities[:, -1] < config.min_p * probabilities[:, 0]
        if bool(enough.all()):
            return probabilities, order
    whole = plain.sort(dim=-1, descending=True, stable=True)
    return whole.values, whole.indices


def typical(probabilities: torch.Tensor, share: float) -> torch.Tensor:
    """Keeps the tokens whose surprise is nearest to the expected one, until they have this share of probability."""
    normal = probabilities / probabilities.sum(-1, keepdim=True)
    surprise = -normal.clamp_min(1e-30).log()
    expected = (normal * surprise).sum(-1, keepdim=True)
    order = (surprise - expected).abs().masked_fill(normal == 0, float("inf")).argsort(dim=-1, stable=True)
    nearest = normal.gather(1, order)
    kept = nearest.cumsum(-1) - nearest < share
    return probabilities * torch.zeros_like(kept).scatter(1, order, kept)


def without_the_obvious(probabilities: torch.Tensor, config: GenerateConfig, uniform: torch.Tensor) -> torch.Tensor:
    """XTC: by chance, of the tokens above the threshold only the least likely stays. ``probabilities`` in order."""
    normal = probabilities / probabilities.sum(-1, keepdim=True)
    obvious = normal >= config.xtc_threshold
    last = obvious.sum(-1, keepdim=True) - 1  # in order of likelihood, so the obvious ones stand first
    if config.typical < 1:  # which may have left holes
        places = torch.arange(normal.shape[-1]).expand_as(normal).masked_fill(~obvious, -1)
        last = places.max(-1, keepdim=True).values
    taken = obvious & (torch.arange(normal.shape[-1]) < last) & (uniform < config.xtc_probability)[:, None]
    return probabilities.masked_fill(taken, 0)


def penalized(logits: torch.Tensor, recent: torch.Tensor, penalty: float) -> torch.Tensor:
    """Divides positive and multiplies negative logits of tokens in the text by the penalty."""
    seen = logits.gather(1, recent)
    return logits.scatter(1, recent, torch.where(seen > 0, seen / penalty, seen * penalty))


def less_often(logits: torch.Tensor, recent: torch.Tensor, presence: float, frequency: float) -> torch.Tensor:
    """Takes ``presence`` from each token in the text, and ``frequency`` for each time that it stands there."""
    counts = torch.zeros_like(logits).scatter_add_(1, recent, torch.ones_like(recent, dtype=logits.dtype))
    return logits - frequency * counts - presence * (counts > 0)


def without_ngrams(logits: torch.Tensor, history: torch.Tensor, length: int) -> torch.Tensor:
    """Forbids every token that would end a run of ``length`` tokens which stands in the text already."""
    if history.shape[1] < length:
        return logits
    runs = history.unfold(1, length, 1)  # [rows, places, length]
    begun = history[:, history.shape[1] - length + 1 :]
    same = (runs[:, :, :-1] == begun[:, None, :]).all(-1)
    row, place = same.nonzero(as_tuple=True)
    logits = logits.clone()
    logits[row, runs[row, place, -1]] = NEVER
    return logits


def dry(
    logits: torch.Tensor, recent: torch.Tensor, config: GenerateConfig, breakers: frozenset[int] = frozenset()
) -> torch.Tensor:
    """Takes multiplier * base ** (length - allowed) from a token that would go on with a repeated passage so long."""
    logits = logits.clone()
    for row, tokens in enumerate(recent.tolist()):
        for token, length in _repeats(tokens, breakers).items():
            if length >= config.dry_allowed:
                logits[row, token] -= config.dry_multiplier * config.dry_base ** (length - config.dry_allowed)
    return logits


def _repeats(tokens: list[int], breakers: frozenset[int]) -> dict[int, int]:
    """For each token that once followed what the text ends with: how many tokens before it are the same."""
    longest: dict[int, int] = {}
    if not tokens or tokens[-1] in breakers:
        return longest
    last = tokens[-1]
    for place in range(len(tokens) - 2, -1, -1):
        if tokens[place] == last:
            length = 1
            while (
                length < min(place + 1, LONGEST_REPEAT)
                and tokens[place - length] == tokens[-1 - length]
                and tokens[place - length] not in breakers
            ):
                length += 1
            following = tokens[place + 1]
            longest[following] = max(longest.get(following, 0), length)
    return longest
