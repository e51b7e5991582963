"""The optimizers: AdamW, fused, and Muon for the matrices inside of the layers."""

import math
from collections.abc import Sequence
from typing import Any

import torch

from ..core.config import OptimizerKind, TrainConfig
from ..models.stock import PreTrainedModel
from ..runtime.device import DTYPES


def optimizer_of(model: PreTrainedModel, config: TrainConfig) -> torch.optim.AdamW:
    """Weight decay is for matrices only, not for norms and biases. AdamW is fused: the plain one is a Python loop."""
    learnt = [p for p in model.parameters() if p.requires_grad]
    matrices, others = [p for p in learnt if p.ndim >= 2], [p for p in learnt if p.ndim < 2]
    if config.optimizer == OptimizerKind.ADAMW:
        return _AdamW([matrices, others], config)
    embeddings = [part.weight for part in model.modules() if isinstance(part, torch.nn.Embedding)]
    of_tokens = {id(weight) for weight in (*embeddings, model.get_output_embeddings().weight)}
    inner = [p for p in matrices if p.ndim == 2 and id(p) not in of_tokens]
    of_muon = {id(p) for p in inner}
    return Muon([[p for p in matrices if id(p) not in of_muon], others, inner], config)


class _AdamW(torch.optim.AdamW):
    """``groups``: matrices, what knows no weight decay, and more matrices."""

    def __init__(self, groups: Sequence[list[torch.nn.Parameter]], config: TrainConfig) -> None:
        decays = (config.weight_decay, 0.0, config.weight_decay)
        every = [{"params": p, "weight_decay": decay} for p, decay in zip(groups, decays, strict=False)]
        super().__init__(every, lr=config.learning_rate, betas=(0.9, config.beta2), eps=config.adam_epsilon, fused=True)


class Muon(_AdamW):
    """Moves each matrix inside of the layers by its momentum made orthogonal (Jordan et al. 2024); AdamW for the rest.

    A move has the size of AdamW's (Liu et al. 2025), so learning rate and weight decay mean the same for both. Instead
    of a singular value decomposition there are five Newton-Schulz steps, whose coefficients You Jiacheng has searched.
    torch.optim.Muon with adjust_lr_fn="match_rms_adamw" takes the same coefficients in each step and always computes in
    bf16. Measured on tinyshakespeare, 300 steps of the small preset in fp32, held-out bits per byte with seeds 1 and 2:
    2.549 and 2.533 here, 2.553 and 2.543 there; so this one stays.
    The last of the ``groups`` are such matrices.
    """

    MOMENTUM = 0.95
    NEWTON_SCHULZ = (  # for each step the factors of x, of its third and of its fifth power
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
        self._move([p for p in inner["params"] if p.grad is not None], inner["lr"], inner["weight_decay"])

    def _move(self, matrices: list[torch.Tensor], rate: float, weight_decay: float) -> None:
        """Those of one shape are made orthogonal together, each by its momentum in the manner of Nesterov."""
        alike: dict[tuple[int, ...], list[tuple[torch.Tensor, torch.Tensor]]] = {}  # matrix and move, by sorted shape
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
    """The nearest matrices whose singular values are all about 1. They are of one shape, or of its transposed one."""
    wide = [matrix if matrix.shape[0] <= matrix.shape[1] else matrix.t() for matrix in matrices]
    x = torch.stack(wide).to(dtype)  # [matrices, shorter, longer]
    x = x / (torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True) * 1.01 + 1e-7)
    for a, b, c in Muon.NEWTON_SCHULZ:
        square = x @ x.transpose(1, 2)  # [matrices, shorter, shorter]
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return [made if matrix.shape == made.shape else made.t() for matrix, made in zip(matrices, x.float(), strict=True)]
