"""What fused.py reads from, made of the models of each family that is written out there."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch

from . import fast_training
from . import model as models
from .fused import Block, Fused
from .large_head import large_head
from .stock import (
    Gemma3ForCausalLM,
    GPT2LMHeadModel,
    GPTNeoForCausalLM,
    Lfm2ForCausalLM,
    LlamaForCausalLM,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2ForCausalLM,
    Qwen3ForCausalLM,
)


def fused(model: PreTrainedModel) -> Fused | None:
    """None for an architecture, a device or a setting that is not written out here."""
    makers: dict[type[Any], Callable[[Any], Fused]] = {
        LlamaForCausalLM: _llama,
        MistralForCausalLM: _llama,
        Qwen2ForCausalLM: _llama,
        Qwen3ForCausalLM: _llama,
        Gemma3ForCausalLM: _gemma3,
        Lfm2ForCausalLM: _lfm2,
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


def _lfm2(model: Any) -> Fused:
    config = model.config
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    made = Fused(model, config.num_attention_heads, config.num_key_value_heads, size)
    made.gated, made.gelu, made.eps = True, False, config.norm_eps
    _end_with(made, model, model.model.embedding_norm.weight)
    made.rotations = [_rotations(model, size)]
    for layer in model.model.layers:
        before, between, mlp = layer.operator_norm.weight, layer.ffn_norm.weight, layer.feed_forward
        if layer.is_attention_layer:
            made.blocks.append(_rotary_block(_as_in_llama(layer), before, between, size**-0.5, 0))
            continue
        made.blocks.append(
            Block(
                qkv=_transposed(layer.conv.in_proj.weight * before),
                qkv_bias=None,
                out=_transposed(layer.conv.out_proj.weight),
                out_bias=None,
                up=_transposed(torch.cat([mlp.w1.weight, mlp.w3.weight]) * between),
                up_bias=None,
                down=_transposed(mlp.w2.weight),
                down_bias=None,
                convolution=_transposed(layer.conv.conv.weight[:, 0]),
            )
        )
    return made


def _as_in_llama(layer: Any) -> SimpleNamespace:
    """A layer of LFM2 with attention, whose parts have other names."""
    a, mlp = layer.self_attn, layer.feed_forward
    norms = {"q_norm": a.q_layernorm, "k_norm": a.k_layernorm}
    attention = SimpleNamespace(
        head_dim=a.head_dim, q_proj=a.q_proj, k_proj=a.k_proj, v_proj=a.v_proj, o_proj=a.out_proj, **norms
    )
    return SimpleNamespace(self_attn=attention, mlp=SimpleNamespace(gate_proj=mlp.w1, up_proj=mlp.w3, down_proj=mlp.w2))


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
