"""What one training has brought, from its start on: a model, and whether there is a reason to write with it."""

import math

from ...engine.core import events
from ...engine.core.events import Event, Outcome

NO_BETTER = "knows your texts no better than what it began with"
UNTESTED = "was stopped before it was tested for the first time"


class Gain:
    """``saved``: how often there was a model of it, at each evaluation that was due and at the end. What learns without
    being tested, and what began with nothing, gains.
    """

    def __init__(self) -> None:
        self.saved = 0
        self._before = self._best = math.inf
        self._is_new = self._was_stopped = False

    def take(self, event: Event) -> None:
        match event:
            case events.RunStarted():
                self._is_new = not event.resumed_from
            case events.Evaluated(step=0):
                self._before = event.loss
            case events.Evaluated():
                self._best = min(self._best, event.loss)
            case events.CheckpointSaved():
                self.saved += 1
            case events.RunFinished():
                self._was_stopped = event.outcome is Outcome.STOPPED
            case _:
                pass

    @property
    def why_none(self) -> str:
        """Why another model should go on writing; empty where there is no reason."""
        if math.isfinite(self._best):
            return NO_BETTER if self._best >= self._before else ""
        return UNTESTED if self._is_new and self._was_stopped and self.saved < 2 else ""
