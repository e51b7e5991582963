"""The optimizer, the learning rate of each step, and the stages that a run goes through."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedModel

from .config import TrainConfig
from .device import DTYPES
from .errors import ConfigError


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps ``first`` to ``last`` learn from one group of texts ("" is all), at ``rate`` times the learning rate."""

    group: str
    first: int
    last: int
    rate: float

    @property
    def steps(self) -> int:
        return self.last - self.first + 1


def stages(config: TrainConfig) -> tuple[Stage, ...]:
    """Raises ConfigError for a stage that cannot be read, or for more stages than steps."""
    if not config.stages:
        return (Stage("", 1, config.steps, 1.0),)
    asked = [_parsed(text, 0.5**number) for number, text in enumerate(config.stages)]
    if len(asked) > config.steps:
        raise ConfigError(f"{len(asked)} stages need more than {config.steps} steps. Give the run more steps.")
    whole, ends = sum(share for _, share, _ in asked), [0]
    for number, (_, share, _) in enumerate(asked, 1):
        left = len(asked) - number  # every later stage needs a step of its own
        ends.append(min(max(ends[-1] + 1, ends[-1] + round(config.steps * share / whole)), config.steps - left))
    ends[-1] = config.steps
    return tuple(
        Stage(group, ends[number] + 1, ends[number + 1], rate) for number, (group, _, rate) in enumerate(asked)
    )


def _parsed(text: str, usual_rate: float) -> tuple[str, float, float]:
    group, *numbers = text.split(":")
    try:
        share, rate = [*map(float, numbers), *(1.0, usual_rate)[len(numbers) :]]
        if not (0 < share < 1e6 and 0 < rate <= 1000):
            raise ValueError(text)
    except ValueError as problem:
        raise ConfigError(
            f"The stage {text!r} cannot be read. Write the group, its share of the steps and of the learning rate, "
            "for example letters:2:0.5."
        ) from problem
    return group.strip(), share, rate


def stage_of(config: TrainConfig, step: int) -> Stage:
    """The stage that ``step`` belongs to."""
    return next(stage for stage in stages(config) if step <= stage.last)


def learning_rate(config: TrainConfig, step: int) -> float:
    """In each stage: rises linearly over the warm-up, stays, and falls to zero over the decay."""
    stage = stage_of(config, step)
    rise = max(1, round(config.warmup * stage.steps))
    fall = max(1, round(config.decay * stage.steps))
    place = step - stage.first + 1
    left = 1.0 if config.schedule == "constant" else min(1.0, (stage.steps - place + 1) / fall)
    if config.schedule == "cosine":
        left = (1 - math.cos(math.pi * left)) / 2
    return config.learning_rate * stage.rate * min(1.0, place / rise, left)


def optimizer_of(model: PreTrainedModel, config: TrainConfig) -> torch.optim.AdamW:
    """Weight decay is for matrices only, not for norms and biases. AdamW is fused: the plain one is a Python loop."""
    learning = [p for p in model.parameters() if p.requires_grad]
    matrices, others = [p for p in learning if p.ndim >= 2], [p for p in learning if p.ndim < 2]
    if config.optimizer == "adamw":
        return _AdamW([matrices, others], config)
    embeddings = [part.weight for part in model.modules() if isinstance(part, torch.nn.Embedding)]
    of_tokens = {id(weight) for weight in (*embeddings, model.get_output_embeddings().weight)}
    inner = [p for p in matrices if p.ndim == 2 and id(p) not in of_tokens]
    mine = {id(p) for p in inner}
    return Muon([[p for p in matrices if id(p) not in mine], others, inner], config)


class _AdamW(torch.optim.AdamW):
    """``groups``: matrices, what knows no weight decay, and more matrices."""

    def __init__(self, groups: Sequence[list[torch.nn.Parameter]], config: TrainConfig) -> None:
        decays = (config.weight_decay, 0.0, config.weight_decay)
        every = [{"params": p, "weight_decay": decay} for p, decay in zip(groups, decays, strict=False)]
        super().__init__(every, lr=config.learning_rate, betas=(0.9, config.beta2), fused=True)


class Muon(_AdamW):
    """Moves each matrix inside of the layers by its momentum made orthogonal (Jordan et al. 2024); AdamW for the rest.

    A move has the size of AdamW's (Liu et al. 2025), so learning rate and weight decay mean the same for both. Instead
    of a singular value decomposition there are five Newton-Schulz steps, whose coefficients You Jiacheng has searched.
    The last of the ``groups`` are such matrices.
    """

    MOMENTUM = 0.95
    STEPS = (
        (4.0848, -6.8946, 2.9270),
        (3.9505, -6.3029, 2.6377),
        (3.7418, -5.5913, 2.3037),
        (2.8769, -3.1427, 1.2046),
        (2.8366, -3.0525, 1.2012),
    )

    def __init__(self, groups: Sequence[list[torch.nn.Parameter]], config: TrainConfig) -> None:
        super().__init__(groups, config)
        self._dtype = torch.bfloat16 if config.precision in DTYPES else torch.float32  # fp16 ends too early for it

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        every = self.param_groups
        *for_adamw, inner = every
        self.param_groups = for_adamw
        try:
            super().step()
        finally:
            self.param_groups = every
        self._turn([p for p in inner["params"] if p.grad is not None], inner["lr"], inner["weight_decay"])

    def _turn(self, matrices: list[torch.Tensor], rate: float, weight_decay: float) -> None:
        alike: dict[tuple[int, ...], list[tuple[torch.Tensor, torch.Tensor]]] = {}
        for matrix in matrices:
            assert matrix.grad is not None
            state = self.state[matrix]
            if not state:
                state["momentum"], state["step"] = torch.zeros_like(matrix), torch.zeros(())  # AdamW looks for steps
            momentum = state["momentum"]
            momentum.lerp_(matrix.grad, 1 - self.MOMENTUM)
            move = matrix.grad.lerp(momentum, self.MOMENTUM)
            alike.setdefault(tuple(sorted(move.shape)), []).append((matrix, move))
        for (_, longer), pairs in alike.items():
            moves = orthogonal([move for _, move in pairs], self._dtype)
            for (matrix, _), move in zip(pairs, moves, strict=True):
                matrix.mul_(1 - rate * weight_decay).add_(move, alpha=-0.2 * math.sqrt(longer) * rate)


def orthogonal(matrices: list[torch.Tensor], dtype: torch.dtype) -> list[torch.Tensor]:
    """The nearest matrices whose singular values are all about 1. They are of one shape, or of it turned around."""
    wide = [matrix if matrix.shape[0] <= matrix.shape[1] else matrix.t() for matrix in matrices]
    x = torch.stack(wide).to(dtype)
    x = x / (torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True) * 1.01 + 1e-7)
    for a, b, c in Muon.STEPS:
        square = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return [made if matrix.shape == made.shape else made.t() for matrix, made in zip(matrices, x.float(), strict=True)]
