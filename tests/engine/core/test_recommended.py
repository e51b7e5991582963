"""The list for those who know no model: its figures belong together."""

import pytest

from textgen_gui.engine.core import recommended
from textgen_gui.engine.core.recommended import Recommended, learning_s
from textgen_gui.engine.exchange.offer import checked_name


@pytest.mark.parametrize("known", recommended.recommended, ids=lambda known: known.name)
def test_each_can_be_asked_for_and_its_figures_fit(known: Recommended) -> None:
    assert checked_name(known.name) == known.name
    assert 1.9 * known.weights < known.bytes < 4.5 * known.weights  # two or four bytes a weight, and masks
    assert known.title and known.words.endswith(".") and known.licence in ("apache-2.0", "mit")


def test_a_model_ten_times_as_large_takes_ten_times_as_long() -> None:
    small, large = (learning_s(weights, 200_000, 1000, 10_000_000) for weights in (10_000_000, 100_000_000))
    assert small == pytest.approx(150) and large == pytest.approx(1500)
