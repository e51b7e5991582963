"""A model as one GGUF file, for llama.cpp and what is built on it: Ollama, LM Studio, KoboldCpp.

What was written is read back and compared before it gets its name, because no rival reads its own export.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt
import torch
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, LlamaFileType
from tokenizers import Tokenizer

from ..core.errors import CheckpointError
from ..core.model_forms import WeightType
from ..models.stock import PretrainedConfig, PreTrainedModel
from .gguf_vocabulary import read_vocabulary, vocabulary_of
from .model_card import ModelFacts

file_types = {
    WeightType.F32: LlamaFileType.ALL_F32,
    WeightType.F16: LlamaFileType.MOSTLY_F16,
    WeightType.Q8_0: LlamaFileType.MOSTLY_Q8_0,
}
quantizations = {
    WeightType.F32: GGMLQuantizationType.F32,
    WeightType.F16: GGMLQuantizationType.F16,
    WeightType.Q8_0: GGMLQuantizationType.Q8_0,
}
architectures = {
    "lfm2": gguf.MODEL_ARCH.LFM2,
    "llama": gguf.MODEL_ARCH.LLAMA,
    "mistral": gguf.MODEL_ARCH.LLAMA,  # without its sliding window, which is checked
    "gpt2": gguf.MODEL_ARCH.GPT2,
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
}
PERMUTED = ("llama", "mistral")  # the families whose rotary halves llama.cpp wants interleaved
CONVOLUTION = ".conv.conv.weight"  # of LFM2, [width, 1, tokens]
BLOCK = 32  # weights of a row that Q8_0 packs together; other rows are written as F16

_transposed = re.compile(r"(c_attn|c_proj|c_fc)\.weight$")  # GPT-2 keeps these the other way round
_ignored = re.compile(r"\.(attn\.bias|attn\.masked_bias|rotary_emb\.inv_freq)$")

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tensor:
    """``name``: as GGUF calls it. ``weights``: as llama.cpp wants them, [rows, columns] or [values]."""

    name: str
    weights: Weights
    type: GGMLQuantizationType


def write(
    path: Path, model: PreTrainedModel, tokenizer: Tokenizer, weight_type: WeightType, facts: ModelFacts
) -> Iterator[float]:
    """Says how much of it is written.

    Raises CheckpointError for a model that GGUF, or llama.cpp, cannot express exactly.
    """
    config: PretrainedConfig = model.config
    architecture = architecture_of(config)
    vocabulary = vocabulary_of(tokenizer, config.vocab_size)
    file = GGUFWriter(path, gguf.MODEL_ARCH_NAMES[architecture])
    try:
        file.add_name(facts.name)
        file.add_description("\n".join(facts.learnt))
        if facts.licence:
            file.add_license(facts.licence)
        file.add_string("textgen_gui.sha256", facts.sha256)
        file.add_file_type(file_types[weight_type])
        _write_shape(file, config)
        vocabulary.write(file)
        count = len(model.state_dict())
        for number, tensor in enumerate(tensors(model, architecture, weight_type)):
            yield number / count
            file.add_tensor(tensor.name, gguf.quants.quantize(tensor.weights, tensor.type), raw_dtype=tensor.type)
        file.write_header_to_file()
        file.write_kv_data_to_file()
        file.write_tensors_to_file()
    finally:
        file.close()


def architecture_of(config: PretrainedConfig) -> gguf.MODEL_ARCH:
    """Raises CheckpointError with the reason where llama.cpp would compute something else."""
    family = str(config.model_type)
    if family not in architectures:
        raise CheckpointError(
            f"Models of the family {family} cannot be exported as GGUF yet. Export a folder: other programs convert it."
        )
    rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
    slides = getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True)
    activation = str(getattr(config, "hidden_act", None) or getattr(config, "activation_function", "silu"))
    is_lfm2 = family == "lfm2"
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    odd = {
        "a scaled rotary embedding": rope != "default",
        "a sliding window": bool(slides),
        "another activation": activation not in ("silu", "gelu_new", "gelu_pytorch_tanh"),
        "biases in its attention": family == "llama" and bool(getattr(config, "attention_bias", False)),
        "biases in its convolutions": bool(getattr(config, "conv_bias", False)),
        "layers of another width than it says": bool(getattr(config, "block_auto_adjust_ff_dim", False)),
        # llama.cpp ends, or does not load these.
        "no convolutions": is_lfm2 and "conv" not in config.layer_types,
        "convolutions of one token": is_lfm2 and config.conv_L_cache < 2,
        "heads of another width": is_lfm2 and head * config.num_attention_heads != config.hidden_size,
    }
    for what, is_so in odd.items():
        if is_so:
            raise CheckpointError(f"This model has {what}, which is not exported as GGUF yet. Export a folder instead.")
    return architectures[family]


def _write_shape(file: GGUFWriter, config: PretrainedConfig) -> None:
    heads = config.num_attention_heads
    file.add_context_length(config.max_position_embeddings)
    file.add_embedding_length(config.hidden_size)
    file.add_block_count(config.num_hidden_layers)
    file.add_head_count(heads)
    file.add_vocab_size(config.vocab_size)
    if config.model_type == "gpt2":
        file.add_feed_forward_length(config.n_inner or 4 * config.n_embd)
        file.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    head, groups = getattr(config, "head_dim", None) or config.hidden_size // heads, config.num_key_value_heads or heads
    file.add_feed_forward_length(config.intermediate_size)
    if config.model_type == "lfm2":  # llama.cpp tells its convolutions by this
        file.add_head_count_kv([groups if kind == "full_attention" else 0 for kind in config.layer_types])
        file.add_shortconv_l_cache(config.conv_L_cache)
        file.add_layer_norm_rms_eps(config.norm_eps)
    else:
        file.add_head_count_kv(groups)
        file.add_layer_norm_rms_eps(config.rms_norm_eps)
    file.add_rope_freq_base(config.rope_parameters["rope_theta"])
    file.add_rope_dimension_count(head)
    file.add_key_length(head)
    file.add_value_length(head)


def tensors(model: PreTrainedModel, architecture: gguf.MODEL_ARCH, weight_type: WeightType) -> Iterator[Tensor]:
    """Every weight under the name and in the layout of llama.cpp. Raises CheckpointError for one without a name."""
    config = model.config
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    tied = bool(config.tie_word_embeddings)
    for name, weights in model.state_dict().items():
        if _ignored.search(name) or (tied and name == "lm_head.weight"):
            continue
        known = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if known is None:
            raise CheckpointError(f"The weights {name} have no name in a GGUF file. Export a folder instead.")
        laid_out = _laid_out(name, weights.detach().float(), config)
        yield Tensor(known, laid_out.contiguous().numpy(), _type_of(name, laid_out, weight_type))


def stays_exact(name: str, weights: torch.Tensor) -> bool:
    """Norms, biases and convolutions, as llama.cpp wants them."""
    return weights.dim() == 1 or name.endswith(CONVOLUTION)


def _type_of(name: str, weights: torch.Tensor, weight_type: WeightType) -> GGMLQuantizationType:
    if stays_exact(name, weights):
        return GGMLQuantizationType.F32
    if weight_type == WeightType.Q8_0 and weights.shape[-1] % BLOCK:
        return GGMLQuantizationType.F16
    return quantizations[weight_type]


def _laid_out(name: str, weights: torch.Tensor, config: PretrainedConfig) -> torch.Tensor:
    if name.endswith(CONVOLUTION):
        return weights[:, 0]
    if config.model_type == "gpt2":
        return weights.T if _transposed.search(name) else weights
    if config.model_type in PERMUTED and ".q_proj." in name:
        return permuted(weights, config.num_attention_heads)
    if config.model_type in PERMUTED and ".k_proj." in name:
        return permuted(weights, config.num_key_value_heads or config.num_attention_heads)
    return weights


def permuted(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """The two halves of each head interleaved, row by row, [heads * head, width]."""
    split = rows.view(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return split.swapaxes(1, 2).reshape(rows.shape)


def unpermuted(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """What ``permuted`` was given."""
    split = rows.view(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return split.swapaxes(1, 2).reshape(rows.shape)


def read_weights(file: GGUFReader, model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """What a file written here holds, under the names and in the layout of ``model``'s own class."""
    config = model.config
    held = {tensor.name: tensor for tensor in file.tensors}
    names = gguf.get_tensor_name_map(architecture_of(config), config.num_hidden_layers)
    found: dict[str, torch.Tensor] = {}
    for name, weights in model.state_dict().items():
        known = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if known is None or known not in held:
            continue
        tensor = held[known]
        values = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy()).float()
        found[name] = _as_before(name, values, config).reshape(weights.shape)
    return found


def _as_before(name: str, values: torch.Tensor, config: PretrainedConfig) -> torch.Tensor:
    if config.model_type == "gpt2":
        return values.T if _transposed.search(name) else values
    if config.model_type in PERMUTED and ".q_proj." in name:
        return unpermuted(values, config.num_attention_heads)
    if config.model_type in PERMUTED and ".k_proj." in name:
        return unpermuted(values, config.num_key_value_heads or config.num_attention_heads)
    return values


def read_back(path: Path, model: PreTrainedModel) -> tuple[dict[str, torch.Tensor], Tokenizer]:
    """Weights and tokenizer of a file that was just written, for the proof."""
    file = GGUFReader(path)
    return read_weights(file, model), read_vocabulary(file)
