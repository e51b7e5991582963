"""The numbers of a learning curve: growing columns, a smooth line, and the spread around it."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
STEP, LOSS, SMOOTH, SPREAD = range(4)  # the columns of Steps
REACH = 50  # a plan has about so many reaches of the smoothing
FEW = 0.85  # a run is shown thinned while it trains: the line rests on several of its steps all the same
DRAWN = 1200  # points; more than a screen has


@dataclass(frozen=True, slots=True)
class Row:
    """A step in numbers, in bits; None where nothing was measured."""

    step: int
    smooth: float | None
    spread: float | None
    heldout: float | None


class Series:
    """Growing columns of numbers; doubling keeps appending cheap."""

    def __init__(self, columns: int) -> None:
        self._buffer = np.zeros((columns, 1024))
        self.length = 0

    def append(self, *values: float) -> None:
        if self.length == self._buffer.shape[1]:
            self._buffer = np.concatenate([self._buffer, np.zeros_like(self._buffer)], axis=1)
        self._buffer[:, self.length] = values
        self.length += 1

    def __getitem__(self, column: int) -> Numbers:
        return self._buffer[column, : self.length]

    def cut_back(self, step: float) -> None:
        """Forgets the points after ``step``: a resumed run repeats them."""
        self.length = int(np.searchsorted(self[0], step, side="right"))


class Steps(Series):
    """Step, loss, smoothed loss and spread. ``plan``: how many steps there will be."""

    def __init__(self) -> None:
        super().__init__(4)
        self.plan = 0

    def add(self, step: int, loss: float) -> None:
        if not self.length:
            self.append(step, loss, loss, 0.0)
            return
        before, smooth, spread = (float(self[column][-1]) for column in (STEP, SMOOTH, SPREAD))
        # The first steps weigh more, so that the line does not lag behind the fast fall at the start.
        reach = max(1.0, min(max(self.plan, 1000) / REACH, 2 + step / 8))
        past = max(math.exp((before - step) / reach), min(FEW, self.length / (self.length + 3)))
        smooth = past * smooth + (1 - past) * loss
        self.append(step, loss, smooth, spread + (1 - past) / 2 * (abs(loss - smooth) - spread))

    def thinned(self) -> tuple[Numbers, Numbers, Numbers]:
        """Step, smooth line and spread of as many steps as can be told apart on a screen; the last is one of them."""
        chosen = np.arange(self.length)[:: -max(1, self.length // DRAWN)][::-1]
        return self[STEP][chosen], self[SMOOTH][chosen], self[SPREAD][chosen]
