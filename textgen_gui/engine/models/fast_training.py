"""Forward and backward of standard Llama, Mistral and GPT-2 models that train on a CPU: the same numbers, faster.

Small models are bound by the number of operations and by what autograd and Python do around each. So each half of a
layer is one operation to autograd, with its backward written out. Everything else (LoRA, another architecture, a GPU)
and all writing runs through the modules of transformers.

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
from .kernels import LayerNorm, Matrix, RMSNorm, attention, attention_backward, dropout_mask
from .stock import CausalLMOutput, GPT2LMHeadModel, LlamaForCausalLM, MistralForCausalLM, PreTrainedModel

Saved = list[torch.Tensor]
standard_layers = {"Linear", "Conv1D", "Embedding", "Gemma3TextScaledWordEmbedding", "LayerNorm"} | {
    f"{family}RMSNorm" for family in ("Llama", "Mistral", "Qwen2", "Qwen3", "Gemma3")
}
static_ropes = {"default", "llama3"}
SMALLEST = 1e-37  # the smallest probability that still counts; fp32 ends there


def enable_fast_training(model: PreTrainedModel, dropout: float) -> None:
    """Trains and scores a standard model with the forward pass below. ``dropout``: as for ``add_dropout``."""
    forwards: dict[type[Any], Any] = {LlamaForCausalLM: _llama, MistralForCausalLM: _llama, GPT2LMHeadModel: _gpt2}
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


class _Pass(NamedTuple):
    """One pass of a micro-batch through the model."""

    shape: tuple[int, int]  # rows, length
    dtype: torch.dtype  # within a sublayer; the residual between them has that of the weights
    residual_dropout: torch.Tensor | None = None  # mask, [rows x length, width]
    attention_dropout: torch.Tensor | None = None  # mask, [heads x rows, length, length]


class _Operation(torch.autograd.Function):
    """One sublayer as one operation of autograd."""

    @staticmethod
    def forward(
        context: Any, sublayer: "_Sublayer | _Head", x: torch.Tensor, call: _Pass, *_: torch.Tensor
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


class _Sublayer:
    """Pre-norm, a matrix in, what happens between, and a matrix out, added to the residual."""

    def __init__(self, norm: RMSNorm | LayerNorm, in_proj: Matrix, out_proj: Matrix) -> None:
        self.norm, self.in_proj, self.out_proj = norm, in_proj, out_proj
        self.parameters = [*norm.parameters, *in_proj.parameters, *out_proj.parameters]

    def forward(self, x: torch.Tensor, call: _Pass) -> tuple[torch.Tensor, Saved]:
        """The residual after this sublayer, [rows x length, width] like ``x``, and the tensors that backward needs."""
        h, saved_norm = self.norm.forward(x)  # [rows x length, width]
        h = h.to(call.dtype)
        w_in, w_out = self.in_proj.joined(call.dtype), self.out_proj.joined(call.dtype)  # [inner, width], [width, ...]
        activation, saved_inner = self.inner(self.in_proj.forward(h, w_in), call)
        y = self.out_proj.forward(activation, w_out).to(x.dtype)  # [rows x length, width]
        y = y.add_(x) if call.residual_dropout is None else torch.addcmul(x, y, call.residual_dropout)
        return y, [h, activation, w_in, w_out, *saved_norm, *saved_inner]

    def backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: _Pass, wants_weights: bool
    ) -> tuple[torch.Tensor, Saved]:
        """The gradient of x, [rows x length, width], and those of ``parameters`` if it ``wants_weights``."""
        h, activation, w_in, w_out, *others = saved
        saved_norm, saved_inner = others[: self.norm.saves], others[self.norm.saves :]
        grad_out = (grad if call.residual_dropout is None else grad * call.residual_dropout).to(call.dtype)
        grad_in = self.inner_backward(self.out_proj.backward(grad_out, w_out), saved_inner, call)
        grad_h = self.in_proj.backward(grad_in, w_in).to(grad.dtype)  # [rows x length, width]
        grad_x, grads_norm = self.norm.backward(grad_h, saved_norm, grad)
        if not wants_weights:
            return grad_x, []
        grads_in, grads_out = self.in_proj.gradients(grad_in, h), self.out_proj.gradients(grad_out, activation)
        return grad_x, [*grads_norm, *grads_in, *grads_out]

    def inner(self, x: torch.Tensor, call: _Pass) -> tuple[torch.Tensor, Saved]:
        """What comes out of the first matrix -> what goes into the second one; [rows x length, ...] both."""
        raise NotImplementedError

    def inner_backward(self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: _Pass) -> torch.Tensor:
        raise NotImplementedError


class _Heads(NamedTuple):
    heads: int  # of queries
    kv_heads: int  # of keys and values
    size: int  # the width of each


class _Attention(_Sublayer):
    """Causal self-attention; several heads of queries may share one of keys and values.

    ``rotations``: for rotary positions, the complex numbers of a length, [length, size / 2].
    """

    def __init__(
        self,
        norm: RMSNorm | LayerNorm,
        in_proj: Matrix,
        out_proj: Matrix,
        heads: _Heads,
        rotations: Callable[[int], torch.Tensor] | None = None,
    ) -> None:
        super().__init__(norm, in_proj, out_proj)
        self.heads, self.kv_heads, self.size = heads
        self.rotations = rotations

    def inner(self, x: torch.Tensor, call: _Pass) -> tuple[torch.Tensor, Saved]:
        each = x.view(*call.shape, -1, self.size).permute(2, 0, 1, 3).contiguous()  # [heads, rows, length, size]
        q, k, v = each.split([self.heads, self.kv_heads, self.kv_heads])  # [heads or kv_heads, rows, length, size]
        self._rotate(q, k, call, backward=False)
        shared_by = self.heads // self.kv_heads
        k, v = (x if shared_by == 1 else x.repeat_interleave(shared_by, 0) for x in (k, v))
        # [heads x rows, length, size]
        attended, saved = attention(q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1), call.attention_dropout)
        return attended.view(q.shape).permute(1, 2, 0, 3).reshape(len(x), -1), saved  # [rows x length, heads x size]

    def inner_backward(self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: _Pass) -> torch.Tensor:
        grad = grad.view(*call.shape, self.heads, self.size).permute(2, 0, 1, 3)  # [heads, rows, length, size]
        stacked = grad.new_empty(3, *grad.shape)  # [3, heads, rows, length, size]: the gradients of q, k, v
        attention_backward(grad.flatten(0, 1), saved, stacked.flatten(1, 2))
        q, k, v = stacked
        if self.kv_heads != self.heads:
            k, v = (x.unflatten(0, (self.kv_heads, -1)).sum(1) for x in (k, v))  # [kv_heads, rows, length, size]
        self._rotate(q, k, call, backward=True)
        each = stacked if self.kv_heads == self.heads else torch.cat([q, k, v])
        # [heads + 2 kv_heads, rows, length, size] -> [rows x length, (heads + 2 kv_heads) x size]
        return each.view(-1, *grad.shape[1:]).permute(1, 2, 0, 3).reshape(call.shape[0] * call.shape[1], -1)

    def _rotate(self, q: torch.Tensor, k: torch.Tensor, call: _Pass, backward: bool) -> None:
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


class _Gated(_Sublayer):
    """The feed-forward of Llama (SwiGLU): silu(gate) * up, the two halves of [rows x length, 2 x inner width]."""

    def inner(self, x: torch.Tensor, call: _Pass) -> tuple[torch.Tensor, Saved]:
        gate, up = x.chunk(2, 1)  # [rows x length, inner width] each
        gated = F.silu(gate)
        return gated * up, [gate, up, gated]

    def inner_backward(self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: _Pass) -> torch.Tensor:
        gate, up, gated = saved
        grad_x = grad.new_empty(len(grad), 2 * grad.shape[1])  # [rows x length, 2 x inner width]
        grad_gate, grad_up = grad_x.chunk(2, 1)
        torch.mul(grad, gated, out=grad_up)
        torch.ops.aten.silu_backward.grad_input(grad * up, gate, grad_input=grad_gate)
        return grad_x


class _Gelu(_Sublayer):
    """The feed-forward of GPT-2."""

    def inner(self, x: torch.Tensor, call: _Pass) -> tuple[torch.Tensor, Saved]:
        return F.gelu(x, approximate="tanh"), [x]

    def inner_backward(self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: _Pass) -> torch.Tensor:
        grad_x: torch.Tensor = torch.ops.aten.gelu_backward(grad, saved[0], approximate="tanh")
        return grad_x


class _Head:
    """The last norm, and the logits."""

    def __init__(self, norm: RMSNorm | LayerNorm, head: Matrix) -> None:
        self.norm, self.head = norm, head
        self.parameters = [*norm.parameters, *head.parameters]

    def forward(self, x: torch.Tensor, call: _Pass) -> tuple[torch.Tensor, Saved]:
        h, saved_norm = self.norm.forward(x)  # [rows x length, width]
        h, w = h.to(call.dtype), self.head.joined(call.dtype)  # w [vocabulary, width]
        return self.head.forward(h, w), [h, w, *saved_norm]

    def backward(
        self, grad: torch.Tensor, saved: Sequence[torch.Tensor], call: _Pass, wants_weights: bool
    ) -> tuple[torch.Tensor, Saved]:
        h, w, *saved_norm = saved
        grad_h = self.head.backward(grad, w).to(self.head.weights[0].dtype)  # [rows x length, width]
        grad_x, grads_norm = self.norm.backward(grad_h, saved_norm, None)
        return grad_x, [*grads_norm, *self.head.gradients(grad, h)] if wants_weights else []


class _DropoutRates(NamedTuple):
    """The shares that are dropped of the embedded tokens, of what each sublayer adds, and of attention."""

    embedding: float = 0.0
    residual: float = 0.0
    attention: float = 0.0


class _FastForward:
    """What both architectures have in common: embedded tokens go through the sublayers one after the other."""

    def __init__(
        self,
        sublayers: Sequence[_Sublayer],
        head: _Head,
        embed: Callable[[torch.Tensor], torch.Tensor],
        rates: _DropoutRates,
    ) -> None:
        self.sublayers, self.head, self.embed = sublayers, head, embed
        self.rates = rates

    def __call__(self, ids: torch.Tensor, dtype: torch.dtype, training: bool) -> torch.Tensor:
        """Token ids [rows, length] -> logits [rows, length, vocabulary], computed in ``dtype``."""
        rates = self.rates if training else _DropoutRates()
        call = _Pass((ids.shape[0], ids.shape[1]), dtype)
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
            x = _Operation.apply(sublayer, x, masked, *sublayer.parameters)
        logits: torch.Tensor = _Operation.apply(self.head, x, call, *self.head.parameters)
        return logits.view(*ids.shape, -1)

    def _attention_masks(self, call: _Pass, rate: float) -> dict[_Sublayer, torch.Tensor]:
        attention_layers = [sublayer for sublayer in self.sublayers if isinstance(sublayer, _Attention)]
        rows, length = call.shape
        shape = (len(attention_layers), attention_layers[0].heads * rows, length, length)
        return dict(zip(attention_layers, dropout_mask(shape, rate, call.dtype), strict=True))


def _llama(model: LlamaForCausalLM | MistralForCausalLM, dropout: float) -> _FastForward:
    inner, config = model.model, model.config
    heads, kv_heads, size = config.num_attention_heads, config.num_key_value_heads, inner.layers[0].self_attn.head_dim
    # The two numbers that are rotated together lie half a head apart; side by side they are one complex number.
    pairs = torch.arange(size).view(2, -1).t().flatten()
    starts = torch.arange(heads + kv_heads)[:, None] * size
    values = torch.arange((heads + kv_heads) * size, (heads + 2 * kv_heads) * size)
    order = torch.cat([(starts + pairs).flatten(), values])

    @functools.lru_cache
    def rotations(length: int) -> torch.Tensor:
        cos, sin = inner.rotary_emb(torch.empty(1, dtype=inner.norm.weight.dtype), torch.arange(length)[None])
        return torch.complex(cos[0, :, : size // 2], sin[0, :, : size // 2])

    sublayers: list[_Sublayer] = []
    for layer in inner.layers:
        attn, mlp = layer.self_attn, layer.mlp
        in_proj = Matrix(attn.q_proj, attn.k_proj, attn.v_proj, order=order)
        norm = RMSNorm(layer.input_layernorm)
        sublayers.append(_Attention(norm, in_proj, Matrix(attn.o_proj), _Heads(heads, kv_heads, size), rotations))
        norm = RMSNorm(layer.post_attention_layernorm)
        sublayers.append(_Gated(norm, Matrix(mlp.gate_proj, mlp.up_proj), Matrix(mlp.down_proj)))
    head = _Head(RMSNorm(inner.norm), Matrix(model.lm_head))
    rates = _DropoutRates(embedding=dropout, residual=dropout)
    return _FastForward(sublayers, head, lambda ids: F.embedding(ids, inner.embed_tokens.weight), rates)


def _gpt2(model: GPT2LMHeadModel, _: float) -> _FastForward:
    """Its dropout stands in its config."""
    inner, config = model.transformer, model.config
    heads, size = config.n_head, config.n_embd // config.n_head
    sublayers: list[_Sublayer] = []
    for block in inner.h:
        in_proj, out = Matrix(block.attn.c_attn), Matrix(block.attn.c_proj)
        norm = LayerNorm(block.ln_1)
        sublayers.append(_Attention(norm, in_proj, out, _Heads(heads, heads, size)))
        sublayers.append(_Gelu(LayerNorm(block.ln_2), Matrix(block.mlp.c_fc), Matrix(block.mlp.c_proj)))
    head = _Head(LayerNorm(inner.ln_f), Matrix(model.lm_head))

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
