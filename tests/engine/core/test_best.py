"""The best step has the least held-out loss."""

import math

from textgen_gui.engine.core.best import rank


def test_the_least_loss_comes_first_then_the_earlier_step_then_the_newest_without_one() -> None:
    losses = {100: 3.0, 200: 2.5, 300: 2.5, 400: None, 500: None}
    assert sorted(losses, key=lambda step: rank(step, losses[step])) == [200, 300, 100, 500, 400]


def test_a_loss_that_is_no_number_is_none() -> None:
    losses = {100: math.nan, 200: 2.5, 300: math.nan}  # as events.jsonl gives back what was not finite
    assert sorted(losses, key=lambda step: rank(step, losses[step])) == [200, 300, 100]
