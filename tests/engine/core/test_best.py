"""The best step has the least held-out loss."""

from textgen_gui.engine.core.best import rank


def test_the_least_loss_comes_first_then_the_earlier_step_then_the_newest_without_one() -> None:
    losses = {100: 3.0, 200: 2.5, 300: 2.5, 400: None, 500: None}
    assert sorted(losses, key=lambda step: rank(step, losses[step])) == [200, 300, 100, 500, 400]
