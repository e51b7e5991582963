"""The passes of fused.py with matrices in bf16: half as many bytes for each token, on processors that wait for them.

What stands between the products stays in fp32, so it is nearer to fp32 than transformers in bf16 is.
"""

from dataclasses import replace

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)

from .fused import Fused


class HalfFused(Fused):
    """Matrices of layers are [out, in] here, as a single row is multiplied fastest in bf16; the head is as it was."""

    def __init__(self, exact: Fused) -> None:
        vars(self).update(vars(exact))
        self.blocks = [
            replace(block, qkv=_half(block.qkv), out=_half(block.out), up=_half(block.up), down=_half(block.down))
            for block in exact.blocks
        ]

    def _add(
        self,
        x: torch.Tensor,
        h: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        norm: torch.Tensor | None,
    ) -> torch.Tensor:
        added = _product(h, weight, bias)
        return x + (added if norm is None else F.rms_norm(added, norm.shape, norm, self.eps))

    def _through_norm(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        if weight.dtype != torch.bfloat16:  # the head
            return super()._through_norm(x, weight, bias)
        width = x.shape[1:]
        normed = (
            F.rms_norm(x, width, None, self.eps) if self.positions is None else F.layer_norm(x, width, eps=self.eps)
        )
        return _product(normed, weight, bias)


def _half(weight: torch.Tensor) -> torch.Tensor:
    return weight.t().to(torch.bfloat16).contiguous()


def _product(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """x [n, in] with a matrix [out, in] -> [n, out] in fp32."""
    half = x.bfloat16()
    found = torch.mv(weight, half[0])[None] if len(half) == 1 else F.linear(half, weight)
    return found.float() if bias is None else found + bias
