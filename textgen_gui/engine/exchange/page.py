"""A model as one page that writes in any browser, opened from a folder, without a network.

resources/page/ holds the page and its engine in plain JavaScript; here the model is put into them, in half precision.
"""

import base64
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from ..core import bounded
from ..core.errors import CheckpointError
from ..core.home import resources
from ..core.model_forms import Maker
from ..models.stock import PretrainedConfig, PreTrainedModel
from .gguf_vocabulary import SPACE, vocabulary_of
from .model_card import ModelFacts

Halves = npt.NDArray[np.float16]
FAMILIES = ("lfm2", "llama", "gpt2")
BORROWED = {"silu", "gelu_new", "gelu_pytorch_tanh"}  # activations that the page's engine computes

_llama = {"q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.o_proj"}
_llama |= {"up": "mlp.up_proj", "gate": "mlp.gate_proj", "down": "mlp.down_proj"}
_llama |= {"norm1": "input_layernorm", "norm2": "post_attention_layernorm"}
_lfm2 = {"q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.out_proj"}
_lfm2 |= {"qnorm": "self_attn.q_layernorm", "knorm": "self_attn.k_layernorm"}
_lfm2 |= {"up": "feed_forward.w3", "gate": "feed_forward.w1", "down": "feed_forward.w2"}
_lfm2 |= {"norm1": "operator_norm", "norm2": "ffn_norm"}
_convolution = {"in": "conv.in_proj", "taps": "conv.conv", "o": "conv.out_proj"}


def write(path: Path, model: PreTrainedModel, tokenizer: Tokenizer, facts: ModelFacts, maker: Maker) -> None:
    """Raises CheckpointError for a model that the page's engine does not compute exactly."""
    shape = shape_of(model.config)
    shape["vocabulary"] = min(shape["vocabulary"], tokenizer.get_vocab_size())  # a model may have scores for more
    packed: list[Halves] = []
    tensors, start = [], 0
    for name, weights in _tensors(model):
        halves = weights.detach().float().contiguous().numpy().astype(np.float16)
        if not np.isfinite(halves).all():
            raise CheckpointError(
                "This model has weights that are too large for half precision. Export a folder instead."
            )
        tensors.append((name, start, halves.size))
        packed.append(halves.ravel())
        start += halves.size
    plan = {"config": shape, "tensors": tensors, "tokenizer": _tokenizer(tokenizer, shape["vocabulary"])}
    parts = {
        "TITLE": html.escape(facts.name),
        "MAKER": html.escape(maker.name and f"made by {maker.name}"),
        "WORDS": html.escape(maker.words),
        "ABOUT": html.escape(facts.in_plain_words),
        "ENGINE": (resources() / "page" / "engine.js").read_text(encoding="utf-8"),
        "MODEL": json.dumps(plan, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        "WEIGHTS": base64.b64encode(np.concatenate(packed).astype("<f2").tobytes()).decode("ascii"),
    }
    template = (resources() / "page" / "page.html").read_text(encoding="utf-8")
    path.write_text(re.sub("@([A-Z]+)@", lambda found: parts[found[1]], template), encoding="utf-8", newline="\n")


def shape_of(config: PretrainedConfig) -> dict[str, Any]:
    """What the page's engine has to know. Raises CheckpointError for a model that it does not compute exactly."""
    activation = str(getattr(config, "hidden_act", None) or getattr(config, "activation_function", "silu"))
    rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
    odd = any(getattr(config, name, False) for name in ("block_auto_adjust_ff_dim", "conv_bias"))
    is_usual = activation in BORROWED and rope == "default" and not odd
    if config.model_type not in FAMILIES or not is_usual:
        raise CheckpointError(
            f"A page can hold models of the families {', '.join(FAMILIES)} in their usual form; this is another one. "
            "Export a folder instead."
        )
    heads = config.num_attention_heads
    shape = {"family": config.model_type, "layers": config.num_hidden_layers, "width": config.hidden_size}
    shape |= {"heads": heads, "vocabulary": config.vocab_size, "context": config.max_position_embeddings}
    if config.model_type == "gpt2":
        inner = config.n_inner or 4 * config.n_embd
        return {**shape, "groups": heads, "head": config.n_embd // heads, "inner": inner, "theta": 0,
                "epsilon": config.layer_norm_epsilon}  # fmt: skip
    head = getattr(config, "head_dim", None) or config.hidden_size // heads
    epsilon = config.norm_eps if config.model_type == "lfm2" else config.rms_norm_eps
    return {**shape, "groups": config.num_key_value_heads or heads, "head": head, "inner": config.intermediate_size,
            "theta": config.rope_parameters["rope_theta"], "epsilon": epsilon}  # fmt: skip


def _tensors(model: PreTrainedModel) -> Iterator[tuple[str, torch.Tensor]]:
    """The weights as engine.js names them and lays them out, matrices as [rows of the result, columns]."""
    state = model.state_dict()
    if not model.config.tie_word_embeddings:
        yield "head", state["lm_head.weight"]
    if model.config.model_type == "gpt2":
        yield from _of_gpt2(state, model.config.num_hidden_layers)
        return
    yield "embedding", state["model.embed_tokens.weight"]
    is_lfm2 = model.config.model_type == "lfm2"
    yield "norm", state["model.embedding_norm.weight" if is_lfm2 else "model.norm.weight"]
    for layer in range(model.config.num_hidden_layers):
        for short, long in [*_lfm2.items(), *_convolution.items()] if is_lfm2 else _llama.items():
            name = f"model.layers.{layer}.{long}"
            if f"{name}.weight" not in state:  # a layer of LFM2 has one of the two
                continue
            weights = state[f"{name}.weight"]
            yield f"{layer}.{short}", weights[:, 0].T if short == "taps" else weights
            if f"{name}.bias" in state:
                yield f"{layer}.{short}.bias", state[f"{name}.bias"]


def _of_gpt2(state: dict[str, torch.Tensor], layers: int) -> Iterator[tuple[str, torch.Tensor]]:
    yield "embedding", state["transformer.wte.weight"]
    yield "positions", state["transformer.wpe.weight"]
    yield from _both("norm", state, "transformer.ln_f")
    for layer in range(layers):
        block = f"transformer.h.{layer}"
        yield from _both(f"{layer}.norm1", state, f"{block}.ln_1")
        yield from _both(f"{layer}.norm2", state, f"{block}.ln_2")
        for part in ("weight", "bias"):  # query, key and value are one matrix
            whole = state[f"{block}.attn.c_attn.{part}"]
            for short, third in zip("qkv", whole.chunk(3, dim=-1), strict=True):
                yield f"{layer}.{short}" + (".bias" if part == "bias" else ""), third.T if part == "weight" else third
        for short, long in {"o": "attn.c_proj", "up": "mlp.c_fc", "down": "mlp.c_proj"}.items():
            yield f"{layer}.{short}", state[f"{block}.{long}.weight"].T
            yield f"{layer}.{short}.bias", state[f"{block}.{long}.bias"]


def _both(short: str, state: dict[str, torch.Tensor], long: str) -> Iterator[tuple[str, torch.Tensor]]:
    yield short, state[f"{long}.weight"]
    yield f"{short}.bias", state[f"{long}.bias"]


def _tokenizer(tokenizer: Tokenizer, size: int) -> dict[str, Any]:
    """What GGUF can say exactly, the page can too. Raises CheckpointError for other tokenizers."""
    known = vocabulary_of(tokenizer, size)
    characters = known.model == "llama"
    special = {token.content: number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    tokens = [" " if characters and token == SPACE else token for token in known.tokens]
    return {"tokens": tokens, "merges": known.merges, "special": special, "characters": characters,
            "digits": known.pre == "smollm", "prefix": known.special.prefix, "begin": known.special.begin,
            "ends": known.special.ends}  # fmt: skip


def read_back(path: Path, model: PreTrainedModel) -> int:
    """How many weights of a page are what they were meant to be. Raises CheckpointError when one is not."""
    source = path.read_text(encoding="utf-8")
    held = re.search('<script id="weights" type="text/plain">(.*?)</script>', source)
    planned = re.search('<script id="model" type="application/json">(.*?)</script>', source)
    if not held or not planned:
        raise CheckpointError(f"{path.name} was read back and lacks its model. It was not kept.")
    halves = np.frombuffer(base64.b64decode(held[1]), dtype="<f2")
    meant = dict(_tensors(model))
    for name, start, size in bounded.parse_json(planned[1])["tensors"]:
        if not np.array_equal(halves[start : start + size], meant[name].detach().float().half().numpy().ravel()):
            raise CheckpointError(f"The weights {name} came back wrong. The page was not kept.")
    return len(meant)
