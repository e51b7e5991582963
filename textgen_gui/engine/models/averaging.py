"""The mean of the weights over the last part of a run: it generalises better than the weights of any single step.

Stochastic weight averaging (Izmailov et al. 2018). Training goes on with the plain weights; evaluations, samples
and what is saved to write with use the mean.
"""

import contextlib
from collections.abc import Iterator

import torch
from transformers import PreTrainedModel

from ..core.config import RunConfig
from .checkpoint import State

EVERY = 10  # steps between two samples of the weights


class Average:
    """Keeps the mean of a model's weights from the step at which the run's configuration says so."""

    def __init__(self, model: PreTrainedModel, config: RunConfig, state: State, resumed: list[torch.Tensor]) -> None:
        self._state, self._parameters = state, [p for p in model.parameters() if p.requires_grad]
        self.means = resumed
        wanted = config.train.average if not config.start.lora else 0.0  # LoRA's two factors have no mean of their own
        self._first = config.train.steps * (1 - wanted)

    @torch.no_grad()
    def take(self, step: int) -> None:
        """To be called after each step."""
        if step <= self._first or step % EVERY:
            return
        self._state.averaged += 1
        if self.means:
            torch._foreach_lerp_(self.means, [p.detach() for p in self._parameters], 1 / self._state.averaged)
        else:
            self.means = [p.detach().clone() for p in self._parameters]

    @contextlib.contextmanager
    def shown(self) -> Iterator[list[torch.Tensor]]:
        """The model holds the mean within the block. Gives its plain weights, or none where there is no mean yet."""
        if not self.means:
            yield []
            return
        plain = [p.data for p in self._parameters]
        for parameter, mean in zip(self._parameters, self.means, strict=True):
            parameter.data = mean
        try:
            yield plain
        finally:
            for parameter, weight in zip(self._parameters, plain, strict=True):
                parameter.data = weight
