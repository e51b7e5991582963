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
    """Step, loss, smoothed loss and spread. ``plan``: how many steps there will be. ``begun``: the steps after which a
    model began that knew nothing.
    """

    def __init__(self) -> None:
        super().__init__(4)
        self.plan, self.begun = 0, [0]

    def begin(self, step: int) -> None:
        """Another model learns from here on, so what was before says nothing about it."""
        self.begun.append(step)

    def cut_back(self, step: float) -> None:
        super().cut_back(step)
        self.begun = [0, *(begun for begun in self.begun[1:] if begun < step)]

    def add(self, step: int, loss: float) -> None:
        if not self.length or self[STEP][-1] <= self.begun[-1] < step:
            self.append(step, loss, loss, 0.0)
            return
        before, smooth, spread = (float(self[column][-1]) for column in (STEP, SMOOTH, SPREAD))
        # The first steps weigh more, so that the line does not lag behind the fast fall at the start.
        reach = max(1.0, min(max(self.plan, 1000) / REACH, 2 + (step - self.begun[-1]) / 8))
        past = max(math.exp((before - step) / reach), min(FEW, self.length / (self.length + 3)))
        smooth = past * smooth + (1 - past) * loss
        self.append(step, loss, smooth, spread + (1 - past) / 2 * (abs(loss - smooth) - spread))

    def models(self, steps: Numbers) -> npt.NDArray[np.int64]:
        """Which model learnt in each of these steps."""
        return np.searchsorted(self.begun[1:], steps)

    def followed(self, steps: Numbers) -> npt.NDArray[np.int32]:
        """1 where the next of these steps is of the same model, to which a line may lead; 0 where a line ends."""
        models = self.models(steps)
        return np.append(models[:-1] == models[1:], False).astype(np.int32)[: len(steps)]

    def settled(self, share: float) -> Numbers:
        """The smooth line without the first ``share`` of the steps of each model, in which it falls from far above."""
        steps = self[STEP]
        first = share * max(1.0, steps[-1] if self.length else 1.0)
        return self[SMOOTH][np.logical_and.reduce([(steps < at) | (steps >= at + first) for at in self.begun])]

    def thinned(self) -> tuple[Numbers, Numbers, Numbers]:
        """Step, smooth line and spread of as many steps as can be told apart on a screen; the last is one of them."""
        chosen = np.arange(self.length)[:: -max(1, self.length // DRAWN)][::-1]
        return self[STEP][chosen], self[SMOOTH][chosen], self[SPREAD][chosen]
