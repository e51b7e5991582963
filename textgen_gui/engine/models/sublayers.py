"""The halves of a layer for fast_training.py, each one operation to autograd with its backward written out.

Shapes: rows are the texts of a micro-batch, length its tokens, width the model's hidden size; between the sublayers
activations are [rows x length, width].
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)

from .kernels import LayerNorm, Matrix, RMSNorm, attention, attention_backward, convolution

Saved = list[torch.Tensor]


class Pass(NamedTuple):
    """One pass of a micro-batch through the model."""

    shape: tuple[int, int]  # rows, length
    dtype: torch.dtype  # within a sublayer; the residual between them has that of the weights
    residual_dropout: torch.Tensor | None = None  # mask, [rows x length, width]
    attention_dropout: torch.Tensor | None = None  # mask, [heads x rows, length, length]


class Operation(torch.autograd.Function):
    """One sublayer as one operation of autograd."""

    @staticmethod
    def forward(
        context: Any, sublayer: "Sublayer | Head", x: torch.Tensor, call: Pass, *_: torch.Tensor
    ) -> torch.Tensor:
        y, saved = sublayer.forward(x, call)
        context.sublayer, context.call = sublayer, call
        context.save_for_backward(*saved)
        return y

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        wanted = context.needs_input_grad[3:]
        grad_x, others = context.sublayer.backward(gradients[0], context.saved_tensors, context.call, any(wanted))
        return None, grad_x, None, *(others or [None] * len(wanted))


class Sublayer:
    """Pre-norm, a matrix in, what happens between, and a matrix out, added to the residual."""

    def __init__(
        self,
        norm: RMSNorm | LayerNorm,
        in_proj: Matrix,
        out_proj: Matrix,
        between: Sequence[torch.nn.Parameter] = (),
    ) -> None:
        """``between``: what is learnt besides the norm and the matrices."""
        self.norm, self.in_proj, self.out_proj = norm, in_proj, out_proj
        self.parameters = [*norm.parameters, *in_proj.parameters, *out_proj.parameters, *between]

    def forward(self, x: torch.Tensor, call: Pass) -> tuple[torch.Tensor, Saved]:
        """The residual after this sublayer, [rows x length, width] like ``x``, and the tensors that backward needs."""
        h, saved_norm = self.norm.forward(x)  # [rows x length, width]
        h = h.to(call.dtype)
        w_in, w_out = self.in_proj.joined(call.dtype), self.out_proj.joined(call.dtype)  # [inner, width], [width, ...]
        activation, saved_inner = self.inner(self.in_proj.forward(h, w_in), call)
        y = self.out_proj.forward(activation, w_out).to(x.dtype)  # [rows x length, width]
        y = y.add_(x) if call.residual_dropout is None else torch.addcmul(x, y, call.residual_dropout)
        return y, [h, activation, w_in, w_out, *saved_norm, *saved_inner]

    def backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: Pass, wants_weights: bool
    ) -> tuple[torch.Tensor, Saved]:
        """The gradient of x, [rows x length, width], and those of ``parameters`` if it ``wants_weights``."""
        h, activation, w_in, w_out, *others = saved
        saved_norm, saved_inner = others[: self.norm.saves], others[self.norm.saves :]
        grad_out = (grad if call.residual_dropout is None else grad * call.residual_dropout).to(call.dtype)
        grad_in, grads_between = self.inner_backward(self.out_proj.backward(grad_out, w_out), saved_inner, call)
        grad_h = self.in_proj.backward(grad_in, w_in).to(grad.dtype)  # [rows x length, width]
        grad_x, grads_norm = self.norm.backward(grad_h, saved_norm, grad)
        if not wants_weights:
            return grad_x, []
        grads_in, grads_out = self.in_proj.gradients(grad_in, h), self.out_proj.gradients(grad_out, activation)
        return grad_x, [*grads_norm, *grads_in, *grads_out, *grads_between]

    def inner(self, x: torch.Tensor, call: Pass) -> tuple[torch.Tensor, Saved]:
        """What comes out of the first matrix -> what goes into the second one; [rows x length, ...] both."""
        raise NotImplementedError

    def inner_backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: Pass
    ) -> tuple[torch.Tensor, Saved]:
        """The gradient of what came out of the first matrix, and those of what is learnt between the two."""
        raise NotImplementedError


class Heads(NamedTuple):
    heads: int  # of queries
    kv_heads: int  # of keys and values
    size: int  # the width of each


class Attention(Sublayer):
    """Causal self-attention; several heads of queries may share one of keys and values.

    ``rotations``: for rotary positions, the complex numbers of a length, [length, size / 2]. ``head_norms``: of the
    queries and of the keys, before they are rotated.
    """

    def __init__(
        self,
        norm: RMSNorm | LayerNorm,
        in_proj: Matrix,
        out_proj: Matrix,
        heads: Heads,
        rotations: Callable[[int], torch.Tensor] | None = None,
        head_norms: Sequence[RMSNorm] = (),
    ) -> None:
        super().__init__(norm, in_proj, out_proj, [p for one in head_norms for p in one.parameters])
        self.heads, self.kv_heads, self.size = heads
        self.rotations, self.head_norms = rotations, head_norms

    def inner(self, x: torch.Tensor, call: Pass) -> tuple[torch.Tensor, Saved]:
        each = x.view(*call.shape, -1, self.size).permute(2, 0, 1, 3).contiguous()  # [heads, rows, length, size]
        q, k, v = each.split([self.heads, self.kv_heads, self.kv_heads])  # [heads or kv_heads, rows, length, size]
        saved_norms: Saved = []
        for norm, part in zip(self.head_norms, (q, k), strict=False):
            normed, saved = norm.forward(part.view(-1, self.size))  # [heads x rows x length, size]
            part.copy_(normed.view(part.shape))
            saved_norms += saved
        self._rotate(q, k, call, backward=False)
        shared_by = self.heads // self.kv_heads
        k, v = (x if shared_by == 1 else x.repeat_interleave(shared_by, 0) for x in (k, v))
        # [heads x rows, length, size]
        attended, saved = attention(q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1), call.attention_dropout)
        joined = attended.view(q.shape).permute(1, 2, 0, 3).reshape(len(x), -1)  # [rows x length, heads x size]
        return joined, [*saved_norms, *saved]

    def inner_backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: Pass
    ) -> tuple[torch.Tensor, Saved]:
        saved_norms, saved = saved[: 2 * len(self.head_norms)], saved[2 * len(self.head_norms) :]
        grad = grad.view(*call.shape, self.heads, self.size).permute(2, 0, 1, 3)  # [heads, rows, length, size]
        stacked = grad.new_empty(3, *grad.shape)  # [3, heads, rows, length, size]: the gradients of q, k, v
        attention_backward(grad.flatten(0, 1), saved, stacked.flatten(1, 2))
        q, k, v = stacked
        if self.kv_heads != self.heads:
            k, v = (x.unflatten(0, (self.kv_heads, -1)).sum(1) for x in (k, v))  # [kv_heads, rows, length, size]
        self._rotate(q, k, call, backward=True)
        grads_norms: Saved = []
        for number, (norm, part) in enumerate(zip(self.head_norms, (q, k), strict=False)):
            flat = part.view(-1, self.size).to(norm.weight.dtype)  # [heads x rows x length, size]
            grad_x, grads = norm.backward(flat, saved_norms[2 * number : 2 * number + 2], None)
            part.copy_(grad_x.view(part.shape))
            grads_norms += grads
        each = stacked if self.kv_heads == self.heads else torch.cat([q, k, v])
        # [heads + 2 kv_heads, rows, length, size] -> [rows x length, (heads + 2 kv_heads) x size]
        joined = each.view(-1, *grad.shape[1:]).permute(1, 2, 0, 3).reshape(call.shape[0] * call.shape[1], -1)
        return joined, grads_norms

    def _rotate(self, q: torch.Tensor, k: torch.Tensor, call: Pass, backward: bool) -> None:
        """Scales the queries and rotates both by their positions, in place. The gradient is the rotation ``backward``.

        q [heads, rows, length, size], k [kv_heads, rows, length, size].
        """
        if self.rotations is None:
            q.mul_(self.size**-0.5)
            return
        rotations = self.rotations(call.shape[1])  # [length, size / 2]
        rotations = rotations.conj() if backward else rotations
        for x, by in ((q, rotations * self.size**-0.5), (k, rotations)):
            pairs = x.to(rotations.real.dtype).unflatten(-1, (-1, 2))  # [..., length, size / 2, 2]
            rotated = torch.view_as_complex(pairs).mul_(by)  # [..., length, size / 2]
            if x.dtype != pairs.dtype:  # or x itself was rotated
                x.copy_(torch.view_as_real(rotated).flatten(-2))


class ShortConvolution(Sublayer):
    """The gated convolution of LFM2 over a token and the few before it; each number of a token has weights of its own.

    What goes in, [rows x length, 3 x width], is what lets through b, what lets out c, and x: c * convolution(b * x).
    """

    def __init__(self, norm: RMSNorm, in_proj: Matrix, out_proj: Matrix, weight: torch.nn.Parameter) -> None:
        """``weight``: [width, 1, tokens], the last of which is for the token itself."""
        super().__init__(norm, in_proj, out_proj, [weight])
        self.weight, self.tokens = weight, weight.shape[2]

    def inner(self, x: torch.Tensor, call: Pass) -> tuple[torch.Tensor, Saved]:
        b, c, x = x.view(*call.shape, -1).chunk(3, 2)  # [rows, length, width] each
        length = call.shape[1]
        let_in = x.new_zeros(len(x), length + self.tokens - 1, x.shape[2])  # with nothing before the first token
        torch.mul(b, x, out=let_in[:, self.tokens - 1 :])
        mixed = convolution(let_in, self._weights(x.dtype))  # [rows, length, width]
        return (c * mixed).flatten(0, 1), [b, c, x, let_in, mixed]

    def inner_backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: Pass
    ) -> tuple[torch.Tensor, Saved]:
        b, c, x, let_in, mixed = saved
        grad, length, weights = grad.view_as(x), call.shape[1], self._weights(grad.dtype)
        grad_all = grad.new_empty(*call.shape, 3 * x.shape[2])  # [rows, length, 3 x width]
        grad_b, grad_c, grad_x = grad_all.chunk(3, 2)
        torch.mul(grad, mixed, out=grad_c)
        grad_mixed = grad * c  # [rows, length, width]
        grad_in = grad_mixed * weights[-1]  # of b * x
        for number in range(1, min(self.tokens, length)):  # tokens earlier
            grad_in[:, : length - number].addcmul_(grad_mixed[:, number:], weights[-1 - number])
        torch.mul(grad_in, x, out=grad_b)
        torch.mul(grad_in, b, out=grad_x)
        each = [(grad_mixed * let_in[:, n : n + length]).flatten(0, 1) for n in range(self.tokens)]
        grad_weight = torch.stack([one.sum(0, dtype=self.weight.dtype) for one in each], 1)  # [width, tokens]
        return grad_all.flatten(0, 1), [grad_weight[:, None]]

    def _weights(self, dtype: torch.dtype) -> torch.Tensor:
        """[tokens, width]"""
        return self.weight[:, 0].t().to(dtype).contiguous()


class Gated(Sublayer):
    """The feed-forward of Llama (SwiGLU): silu(gate) * up, the two halves of [rows x length, 2 x inner width]."""

    def inner(self, x: torch.Tensor, call: Pass) -> tuple[torch.Tensor, Saved]:
        gate, up = x.chunk(2, 1)  # [rows x length, inner width] each
        gated = F.silu(gate)
        return gated * up, [gate, up, gated]

    def inner_backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: Pass
    ) -> tuple[torch.Tensor, Saved]:
        gate, up, gated = saved
        grad_x = grad.new_empty(len(grad), 2 * grad.shape[1])  # [rows x length, 2 x inner width]
        grad_gate, grad_up = grad_x.chunk(2, 1)
        torch.mul(grad, gated, out=grad_up)
        torch.ops.aten.silu_backward.grad_input(grad * up, gate, grad_input=grad_gate)
        return grad_x, []


class Gelu(Sublayer):
    """The feed-forward of GPT-2."""

    def inner(self, x: torch.Tensor, call: Pass) -> tuple[torch.Tensor, Saved]:
        return F.gelu(x, approximate="tanh"), [x]

    def inner_backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: Pass
    ) -> tuple[torch.Tensor, Saved]:
        return torch.ops.aten.gelu_backward(grad, saved[0], approximate="tanh"), []


class Head:
    """The last norm, and the logits."""

    def __init__(self, norm: RMSNorm | LayerNorm, head: Matrix) -> None:
        self.norm, self.head = norm, head
        self.parameters = [*norm.parameters, *head.parameters]

    def forward(self, x: torch.Tensor, call: Pass) -> tuple[torch.Tensor, Saved]:
        h, saved_norm = self.norm.forward(x)  # [rows x length, width]
        h, w = h.to(call.dtype), self.head.joined(call.dtype)  # w [vocabulary, width]
        return self.head.forward(h, w), [h, w, *saved_norm]

    def backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: Pass, wants_weights: bool
    ) -> tuple[torch.Tensor, Saved]:
        h, w, *saved_norm = saved
        grad_h = self.head.backward(grad, w).to(self.head.weights[0].dtype)  # [rows x length, width]
        grad_x, grads_norm = self.norm.backward(grad_h, saved_norm, None)
        return grad_x, [*grads_norm, *self.head.gradients(grad, h)] if wants_weights else []
