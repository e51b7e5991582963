"""What one training has brought, from its start on: a model, and whether it is better than what it began with."""

import math

from ...engine.core import events
from ...engine.core.events import Event


class Gain:
    """``saved``: there is a model of it. What nobody has measured, and what began with nothing, counts as a gain."""

    def __init__(self) -> None:
        self.saved = False
        self._before = self._best = math.inf

    def take(self, event: Event) -> None:
        match event:
            case events.Evaluated(step=0):
                self._before = event.loss
            case events.Evaluated():
                self._best = min(self._best, event.loss)
            case events.CheckpointSaved():
                self.saved = True
            case _:
                pass

    @property
    def is_none(self) -> bool:
        return math.isfinite(self._best) and self._best >= self._before
