"""The n-gram teacher: against counting by hand, and what a run becomes with it."""

from collections import Counter

import numpy as np
import pytest
import torch

from textgen_gui.engine.core.config import TrainConfig
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.models.fast_training import cross_entropy
from textgen_gui.engine.models.state import State
from textgen_gui.engine.training.ngram_teacher import DISCOUNT, ORDER, NgramTeacher
from textgen_gui.engine.training.schedule import taught_share

from ...conftest import train_all
from ..runs import losses, make_run, prepared_project

VOCABULARY = 6
text = np.random.default_rng(3).integers(0, 4, 80).astype(np.uint16)


def by_hand(place: int) -> list[float]:
    """The same in words: what stands elsewhere after the last token, the last two, the last three."""
    usual = Counter(text.tolist())
    likely = [(usual[token] + 0.5) / (len(text) + 0.5 * VOCABULARY) for token in range(VOCABULARY)]
    padded = [VOCABULARY] * ORDER + text.tolist()
    for length in range(1, ORDER):
        before = {i: tuple(padded[i + ORDER - length : i + ORDER]) for i in range(len(text))}
        after = Counter(int(text[i]) for i in before if i != place and before[i] == before[place])
        seen = sum(after.values())
        if seen:
            kept = [max(after[token] - DISCOUNT, 0) / seen for token in range(VOCABULARY)]
            likely = [share + (1 - sum(kept)) * shorter for share, shorter in zip(kept, likely, strict=True)]
    return likely


def test_it_foretells_each_place_by_all_others() -> None:
    told = NgramTeacher(text, VOCABULARY)(np.arange(len(text)))
    assert told.shape == (len(text), VOCABULARY)
    torch.testing.assert_close(told, torch.tensor([by_hand(place) for place in range(len(text))]))
    torch.testing.assert_close(told.sum(1), torch.ones(len(text)))


def test_half_of_the_gradient_is_that_of_the_teacher() -> None:
    generator = torch.Generator().manual_seed(1)
    logits, ids = torch.randn(2, 5, 7, generator=generator), torch.randint(7, (2, 5), generator=generator)
    told = torch.softmax(torch.randn(10, 7, generator=generator), -1)
    ours, torchs = (logits.clone().requires_grad_() for _ in range(2))
    loss = cross_entropy(ours, ids, told, 0.5)
    loss.backward()
    mixed = 0.5 * told + 0.5 * torch.nn.functional.one_hot(ids.flatten(), 7)
    torch.nn.functional.cross_entropy(torchs.flatten(0, 1), mixed).backward()
    torch.testing.assert_close(ours.grad, torchs.grad)
    torch.testing.assert_close(loss, cross_entropy(logits, ids))  # what is told to people stays that of the text


def test_it_says_ever_less() -> None:
    config = TrainConfig(steps=100, ngram_teacher=0.5)
    shares = [taught_share(config, State(), step) for step in range(1, 101)]
    assert shares[0] == 0.5 and shares[70:] == [0] * 30 and shares == sorted(shares, reverse=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("taught"))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_run_learns_otherwise_with_it(place: Project, smoothing: float) -> None:
    usual = "train.steps=8", f"train.label_smoothing={smoothing}"
    alone, taught = make_run(place, *usual), make_run(place, *usual, "train.ngram_teacher=0.5")
    without, with_it = losses(train_all(alone)), losses(train_all(taught))
    assert with_it != without
    if not smoothing:  # the first step is told by the same weights, and every loss is that of the text
        assert with_it[0] == without[0] and with_it[-1] == pytest.approx(without[-1], abs=0.3)


def test_in_parts_it_teaches_what_it_teaches_at_once(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "train.batch=4", "train.steps=6", "train.ngram_teacher=0.5"
    expected = losses(train_all(make_run(place, *asked)))
    monkeypatch.setattr("textgen_gui.engine.training.step.free_memory", lambda: 4)  # room for one passage at a time
    assert losses(train_all(make_run(place, *asked))) == pytest.approx(expected, rel=1e-5)
