"""The forward pass while writing, for Llama, Qwen3, GPT-2 and GPT-Neo; other models run through their own modules.

The same numbers as the modules of transformers give, from fewer and larger operations: a small model is bound by their
number. Query, key and value are one matrix, gate and up another; norms are part of the matrices behind them; rotary
positions are one multiplication of complex numbers, for which each pair of a head's numbers is put side by side. The
prompt is read at once (prefill), then token by token, with the keys and values of what was read in a cache.
"""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any, Protocol

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)
from transformers import (
    GPT2LMHeadModel,
    GPTNeoForCausalLM,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen3ForCausalLM,
)
from transformers.cache_utils import Cache, DynamicLayer

from . import families, fast_training
from . import model as models


class Decoder:
    """A model that reads on token by token. ``capacity``: so many tokens at most before ``reset``.

    ``vocabulary``: so many of its scores stand for a token of its tokenizer; many models have some more.
    """

    def __init__(self, weights: "Weights", capacity: int, vocabulary: int | None = None) -> None:
        self.weights, self.capacity, self.vocabulary = weights, min(capacity, weights.context), vocabulary
        self.reset()

    @torch.inference_mode()
    def logits(self, ids: torch.Tensor) -> torch.Tensor:
        """Reads ``ids`` [rows, length] after what it has read -> the scores of the next token, [rows, vocabulary]."""
        logits = self.weights.read(ids, self.length, self._caches)
        self.length += ids.shape[1]
        return logits[:, : self.vocabulary]

    @torch.inference_mode()
    def select(self, rows: torch.Tensor) -> None:
        """Goes on with these rows, in this order; one may be taken several times."""
        for cache in self._caches:
            cache.select(rows)

    def reset(self) -> None:
        self.length = 0
        self._caches = [KVCache(self.capacity) for _ in range(self.weights.layers)]


class KVCache(DynamicLayer):
    """Keys and values of one layer in a buffer that is allocated once, [2, rows, heads, capacity, head width]."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.capacity, self.length = capacity, 0
        self.buffer: torch.Tensor | None = None

    def add(self, both: torch.Tensor) -> torch.Tensor:
        """Takes in [2, rows, heads, length, width] and returns all that is there."""
        start = self.length
        self.length = start + both.shape[3]
        if self.buffer is None:
            two, rows, heads, _, width = both.shape
            self.buffer = both.new_empty(two, rows, heads, self.capacity, width)
        self.buffer.narrow(3, start, both.shape[3]).copy_(both)
        return self.buffer.narrow(3, 0, self.length)

    def select(self, rows: torch.Tensor) -> None:
        if self.buffer is not None:
            old = self.buffer
            self.buffer = old.new_empty(2, len(rows), *old.shape[2:])
            kept = old[:, :, :, : self.length].index_select(1, rows.to(old.device))
            self.buffer[:, :, :, : self.length] = kept

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        return self.add(torch.stack([key_states, value_states])).unbind(0)

    def get_seq_length(self) -> int:
        return self.length


class Weights(Protocol):
    """A model as it is read from, without the cache of a text."""

    context: int
    layers: int
    bytes_a_token: int  # of keys and values

    def read(self, ids: torch.Tensor, start: int, caches: list[KVCache]) -> torch.Tensor:
        """Token ids [rows, length] at the positions from ``start`` -> logits of the next token, [rows, vocabulary]."""


def weights(model: PreTrainedModel) -> Weights:
    """The quickest way to read with this model. It holds copies: make it anew when the model has learnt."""
    return _fused(model) or (_Modules(model) if families.remembers(model.config.model_type) else _Reread(model))


@dataclass(slots=True)
class _Block:
    """One layer: matrices [in, out] and biases, those of the norms before them folded in."""

    qkv: torch.Tensor
    qkv_bias: torch.Tensor | None
    out: torch.Tensor
    out_bias: torch.Tensor | None
    up: torch.Tensor
    up_bias: torch.Tensor | None
    down: torch.Tensor
    down_bias: torch.Tensor | None
    q_norm: torch.Tensor | None = None
    k_norm: torch.Tensor | None = None
    window: int = 0  # how far back it looks; 0: everywhere


class _Fused:
    """What the four architectures have in common. ``heads`` of queries, ``groups`` of keys and values."""

    def __init__(self, model: PreTrainedModel, heads: int, groups: int, width: int) -> None:
        self.heads, self.groups, self.width = heads, groups, width
        self.context = models.context(model)
        self.blocks: list[_Block] = []
        self.embedding: torch.Tensor = model.get_input_embeddings().weight.detach()
        self.head: torch.Tensor = model.get_output_embeddings().weight.detach().t()
        self.head_bias: torch.Tensor | None = None
        self.positions: torch.Tensor | None = None  # learnt, [context, hidden]
        self.rotations: torch.Tensor | None = None  # rotary, complex, [context, width / 2]
        self.gated, self.eps = False, 1e-5
        self.layers = int(model.config.num_hidden_layers)
        self.bytes_a_token = 8 * self.layers * groups * width

    def read(self, ids: torch.Tensor, start: int, caches: list[KVCache]) -> torch.Tensor:
        rows, length = ids.shape
        x = F.embedding(ids.flatten(), self.embedding)  # [rows x length, hidden]
        if self.positions is not None:
            positions = self.positions[start : start + length]  # [length, hidden]
            x = x + (positions if length == 1 or rows == 1 else positions.repeat(rows, 1))
        # [length, 1, width / 2]
        rotations = None if self.rotations is None else self.rotations[start : start + length, None]
        for block, cache in zip(self.blocks, caches, strict=True):
            attended = self._attention(x, block, cache, rows, rotations)
            x = _add_product(x, attended, block.out, block.out_bias)
            x = _add_product(x, self._feedforward(x, block), block.down, block.down_bias)
        if length > 1:
            x = x.view(rows, length, -1)[:, -1]  # [rows, hidden]
        return self._through_norm(x, self.head, self.head_bias)

    def _attention(
        self, x: torch.Tensor, block: _Block, cache: KVCache, rows: int, rotations: torch.Tensor | None
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
            scores = torch.bmm(queries, keys.transpose(1, 2)).softmax(-1)  # [rows x groups, heads / groups, start + 1]
            return torch.bmm(scores, values).view(rows, -1)
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

    def _normalize_and_rotate(self, qkv: torch.Tensor, block: _Block, rotations: torch.Tensor | None) -> None:
        """Queries and keys of [rows, length, heads + 2 groups, width], in place."""
        both, width = self.heads + self.groups, self.width
        if block.q_norm is not None:
            for part, norm in ((slice(self.heads), block.q_norm), (slice(self.heads, both), block.k_norm)):
                qkv[:, :, part] = F.rms_norm(qkv[:, :, part], (width,), norm, self.eps)
        if rotations is not None:
            rows, length = qkv.shape[:2]
            torch.view_as_complex(qkv.view(rows, length, -1, width // 2, 2))[:, :, :both].mul_(rotations)

    def _feedforward(self, x: torch.Tensor, block: _Block) -> torch.Tensor:
        """x [rows x length, hidden] -> [rows x length, inner width]"""
        h = self._through_norm(x, block.up, block.up_bias)
        if not self.gated:
            return F.gelu(h, approximate="tanh")
        half = h.shape[-1] // 2
        return F.silu(h[:, :half]).mul_(h[:, half:])

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


def _add_product(x: torch.Tensor, h: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    return torch.addmm(x if bias is None else x + bias, h, weight)


def _attention_mask(length: int, start: int, window: int) -> torch.Tensor:
    """Which of all positions each of the last ``length`` looks at, [length, start + length]."""
    ends = torch.arange(start, start + length)[:, None]  # [length, 1]
    positions = torch.arange(start + length)[None]  # [1, start + length]
    return (positions <= ends) & ((positions > ends - window) if window else torch.ones((), dtype=torch.bool))


def _fused(model: PreTrainedModel) -> _Fused | None:
    """None for an architecture, a device or a setting that is not written out here."""
    makers: dict[type[Any], Callable[[Any], _Fused]] = {
        LlamaForCausalLM: _llama,
        Qwen3ForCausalLM: _llama,
        GPT2LMHeadModel: _gpt2,
        GPTNeoForCausalLM: _gpt_neo,
    }
    weight = model.get_input_embeddings().weight
    if type(model) not in makers or weight.device.type != "cpu" or weight.dtype != torch.float32:
        return None
    with torch.inference_mode():
        return makers[type(model)](model) if fast_training.is_standard(model) else None


def _llama(model: Any) -> _Fused:
    config = model.config
    attention = model.model.layers[0].self_attn
    fused = _Fused(model, config.num_attention_heads, config.num_key_value_heads, attention.head_dim)
    fused.gated, fused.eps = True, config.rms_norm_eps
    _fold_last_norm(fused, model.model.norm.weight, None)
    half = attention.head_dim // 2
    # Numbers i and i + half of a head are rotated together; side by side they are one complex number.
    pairs = torch.arange(attention.head_dim).view(2, half).t().flatten()
    positions = torch.arange(models.context(model))[None]
    cos, sin = model.model.rotary_emb(torch.empty(1), positions)
    fused.rotations = torch.complex(cos[0, :, :half].contiguous(), sin[0, :, :half].contiguous())

    def paired(weight: torch.Tensor) -> torch.Tensor:
        return weight.view(-1, attention.head_dim, weight.shape[-1])[:, pairs].reshape(weight.shape)

    for layer in model.model.layers:
        a, mlp = layer.self_attn, layer.mlp
        before, after = layer.input_layernorm.weight, layer.post_attention_layernorm.weight
        normed, scale = hasattr(a, "q_norm"), attention.head_dim**-0.5
        queries = paired(a.q_proj.weight) if normed else scale * paired(a.q_proj.weight)
        fused.blocks.append(
            _Block(
                qkv=_transposed(torch.cat([queries, paired(a.k_proj.weight), a.v_proj.weight]) * before),
                qkv_bias=None,
                out=_transposed(a.o_proj.weight),
                out_bias=None,
                up=_transposed(torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]) * after),
                up_bias=None,
                down=_transposed(mlp.down_proj.weight),
                down_bias=None,
                q_norm=scale * a.q_norm.weight[pairs] if normed else None,
                k_norm=a.k_norm.weight[pairs] if normed else None,
            )
        )
    return fused


def _gpt2(model: Any) -> _Fused:
    config, inside = model.config, model.transformer
    fused = _Fused(model, config.n_head, config.n_head, config.n_embd // config.n_head)
    fused.positions, fused.eps = inside.wpe.weight, config.layer_norm_epsilon
    _fold_last_norm(fused, inside.ln_f.weight, inside.ln_f.bias)
    for layer in inside.h:
        qkv, qkv_bias = _fold_norm(layer.ln_1, layer.attn.c_attn.weight, layer.attn.c_attn.bias)
        for part in (qkv, qkv_bias):
            part[..., : config.n_embd] *= fused.width**-0.5
        up, up_bias = _fold_norm(layer.ln_2, layer.mlp.c_fc.weight, layer.mlp.c_fc.bias)
        out, down = layer.attn.c_proj, layer.mlp.c_proj
        fused.blocks.append(
            _Block(
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
    return fused


def _gpt_neo(model: Any) -> _Fused:
    config, inside = model.config, model.transformer
    fused = _Fused(model, config.num_heads, config.num_heads, config.hidden_size // config.num_heads)
    fused.positions, fused.eps = inside.wpe.weight, config.layer_norm_epsilon
    _fold_last_norm(fused, inside.ln_f.weight, inside.ln_f.bias)
    for layer, kind in zip(inside.h, config.attention_layers, strict=True):
        a, mlp = layer.attn.attention, layer.mlp
        weights = _transposed(torch.cat([a.q_proj.weight, a.k_proj.weight, a.v_proj.weight]))
        qkv, qkv_bias = _fold_norm(layer.ln_1, weights, None)
        up, up_bias = _fold_norm(layer.ln_2, _transposed(mlp.c_fc.weight), mlp.c_fc.bias)
        fused.blocks.append(
            _Block(
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
    return fused


def _fold_last_norm(fused: _Fused, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
    """The last norm becomes a part of the head, [hidden, vocabulary]."""
    head = fused.head
    fused.head = (weight[:, None] * head).contiguous()
    fused.head_bias = None if bias is None else bias @ head


def _fold_norm(
    norm: torch.nn.LayerNorm, weight: torch.Tensor, bias: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Matrix [in, out] and bias that do to a bare normed x what they did after this norm."""
    shift = norm.bias @ weight
    return weight * norm.weight[:, None], shift if bias is None else shift + bias


def _transposed(weight: torch.Tensor) -> torch.Tensor:
    """[in, out], as a single row is multiplied fastest."""
    return weight.t().contiguous()


class _Modules:
    """Another model, through its own modules."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        config = model.config
        self.context, self.layers = models.context(model), int(config.num_hidden_layers)
        self.bytes_a_token = 8 * self.layers * int(config.hidden_size)
        self.only_last = {"logits_to_keep": 1} if "logits_to_keep" in signature(type(model).forward).parameters else {}

    def read(self, ids: torch.Tensor, start: int, caches: list[KVCache]) -> torch.Tensor:
        device = self.model.get_input_embeddings().weight.device
        cache = Cache(layers=caches)
        output = self.model(input_ids=ids.to(device), past_key_values=cache, use_cache=True, **self.only_last)
        logits: torch.Tensor = output.logits[:, -1].float().cpu()
        return logits


class _Reread(_Modules):
    """A model that remembers in a way of its own, or not at all: it reads all of the text for every token."""

    layers = 1

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__(model)
        self.layers, self.bytes_a_token = 1, 8 * int(model.config.hidden_size)

    def read(self, ids: torch.Tensor, start: int, caches: list[KVCache]) -> torch.Tensor:
        device = self.model.get_input_embeddings().weight.device
        text = caches[0].add(ids[None, :, None, :, None].expand(2, -1, -1, -1, -1))[0, :, 0, :, 0]  # [rows, length]
        output = self.model(input_ids=text.to(device), use_cache=False, **self.only_last)
        logits: torch.Tensor = output.logits[:, -1].float().cpu()
        return logits
