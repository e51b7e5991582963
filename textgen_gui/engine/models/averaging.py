"""The mean of the weights over the last part of a run: it generalises better than the weights of any single step.

Stochastic weight averaging (Izmailov et al. 2018). Training goes on with the plain weights; evaluations, samples
and what is saved to write with use the mean. What the last step leaves is averaged with the model that the run began
with where that is wished (WiSE-FT, Wortsman et al. 2022): it forgets less then.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import torch

from ..core.config import RunConfig, TrainConfig
from . import model as models
from .state import State
from .stock import PreTrainedModel

EVERY = 10  # steps between two samples of the weights
STUDENT = 0.4  # of the last part, for a model that is taught: a mean over more of it writes worse than the last step
FEWEST = 4  # samples: where the last part is so short that there would be one, they are taken more often


class Average:
    """Keeps the mean of a model's weights from the step at which the run's configuration says so.

    ``base``: the folder of the model that the run began with, which is read at the end where there is an anchor.
    """

    def __init__(
        self, model: PreTrainedModel, config: RunConfig, state: State, resumed: list[torch.Tensor], base: Path
    ) -> None:
        learnt = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._state, self._names, self._parameters = state, list(learnt), list(learnt.values())
        self._anchor, self.base, self.means = config.start.anchor, base, resumed
        self._share = config.train.average if not config.start.lora else 0.0  # LoRA's factors have no mean of their own
        sampled_every = state.sampled_every or (EVERY if state.step else 0)  # earlier versions had no other
        self.plan(config.train)
        state.sampled_every = sampled_every or state.sampled_every

    def plan(self, train: TrainConfig) -> None:
        """The model learns until then. What was sampled for a plan that would have ended before that is forgotten."""
        state, began = self._state, self._state.generation_began
        self._end = state.generation_end(train)
        steps, share = self._end - began, self._share * (STUDENT if state.generation else 1)
        self._first, last = began + steps * (1 - share), int(steps * share)
        state.sampled_every = EVERY if last >= 2 * EVERY else min(EVERY, max(1, last // FEWEST))
        if state.step <= self._first:
            state.averaged, self.means = 0, []

    def begin(self, train: TrainConfig) -> None:
        """Another model learns from here on."""
        self._state.averaged, self.means = 0, []
        self.plan(train)

    @torch.no_grad()
    def take(self, step: int) -> None:
        """To be called after each step."""
        if step <= self._first or step % self._state.sampled_every:
            return
        self._state.averaged += 1
        if self.means:
            torch._foreach_lerp_(self.means, [p.detach() for p in self._parameters], 1 / self._state.averaged)
        else:
            self.means = [p.detach().clone() for p in self._parameters]

    @contextlib.contextmanager
    def shown(self) -> Iterator[list[torch.Tensor]]:
        """The model holds the mean within the block. Gives its plain weights, or none where there is no mean yet."""
        shown, plain = self._shown(), [p.data for p in self._parameters]
        if not shown:
            yield []
            return
        for parameter, mean in zip(self._parameters, shown, strict=True):
            parameter.data = mean
        try:
            yield plain
        finally:
            for parameter, weight in zip(self._parameters, plain, strict=True):
                parameter.data = weight

    def _shown(self) -> list[torch.Tensor]:
        """The mean; at the end, where there is an anchor, on the line between it and what the run began with."""
        if not self._anchor or self._state.step < self._end:
            return self.means
        before = dict(models.load(self.base, to_open=False)[0].named_parameters())
        begun = [before[name].data.to(p.device) for name, p in zip(self._names, self._parameters, strict=True)]
        return list(torch._foreach_lerp(self.means or [p.data for p in self._parameters], begun, self._anchor))
