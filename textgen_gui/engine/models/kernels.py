"""Matrix products, norms, attention and dropout on a CPU, each with its backward, for fast_training.py.

All take and give plain tensors; nothing here is recorded by autograd. Where a shape says n, it is rows x length: the
tokens of a micro-batch.
"""

import functools
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)

from ..core.config import LONGEST_SQUARE
from .stock import Conv1D

VERSION = 3  # to be raised whenever the same step may come out with other digits
ONEDNN_PAYS = 2**21  # multiplications; below them handing a product to oneDNN takes longer than it saves
TRANSPOSING_PAYS = 256  # rows


@functools.cache
def onednn_is_faster() -> bool:
    """Whether torch's usual products leave half of the processor unused: MKL knows AVX-512 on Intel's only."""
    known = torch.backends.mkldnn.is_available() and torch.backends.cpu.get_cpu_capability() == "AVX512"
    return known and torch.backends.mkl.is_available() and "Intel" not in _cpu_maker()


def _cpu_maker() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.read_text(encoding="utf-8") if sys.platform == "linux" else platform.processor()


def product(x: torch.Tensor, w: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """x @ w.T + bias: [m, k] and [n, k] give [m, n], in the same digits as torch's own to rounding."""
    if x.dtype == torch.float32 and x.shape[0] * w.numel() >= ONEDNN_PAYS and onednn_is_faster():
        result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, w, bias, "none", [], "")
        return result
    return F.linear(x, w, bias)


def outer(grad: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """grad.T @ x: [m, n] and [m, k] give [n, k].

    oneDNN transposes its first matrix on one thread, so that is the smaller one where there are enough rows to pay for
    transposing the result back.
    """
    if grad.dtype != torch.float32 or grad.numel() * x.shape[1] < 2 * ONEDNN_PAYS or not onednn_is_faster():
        return grad.t() @ x
    if grad.shape[1] <= x.shape[1] or len(grad) < TRANSPOSING_PAYS:
        return product(grad.t(), x.t())
    return product(x.t(), grad.t()).t()


class Matrix:
    """Linear layers side by side as one product, or a Conv1D of GPT-2, whose weights are transposed."""

    def __init__(self, *layers: Any, order: torch.Tensor | None = None) -> None:
        """``order`` puts the rows, [out], into another order than the layers have them."""
        self.transposed = isinstance(layers[0], Conv1D)
        self.weights: list[torch.nn.Parameter] = [layer.weight for layer in layers]
        self.bias: torch.nn.Parameter | None = layers[0].bias
        self.order, self.inverse_order = order, None if order is None else order.argsort()
        self.parameters: list[torch.nn.Parameter] = [*self.weights, *([self.bias] if self.bias is not None else [])]

    def joined(self, dtype: torch.dtype) -> torch.Tensor:
        """The weights of all layers as one, [out, in]: what forward and backward multiply with."""
        weights = [weight.to(dtype) for weight in self.weights]
        w = weights[0] if len(weights) == 1 else torch.cat(weights)  # [out, in], of a Conv1D [in, out]
        w = w if self.order is None else w[self.order]
        return w.t() if self.transposed else w

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """x [n, in] and w [out, in] -> [n, out]"""
        return product(x, w, None if self.bias is None else self.bias.to(x.dtype))

    def backward(self, grad: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """The gradient of x: grad [n, out] and w [out, in] -> [n, in]"""
        return product(grad, w.t())

    def gradients(self, grad: torch.Tensor, x: torch.Tensor) -> list[torch.Tensor]:
        """Those of ``parameters``, in their order: grad [n, out], x [n, in]."""
        w = (outer(x, grad) if self.transposed else outer(grad, x)).to(self.weights[0].dtype)
        w = w if self.inverse_order is None else w[self.inverse_order]
        parts = [w] if len(self.weights) == 1 else list(w.split([len(w) for w in self.weights]))
        return parts if self.bias is None else [*parts, grad.sum(0, dtype=self.bias.dtype)]


class RMSNorm:
    """x / sqrt(mean(x ** 2) + eps) * weight"""

    saves = 2  # tensors for backward

    def __init__(self, layer: Any, order: torch.Tensor | None = None) -> None:
        """``order``: the one that the numbers of x are in, [width], where it is not that of the layer."""
        self.weight, self.eps = layer.weight, layer.variance_epsilon
        self.order, self.inverse_order = order, None if order is None else order.argsort()
        self.parameters: list[torch.nn.Parameter] = [self.weight]

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """[n, width] -> [n, width], and the tensors that backward needs."""
        # [n, 1]
        scale = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(self.eps).rsqrt_()
        unit = x * scale  # [n, width]
        return unit * self._ordered(), [unit, scale]

    def backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], residual: torch.Tensor | None
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """The gradient of x, [n, width], plus that of the ``residual`` past it; and those of ``parameters``."""
        unit, scale = saved
        shares, weight = grad * unit, self._ordered()  # [n, width], [width]
        inner = grad * weight
        inner.addcmul_(unit, torch.mv(shares, weight)[:, None], value=-1 / unit.shape[1])
        grad_weight = shares.sum(0)
        grad_weight = grad_weight if self.inverse_order is None else grad_weight[self.inverse_order]
        return inner.mul_(scale) if residual is None else torch.addcmul(residual, inner, scale), [grad_weight]

    def _ordered(self) -> torch.Tensor:
        return self.weight if self.order is None else self.weight[self.order]


class LayerNorm:
    """(x - mean) / sqrt(variance + eps) * weight + bias"""

    saves = 3

    def __init__(self, layer: Any) -> None:
        self.weight, self.bias, self.eps = layer.weight, layer.bias, layer.eps
        self.parameters: list[torch.nn.Parameter] = [self.weight, self.bias]

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        result, mean, scale = torch.native_layer_norm(x, x.shape[1:], self.weight, self.bias, self.eps)
        return result, [x, mean, scale]

    def backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], residual: torch.Tensor | None
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        x, mean, scale = saved
        grad_x = torch.ops.aten.native_layer_norm_backward(
            grad, x, x.shape[1:], mean, scale, self.weight, self.bias, [True, False, False]
        )[0]
        grad_weight = torch.mul(x - mean, scale).mul_(grad).sum(0)  # torch's own sum depends on the number of threads
        return grad_x if residual is None else grad_x.add_(residual), [grad_weight, grad.sum(0)]


def convolution(x: torch.Tensor, taps: torch.Tensor) -> torch.Tensor:
    """Each token with the few before it: x [rows, before + length, width], taps [before + 1, width], the last of which
    is for the token itself -> [rows, length, width].
    """
    length = x.shape[1] - len(taps) + 1
    if length == 1:  # one product instead of many small ones
        return (x * taps).sum(1, keepdim=True)
    mixed = x[:, :length] * taps[0]
    for number in range(1, len(taps)):
        mixed.addcmul_(x[:, number : number + length], taps[number])
    return mixed


def dropout_mask(shape: Sequence[int], share: float, dtype: torch.dtype) -> torch.Tensor:
    """What to multiply with for dropout of ``share``, in 256ths: 0 or 1 / (1 - share), of this shape.

    One random byte a number takes a sixth of the time of torch's own.
    """
    dropped, count = max(1, round(256 * share)), torch.Size(shape).numel()
    drawn = torch.empty(-(-count // 8), dtype=torch.int64).random_(-(2**63), None)
    mask = drawn.view(torch.uint8)[:count].view(*shape).to(dtype).ge_(dropped)  # ones and zeros
    return mask.mul_(256 / (256 - dropped))


@functools.lru_cache(maxsize=4)
def _causal_mask(length: int, dtype: torch.dtype) -> torch.Tensor:
    """Added to the scores so that no token sees a later one, [length, length]."""
    return torch.full((length, length), -torch.inf, dtype=dtype).triu_(1)


def attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, dropout: torch.Tensor | None
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Causal attention of q, k, v [heads x rows, length, size] with q scaled -> the same shape; and the tensors that
    backward needs.

    ``dropout``: a mask for the probabilities, [heads x rows, length, length].
    """
    length = q.shape[1]
    if length > LONGEST_SQUARE and dropout is None:
        # [1, heads x rows, length, size], and the log of the sum of exp, [1, heads x rows, length]
        result, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            q[None], k[None], v[None], 0.0, True, scale=1.0
        )
        return result[0], [q, k, v, result, sums]
    # [heads x rows, length, length]
    probabilities = torch.softmax(torch.baddbmm(_causal_mask(length, q.dtype), q, k.transpose(1, 2)), -1)
    if dropout is None:
        return probabilities @ v, [q, k, v, probabilities]
    return (probabilities * dropout) @ v, [q, k, v, probabilities, dropout]


def attention_backward(grad: torch.Tensor, saved: Sequence[torch.Tensor], into: torch.Tensor) -> None:
    """grad [heads x rows, length, size] -> the gradients of q, k, v, ``into`` [3, heads x rows, length, size]."""
    # After flash attention the last two are its result, [1, heads x rows, length, size], and its sums.
    q, k, v, probabilities, *rest = saved
    grad_q, grad_k, grad_v = into
    if probabilities.ndim == 4:
        result = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
            grad[None], q[None], k[None], v[None], probabilities, rest[0], 0.0, True, scale=1.0
        )
        for target, gradient in zip(into, result, strict=True):
            target.copy_(gradient[0])
        return
    seen = probabilities * rest[0] if rest else probabilities  # [heads x rows, length, length]
    torch.bmm(seen.transpose(1, 2), grad, out=grad_v)
    grad_probabilities = grad @ v.transpose(1, 2)  # [heads x rows, length, length]
    grad_probabilities = grad_probabilities.mul_(rest[0]) if rest else grad_probabilities
    grad_scores = torch._softmax_backward_data(grad_probabilities, probabilities, -1, probabilities.dtype)
    torch.bmm(grad_scores, k, out=grad_q)
    torch.bmm(grad_scores.transpose(1, 2), q, out=grad_k)
