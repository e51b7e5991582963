"""How long a training still takes, by its recent pace: the same in the window and on the terminal.

Nothing is said of the first seconds, unless the run has a time of its own. While the pace changes, the last steady one
counts; where none ever was, that of all steps of late.
"""

import math
from collections import deque

from .engine.core.events import StepDone

RECENT_S, RECENT_STEPS = 30.0, 8  # of training that the pace is taken from, whichever is longer
LEAST_S, UNSTEADY_S = 4.0, 9.0  # before something is said of a steady pace, and of any
PLANNED = 0.9  # of the steps: until then a run by time is planned again, so that it takes no longer
STEADY = 1.3  # the pace of the newer half and that of the older one may differ by this factor


class TimeLeft:
    """Evaluations are counted apart: they come seldom and take long. One after each step is a part of the step."""

    def __init__(self) -> None:
        self.begin(0, 0)

    def begin(
        self, steps: int, evaluated_every: int, begun: int = 0, *, budget_s: float = 0.0, elapsed_s: float = 0.0
    ) -> None:
        """``steps``: of the whole run. ``evaluated_every``: 0 where that is seen only when it happens. ``begun``: the
        step that the session goes on from. ``budget_s``: what a run by time has in all, 0 for another one.
        ``elapsed_s``: what earlier sessions took of it.
        """
        self.steps, self._every = steps, evaluated_every
        self._evaluated_at = begun
        self._budget_s, self._elapsed_s = budget_s, elapsed_s
        self._recent: deque[tuple[float, int]] = deque()  # seconds of training and steps by then
        self._evaluated = False  # since the last step
        self._evaluation_s = 0.0
        self._steady: float | None = None  # seconds a step, when the pace was last steady

    def take(self, event: StepDone) -> None:
        pace = self._pace()
        if self._evaluated and pace:
            took = event.elapsed_s - self._recent[-1][0] - (event.step - self._recent[-1][1]) * pace
            self._evaluation_s = max(0.0, took if not self._evaluation_s else (self._evaluation_s + took) / 2)
            self._recent = deque((at + took, step) for at, step in self._recent)  # as if it had not been
        self._evaluated = False
        self._elapsed_s = event.elapsed_s
        self._recent.append((event.elapsed_s, event.step))
        while self._spanned_s() > RECENT_S and event.step - self._recent[0][1] > RECENT_STEPS:
            self._recent.popleft()

    def evaluated(self, step: int) -> None:
        self._every = self._every or step - self._evaluated_at
        self._evaluated = self._every > 1
        self._evaluated_at = step

    def _spanned_s(self) -> float:
        return self._recent[-1][0] - self._recent[0][0] if self._recent else 0.0

    def _pace(self) -> float | None:
        """Seconds a step."""
        steps = self._recent[-1][1] - self._recent[0][1] if self._recent else 0
        return self._spanned_s() / steps if steps else None

    def _is_steady(self) -> bool:
        if self._spanned_s() < LEAST_S:
            return False
        (begun, first), (middle, half), (now, last) = (
            self._recent[0],
            self._recent[len(self._recent) // 2],
            self._recent[-1],
        )
        if half in (first, last):
            return False
        older, newer = (middle - begun) / (half - first), (now - middle) / (last - half)
        return max(older, newer) < STEADY * min(older, newer)

    def seconds(self) -> float | None:
        by_pace, of_budget = self._by_pace(), self._budget_s - self._elapsed_s
        if of_budget <= 0 or (by_pace is not None and self._recent[-1][1] >= PLANNED * self.steps):
            return by_pace
        return of_budget if by_pace is None else min(by_pace, of_budget)

    def _by_pace(self) -> float | None:
        if self._is_steady():
            self._steady = self._pace()
        pace = self._steady or (self._pace() if self._spanned_s() >= UNSTEADY_S else None)
        if pace is None or not self.steps:
            return None
        left = max(0, self.steps - self._recent[-1][1])
        return left * pace + math.ceil(left / max(1, self._every)) * self._evaluation_s
