"""Matrix products, norms, attention and dropout on a processor, each with its way back, for quick.py.

All take and give plain tensors; nothing here is recorded by autograd.
"""

import functools
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)
from transformers.pytorch_utils import Conv1D

from ..core.config import LONGEST_SQUARE

VERSION = 3  # to be raised whenever the same step may come out with other digits
WORTHWHILE = 2**21  # multiplications; below them handing a product to oneDNN takes longer than it saves
TURNING_PAYS = 256  # rows


@functools.cache
def onednn_is_faster() -> bool:
    """Whether torch's usual products leave half of the processor unused: MKL knows AVX-512 on Intel's only."""
    known = torch.backends.mkldnn.is_available() and torch.backends.cpu.get_cpu_capability() == "AVX512"
    return known and torch.backends.mkl.is_available() and "Intel" not in _maker()


def _maker() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.read_text(encoding="utf-8") if sys.platform == "linux" else platform.processor()


def product(x: torch.Tensor, w: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """x @ w.T + bias: [m, k] and [n, k] give [m, n], in the same digits as torch's own to rounding."""
    if x.dtype == torch.float32 and x.shape[0] * w.numel() >= WORTHWHILE and onednn_is_faster():
        made: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, w, bias, "none", [], "")
        return made
    return F.linear(x, w, bias)


def outer(g: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """g.T @ x: [m, n] and [m, k] give [n, k]. oneDNN turns its first matrix on one thread, so that is the smaller one
    where there are enough rows to pay for turning back what comes out.
    """
    if g.dtype != torch.float32 or g.numel() * x.shape[1] < 2 * WORTHWHILE or not onednn_is_faster():
        return g.t() @ x
    if g.shape[1] <= x.shape[1] or len(g) < TURNING_PAYS:
        return product(g.t(), x.t())
    return product(x.t(), g.t()).t()


class Matrix:
    """Linear layers side by side as one product, or a Conv1D of GPT-2, which keeps its weights the other way round."""

    def __init__(self, *layers: Any, order: torch.Tensor | None = None) -> None:
        """``order`` puts the rows, [out], into another order than the layers have them."""
        self.turned = isinstance(layers[0], Conv1D)
        self.weights: list[torch.nn.Parameter] = [layer.weight for layer in layers]
        self.bias: torch.nn.Parameter | None = layers[0].bias
        self.order, self.back_order = order, None if order is None else order.argsort()
        self.parameters: list[torch.nn.Parameter] = [*self.weights, *([self.bias] if self.bias is not None else [])]

    def whole(self, dtype: torch.dtype) -> torch.Tensor:
        """All layers as one, [out, in]: what forward and back multiply with."""
        weights = [weight.to(dtype) for weight in self.weights]
        whole = weights[0] if len(weights) == 1 else torch.cat(weights)
        whole = whole if self.order is None else whole[self.order]
        return whole.t() if self.turned else whole

    def forward(self, x: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
        return product(x, whole, None if self.bias is None else self.bias.to(x.dtype))

    def back(self, g: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
        return product(g, whole.t())

    def gradients(self, g: torch.Tensor, x: torch.Tensor) -> list[torch.Tensor]:
        """In the order of ``parameters``."""
        whole = (outer(x, g) if self.turned else outer(g, x)).to(self.weights[0].dtype)
        whole = whole if self.back_order is None else whole[self.back_order]
        parts = [whole] if len(self.weights) == 1 else list(whole.split([len(w) for w in self.weights]))
        return parts if self.bias is None else [*parts, g.sum(0, dtype=self.bias.dtype)]


class RMSNorm:
    """x / sqrt(mean(x ** 2) + eps) * weight"""

    keeps = 2  # tensors for the way back

    def __init__(self, layer: Any) -> None:
        self.weight, self.eps = layer.weight, layer.variance_epsilon
        self.parameters: list[torch.nn.Parameter] = [self.weight]

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """The result, and what the way back needs."""
        scale = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(self.eps).rsqrt_()
        unit = x * scale
        return unit * self.weight, [unit, scale]

    def back(
        self, g: torch.Tensor, kept: Sequence[torch.Tensor], beside: torch.Tensor | None
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """The gradient of x, plus that which comes ``beside`` the norm; and those of ``parameters``."""
        unit, scale = kept
        shares = g * unit
        inner = g * self.weight
        inner.addcmul_(unit, torch.mv(shares, self.weight)[:, None], value=-1 / unit.shape[1])
        return inner.mul_(scale) if beside is None else torch.addcmul(beside, inner, scale), [shares.sum(0)]


class LayerNorm:
    """(x - mean) / sqrt(variance + eps) * weight + bias"""

    keeps = 3

    def __init__(self, layer: Any) -> None:
        self.weight, self.bias, self.eps = layer.weight, layer.bias, layer.eps
        self.parameters: list[torch.nn.Parameter] = [self.weight, self.bias]

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        made, mean, scale = torch.native_layer_norm(x, x.shape[1:], self.weight, self.bias, self.eps)
        return made, [x, mean, scale]

    def back(
        self, g: torch.Tensor, kept: Sequence[torch.Tensor], beside: torch.Tensor | None
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        x, mean, scale = kept
        gx = torch.ops.aten.native_layer_norm_backward(
            g, x, x.shape[1:], mean, scale, self.weight, self.bias, [True, False, False]
        )[0]
        of_weight = torch.mul(x - mean, scale).mul_(g).sum(0)  # torch's own sum depends on the number of threads
        return gx if beside is None else gx.add_(beside), [of_weight, g.sum(0)]


def noise(shape: Sequence[int], share: float, dtype: torch.dtype) -> torch.Tensor:
    """What to multiply with for dropout of ``share``, in 256ths. One random byte a number: a sixth of torch's time."""
    off, count = max(1, round(256 * share)), torch.Size(shape).numel()
    drawn = torch.empty(-(-count // 8), dtype=torch.int64).random_(-(2**63), None)
    kept = drawn.view(torch.uint8)[:count].view(*shape).to(dtype).ge_(off)  # ones and zeros
    return kept.mul_(256 / (256 - off))


@functools.lru_cache(maxsize=4)
def _later(length: int, dtype: torch.dtype) -> torch.Tensor:
    """What is added to scores so that no token sees a later one."""
    return torch.full((length, length), -torch.inf, dtype=dtype).triu_(1)


def attend(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, off: torch.Tensor | None
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Causal attention over [heads x rows, length, head] with scaled q; what back needs.

    ``off``: the noise of dropout among the scores, [heads x rows, length, length].
    """
    length = q.shape[1]
    if length > LONGEST_SQUARE and off is None:
        made, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            q[None], k[None], v[None], 0.0, True, scale=1.0
        )
        return made[0], [q, k, v, made, sums]
    chances = torch.softmax(torch.baddbmm(_later(length, q.dtype), q, k.transpose(1, 2)), -1)
    if off is None:
        return chances @ v, [q, k, v, chances]
    return (chances * off) @ v, [q, k, v, chances, off]


def attend_back(g: torch.Tensor, kept: Sequence[torch.Tensor], into: torch.Tensor) -> None:
    """Writes the gradients of q, k and v ``into`` three tensors of their shapes, stacked."""
    q, k, v, chances, *rest = kept
    of_q, of_k, of_v = into
    if chances.ndim == 4:
        made = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
            g[None], q[None], k[None], v[None], chances, rest[0], 0.0, True, scale=1.0
        )
        for place, gradient in zip(into, made, strict=True):
            place.copy_(gradient[0])
        return
    seen = chances * rest[0] if rest else chances
    torch.bmm(seen.transpose(1, 2), g, out=of_v)
    of_chances = g @ v.transpose(1, 2)
    of_chances = of_chances.mul_(rest[0]) if rest else of_chances
    of_scores = torch._softmax_backward_data(of_chances, chances, -1, chances.dtype)
    torch.bmm(of_scores, k, out=of_q)
    torch.bmm(of_scores.transpose(1, 2), q, out=of_k)
