"""One token further: the forward pass while writing, for Llama, Qwen3, GPT-2 and GPT-Neo; others by their own modules.

The same numbers as the modules of transformers give, from fewer and larger operations: a small model is bound by their
number. Query, key and value are one matrix, gate and up another; norms are part of the matrices behind them; rotary
positions are one multiplication of complex numbers, for which each pair of a head's numbers is put side by side.
"""

from collections.abc import Callable
from dataclasses import dataclass
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

from . import fast_training
from . import model as models


class Decoder:
    """A model that reads on token by token. ``capacity``: so many tokens at most before ``restart``."""

    def __init__(self, weights: "Weights", capacity: int) -> None:
        self.weights, self.capacity = weights, min(capacity, weights.context)
        self.restart()

    @torch.inference_mode()
    def logits(self, ids: torch.Tensor) -> torch.Tensor:
        """Reads ``ids`` [rows, length] after what it has read -> the scores of the next token, [rows, vocabulary]."""
        logits = self.weights.read(ids, self.length, self._caches)
        self.length += ids.shape[1]
        return logits

    @torch.inference_mode()
    def keep(self, rows: torch.Tensor) -> None:
        """Goes on with these of the texts, in this order; one may be taken several times."""
        for cache in self._caches:
            cache.keep(rows)

    def restart(self) -> None:
        self.length = 0
        self._caches = [KeysAndValues(self.capacity) for _ in range(self.weights.layers)]


class KeysAndValues(DynamicLayer):
    """Those of one layer in a buffer that is allocated once, [2, rows, heads, capacity, head width]."""

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

    def keep(self, rows: torch.Tensor) -> None:
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
    """A model as it is read from, without what it remembers of a text."""

    context: int
    layers: int
    bytes_a_token: int  # of keys and values

    def read(self, ids: torch.Tensor, start: int, caches: list[KeysAndValues]) -> torch.Tensor: ...


def weights(model: PreTrainedModel) -> Weights:
    """The quickest way to read with this model. It holds copies: make it anew when the model has learnt."""
    return _body(model) or _Modules(model)


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


class _Body:
    """What the four architectures have in common. ``heads`` of queries, ``groups`` of keys and values."""

    def __init__(self, model: PreTrainedModel, heads: int, groups: int, width: int) -> None:
        self.heads, self.groups, self.width = heads, groups, width
        self.context = models.context(model)
        self.blocks: list[_Block] = []
        self.embedding: torch.Tensor = model.get_input_embeddings().weight.detach()
        self.head: torch.Tensor = model.get_output_embeddings().weight.detach().t()
        self.head_bias: torch.Tensor | None = None
        self.positions: torch.Tensor | None = None  # learnt, [context, hidden]
        self.turns: torch.Tensor | None = None  # rotary, complex, [context, width / 2]
        self.gated, self.eps = False, 1e-5
        self.layers = int(model.config.num_hidden_layers)
        self.bytes_a_token = 8 * self.layers * groups * width

    def read(self, ids: torch.Tensor, start: int, caches: list[KeysAndValues]) -> torch.Tensor:
        rows, length = ids.shape
        x = F.embedding(ids.flatten(), self.embedding)
        if self.positions is not None:
            places = self.positions[start : start + length]
            x = x + (places if length == 1 or rows == 1 else places.repeat(rows, 1))
        turns = None if self.turns is None else self.turns[start : start + length, None]
        for block, cache in zip(self.blocks, caches, strict=True):
            found = self._attention(x, block, cache, rows, turns)
            x = _added(x, found, block.out, block.out_bias)
            x = _added(x, self._feedforward(x, block), block.down, block.down_bias)
        if length > 1:
            x = x.view(rows, length, -1)[:, -1]
        return self._through_norm(x, self.head, self.head_bias)

    def _attention(
        self, x: torch.Tensor, block: _Block, cache: KeysAndValues, rows: int, turns: torch.Tensor | None
    ) -> torch.Tensor:
        length, start = x.shape[0] // rows, cache.length
        both, width = self.heads + self.groups, self.width
        mixed = self._through_norm(x, block.qkv, block.qkv_bias).view(rows, length, -1, width)
        if block.q_norm is not None:
            for part, norm in ((slice(self.heads), block.q_norm), (slice(self.heads, both), block.k_norm)):
                mixed[:, :, part] = F.rms_norm(mixed[:, :, part], (width,), norm, self.eps)
        if turns is not None:
            torch.view_as_complex(mixed.view(rows, length, -1, width // 2, 2))[:, :, :both].mul_(turns)
        new = mixed[:, :, self.heads :].view(rows, length, 2, self.groups, width).permute(2, 0, 3, 1, 4)
        both_kinds = cache.add(new)
        queries = mixed[:, :, : self.heads]
        if length == 1:
            if block.window:
                both_kinds = both_kinds[:, :, :, max(0, start + 1 - block.window) :]
            keys, values = both_kinds.flatten(1, 2).unbind()
            # The queries of a group stand where those of several places would.
            queries = queries.reshape(rows * self.groups, -1, width)
            scores = torch.bmm(queries, keys.transpose(1, 2)).softmax(-1)
            return torch.bmm(scores, values).view(rows, -1)
        keys, values = both_kinds
        mask = _band(length, start, block.window) if start or 0 < block.window < length else None
        found = F.scaled_dot_product_attention(
            queries.transpose(1, 2),
            keys,
            values,
            mask,
            is_causal=mask is None,
            scale=1.0,  # it is part of the queries
            enable_gqa=self.groups != self.heads,
        )
        return found.transpose(1, 2).reshape(rows * length, -1)

    def _feedforward(self, x: torch.Tensor, block: _Block) -> torch.Tensor:
        h = self._through_norm(x, block.up, block.up_bias)
        if not self.gated:
            return F.gelu(h, approximate="tanh")
        half = h.shape[-1] // 2
        return F.silu(h[:, :half]).mul_(h[:, half:])

    def _through_norm(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """The norm, whose own weight and bias are part of the matrix, and the matrix."""
        rows, width = x.shape
        if self.positions is not None:
            x = F.layer_norm(x, (width,), None, None, self.eps)
        elif rows == 1:  # one number, by which the product is multiplied on its way
            flat = x.view(width)
            scale = (torch.dot(flat, flat).item() / width + self.eps) ** -0.5
            return torch.addmm(_nothing if bias is None else bias, x, weight, beta=bias is not None, alpha=scale)
        else:
            norms = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
            x = x * norms.square_().div_(width).add_(self.eps).rsqrt_()
        return torch.mm(x, weight) if bias is None else torch.addmm(bias, x, weight)


_nothing = torch.zeros(1)


def _added(x: torch.Tensor, h: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    return torch.addmm(x if bias is None else x + bias, h, weight)


def _band(length: int, start: int, window: int) -> torch.Tensor:
    """Which of ``start + length`` places each of the last ``length`` looks at."""
    ends = torch.arange(start, start + length)[:, None]
    places = torch.arange(start + length)[None]
    return (places <= ends) & ((places > ends - window) if window else torch.ones((), dtype=torch.bool))


def _body(model: PreTrainedModel) -> _Body | None:
    """None for an architecture, a device or a setting that is not written out here."""
    makers: dict[type[Any], Callable[[Any], _Body]] = {
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


def _llama(model: Any) -> _Body:
    config = model.config
    attention = model.model.layers[0].self_attn
    body = _Body(model, config.num_attention_heads, config.num_key_value_heads, attention.head_dim)
    body.gated, body.eps = True, config.rms_norm_eps
    _end(body, model.model.norm.weight, None)
    half = attention.head_dim // 2
    # Numbers i and i + half of a head turn together; side by side they are one complex number.
    pairs = torch.arange(attention.head_dim).view(2, half).t().flatten()
    places = torch.arange(models.context(model))[None]
    cos, sin = model.model.rotary_emb(torch.empty(1), places)
    body.turns = torch.complex(cos[0, :, :half].contiguous(), sin[0, :, :half].contiguous())

    def paired(weight: torch.Tensor) -> torch.Tensor:
        return weight.view(-1, attention.head_dim, weight.shape[-1])[:, pairs].reshape(weight.shape)

    for layer in model.model.layers:
        a, mlp = layer.self_attn, layer.mlp
        before, after = layer.input_layernorm.weight, layer.post_attention_layernorm.weight
        normed, scale = hasattr(a, "q_norm"), attention.head_dim**-0.5
        queries = paired(a.q_proj.weight) if normed else scale * paired(a.q_proj.weight)
        body.blocks.append(
            _Block(
                qkv=_turned(torch.cat([queries, paired(a.k_proj.weight), a.v_proj.weight]) * before),
                qkv_bias=None,
                out=_turned(a.o_proj.weight),
                out_bias=None,
                up=_turned(torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]) * after),
                up_bias=None,
                down=_turned(mlp.down_proj.weight),
                down_bias=None,
                q_norm=scale * a.q_norm.weight[pairs] if normed else None,
                k_norm=a.k_norm.weight[pairs] if normed else None,
            )
        )
    return body


def _gpt2(model: Any) -> _Body:
    config, inside = model.config, model.transformer
    body = _Body(model, config.n_head, config.n_head, config.n_embd // config.n_head)
    body.positions, body.eps = inside.wpe.weight, config.layer_norm_epsilon
    _end(body, inside.ln_f.weight, inside.ln_f.bias)
    for layer in inside.h:
        qkv, qkv_bias = _folded(layer.ln_1, layer.attn.c_attn.weight, layer.attn.c_attn.bias)
        for part in (qkv, qkv_bias):
            part[..., : config.n_embd] *= body.width**-0.5
        up, up_bias = _folded(layer.ln_2, layer.mlp.c_fc.weight, layer.mlp.c_fc.bias)
        out, down = layer.attn.c_proj, layer.mlp.c_proj
        body.blocks.append(
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
    return body


def _gpt_neo(model: Any) -> _Body:
    config, inside = model.config, model.transformer
    body = _Body(model, config.num_heads, config.num_heads, config.hidden_size // config.num_heads)
    body.positions, body.eps = inside.wpe.weight, config.layer_norm_epsilon
    _end(body, inside.ln_f.weight, inside.ln_f.bias)
    for layer, kind in zip(inside.h, config.attention_layers, strict=True):
        a, mlp = layer.attn.attention, layer.mlp
        weights = _turned(torch.cat([a.q_proj.weight, a.k_proj.weight, a.v_proj.weight]))
        qkv, qkv_bias = _folded(layer.ln_1, weights, None)
        up, up_bias = _folded(layer.ln_2, _turned(mlp.c_fc.weight), mlp.c_fc.bias)
        body.blocks.append(
            _Block(
                qkv=qkv,
                qkv_bias=qkv_bias,
                out=_turned(a.out_proj.weight),
                out_bias=a.out_proj.bias,
                up=up,
                up_bias=up_bias,
                down=_turned(mlp.c_proj.weight),
                down_bias=mlp.c_proj.bias,
                window=config.window_size if kind == "local" else 0,
            )
        )
    return body


def _end(body: _Body, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
    """The last norm becomes a part of the head."""
    words = body.head
    body.head = (weight[:, None] * words).contiguous()
    body.head_bias = None if bias is None else bias @ words


def _folded(
    norm: torch.nn.LayerNorm, weight: torch.Tensor, bias: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Matrix [in, out] and bias that do to a bare normed x what they did after this norm."""
    shift = norm.bias @ weight
    return weight * norm.weight[:, None], shift if bias is None else shift + bias


def _turned(weight: torch.Tensor) -> torch.Tensor:
    """[in, out], as a single row is multiplied fastest."""
    return weight.t().contiguous()


class _Modules:
    """Any other model, through its own modules."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        config = model.config
        self.context, self.layers = models.context(model), int(config.num_hidden_layers)
        self.bytes_a_token = 8 * self.layers * int(config.hidden_size)

    def read(self, ids: torch.Tensor, start: int, caches: list[KeysAndValues]) -> torch.Tensor:
        device = self.model.get_input_embeddings().weight.device
        cache = Cache(layers=caches)
        output = self.model(input_ids=ids.to(device), past_key_values=cache, use_cache=True, logits_to_keep=1)
        logits: torch.Tensor = output.logits[:, -1].float().cpu()
        return logits
