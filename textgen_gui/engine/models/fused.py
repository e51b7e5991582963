"""The passes of some families while they write, from fewer and larger operations than transformers has for them.

Query, key and value are one matrix, gate and up another; norms are part of the matrices behind them; rotary positions
are one multiplication of complex numbers, for which each pair of a head's numbers is put side by side. fuse.py makes
all this out of a model.
"""

import copy
from dataclasses import dataclass

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)

from . import model as models
from .kernels import convolution
from .kv_cache import KVCache
from .large_head import LargeHead
from .stock import PreTrainedModel


@dataclass(slots=True)
class Block:
    """One layer: matrices [in, out] and biases, those of the norms before them folded in.

    A layer with a ``convolution`` instead of attention, [tokens, hidden], has the matrix before that as ``qkv``.
    """

    qkv: torch.Tensor
    qkv_bias: torch.Tensor | None
    out: torch.Tensor
    out_bias: torch.Tensor | None
    up: torch.Tensor
    up_bias: torch.Tensor | None
    down: torch.Tensor
    down_bias: torch.Tensor | None
    qk_norm: torch.Tensor | None = None  # weights of the norms of queries and keys, [heads + groups, width]
    window: int = 0  # how far back it looks; 0: everywhere
    rope: int = 0  # which of the rotations
    after_attention: torch.Tensor | None = None  # weight of a norm of what is added, [hidden]
    after_feedforward: torch.Tensor | None = None
    convolution: torch.Tensor | None = None


class Fused:
    """What the architectures have in common. ``heads`` of queries, ``groups`` of keys and values."""

    def __init__(self, model: PreTrainedModel, heads: int, groups: int, width: int) -> None:
        self.heads, self.groups, self.width = heads, groups, width
        self.context = models.context(model)
        self.blocks: list[Block] = []
        self.embedding: torch.Tensor = model.get_input_embeddings().weight.detach()
        self.head: torch.Tensor = model.get_output_embeddings().weight.detach().t()
        self.head_bias: torch.Tensor | None = None
        self.large_head: LargeHead | None = None
        self.last_norm: torch.Tensor | None = None  # weight of the norm before a large head, [hidden]
        self.positions: torch.Tensor | None = None  # learnt, [context, hidden]
        self.rotations: list[torch.Tensor] = []  # rotary, complex, [context, width / 2]
        self.scale = 1.0  # of the embedded tokens
        self.gated, self.gelu, self.eps = False, True, 1e-5
        self.layers = int(model.config.num_hidden_layers)

    @property
    def bytes_a_token(self) -> int:
        """A convolution's cache holds what goes into it."""
        hidden = self.embedding.shape[1]
        numbers = (2 * self.groups * self.width if one.convolution is None else hidden for one in self.blocks)
        return self.embedding.element_size() * sum(numbers)

    def exact(self) -> "Fused":
        """The same with all digits of the scores of unlikely tokens."""
        if self.large_head is None:
            return self
        other = copy.copy(self)
        other.large_head = self.large_head.exact()
        return other

    def read(self, ids: torch.Tensor, start: int, caches: list[KVCache]) -> torch.Tensor:
        length = ids.shape[1]
        rotations = [rotation[start : start + length, None] for rotation in self.rotations]  # [length, 1, width / 2]
        positions = None if self.positions is None else self.positions[start : start + length]  # [length, hidden]
        return self._read(ids, positions, rotations, caches)

    def read_ragged(self, ids: torch.Tensor, lengths: torch.Tensor, caches: list[KVCache]) -> torch.Tensor:
        """One more token of each row, ids [rows, 1], of which ``lengths`` [rows] are read -> logits [rows, vocabulary].

        The rows end together in the caches; zeros stand before the first token of a shorter one, and are not seen.
        """
        longest = caches[0].length
        unseen = torch.arange(longest + 1) < (longest - lengths)[:, None]  # [rows, longest + 1]
        mask = torch.zeros(unseen.shape).masked_fill(unseen, float("-inf")).repeat_interleave(self.groups, 0)[:, None]
        positions = None if self.positions is None else self.positions[lengths]  # [rows, hidden]
        rotations = [rotation[lengths][:, None, None] for rotation in self.rotations]  # [rows, 1, 1, width / 2]
        return self._read(ids, positions, rotations, caches, mask if unseen.any() else None)

    def _read(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor | None,
        rotations: list[torch.Tensor],
        caches: list[KVCache],
        mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """mask [rows x groups, 1, columns of the cache], for one token a row."""
        rows, length = ids.shape
        x = F.embedding(ids.flatten(), self.embedding)  # [rows x length, hidden]
        x = x if self.scale == 1 else x * self.scale
        if positions is not None:
            x = x + (positions if length == 1 or rows == 1 else positions.repeat(rows, 1))
        for block, cache in zip(self.blocks, caches, strict=True):
            if block.convolution is None:
                seen = self._attention(x, block, cache, rows, rotations[block.rope] if rotations else None, mask)
            else:
                seen = self._convolved(x, block.qkv, block.convolution, cache, rows)
            x = self._add(x, seen, block.out, block.out_bias, block.after_attention)
            x = self._add(x, self._feedforward(x, block), block.down, block.down_bias, block.after_feedforward)
        if length > 1:
            x = x.view(rows, length, -1)[:, -1]  # [rows, hidden]
        if self.large_head:
            return self.large_head.scores(F.rms_norm(x, x.shape[1:], self.last_norm, self.eps))
        return self._through_norm(x, self.head, self.head_bias)

    def _attention(
        self,
        x: torch.Tensor,
        block: Block,
        cache: KVCache,
        rows: int,
        rotations: torch.Tensor | None,
        unseen: torch.Tensor | None,
    ) -> torch.Tensor:
        """x [rows x length, hidden] -> [rows x length, heads x width]"""
        length, start = x.shape[0] // rows, cache.length
        qkv = self._through_norm(x, block.qkv, block.qkv_bias).view(rows, length, -1, self.width)
        self._normalize_and_rotate(qkv, block, rotations)  # [rows, length, heads + 2 groups, width]
        queries = qkv[:, :, : self.heads]  # [rows, length, heads, width]
        new = qkv[:, :, self.heads :].view(rows, length, 2, self.groups, self.width).permute(2, 0, 3, 1, 4)
        keys_and_values = cache.add(new)  # [2, rows, groups, start + length, width]
        if length == 1:
            if block.window:
                keys_and_values = keys_and_values[:, :, :, max(0, start + 1 - block.window) :]
            keys, values = keys_and_values.flatten(1, 2).unbind()  # [rows x groups, start + 1, width] each
            # The queries of a group stand where those of several positions would.
            queries = queries.reshape(rows * self.groups, -1, self.width)  # [rows x groups, heads / groups, width]
            scores = torch.bmm(queries, keys.transpose(1, 2))  # [rows x groups, heads / groups, start + 1]
            if unseen is not None:
                scores += unseen[:, :, -scores.shape[-1] :]
            return torch.bmm(scores.softmax(-1), values).view(rows, -1)
        keys, values = keys_and_values
        mask = _attention_mask(length, start, block.window) if start or 0 < block.window < length else None
        attended = F.scaled_dot_product_attention(
            queries.transpose(1, 2),
            keys,
            values,
            mask,
            is_causal=mask is None,
            scale=1.0,  # it is part of the queries
            enable_gqa=self.groups != self.heads,
        )  # [rows, heads, length, width]
        return attended.transpose(1, 2).reshape(rows * length, -1)

    def _convolved(
        self, x: torch.Tensor, weight: torch.Tensor, taps: torch.Tensor, cache: KVCache, rows: int
    ) -> torch.Tensor:
        """The short convolution of LFM2: x [rows x length, hidden] -> the same shape. The cache holds what went in."""
        length, before = len(x) // rows, len(taps) - 1
        b, c, x = self._through_norm(x, weight, None).view(rows, length, -1).chunk(3, 2)
        let_in = cache.add((b * x)[None, :, None])[0, :, 0]  # [rows, all that was read, hidden]
        missing = length + before - let_in.shape[1]
        let_in = let_in[:, -missing:] if missing <= 0 else F.pad(let_in, (0, 0, missing, 0))  # nothing stands there
        return (c * convolution(let_in, taps)).view(rows * length, -1)

    def _normalize_and_rotate(self, qkv: torch.Tensor, block: Block, rotations: torch.Tensor | None) -> None:
        """Queries and keys of [rows, length, heads + 2 groups, width], in place."""
        both, width = self.heads + self.groups, self.width
        if block.qk_norm is not None:
            normed = qkv[:, :, :both]
            torch.mul(F.rms_norm(normed, (width,), None, self.eps), block.qk_norm, out=normed)
        if rotations is not None:
            rows, length = qkv.shape[:2]
            torch.view_as_complex(qkv.view(rows, length, -1, width // 2, 2))[:, :, :both].mul_(rotations)

    def _feedforward(self, x: torch.Tensor, block: Block) -> torch.Tensor:
        """x [rows x length, hidden] -> [rows x length, inner width]"""
        h = self._through_norm(x, block.up, block.up_bias)
        if not self.gated:
            return F.gelu(h, approximate="tanh")
        half = h.shape[-1] // 2
        gate = F.gelu(h[:, :half], approximate="tanh") if self.gelu else F.silu(h[:, :half])
        return gate.mul_(h[:, half:])

    def _add(
        self,
        x: torch.Tensor,
        h: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        norm: torch.Tensor | None,
    ) -> torch.Tensor:
        """x [n, hidden] with the product of h [n, inner] and the matrix, through a norm where there is one."""
        if norm is None:
            return torch.addmm(x if bias is None else x + bias, h, weight)
        added = torch.mm(h, weight)
        if len(added) > 1:
            return x + F.rms_norm(added, norm.shape, norm, self.eps)
        flat = added.view(-1)
        scale = (torch.dot(flat, flat).item() / len(flat) + self.eps) ** -0.5
        return torch.addcmul(x, added, norm, value=scale)

    def _through_norm(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """The norm, whose own weight and bias are part of the matrix, and the matrix: [n, in] -> [n, out]."""
        rows, width = x.shape
        if self.positions is not None:
            x = F.layer_norm(x, (width,), None, None, self.eps)
        elif rows == 1:  # one number, by which the product is multiplied on its way
            flat = x.view(width)
            scale = (torch.dot(flat, flat).item() / width + self.eps) ** -0.5
            return torch.addmm(_zero if bias is None else bias, x, weight, beta=bias is not None, alpha=scale)
        else:
            norms = torch.linalg.vector_norm(x, dim=-1, keepdim=True)  # [n, 1]
            x = x * norms.square_().div_(width).add_(self.eps).rsqrt_()
        return torch.mm(x, weight) if bias is None else torch.addmm(bias, x, weight)


_zero = torch.zeros(1)


def _attention_mask(length: int, start: int, window: int) -> torch.Tensor:
    """Which of all positions each of the last ``length`` looks at, [length, start + length]."""
    ends = torch.arange(start, start + length)[:, None]  # [length, 1]
    positions = torch.arange(start + length)[None]  # [1, start + length]
    return (positions <= ends) & ((positions > ends - window) if window else torch.ones((), dtype=torch.bool))
