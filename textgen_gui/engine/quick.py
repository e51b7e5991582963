"""The forward pass of plain Llama and GPT-2 models while they train: the same numbers from fewer, larger operations.

Small models on a processor are bound by the number of operations and by the Python around each. Whatever is not plain
(LoRA, another architecture, bf16) and whatever does not train runs through the modules of transformers as before.
"""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)
from transformers import GPT2LMHeadModel, LlamaForCausalLM, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput
from transformers.pytorch_utils import Conv1D


def quicken(model: PreTrainedModel, dropout: float) -> None:
    """Gives the model a quick forward pass for training, where it has one. ``dropout`` is that of ``add_dropout``."""
    kinds: dict[type[Any], Callable[[Any, float], Callable[[torch.Tensor], torch.Tensor]]] = {
        LlamaForCausalLM: _Llama,
        GPT2LMHeadModel: _GPT2,
    }
    if type(model) not in kinds or not is_plain(model):
        return
    quick, whole = kinds[type(model)](model, dropout), model.forward

    @functools.wraps(whole)
    def forward(input_ids: torch.Tensor | None = None, **more: Any) -> Any:
        trains = model.training and input_ids is not None and more == {"use_cache": False}
        if trains and input_ids is not None and not torch.is_autocast_enabled(input_ids.device.type):
            return CausalLMOutput(logits=quick(input_ids))
        return whole(input_ids=input_ids, **more)

    model.forward = forward


def is_plain(model: PreTrainedModel) -> bool:
    """Whether its layers and its config are those that are written out below."""
    expected = {
        "attention_bias": (False,),
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


class _RMSNorm(torch.autograd.Function):
    """x / sqrt(mean(x ** 2) + eps) * weight, with the few numbers kept that the way back needs."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        scale = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(eps).rsqrt_()
        unit = x * scale
        context.save_for_backward(unit, scale, weight)
        return unit * weight

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        (gradient,) = gradients
        unit, scale, weight = context.saved_tensors
        of_weight = torch.mul(gradient, unit).flatten(0, -2).sum(0)
        inner = gradient * weight
        inner.sub_(unit * (torch.linalg.vecdot(inner, unit).unsqueeze(-1) / unit.shape[-1])).mul_(scale)
        return inner, of_weight, None


class _Rotate(torch.autograd.Function):
    """Rotary positions: both halves of each head turned by an angle for each place. Turning back is the gradient."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        context.save_for_backward(cos, sin)
        return _turned(x, cos, sin)

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        cos, sin = context.saved_tensors
        return _turned(gradients[0], cos, -sin), None, None


def _turned(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    half = x.shape[-1] // 2
    left, right = x[..., :half], x[..., half:]
    turned = torch.empty_like(x)
    torch.mul(left, cos, out=turned[..., :half]).addcmul_(right, sin, value=-1)
    torch.mul(right, cos, out=turned[..., half:]).addcmul_(left, sin)
    return turned


class _Llama:
    """Rows and places are one dimension but in attention, so that each matrix product is one call."""

    def __init__(self, model: LlamaForCausalLM, dropout: float) -> None:
        self.model, self.dropout = model, dropout
        self.eps = model.config.rms_norm_eps
        self.head = model.model.layers[0].self_attn.head_dim
        self._angles: dict[tuple[int, torch.device], tuple[torch.Tensor, torch.Tensor]] = {}

    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits, [rows, length, vocabulary]."""
        rows, length = ids.shape
        model = self.model.model
        cos, sin = self._cos_sin(length, ids.device)
        x = self._dropped(F.embedding(ids, model.embed_tokens.weight)).flatten(0, 1)
        for layer in model.layers:
            attention, mlp = layer.self_attn, layer.mlp
            h = _RMSNorm.apply(x, layer.input_layernorm.weight, self.eps)
            q, k, v = (
                F.linear(h, part.weight).view(rows, length, -1, self.head).transpose(1, 2)
                for part in (attention.q_proj, attention.k_proj, attention.v_proj)
            )
            q, k = _Rotate.apply(q, cos, sin), _Rotate.apply(k, cos, sin)
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=q.shape[1] != k.shape[1])
            x = self._added(x, mixed.transpose(1, 2).reshape(rows * length, -1), attention.o_proj.weight)
            h = _RMSNorm.apply(x, layer.post_attention_layernorm.weight, self.eps)
            gate = F.silu(F.linear(h, mlp.gate_proj.weight)) * F.linear(h, mlp.up_proj.weight)
            x = self._added(x, gate, mlp.down_proj.weight)
        x = _RMSNorm.apply(x, model.norm.weight, self.eps)
        return F.linear(x, self.model.lm_head.weight).view(rows, length, -1)

    def _dropped(self, x: torch.Tensor) -> torch.Tensor:
        return F.dropout(x, self.dropout) if self.dropout else x

    def _added(self, x: torch.Tensor, h: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return x + self._dropped(F.linear(h, weight)) if self.dropout else torch.addmm(x, h, weight.t())

    def _cos_sin(self, length: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Of the first half of each head; the other half has the same. [length, head / 2]"""
        if (length, device) not in self._angles:
            places = torch.arange(length, device=device)[None]
            cos, sin = self.model.model.rotary_emb(torch.empty(1, device=device), places)
            half = self.head // 2
            self._angles[length, device] = cos[0, :, :half].contiguous(), sin[0, :, :half].contiguous()
        return self._angles[length, device]


class _GPT2:
    """As it stands in its modules, without what they do for other uses than training."""

    def __init__(self, model: GPT2LMHeadModel, dropout: float) -> None:
        self.model, self.config = model, model.config

    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits, [rows, length, vocabulary]."""
        rows, length = ids.shape
        model, heads = self.model.transformer, self.config.n_head
        x = F.embedding(ids, model.wte.weight) + model.wpe.weight[:length]
        x = self._dropped(x, self.config.embd_pdrop).flatten(0, 1)
        width = x.shape[1]
        for block in model.h:
            mixed = self._through(self._normed(x, block.ln_1), block.attn.c_attn)
            q, k, v = mixed.view(rows, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.config.attn_pdrop)
            mixed = self._through(mixed.transpose(1, 2).reshape(rows * length, width), block.attn.c_proj)
            x = x + self._dropped(mixed, self.config.resid_pdrop)
            h = F.gelu(self._through(self._normed(x, block.ln_2), block.mlp.c_fc), approximate="tanh")
            x = x + self._dropped(self._through(h, block.mlp.c_proj), self.config.resid_pdrop)
        return F.linear(self._normed(x, model.ln_f), self.model.lm_head.weight).view(rows, length, -1)

    def _normed(self, x: torch.Tensor, norm: torch.nn.LayerNorm) -> torch.Tensor:
        return F.layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)

    def _through(self, x: torch.Tensor, layer: Conv1D) -> torch.Tensor:
        return torch.addmm(layer.bias, x, layer.weight)

    def _dropped(self, x: torch.Tensor, share: float) -> torch.Tensor:
        return F.dropout(x, share) if share else x
