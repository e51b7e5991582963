"""How much of a run is done: the same on its page, in the title of the window, and another day."""

from pathlib import Path

from . import event_log
from .events import Event, Replanned, RunStarted, StepDone


class ShareDone:
    """``value``: from 0 to 1. What was done stays done when the rest is planned again."""

    def __init__(self) -> None:
        self.steps = self._step = 0
        self.value = 0.0

    def hear(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.steps, self._step = event.steps, event.resumed_from
                self.value = event.done or (event.resumed_from / event.steps if event.steps else 0.0)
            case Replanned():
                self._go_on(event.step)
                self.steps = event.steps
            case StepDone():
                self._go_on(event.step)
            case _:
                pass

    def _go_on(self, step: int) -> None:
        """The steps since the last one, as a share of all that were left then, are so much of the share that was."""
        left = self.steps - self._step
        if step > self._step and left > 0:
            self.value += (1 - self.value) * min(1.0, (step - self._step) / left)
            self._step = step


def share_at(events_file: Path, step: int) -> float:
    """How much was done when a run came to this step, by the plans that it had. Raises ProjectError for what cannot be
    read.
    """
    done = ShareDone()
    for event in event_log.read(events_file, RunStarted, Replanned):
        match event:
            case RunStarted() if not done.steps or event.done:
                done.hear(event)
            case Replanned() if event.step <= step:
                done.hear(event)
            case _:
                pass  # an earlier version did not say how much was done where it went on, by the same plan
    done.hear(StepDone(step, 0.0, 0.0, 0.0, 0.0))
    return done.value
