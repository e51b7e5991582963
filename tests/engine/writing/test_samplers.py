"""Each sampler by its published definition: exactly on crafted scores, and by 100,000 draws."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.writing import samplers
from textgen_gui.engine.writing.samplers import Sampler

plain = GenerateConfig(temperature=1.0, top_p=1.0)
everyone: list[samplers.Registered[Any]] = [*samplers.penalties, *samplers.filters]
shares = [0.5, 0.3, 0.15, 0.05]
logits = torch.tensor([shares]).log()


def spread(config: GenerateConfig, scores: torch.Tensor = logits, uniform: float = 0.0) -> list[float]:
    """The probability of each token, in their own order."""
    found, order = Sampler(config, ends=(0,)).filtered(scores, torch.tensor([uniform], dtype=torch.float64))
    found = found / found.sum(-1, keepdim=True)
    if order is not None:
        found = torch.zeros_like(scores).scatter(1, order, found)
    return [float(share) for share in found[0]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, shares),
        ({"temperature": 0.5}, [0.25 / 0.365, 0.09 / 0.365, 0.0225 / 0.365, 0.0025 / 0.365]),
        ({"top_k": 2}, [0.625, 0.375, 0, 0]),
        ({"top_p": 0.6}, [0.625, 0.375, 0, 0]),
        ({"top_p": 0.5}, [1, 0, 0, 0]),
        ({"top_p": 0.0}, [1, 0, 0, 0]),
        ({"top_k": 3, "top_p": 0.8}, [0.625, 0.375, 0, 0]),  # top-p of what top-k has left
        ({"min_p": 0.25}, [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0]),
        ({"min_p": 1.0}, [1, 0, 0, 0]),
        # Entropy 1.142 nats; surprises 0.69, 1.20, 1.90, 3.00: nearest first 0.3, 0.5, 0.15, 0.05.
        ({"typical": 0.3}, [0, 1, 0, 0]),
        ({"typical": 0.4}, [0.625, 0.375, 0, 0]),
        ({"xtc_probability": 1.0, "xtc_threshold": 0.1}, [0, 0, 0.75, 0.25]),
        ({"xtc_probability": 1.0, "xtc_threshold": 0.2}, [0, 0.6, 0.3, 0.1]),
        ({"xtc_probability": 1.0, "xtc_threshold": 0.4}, shares),  # a single obvious token stays
    ],
)
def test_filters(change: dict[str, float], expected: list[float]) -> None:
    config = replace(plain, **change)  # type: ignore[arg-type]
    assert spread(config) == pytest.approx(expected, abs=1e-6)
    mixed = torch.tensor([3, 0, 2, 1])
    assert spread(config, logits[:, mixed]) == pytest.approx([expected[i] for i in mixed], abs=1e-6)


def test_xtc_leaves_out_only_as_often_as_asked() -> None:
    config = replace(plain, xtc_probability=0.5)
    assert spread(config, uniform=0.49) == pytest.approx([0, 0, 0.75, 0.25])
    assert spread(config, uniform=0.5) == pytest.approx(shares)


def test_top_k_keeps_ties() -> None:
    assert spread(replace(plain, top_k=2), torch.tensor([[1.0, 2.0, 1.0]])) == pytest.approx(
        torch.tensor([1.0, 2.0, 1.0]).softmax(-1).tolist()
    )


@pytest.mark.parametrize("change", [{"top_p": 0.7}, {"min_p": 0.01}, {"top_k": 40}, {"top_k": 40, "top_p": 0.9}])
@pytest.mark.parametrize("scale", [0.01, 4.0])
def test_looking_at_the_likeliest_only_changes_nothing(
    change: dict[str, float], scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many tokens only some are put in order, where that is enough."""
    scores = scale * torch.randn(2, 5000, generator=torch.Generator().manual_seed(1))
    config = replace(plain, **change)  # type: ignore[arg-type]
    quick = torch.tensor(spread(config, scores[:1]))
    monkeypatch.setattr(samplers, "NEAREST", 5000)
    monkeypatch.setattr(samplers, "TIES", 5000)
    whole = torch.tensor(spread(config, scores[:1]))
    torch.testing.assert_close(quick, whole)


def penalized(
    scores: torch.Tensor, history: torch.Tensor, breakers: tuple[int, ...] = (), **settings: float
) -> torch.Tensor:
    config = replace(plain, **settings)  # type: ignore[arg-type]
    return Sampler(config, ends=(0,), breakers=frozenset(breakers)).scores(scores, history, 0)


def test_repetition_penalty() -> None:
    found = penalized(torch.tensor([[2.0, -1.0, 3.0]]), torch.tensor([[0, 1, 0]]), repetition_penalty=2.0)
    assert found.tolist() == [[1.0, -2.0, 3.0]]


def test_presence_and_frequency() -> None:
    text = torch.tensor([[0, 1, 0]])
    found = penalized(torch.tensor([[2.0, -1.0, 3.0]]), text, presence_penalty=0.5, frequency_penalty=0.25)
    assert found.tolist() == [[1.0, -1.75, 3.0]]


def test_no_ngram_twice() -> None:
    history = torch.tensor([[1, 2, 3, 1, 2], [1, 2, 3, 2, 1]])
    found = penalized(torch.zeros(2, 5), history, no_repeat_ngram=3)
    assert found[0].tolist() == [0, 0, 0, -math.inf, 0] and found[1].tolist() == [0.0] * 5
    assert penalized(torch.zeros(2, 5), history, no_repeat_ngram=1)[0].isinf().tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_dry() -> None:
    def dry(
        scores: torch.Tensor, history: torch.Tensor, breakers: tuple[int, ...] = (), allowed: int = 2
    ) -> torch.Tensor:
        settings = {"dry_multiplier": 0.8, "dry_base": 2.0, "dry_allowed": allowed}
        return penalized(scores, history, breakers, **settings)

    history = torch.tensor([[7, 1, 2, 3, 4, 9, 1, 2, 3]])  # "1 2 3" again: 4 would make it longer
    found = dry(torch.zeros(1, 10), history)
    assert found[0, 4] == pytest.approx(-0.8 * 2.0 ** (3 - 2)) and found.count_nonzero() == 1
    assert dry(torch.zeros(1, 10), history, allowed=4).count_nonzero() == 0
    assert dry(torch.zeros(1, 10), history, (2,))[0, 4] == 0  # the passage ends at a breaker
    assert dry(torch.zeros(1, 10), history, (3,)).count_nonzero() == 0


def test_penalties_look_back_only_so_far() -> None:
    history = torch.tensor([[0, 1, 2]])
    sampler = Sampler(replace(plain, presence_penalty=1.0, penalty_range=2), ends=(3,))
    assert sampler.scores(torch.zeros(1, 4), history, 0).tolist() == [[0, -1, -1, 0]]
    sampler = Sampler(replace(plain, presence_penalty=1.0, penalty_range=0), ends=(3,))
    assert sampler.scores(torch.zeros(1, 4), history, 0).tolist() == [[-1, -1, -1, 0]]


def test_no_end_before_the_least_length() -> None:
    sampler = Sampler(replace(plain, min_new_tokens=2), ends=(1,))
    history = torch.zeros(1, 1, dtype=torch.int64)
    assert sampler.scores(torch.zeros(1, 3), history, 1)[0, 1] == -math.inf
    assert sampler.scores(torch.zeros(1, 3), history, 2)[0, 1] == 0


def test_temperature_zero_takes_the_likeliest() -> None:
    sampler = Sampler(replace(plain, temperature=0.0, top_k=1, mirostat=3.0), ends=(1,))
    assert sampler.pick(torch.tensor([[1.0, 3.0, 2.0]]), torch.full((1, 2), 0.99)).tolist() == [1]


def test_mirostat_holds_the_surprise() -> None:
    """By its authors' own steps, and over a long text near the bits that are asked for."""
    scores = (torch.randn(1, 500, generator=torch.Generator().manual_seed(5)) * 2).log_softmax(-1)
    sampler = Sampler(replace(plain, mirostat=3.0, mirostat_rate=0.1), ends=(0,))
    uniform = torch.rand(4000, 1, 2, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    limit, surprises = 6.0, []
    for number in range(4000):
        token = int(sampler.pick(scores, uniform[number])[0])
        shares = scores[0].exp()
        kept = -shares.log2() <= limit
        if not kept.any():
            kept[scores[0].argmax()] = True
        assert kept[token]
        surprise = float(-(shares[token] / shares[kept].sum()).log2())
        limit -= 0.1 * (surprise - 3.0)
        surprises.append(surprise)
        assert sampler._surprise is not None and float(sampler._surprise[0]) == pytest.approx(limit, abs=1e-2)
    assert sum(surprises[500:]) / len(surprises[500:]) == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"temperature": 0.6},
        {"temperature": 1.7},
        {"top_k": 3},
        {"top_p": 0.9},
        {"min_p": 0.2},
        {"typical": 0.7},
        {"xtc_probability": 0.4},
    ],
)
def test_draws_follow_the_definition(change: dict[str, float]) -> None:
    """Chi-square over 100,000 draws, at one in a thousand."""
    config = replace(plain, **change)  # type: ignore[arg-type]
    draws = 100_000
    uniform = torch.rand(draws, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    chosen = Sampler(config, ends=(0,)).pick(logits.expand(draws, -1), uniform)
    share = config.xtc_probability
    expected = draws * (
        share * torch.tensor(spread(config, uniform=0.0)) + (1 - share) * torch.tensor(spread(config, uniform=0.999))
    )
    counts = torch.bincount(chosen, minlength=4).float()
    assert (counts[expected == 0] == 0).all()
    possible = expected > 0
    chi_square = ((counts - expected)[possible] ** 2 / expected[possible]).sum()
    assert chi_square < {1: 0.1, 2: 10.8, 3: 13.8, 4: 16.3}[int(possible.sum())]


def test_scores_that_are_no_numbers_are_told() -> None:
    with pytest.raises(EngineError, match="not finite"):
        Sampler(plain, ends=(0,)).scores(torch.tensor([[1.0, math.nan]]), torch.zeros(1, 1, dtype=torch.int64), 0)


def test_every_setting_belongs_to_one_sampler_or_to_a_part_that_is_none() -> None:
    """A sampler whose settings nobody reads would be skipped in silence."""
    elsewhere = {
        "json_schema", "regex", "banned", "stop_texts",  # constraints.py
        "penalty_range", "temperature", "mirostat", "mirostat_rate",  # of all samplers, or in place of the filters
        "beams", "length_penalty",  # beams.py
        "max_new_tokens", "from_beginning", "n", "seed",  # generate.py
        "natural_start", "end",  # opening.py, endings.py
    }  # fmt: skip
    registered = [name for one in everyone for name in one.settings]
    assert len(set(registered)) == len(registered) and not elsewhere & set(registered)
    assert elsewhere | set(registered) == set(GenerateConfig.__dataclass_fields__)


def test_samplers_apply_in_the_order_of_the_settings() -> None:
    fields = list(GenerateConfig.__dataclass_fields__)
    for registered in (samplers.penalties, samplers.filters):
        first = [fields.index(next(iter(one.off))) for one in registered]
        assert first == sorted(first)


@pytest.mark.parametrize("one", everyone, ids=lambda one: one.apply.__name__)
def test_a_sampler_that_is_off_does_nothing(one: samplers.Registered[Any]) -> None:
    """What is said to be off really is, so that to leave it out changes nothing."""
    config = replace(plain, penalty_range=0, **one.off)  # type: ignore[arg-type]
    assert not one.is_on(config)
    probabilities, uniform = torch.tensor([shares]), torch.tensor([0.5], dtype=torch.float64)
    if one in samplers.penalties:
        step = samplers.PenaltyStep(config, torch.tensor([[0, 1, 0]]), 0, (3,), None, frozenset())
        if "no_repeat_ngram" not in one.off:  # runs of no tokens are none
            assert torch.equal(one.apply(logits, step), logits)
    elif "top_k" not in one.off:
        made = one.apply(probabilities, samplers.FilterStep(config, uniform, untouched=True))
        assert torch.equal(made, probabilities)
