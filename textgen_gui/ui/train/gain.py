"""Whether a run is better than the model that it began with, by text that neither of them has learnt."""

import math

from ...engine.core import events
from ...engine.core.events import Event


class Gain:
    """Of one training, from its start on; one that is resumed, or that began with nothing, counts as a gain."""

    def __init__(self) -> None:
        self._before = self._best = math.inf

    def take(self, event: Event) -> None:
        match event:
            case events.Evaluated(step=0):
                self._before = event.loss
            case events.Evaluated():
                self._best = min(self._best, event.loss)
            case _:
                pass

    @property
    def is_none(self) -> bool:
        return math.isfinite(self._before) and self._best >= self._before
