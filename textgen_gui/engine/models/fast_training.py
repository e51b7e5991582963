"""Forward and backward of standard LFM2, Llama, Mistral and GPT-2 models that train on a CPU: the same digits, faster.

Small models are bound by the number of operations and by what autograd and Python do around each. So each half of a
layer is one operation to autograd, with its backward written out (sublayers.py). Everything else (LoRA, another
architecture, a GPU) and all writing runs through the modules of transformers.

Shapes: rows are the texts of a micro-batch, length its tokens, width the model's hidden size; between the sublayers
activations are [rows x length, width].
"""

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)

from . import model as models
from .kernels import LayerNorm, Matrix, RMSNorm, dropout_mask
from .stock import (
    CausalLMOutput,
    GPT2LMHeadModel,
    Lfm2ForCausalLM,
    LlamaForCausalLM,
    MistralForCausalLM,
    PreTrainedModel,
)
from .sublayers import Attention, Gated, Gelu, Head, Heads, Operation, Pass, ShortConvolution, Sublayer

standard_layers = {"Linear", "Conv1D", "Conv1d", "Embedding", "Gemma3TextScaledWordEmbedding", "LayerNorm"} | {
    f"{family}RMSNorm" for family in ("Llama", "Mistral", "Qwen2", "Qwen3", "Gemma3", "Lfm2")
}
static_ropes = {"default", "llama3"}
SMALLEST = 1e-37  # the smallest probability that still counts; fp32 ends there


def enable_fast_training(model: PreTrainedModel, dropout: float) -> None:
    """Trains and scores a standard model with the forward pass below. ``dropout``: as for ``add_dropout``."""
    forwards: dict[type[Any], Any] = {
        LlamaForCausalLM: _llama,
        MistralForCausalLM: _llama,
        Lfm2ForCausalLM: _lfm2,
        GPT2LMHeadModel: _gpt2,
    }
    if type(model) not in forwards or not is_standard(model):
        return
    fast, architecture = forwards[type(model)](model, dropout), type(model)
    window = getattr(model.config, "sliding_window", None) or models.context(model)
    weak = weakref.ref(model)  # or its memory would be freed only when Python looks for cycles

    @functools.wraps(architecture.forward)
    def forward(input_ids: torch.Tensor | None = None, **more: Any) -> Any:
        model = weak()
        assert model is not None
        plain = input_ids is not None and input_ids.device.type == "cpu" and more == {"use_cache": False}
        if input_ids is not None and plain and input_ids.shape[1] <= window:
            dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else model.dtype
            with torch.autocast("cpu", enabled=False):
                return CausalLMOutput(logits=fast(input_ids, dtype, model.training))
        return architecture.forward(model, input_ids=input_ids, **more)

    model.forward = forward


def disable_fast_training(model: PreTrainedModel) -> None:
    """Back to the modules of transformers, for a model whose weights will be replaced."""
    model.__dict__.pop("forward", None)


def is_standard(model: PreTrainedModel) -> bool:
    """Whether its layers and its config are those that are written out below."""
    expected = {
        "attention_bias": (False,),
        "attention_dropout": (0.0,),
        "mlp_bias": (False,),
        "conv_bias": (False,),
        "hidden_act": ("silu",),
        "activation_function": ("gelu_new", "gelu_pytorch_tanh"),
        "scale_attn_by_inverse_layer_idx": (False,),
        "scale_attn_weights": (True,),
        "add_cross_attention": (False,),
        "use_sliding_window": (False,),
        "hidden_activation": ("gelu_pytorch_tanh",),
        "attn_logit_softcapping": (None,),
        "final_logit_softcapping": (None,),
        "use_bidirectional_attention": (False, None),
    }
    wrapped = any(hasattr(module, "base_layer") for module in model.modules())  # by peft
    layers = {type(module).__name__ for module in model.modules() if list(module.parameters(recurse=False))}
    return (
        not wrapped
        and layers <= standard_layers
        and all(_is_static(rope) for rope in _ropes(getattr(model.config, "rope_parameters", None) or {}))
        and all(getattr(model.config, key, values[0]) in values for key, values in expected.items())
    )


def _ropes(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Some families have one for each type of layer."""
    several = [rope for rope in parameters.values() if isinstance(rope, dict)]
    return several or [parameters]


def _is_static(rope: dict[str, Any]) -> bool:
    """Whether it turns all of a head, by angles that do not depend on the length of the text."""
    return rope.get("rope_type", "default") in static_ropes and rope.get("partial_rotary_factor", 1.0) == 1.0


class _DropoutRates(NamedTuple):
    """The shares that are dropped of the embedded tokens, of what each sublayer adds, and of attention."""

    embedding: float = 0.0
    residual: float = 0.0
    attention: float = 0.0


class _FastForward:
    """What both architectures have in common: embedded tokens go through the sublayers one after the other."""

    def __init__(
        self,
        sublayers: Sequence[Sublayer],
        head: Head,
        embed: Callable[[torch.Tensor], torch.Tensor],
        rates: _DropoutRates,
    ) -> None:
        self.sublayers, self.head, self.embed = sublayers, head, embed
        self.rates = rates

    def __call__(self, ids: torch.Tensor, dtype: torch.dtype, training: bool) -> torch.Tensor:
        """Token ids [rows, length] -> logits [rows, length, vocabulary], computed in ``dtype``."""
        rates = self.rates if training else _DropoutRates()
        call = Pass((ids.shape[0], ids.shape[1]), dtype)
        x = self.embed(ids).flatten(0, 1)  # [rows x length, width]
        if rates.embedding:
            x = x * dropout_mask(x.shape, rates.embedding, x.dtype)
        residual_masks: Any = [None] * len(self.sublayers)
        if rates.residual:  # drawn at once for all sublayers: a small model is bound by the number of calls
            # [sublayers, rows x length, width]
            residual_masks = dropout_mask((len(self.sublayers), *x.shape), rates.residual, x.dtype)
        attention_masks = self._attention_masks(call, rates.attention) if rates.attention else {}
        for sublayer, mask in zip(self.sublayers, residual_masks, strict=True):
            masked = call._replace(residual_dropout=mask, attention_dropout=attention_masks.get(sublayer))
            x = Operation.apply(sublayer, x, masked, *sublayer.parameters)
        logits: torch.Tensor = Operation.apply(self.head, x, call, *self.head.parameters)
        return logits.view(*ids.shape, -1)

    def _attention_masks(self, call: Pass, rate: float) -> dict[Sublayer, torch.Tensor]:
        attention_layers = [sublayer for sublayer in self.sublayers if isinstance(sublayer, Attention)]
        rows, length = call.shape
        shape = (len(attention_layers), attention_layers[0].heads * rows, length, length)
        return dict(zip(attention_layers, dropout_mask(shape, rate, call.dtype), strict=True))


def _llama(model: LlamaForCausalLM | MistralForCausalLM, dropout: float) -> _FastForward:
    inner, rotary = model.model, _Rotary(model)
    sublayers: list[Sublayer] = []
    for layer in inner.layers:
        attn, mlp = layer.self_attn, layer.mlp
        sublayers.append(rotary.attention(RMSNorm(layer.input_layernorm), attn, attn.o_proj))
        norm = RMSNorm(layer.post_attention_layernorm)
        sublayers.append(Gated(norm, Matrix(mlp.gate_proj, mlp.up_proj), Matrix(mlp.down_proj)))
    return _ended(model, sublayers, inner.norm, dropout)


def _lfm2(model: Lfm2ForCausalLM, dropout: float) -> _FastForward:
    inner, rotary = model.model, _Rotary(model)
    sublayers: list[Sublayer] = []
    for layer in inner.layers:
        norm, mlp = RMSNorm(layer.operator_norm), layer.feed_forward
        if layer.is_attention_layer:
            sublayers.append(rotary.attention(norm, layer.self_attn, layer.self_attn.out_proj))
        else:
            conv = layer.conv
            sublayers.append(ShortConvolution(norm, Matrix(conv.in_proj), Matrix(conv.out_proj), conv.conv.weight))
        sublayers.append(Gated(RMSNorm(layer.ffn_norm), Matrix(mlp.w1, mlp.w3), Matrix(mlp.w2)))
    return _ended(model, sublayers, inner.embedding_norm, dropout)


def _ended(model: Any, sublayers: Sequence[Sublayer], norm: Any, dropout: float) -> _FastForward:
    head, embedding = Head(RMSNorm(norm), Matrix(model.lm_head)), model.model.embed_tokens
    rates = _DropoutRates(embedding=dropout, residual=dropout)
    return _FastForward(sublayers, head, lambda ids: F.embedding(ids, embedding.weight), rates)


class _Rotary:
    """Attention with rotary positions. The two numbers that are rotated together lie half a head apart in the modules;
    side by side they are one complex number.
    """

    def __init__(self, model: Any) -> None:
        config, turn, weight = model.config, model.model.rotary_emb, model.lm_head.weight
        heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // heads
        self.heads, self.pairs = Heads(heads, kv_heads, size), torch.arange(size).view(2, -1).t().flatten()
        starts = torch.arange(heads + kv_heads)[:, None] * size
        values = torch.arange((heads + kv_heads) * size, (heads + 2 * kv_heads) * size)
        self.order = torch.cat([(starts + self.pairs).flatten(), values])

        @functools.lru_cache
        def rotations(length: int) -> torch.Tensor:
            cos, sin = turn(torch.empty(1, dtype=weight.dtype), torch.arange(length)[None])
            return torch.complex(cos[0, :, : size // 2], sin[0, :, : size // 2])  # [length, size / 2]

        self.rotations = rotations

    def attention(self, norm: RMSNorm, attn: Any, out: Any) -> Attention:
        in_proj = Matrix(attn.q_proj, attn.k_proj, attn.v_proj, order=self.order)
        of_heads = [attn.q_layernorm, attn.k_layernorm] if hasattr(attn, "q_layernorm") else []
        head_norms = [RMSNorm(one, self.pairs) for one in of_heads]
        return Attention(norm, in_proj, Matrix(out), self.heads, self.rotations, head_norms)


def _gpt2(model: GPT2LMHeadModel, _: float) -> _FastForward:
    """Its dropout stands in its config."""
    inner, config = model.transformer, model.config
    heads, size = config.n_head, config.n_embd // config.n_head
    sublayers: list[Sublayer] = []
    for block in inner.h:
        in_proj, out = Matrix(block.attn.c_attn), Matrix(block.attn.c_proj)
        norm = LayerNorm(block.ln_1)
        sublayers.append(Attention(norm, in_proj, out, Heads(heads, heads, size)))
        sublayers.append(Gelu(LayerNorm(block.ln_2), Matrix(block.mlp.c_fc), Matrix(block.mlp.c_proj)))
    head = Head(LayerNorm(inner.ln_f), Matrix(model.lm_head))

    def embed(ids: torch.Tensor) -> torch.Tensor:
        return F.embedding(ids, inner.wte.weight) + inner.wpe.weight[: ids.shape[1]]

    rates = _DropoutRates(config.embd_pdrop, config.resid_pdrop, config.attn_pdrop)
    return _FastForward(sublayers, head, embed, rates)


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any, scores: torch.Tensor, targets: torch.Tensor, told: torch.Tensor | None, share: float
    ) -> torch.Tensor:
        probabilities = torch.softmax(scores, -1, dtype=torch.promote_types(scores.dtype, torch.float32))
        context.dtype, context.share = scores.dtype, share
        context.save_for_backward(probabilities, targets, told)  # [n, vocabulary], [n], [n, vocabulary] or None
        return probabilities.gather(1, targets[:, None]).clamp_min_(SMALLEST).log_().mean().neg_()

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        probabilities, targets, told = context.saved_tensors
        share = context.share if told is not None else 0.0
        if told is not None:
            probabilities.sub_(told, alpha=share)
        probabilities.scatter_add_(1, targets[:, None], probabilities.new_full((len(targets), 1), share - 1))
        return probabilities.mul_(gradients[0] / len(targets)).to(context.dtype), None, None, None


def cross_entropy(
    logits: torch.Tensor, targets: torch.Tensor, told: torch.Tensor | None = None, share: float = 0.0
) -> torch.Tensor:
    """The mean of -ln(probability of the target), in nats; logits [rows, length, vocabulary], targets [rows, length].

    One pass over the logits forward and one backward, where torch's own takes several. Backward works once only.
    ``told``, [rows x length, vocabulary]: what a teacher says is likely; ``share`` of the gradient is that of its
    cross-entropy, while the loss stays that of the targets.
    """
    loss: torch.Tensor = _CrossEntropy.apply(logits.flatten(0, 1), targets.flatten(), told, share)
    return loss
