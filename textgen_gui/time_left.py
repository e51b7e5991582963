"""How long a training still takes, by its recent pace: the same in the window and on the terminal.

Nothing is said of the first seconds, unless the run has a time of its own. While the pace changes, the last steady one
counts; where none ever was, that of all steps of late. What is told goes down like a clock, and up only where it really
takes longer: people watch it.
"""

import math
from collections import deque

from .engine.core.events import Replanned, StepDone
from .engine.core.time_budget import FEWEST, SHARES

RECENT_S, RECENT_STEPS = 30.0, 8  # of training that the pace is taken from, whichever is longer
LEAST_S, UNSTEADY_S = 4.0, 9.0  # before something is said of a steady pace, and of any
STEADY = 1.3  # the pace of the newer half and that of the older one may differ by this factor
LONGER, LONGER_S = 1.1, 2.0  # times what was told, and seconds more: only then it really takes longer
SMOOTH, SMOOTH_S = 0.2, 3.0  # of what is left, but no more: in about that time what is told follows the pace


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
        self._evaluated = self._generation_began = False  # since the last step
        self._evaluation_s = 0.0
        self._steady: float | None = None  # seconds a step, when the pace was last steady
        self._told: float | None = None

    def plan(self, event: Replanned) -> None:
        """It goes on otherwise than planned. An earlier version did not say how often it is evaluated then."""
        self.steps, self._every = event.steps, event.mark_every or self._every

    def take(self, event: StepDone) -> None:
        passed_s = max(0.0, event.elapsed_s - self._elapsed_s)
        self._note(event)
        self._told = _steadied(self._told, self.estimate(), passed_s)

    def _note(self, event: StepDone) -> None:
        pace = self._pace()
        if (self._evaluated or self._generation_began) and pace:
            took = event.elapsed_s - self._recent[-1][0] - (event.step - self._recent[-1][1]) * pace
            if not self._generation_began:
                self._evaluation_s = max(0.0, took if not self._evaluation_s else (self._evaluation_s + took) / 2)
            self._recent = deque((at + took, step) for at, step in self._recent)  # as if it had not been
        self._evaluated = self._generation_began = False
        self._elapsed_s = event.elapsed_s
        self._recent.append((event.elapsed_s, event.step))
        while self._spanned_s() > RECENT_S and event.step - self._recent[0][1] > RECENT_STEPS:
            self._recent.popleft()

    def evaluated(self, step: int) -> None:
        self._every = self._every or step - self._evaluated_at
        self._evaluated = self._every > 1
        self._evaluated_at = step

    def generation_began(self) -> None:
        """The models before it are asked before its first step, which takes long once."""
        self._generation_began = True

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
        """As it is told."""
        return self.estimate() if self._told is None else self._told

    def estimate(self) -> float | None:
        """By the newest step alone. A run by time is planned again so that it takes its time: no longer, but for the
        steps until then and the fewest that follow; and no less, before that was done once.
        """
        of_budget, pace = self._budget_s - self._elapsed_s, self._known_pace()
        if pace is None or not self.steps:
            return of_budget if of_budget > 0 else None
        step = self._recent[-1][1]
        by_pace, plans = self._lasting(self.steps - step, pace), [plan for plan in self._plans() if plan >= step]
        if not self._budget_s or not plans:
            return by_pace
        until_planned = self._lasting(plans[0] - step + FEWEST * self.steps, pace)
        by_plan = max(of_budget, until_planned)
        return by_plan if len(plans) == len(SHARES) else min(by_pace, by_plan)

    def _plans(self) -> list[int]:
        """The steps at which a run by time is planned again: evaluations, once a share of its steps is done."""
        every = max(1, self._every)
        return [math.ceil(share * self.steps / every) * every for share in SHARES]

    def _known_pace(self) -> float | None:
        if self._is_steady():
            self._steady = self._pace()
        return self._steady or (self._pace() if self._spanned_s() >= UNSTEADY_S else None)

    def _lasting(self, steps: float, pace: float) -> float:
        """Seconds that so many more steps take, with their evaluations."""
        left = max(0.0, steps)
        return left * pace + math.ceil(left / max(1, self._every)) * self._evaluation_s


def _steadied(told: float | None, estimate: float | None, passed_s: float) -> float | None:
    """``told``: before the ``passed_s`` seconds. What is told next lies between what a clock says and the estimate."""
    if told is None or estimate is None:
        return estimate
    clock = max(0.0, told - passed_s)
    if told < estimate <= LONGER * told + LONGER_S:
        return told
    near = told if estimate > told else clock
    return near + (estimate - near) * -math.expm1(-passed_s / min(SMOOTH_S, max(0.1, SMOOTH * estimate)))
