"""How much of the computer training takes, step by step.

Threads that share one step wait for each other by spinning. When another program wants a core, the one that lost it
holds up all others, and training falls to a fraction of its share. Then fewer threads are faster, and are tried.
"""

import os
import statistics
import sys
import threading
from collections.abc import Callable

import torch

from ..core.config import Pace

WINDOW, WINDOW_S = 5, 1.0  # steps that are compared, and the least time they take: shorter troubles pass by themselves
SLOWER = 1.5  # times as slow as usual, and it is time to look
BETTER = 0.9  # of the time: less gain is noise
PATIENCE_S = 10.0  # between two looks
NICENESS = 10  # of 19: other programs go first


class Pacer:
    """Sets the number of threads before each step, and learns from how long it took."""

    def __init__(self, threads: int, pace: Pace, set_threads: Callable[[int], None] = torch.set_num_threads) -> None:
        self.most = self.threads = threads
        self._fixed = pace != Pace.BALANCED or threads == 1 or bool(os.environ.get("OMP_NUM_THREADS"))
        self._set_threads = set_threads
        self._usual: dict[int, float] = {}  # seconds of a step, by threads, when all was calm
        self._times: list[float] = []
        self._before = 0.0  # seconds of a step when the look at another number began
        self._trying = 0
        self._waited_s = 0.0

    def use_threads(self) -> None:
        """To be called before each step: who writes between two steps sets the threads of this thread to one."""
        self._set_threads(self._trying or self.threads)

    def took(self, seconds: float) -> None:
        """To be called after each step."""
        if self._fixed:
            return
        self._times.append(seconds)
        self._waited_s += seconds
        if len(self._times) <= WINDOW or sum(self._times) < WINDOW_S:
            return
        median = statistics.median(self._times[1:])  # the first step with other threads starts them
        self._times = []
        if self._trying:
            self._decide(median)
            return
        usual = self._usual[self.threads] = min(median, self._usual.get(self.threads, median))
        if self._waited_s >= PATIENCE_S:
            if self.threads < self.most:
                self._try(self.most, median)
            elif median > SLOWER * usual:
                self._try(max(1, self.threads // 2), median)
        elif median > SLOWER * usual and self.threads == self.most and self._before == 0.0:
            self._try(max(1, self.threads // 2), median)  # the first time at once

    def _try(self, threads: int, median: float) -> None:
        self._trying, self._before, self._waited_s = threads, median, 0.0
        self._set_threads(threads)

    def _decide(self, median: float) -> None:
        if median < BETTER * self._before:
            self.threads = self._trying
        elif self._trying < self.threads:
            self._usual[self.threads] = self._before  # fewer do not help, so this is how fast it is now
        self._trying, self._waited_s = 0, 0.0
        self._set_threads(self.threads)


def let_others_go_first() -> None:
    """Lowers the priority of the calling thread and of those that it starts. Only Linux can do this for a thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
