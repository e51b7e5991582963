"""How long a training still takes, by its recent pace: the same in the window and on the terminal.

Nothing is said before the pace was steady once; while it changes, the last steady one counts.
"""

import math
from collections import deque

from .engine.core.events import StepDone

RECENT_S, LEAST_S = 30.0, 4.0  # of training that the pace is taken from
LEAST_STEPS = 8
STEADY = 1.3  # the pace of the newer half and that of the older one may differ by this factor


class TimeLeft:
    """Evaluations are counted apart: they come seldom and take long."""

    def __init__(self) -> None:
        self.begin(0, 0)

    def begin(self, steps: int, evaluated_every: int, begun: int = 0) -> None:
        """``steps``: of the whole run. ``evaluated_every``: 0 where that is seen only when it happens. ``begun``: the
        step that the session goes on from.
        """
        self.steps, self._every = steps, evaluated_every
        self._evaluated_at = begun
        self._recent: deque[tuple[float, int]] = deque()  # seconds of training and steps by then
        self._evaluated = False  # since the last step
        self._evaluation_s = 0.0
        self._steady: float | None = None  # seconds a step, when the pace was last steady

    def take(self, event: StepDone) -> None:
        if self._recent and self._evaluated:
            pace = self._pace()
            took = event.elapsed_s - self._recent[-1][0] - (event.step - self._recent[-1][1]) * (pace or 0.0)
            self._evaluation_s = max(0.0, took if not self._evaluation_s else (self._evaluation_s + took) / 2)
            self._recent = deque((at + took, step) for at, step in self._recent)  # as if it had not been
            self._evaluated = False
        self._recent.append((event.elapsed_s, event.step))
        while self._recent[-1][0] - self._recent[0][0] > RECENT_S:
            self._recent.popleft()

    def evaluated(self, step: int) -> None:
        self._evaluated = True
        self._every = self._every or step - self._evaluated_at
        self._evaluated_at = step

    def _pace(self) -> float | None:
        """Seconds a step; None while it is not steady."""
        if len(self._recent) < 3:
            return None
        (begun, first), (middle, half), (now, last) = (
            self._recent[0],
            self._recent[len(self._recent) // 2],
            self._recent[-1],
        )
        if now - begun < LEAST_S or last - first < LEAST_STEPS or half in (first, last):
            return None
        older, newer = (middle - begun) / (half - first), (now - middle) / (last - half)
        steady = max(older, newer) < STEADY * min(older, newer)
        return (now - begun) / (last - first) if steady else None

    def seconds(self) -> float | None:
        pace = self._steady = self._pace() or self._steady
        if pace is None or not self.steps or not self._recent:
            return None
        left = max(0, self.steps - self._recent[-1][1])
        return left * pace + math.ceil(left / max(1, self._every)) * self._evaluation_s
