"""The passes of some families while they write, from fewer and larger operations than transformers has for them.

Query, key and value are one matrix, gate and up another; norms are part of the matrices behind them; rotary positions
are one multiplication of complex numbers, for which each pair of a head's numbers is put side by side.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)

from . import fast_training
from . import model as models
from .kv_cache import KVCache
from .large_head import LargeHead, large_head
from .stock import (
    Gemma3ForCausalLM,
    GPT2LMHeadModel,
    GPTNeoForCausalLM,
    LlamaForCausalLM,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2ForCausalLM,
    Qwen3ForCausalLM,
)


@dataclass(slots=True)
class Block:
    """One layer: matrices [in, out] and biases, those of the norms before them folded in."""

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
        self.bytes_a_token = 8 * self.layers * groups * width

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
            attended = self._attention(x, block, cache, rows, rotations[block.rope] if rotations else None, mask)
            x = self._add(x, attended, block.out, block.out_bias, block.after_attention)
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


def fused(model: PreTrainedModel) -> Fused | None:
    """None for an architecture, a device or a setting that is not written out here."""
    makers: dict[type[Any], Callable[[Any], Fused]] = {
        LlamaForCausalLM: _llama,
        MistralForCausalLM: _llama,
        Qwen2ForCausalLM: _llama,
        Qwen3ForCausalLM: _llama,
        Gemma3ForCausalLM: _gemma3,
        GPT2LMHeadModel: _gpt2,
        GPTNeoForCausalLM: _gpt_neo,
    }
    weight = model.get_input_embeddings().weight
    if type(model) not in makers or weight.device.type != "cpu" or weight.dtype != torch.float32:
        return None
    with torch.inference_mode():
        return makers[type(model)](model) if fast_training.is_standard(model) else None


def _llama(model: Any) -> Fused:
    """Llama, Mistral, Qwen2 and Qwen3: they differ in biases, norms of queries and keys, and in how far they look."""
    config, first = model.config, model.model.layers[0].self_attn
    made = Fused(model, config.num_attention_heads, config.num_key_value_heads, first.head_dim)
    made.gated, made.gelu, made.eps = True, False, config.rms_norm_eps
    _end_with(made, model, model.model.norm.weight)
    made.rotations = [_rotations(model, first.head_dim)]
    window = (config.sliding_window or 0) if isinstance(model, MistralForCausalLM) else 0
    for layer in model.model.layers:
        before, after = layer.input_layernorm.weight, layer.post_attention_layernorm.weight
        made.blocks.append(_rotary_block(layer, before, after, first.head_dim**-0.5, window))
    return made


def _gemma3(model: Any) -> Fused:
    """Its norms multiply by one more than their weight, and each half of a layer has one behind it as well."""
    config, first = model.config, model.model.layers[0].self_attn
    made = Fused(model, config.num_attention_heads, config.num_key_value_heads, first.head_dim)
    made.gated, made.eps, made.scale = True, config.rms_norm_eps, float(model.model.embed_tokens.embed_scale)
    _end_with(made, model, 1 + model.model.norm.weight)
    kinds = list(dict.fromkeys(config.layer_types))
    made.rotations = [_rotations(model, first.head_dim, kind) for kind in kinds]
    for layer, kind in zip(model.model.layers, config.layer_types, strict=True):
        before, between = 1 + layer.input_layernorm.weight, 1 + layer.pre_feedforward_layernorm.weight
        window = layer.self_attn.sliding_window or 0
        block = _rotary_block(layer, before, between, layer.self_attn.scaling, window, more=1)
        block.after_attention = 1 + layer.post_attention_layernorm.weight
        block.after_feedforward = 1 + layer.post_feedforward_layernorm.weight
        block.rope = kinds.index(kind)
        made.blocks.append(block)
    return made


def _rotations(model: Any, width: int, *kind: str) -> torch.Tensor:
    """The complex numbers by which pairs of numbers of a head are multiplied, [context, width / 2]."""
    like, places = torch.empty(1, dtype=torch.float32), torch.arange(models.context(model))[None]
    cos, sin = model.model.rotary_emb(like, places, *kind)
    return torch.complex(cos[0, :, : width // 2].contiguous(), sin[0, :, : width // 2].contiguous())


def _rotary_block(
    layer: Any, before: torch.Tensor, between: torch.Tensor, scale: float, window: int, more: int = 0
) -> Block:
    """``before`` and ``between``: weights of the norms before both halves, [hidden]. ``more``: than the weights of the
    norms of queries and keys, by which these multiply.
    """
    a, mlp = layer.self_attn, layer.mlp
    # Numbers i and i + half of a head are rotated together; side by side they are one complex number.
    pairs = torch.arange(a.head_dim).view(2, -1).t().flatten()

    def paired(weight: torch.Tensor) -> torch.Tensor:
        return weight.view(-1, a.head_dim, *weight.shape[1:])[:, pairs].reshape(weight.shape)

    normed, biased = hasattr(a, "q_norm"), a.q_proj.bias is not None
    of_queries = 1.0 if normed else scale
    qkv = torch.cat([of_queries * paired(a.q_proj.weight), paired(a.k_proj.weight), a.v_proj.weight])
    bias = [of_queries * paired(a.q_proj.bias), paired(a.k_proj.bias), a.v_proj.bias] if biased else []
    return Block(
        qkv=_transposed(qkv * before),
        qkv_bias=torch.cat(bias) if biased else None,
        out=_transposed(a.o_proj.weight),
        out_bias=None,
        up=_transposed(torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]) * between),
        up_bias=None,
        down=_transposed(mlp.down_proj.weight),
        down_bias=None,
        qk_norm=_of_heads(a, scale, more)[..., pairs] if normed else None,
        window=window,
    )


def _of_heads(attention: Any, scale: float, more: int) -> torch.Tensor:
    """Weights of the norms of queries, times ``scale``, and of keys, for each head, [heads + groups, width]."""
    queries, keys = scale * (more + attention.q_norm.weight), more + attention.k_norm.weight
    heads, groups = (part.out_features // attention.head_dim for part in (attention.q_proj, attention.k_proj))
    return torch.cat([queries.expand(heads, -1), keys.expand(groups, -1)])


def _gpt2(model: Any) -> Fused:
    config, inside = model.config, model.transformer
    made = Fused(model, config.n_head, config.n_head, config.n_embd // config.n_head)
    made.positions, made.eps = inside.wpe.weight, config.layer_norm_epsilon
    _fold_last_norm(made, inside.ln_f.weight, inside.ln_f.bias)
    for layer in inside.h:
        qkv, qkv_bias = _fold_norm(layer.ln_1, layer.attn.c_attn.weight, layer.attn.c_attn.bias)
        for part in (qkv, qkv_bias):
            part[..., : config.n_embd] *= made.width**-0.5
        up, up_bias = _fold_norm(layer.ln_2, layer.mlp.c_fc.weight, layer.mlp.c_fc.bias)
        out, down = layer.attn.c_proj, layer.mlp.c_proj
        made.blocks.append(
            Block(
                qkv=qkv,
                qkv_bias=qkv_bias,
                out=out.weight,
                out_bias=out.bias,
                up=up,
                up_bias=up_bias,
                down=down.weight,
                down_bias=down.bias,
            )
        )
    return made


def _gpt_neo(model: Any) -> Fused:
    config, inside = model.config, model.transformer
    made = Fused(model, config.num_heads, config.num_heads, config.hidden_size // config.num_heads)
    made.positions, made.eps = inside.wpe.weight, config.layer_norm_epsilon
    _fold_last_norm(made, inside.ln_f.weight, inside.ln_f.bias)
    for layer, kind in zip(inside.h, config.attention_layers, strict=True):
        a, mlp = layer.attn.attention, layer.mlp
        weights = _transposed(torch.cat([a.q_proj.weight, a.k_proj.weight, a.v_proj.weight]))
        qkv, qkv_bias = _fold_norm(layer.ln_1, weights, None)
        up, up_bias = _fold_norm(layer.ln_2, _transposed(mlp.c_fc.weight), mlp.c_fc.bias)
        made.blocks.append(
            Block(
                qkv=qkv,
                qkv_bias=qkv_bias,
                out=_transposed(a.out_proj.weight),
                out_bias=a.out_proj.bias,
                up=up,
                up_bias=up_bias,
                down=_transposed(mlp.c_proj.weight),
                down_bias=mlp.c_proj.bias,
                window=config.window_size if kind == "local" else 0,
            )
        )
    return made


def _end_with(made: Fused, model: PreTrainedModel, weight: torch.Tensor) -> None:
    """A norm of this weight, and the head."""
    made.large_head, made.last_norm = large_head(model), weight
    if not made.large_head:
        _fold_last_norm(made, weight, None)


def _fold_last_norm(made: Fused, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
    """The last norm becomes a part of the head, [hidden, vocabulary]."""
    head = made.head
    made.head = (weight[:, None] * head).contiguous()
    made.head_bias = None if bias is None else bias @ head


def _fold_norm(
    norm: torch.nn.LayerNorm, weight: torch.Tensor, bias: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Matrix [in, out] and bias that do to a bare normed x what they did after this norm."""
    shift = norm.bias @ weight
    return weight * norm.weight[:, None], shift if bias is None else shift + bias


def _transposed(weight: torch.Tensor) -> torch.Tensor:
    """[in, out], as a single row is multiplied fastest."""
    return weight.t().contiguous()
