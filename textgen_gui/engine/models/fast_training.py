"""Forward and backward of plain Llama and GPT-2 models while they train on a processor: the same numbers, faster.

Small models are bound by the number of operations and by what autograd and Python do around each. So each half of a
layer is one operation to autograd, with its way back written out. Whatever is not plain (LoRA, another architecture, a
graphics card) and all writing runs through the modules of transformers as before.
"""

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)
from transformers import GPT2LMHeadModel, LlamaForCausalLM, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

from .kernels import LayerNorm, Matrix, RMSNorm, attend, attend_back, noise

Kept = list[torch.Tensor]
LEAST = 1e-37  # the smallest chance that still counts; fp32 ends there


def quicken(model: PreTrainedModel, dropout: float) -> None:
    """Gives the model a quick pass to train and to be scored by. ``dropout`` is that of ``add_dropout``."""
    kinds: dict[type[Any], Any] = {LlamaForCausalLM: _llama, GPT2LMHeadModel: _gpt2}
    if type(model) not in kinds or not is_plain(model):
        return
    quick, kind = kinds[type(model)](model, dropout), type(model)
    weak = weakref.ref(model)  # or its memory would come back only when Python looks for circles

    @functools.wraps(kind.forward)
    def forward(input_ids: torch.Tensor | None = None, **more: Any) -> Any:
        model = weak()
        assert model is not None
        if input_ids is not None and input_ids.device.type == "cpu" and more == {"use_cache": False}:
            dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else model.dtype
            with torch.autocast("cpu", enabled=False):
                return CausalLMOutput(logits=quick(input_ids, dtype, model.training))
        return kind.forward(model, input_ids=input_ids, **more)

    model.forward = forward


def forget(model: PreTrainedModel) -> None:
    """Back to the modules of transformers, for a model whose weights will be exchanged."""
    model.__dict__.pop("forward", None)


def is_plain(model: PreTrainedModel) -> bool:
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
    }
    wrapped = any(hasattr(module, "base_layer") for module in model.modules())  # by peft
    layers = {type(module).__name__ for module in model.modules() if list(module.parameters(recurse=False))}
    rope = getattr(model.config, "rope_parameters", None) or {}
    return (
        not wrapped
        and layers <= {"Linear", "Conv1D", "Embedding", "LayerNorm", "LlamaRMSNorm", "Qwen3RMSNorm"}
        and rope.get("rope_type", "default") == "default"
        and all(getattr(model.config, key, values[0]) in values for key, values in expected.items())
    )


class _Call(NamedTuple):
    """How the parts run this time."""

    shape: tuple[int, int]  # rows, length
    dtype: torch.dtype  # of what is computed inside of a part; between parts it is that of the weights
    off: torch.Tensor | None  # the noise of dropout behind a part
    among: torch.Tensor | None  # and that among the scores of attention


class _Operation(torch.autograd.Function):
    """One part of a model as one operation: the part knows both ways."""

    @staticmethod
    def forward(context: Any, part: "_Part | _Head", x: torch.Tensor, call: _Call, *_: torch.Tensor) -> torch.Tensor:
        made, kept = part.forward(x, call)
        context.part, context.call = part, call
        context.save_for_backward(*kept)
        return made

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        wanted = context.needs_input_grad[3:]
        gx, others = context.part.back(gradients[0], context.saved_tensors, context.call, any(wanted))
        return None, gx, None, *(others or [None] * len(wanted))


class _Part:
    """A norm, a matrix into it, what happens there, and a matrix out of it, added to what came in."""

    def __init__(self, norm: RMSNorm | LayerNorm, into: Matrix, out: Matrix) -> None:
        self.norm, self.into, self.out = norm, into, out
        self.parameters = [*norm.parameters, *into.parameters, *out.parameters]

    def forward(self, x: torch.Tensor, call: _Call) -> tuple[torch.Tensor, Kept]:
        """What comes out, [rows x length, width] like ``x``, and what the way back needs."""
        h, kept = self.norm.forward(x)
        h, into, out = h.to(call.dtype), self.into.whole(call.dtype), self.out.whole(call.dtype)
        middle, inner = self.within(self.into.forward(h, into), call)
        made = self.out.forward(middle, out).to(x.dtype)
        made = made.add_(x) if call.off is None else torch.addcmul(x, made, call.off)
        return made, [h, middle, into, out, *kept, *inner]

    def back(
        self, g: torch.Tensor, kept: Sequence[torch.Tensor], call: _Call, learns: bool
    ) -> tuple[torch.Tensor, Kept]:
        """The gradient of x, and those of ``parameters`` if it ``learns``."""
        h, middle, into, out, *others = kept
        of_norm, inner = others[: self.norm.keeps], others[self.norm.keeps :]
        of_out = (g if call.off is None else g * call.off).to(call.dtype)
        of_into = self.within_back(self.out.back(of_out, out), inner, call)
        gx, of_weights = self.norm.back(self.into.back(of_into, into).to(g.dtype), of_norm, g)
        if not learns:
            return gx, []
        return gx, [*of_weights, *self.into.gradients(of_into, h), *self.out.gradients(of_out, middle)]

    def within(self, x: torch.Tensor, call: _Call) -> tuple[torch.Tensor, Kept]:
        raise NotImplementedError

    def within_back(self, g: torch.Tensor, kept: Sequence[torch.Tensor], call: _Call) -> torch.Tensor:
        raise NotImplementedError


class _Attention(_Part):
    """``heads`` of queries and ``shared`` of keys and values, each ``size`` wide.

    ``turns``: the complex numbers that stand for the positions of a length, [length, size / 2], where they are rotary.
    """

    def __init__(
        self,
        norm: RMSNorm | LayerNorm,
        into: Matrix,
        out: Matrix,
        heads: tuple[int, int, int],
        turns: Callable[[int], torch.Tensor] | None = None,
    ) -> None:
        super().__init__(norm, into, out)
        self.heads, self.shared, self.size = heads
        self.turns = turns

    def within(self, x: torch.Tensor, call: _Call) -> tuple[torch.Tensor, Kept]:
        each = x.view(*call.shape, -1, self.size).permute(2, 0, 1, 3).contiguous()  # [heads, rows, length, size]
        q, k, v = each.split([self.heads, self.shared, self.shared])
        self._turn(q, k, call, back=False)
        more = self.heads // self.shared
        k, v = (part if more == 1 else part.repeat_interleave(more, 0) for part in (k, v))
        made, kept = attend(q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1), call.among)
        return made.view(q.shape).permute(1, 2, 0, 3).reshape(len(x), -1), kept

    def within_back(self, g: torch.Tensor, kept: Sequence[torch.Tensor], call: _Call) -> torch.Tensor:
        g = g.view(*call.shape, self.heads, self.size).permute(2, 0, 1, 3)
        each = g.new_empty(3, *g.shape)
        attend_back(g.flatten(0, 1), kept, each.flatten(1, 2))
        q, k, v = each
        if self.shared != self.heads:
            k, v = (part.unflatten(0, (self.shared, -1)).sum(1) for part in (k, v))
        self._turn(q, k, call, back=True)
        whole = each if self.shared == self.heads else torch.cat([q, k, v])
        return whole.view(-1, *g.shape[1:]).permute(1, 2, 0, 3).reshape(call.shape[0] * call.shape[1], -1)

    def _turn(self, q: torch.Tensor, k: torch.Tensor, call: _Call, back: bool) -> None:
        """Scales queries and turns both by their places; turning back is the gradient. In place."""
        if self.turns is None:
            q.mul_(self.size**-0.5)
            return
        turns = self.turns(call.shape[1])
        turns = turns.conj() if back else turns
        for part, by in ((q, turns * self.size**-0.5), (k, turns)):
            pairs = part.to(turns.real.dtype).unflatten(-1, (-1, 2))
            turned = torch.view_as_complex(pairs).mul_(by)
            if part.dtype != pairs.dtype:
                part.copy_(torch.view_as_real(turned).flatten(-2))


class _Gated(_Part):
    """Llama's: the first half of what comes in, through silu, lets the second half pass."""

    def within(self, x: torch.Tensor, call: _Call) -> tuple[torch.Tensor, Kept]:
        gate, up = x.chunk(2, 1)
        opened = F.silu(gate)
        return opened * up, [gate, up, opened]

    def within_back(self, g: torch.Tensor, kept: Sequence[torch.Tensor], call: _Call) -> torch.Tensor:
        gate, up, opened = kept
        made = g.new_empty(len(g), 2 * g.shape[1])
        of_gate, of_up = made.chunk(2, 1)
        torch.mul(g, opened, out=of_up)
        torch.ops.aten.silu_backward.grad_input(g * up, gate, grad_input=of_gate)
        return made


class _Gelu(_Part):
    """GPT-2's."""

    def within(self, x: torch.Tensor, call: _Call) -> tuple[torch.Tensor, Kept]:
        return F.gelu(x, approximate="tanh"), [x]

    def within_back(self, g: torch.Tensor, kept: Sequence[torch.Tensor], call: _Call) -> torch.Tensor:
        made: torch.Tensor = torch.ops.aten.gelu_backward(g, kept[0], approximate="tanh")
        return made


class _Head:
    """The last norm, and the score of every token."""

    def __init__(self, norm: RMSNorm | LayerNorm, head: Matrix) -> None:
        self.norm, self.head = norm, head
        self.parameters = [*norm.parameters, *head.parameters]

    def forward(self, x: torch.Tensor, call: _Call) -> tuple[torch.Tensor, Kept]:
        h, kept = self.norm.forward(x)
        h, whole = h.to(call.dtype), self.head.whole(call.dtype)
        return self.head.forward(h, whole), [h, whole, *kept]

    def back(
        self, g: torch.Tensor, kept: Sequence[torch.Tensor], call: _Call, learns: bool
    ) -> tuple[torch.Tensor, Kept]:
        h, whole, *of_norm = kept
        gx, of_weights = self.norm.back(self.head.back(g, whole).to(self.head.weights[0].dtype), of_norm, None)
        return gx, [*of_weights, *self.head.gradients(g, h)] if learns else []


class _Quick:
    """What both kinds have in common: embedded tokens go through the parts one after the other."""

    def __init__(self, parts: Sequence[_Part], head: _Head, embed: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self.parts, self.head, self.embed = parts, head, embed
        # Dropout of what is embedded, of what each part adds, and among the scores of attention.
        self.at_first = self.between = self.among = 0.0

    def __call__(self, ids: torch.Tensor, dtype: torch.dtype, training: bool) -> torch.Tensor:
        """Logits, [rows, length, vocabulary], computed in ``dtype``."""
        call = _Call((ids.shape[0], ids.shape[1]), dtype, None, None)
        x = self.embed(ids).flatten(0, 1)
        if self.at_first and training:
            x = x * noise(x.shape, self.at_first, x.dtype)
        offs: Any = [None] * len(self.parts)
        among: dict[_Part, torch.Tensor] = {}
        if self.between and training:  # drawn at once for all parts: a small model is bound by the number of calls
            offs = noise((len(self.parts), *x.shape), self.between, x.dtype)
        if self.among and training:
            attending = [part for part in self.parts if isinstance(part, _Attention)]
            square = (attending[0].heads * call.shape[0], call.shape[1], call.shape[1])
            among = dict(zip(attending, noise((len(attending), *square), self.among, dtype), strict=True))
        for part, off in zip(self.parts, offs, strict=True):
            x = _Operation.apply(part, x, call._replace(off=off, among=among.get(part)), *part.parameters)
        logits: torch.Tensor = _Operation.apply(self.head, x, call, *self.head.parameters)
        return logits.view(*ids.shape, -1)


def _llama(model: LlamaForCausalLM, dropout: float) -> _Quick:
    inner, config = model.model, model.config
    heads, shared, size = config.num_attention_heads, config.num_key_value_heads, inner.layers[0].self_attn.head_dim
    # The two numbers that a position turns lie half a head apart; side by side they are one complex number.
    pairs = torch.arange(size).view(2, -1).t().flatten()
    starts = torch.arange(heads + shared)[:, None] * size
    values = torch.arange((heads + shared) * size, (heads + 2 * shared) * size)
    order = torch.cat([(starts + pairs).flatten(), values])

    @functools.lru_cache
    def turns(length: int) -> torch.Tensor:
        cos, sin = inner.rotary_emb(torch.empty(1, dtype=inner.norm.weight.dtype), torch.arange(length)[None])
        return torch.complex(cos[0, :, : size // 2], sin[0, :, : size // 2])

    parts: list[_Part] = []
    for layer in inner.layers:
        one, two = layer.self_attn, layer.mlp
        into = Matrix(one.q_proj, one.k_proj, one.v_proj, order=order)
        norm = RMSNorm(layer.input_layernorm)
        parts.append(_Attention(norm, into, Matrix(one.o_proj), (heads, shared, size), turns))
        norm = RMSNorm(layer.post_attention_layernorm)
        parts.append(_Gated(norm, Matrix(two.gate_proj, two.up_proj), Matrix(two.down_proj)))
    head = _Head(RMSNorm(inner.norm), Matrix(model.lm_head))
    quick = _Quick(parts, head, lambda ids: F.embedding(ids, inner.embed_tokens.weight))
    quick.at_first = quick.between = dropout
    return quick


def _gpt2(model: GPT2LMHeadModel, _: float) -> _Quick:
    """Its dropout stands in its config."""
    inner, config = model.transformer, model.config
    heads, size = config.n_head, config.n_embd // config.n_head
    parts: list[_Part] = []
    for block in inner.h:
        into, out = Matrix(block.attn.c_attn), Matrix(block.attn.c_proj)
        norm = LayerNorm(block.ln_1)
        parts.append(_Attention(norm, into, out, (heads, heads, size)))
        parts.append(_Gelu(LayerNorm(block.ln_2), Matrix(block.mlp.c_fc), Matrix(block.mlp.c_proj)))
    head = _Head(LayerNorm(inner.ln_f), Matrix(model.lm_head))

    def embed(ids: torch.Tensor) -> torch.Tensor:
        return F.embedding(ids, inner.wte.weight) + inner.wpe.weight[: ids.shape[1]]

    quick = _Quick(parts, head, embed)
    quick.at_first, quick.between, quick.among = config.embd_pdrop, config.resid_pdrop, config.attn_pdrop
    return quick


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        chances = torch.softmax(scores, -1, dtype=torch.promote_types(scores.dtype, torch.float32))
        context.dtype = scores.dtype
        context.save_for_backward(chances, targets)
        return chances.gather(1, targets[:, None]).clamp_min_(LEAST).log_().mean().neg_()

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        chances, targets = context.saved_tensors
        chances.scatter_add_(1, targets[:, None], chances.new_full((len(targets), 1), -1.0))
        return chances.mul_(gradients[0] / len(targets)).to(context.dtype), None


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The mean of -ln(chance of the target), in nats; logits [rows, length, vocabulary], targets [rows, length].

    One pass over the logits each way, where torch's own takes several. To be gone back through once.
    """
    loss: torch.Tensor = _CrossEntropy.apply(logits.flatten(0, 1), targets.flatten())
    return loss
