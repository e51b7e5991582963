"""Whether what was trained should write from now on."""

import pytest

from textgen_gui.engine.core import events
from textgen_gui.engine.core.events import Event, Outcome
from textgen_gui.ui.train.gain import NO_BETTER, UNTESTED, Gain

BEGAN, RESUMED = (events.RunStarted("runs/001", "a machine", 1000, 100, 1, resumed_from=step) for step in (0, 6))
BEFORE, WORSE, BETTER = (events.Evaluated(step, loss, loss / 2) for step, loss in ((0, 3.0), (5, 3.1), (10, 2.9)))
SAVED = events.CheckpointSaved(6, "runs/001/checkpoints/6")
STOPPED, FINISHED = (events.RunFinished(outcome, 6, 0, "Done.") for outcome in (Outcome.STOPPED, Outcome.FINISHED))


@pytest.mark.parametrize(
    ("happened", "why"),
    [
        ([BEGAN, SAVED, STOPPED], UNTESTED),  # a model of six steps took the pen from a good one
        ([BEGAN, SAVED, SAVED, STOPPED], ""),  # nothing is put aside
        ([BEGAN, FINISHED], ""),  # nothing is put aside that it could be tested on
        ([BEGAN, WORSE, STOPPED], ""),
        ([BEGAN, BEFORE, STOPPED], UNTESTED),
        ([BEGAN, BEFORE, WORSE, STOPPED], NO_BETTER),
        ([BEGAN, BEFORE, WORSE, BETTER, STOPPED], ""),
        ([RESUMED, STOPPED], ""),
    ],
)
def test_what_takes_the_pen(happened: list[Event], why: str) -> None:
    gain = Gain()
    for event in happened:
        gain.take(event)
    assert gain.why_none == why
