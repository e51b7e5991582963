"""ModelConfig -> a stock transformers causal LM, and safe loading of a model folder.

Stock classes, so that AutoModelForCausalLM loads what we save anywhere. Loading opens safetensors only, never runs code
from the folder, and refuses missing weights instead of filling them with noise.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_never

import torch
from safetensors import safe_open
from tokenizers import Tokenizer

from ..core import bounded, model_folder
from ..core.config import CONVOLVED, Architecture, ModelConfig
from ..core.errors import CheckpointError
from ..core.model_folder import Weights
from ..text.tokenizer_files import tokenizer_of
from . import base, claims, families, lora, shapes
from .families import MAKING
from .stock import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoConfig,
    GPTNeoForCausalLM,
    Lfm2Config,
    Lfm2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    logging,
)

# What older versions of transformers saved with a model, though it can be computed: masks, and rotary positions.
_computed = re.compile(r"\.(attn|attention)\.(bias|masked_bias)$|\.rotary_emb\.inv_freq$")

_added = (  # the modules whose output is what a token begins as, or what a layer adds, by the ends of their names
    *("o_proj", "out_proj", "down_proj", "c_proj", "embed_tokens", "wte"),
    *("attention.dense", "mlp.dense_4h_to_h", "embed_in", "word_embeddings"),  # GPT-NeoX, BLOOM, Falcon
    *("attention.output", "feed_forward.value", "rwkv.embeddings", "feed_forward.w2"),
)

logging.set_verbosity_error()
logging.disable_progress_bar()


def build(config: ModelConfig, vocabulary: int, end_of_text: int, seed: int) -> PreTrainedModel:
    """A new model with random weights; the same seed gives the same ones.

    Raises ConfigError or MemoryShortError for the shape of a config.json that cannot be, before it takes memory.
    """
    with MAKING:
        torch.manual_seed(seed)
        if config.shape:
            return shapes.build(config.shape, config.context, vocabulary, end_of_text)
        match config.architecture:
            case Architecture.LFM2:
                return _lfm2(config, vocabulary, end_of_text)
            case Architecture.LLAMA:
                return _llama(config, vocabulary, end_of_text)
            case Architecture.GPT2:
                return _gpt2(config, vocabulary, end_of_text)
            case Architecture.GPT_NEO:
                return _gpt_neo(config, vocabulary, end_of_text)
            case _:
                assert_never(config.architecture)


def _llama(config: ModelConfig, vocabulary: int, end_of_text: int) -> PreTrainedModel:
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            max_position_embeddings=config.context,
            hidden_size=config.width,
            intermediate_size=config.feedforward,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            tie_word_embeddings=True,
            bos_token_id=end_of_text,
            eos_token_id=end_of_text,
        )
    )


def _lfm2(config: ModelConfig, vocabulary: int, end_of_text: int) -> PreTrainedModel:
    """Its convolutions let a token through at first, with a little of those before it: as transformers begins them,
    next to nothing would pass them.
    """
    model = Lfm2ForCausalLM(
        Lfm2Config(
            vocab_size=vocabulary,
            max_position_embeddings=config.context,
            hidden_size=config.width,
            intermediate_size=config.feedforward,
            block_auto_adjust_ff_dim=False,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.heads,
            layer_types=["full_attention" if looks_back else "conv" for looks_back in config.looks_back],
            conv_L_cache=CONVOLVED,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0},  # its own suits much longer texts
            norm_eps=1e-6,
            bos_token_id=end_of_text,
            eos_token_id=end_of_text,
            pad_token_id=None,
        )
    )
    with torch.no_grad():
        for layer in model.model.layers:
            if not layer.is_attention_layer:
                taps = layer.conv.conv.weight.normal_(0, 0.1)  # [width, 1, tokens]
                taps[..., -1] += 1
    return model


def _gpt2(config: ModelConfig, vocabulary: int, end_of_text: int) -> PreTrainedModel:
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=vocabulary,
            n_positions=config.context,
            n_embd=config.width,
            n_layer=config.layers,
            n_head=config.heads,
            activation_function="gelu_pytorch_tanh",  # the default, gelu_new, is eight unfused kernels
            resid_pdrop=config.dropout,
            embd_pdrop=config.dropout,
            attn_pdrop=0.0,  # dropout in attention turns the fast attention kernel off
            bos_token_id=end_of_text,
            eos_token_id=end_of_text,
        )
    )


def _gpt_neo(config: ModelConfig, vocabulary: int, end_of_text: int) -> PreTrainedModel:
    pairs, left = divmod(config.layers, 2)
    return GPTNeoForCausalLM(
        GPTNeoConfig(
            vocab_size=vocabulary,
            max_position_embeddings=config.context,
            hidden_size=config.width,
            num_layers=config.layers,
            num_heads=config.heads,
            attention_types=[[["global", "local"], pairs], [["global"], left]],  # layers take turns, as in the original
            activation_function="gelu_pytorch_tanh",  # the default, gelu_new, is eight unfused kernels
            bos_token_id=end_of_text,
            eos_token_id=end_of_text,
        )
    )


def add_dropout(model: PreTrainedModel, share: float) -> None:
    """Switches off this share of what each layer adds, while training. Llama's own classes can do so in attention only,
    which turns the fast attention kernel off. It is no part of what is saved.
    """
    if not share or model.config.model_type == "gpt2":  # which has it in its config
        return

    def drop(module: torch.nn.Module, _: object, output: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.dropout(output, share, module.training)

    for name, module in model.named_modules():
        if name.endswith(_added):
            module.register_forward_hook(drop)


def load(folder: Path, *, to_open: bool = True) -> tuple[PreTrainedModel, Tokenizer]:
    """The model and tokenizer of a checkpoint, in fp32. Raises CheckpointError with the reason for a refusal.

    ``to_open``: where memory has no room for it, it is refused too.
    """
    named = base.named_in(folder)
    if named is None:
        return _load(folder, to_open)
    named.refuse_damaged()
    model, _ = _load(named.folder, to_open)
    learnt = base.learnt(folder, named.rank)
    lora.put(model, named.rank, learnt)
    for parameter in model.parameters():  # as it would be in a file
        parameter.data = parameter.data.to(stored_dtype(model)).float()
    return model.eval(), tokenizer_of(folder)


def _load(folder: Path, to_open: bool) -> tuple[PreTrainedModel, Tokenizer]:
    _refuse_unsafe(folder)
    with MAKING:
        claimed = claims.refuse_absurd(folder, to_open=to_open)
        if not claimed.is_held:  # what is missing would be drawn by chance, while another thread may be learning
            _refuse_unfit(folder, _from_files(folder, "meta")[1])
        model, info = _from_files(folder, None)
    _refuse_unfit(folder, info)
    vars(model)["stored_dtype"] = dtype_of(folder)
    for parameter in model.parameters():  # a file that shrinks while it is mapped into memory kills the process
        parameter.data = parameter.data.clone()
    if not all(torch.isfinite(p).all() for p in model.parameters()):
        raise CheckpointError(f"The model in {folder} holds weights that are no numbers. Choose another model.")
    tokenizer = tokenizer_of(folder)
    if tokenizer.get_vocab_size() > model.get_input_embeddings().num_embeddings:
        raise CheckpointError(f"The tokenizer in {folder} has more tokens than the model knows. They do not belong.")
    return model.eval(), tokenizer


def _from_files(folder: Path, device: str | None) -> tuple[PreTrainedModel, dict[str, Any]]:
    """The model, and what of it is missing, too much or of another shape."""
    try:
        return AutoModelForCausalLM.from_pretrained(
            folder,
            trust_remote_code=False,
            use_safetensors=True,
            local_files_only=True,
            dtype=torch.float32,
            device_map=device,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # so that they are named
        )
    except Exception as problem:  # a damaged folder raises anything, from KeyError to SafetensorError
        raise CheckpointError(f"The model in {folder} cannot be loaded. Choose another model.") from problem


def _refuse_unfit(folder: Path, info: Mapping[str, Any]) -> None:
    unexpected = (key for key in info["unexpected_keys"] if not _computed.search(key))
    odd = [*info["missing_keys"], *unexpected, *(key for key, *_ in info["mismatched_keys"])]
    if odd:
        raise CheckpointError(f"The model in {folder} does not fit its config.json: {', '.join(map(str, odd[:5]))}.")


def describe(folder: Path) -> ModelConfig:
    """The shape of the model in a folder, as far as our settings can say it. Raises CheckpointError."""
    named = base.named_in(folder)
    if named:
        if not named.is_there:
            named.refuse_damaged()
        folder = named.folder
    _refuse_unsafe(folder)
    with MAKING:
        config = claims.refuse_absurd(folder).config
    try:
        return shapes.described(config)
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise CheckpointError(
            f"{folder} holds no language model that this program knows. Choose another one."
        ) from problem


def freeze(model: PreTrainedModel, layers: int) -> None:
    """Keeps the embeddings and the first ``layers`` blocks as they are. 0 leaves everything free to learn."""
    if not layers:
        return
    parts = model.base_model.modules()
    count = model.config.num_hidden_layers
    blocks = next(part for part in parts if isinstance(part, torch.nn.ModuleList) and len(part) == count)
    if layers > len(blocks):
        raise CheckpointError(f"The model has {len(blocks)} layers, so {layers} cannot be frozen. Choose fewer.")
    freeze_embeddings(model)
    for block in blocks[:layers]:
        block.requires_grad_(False)


def freeze_embeddings(model: PreTrainedModel) -> None:
    """Keeps what is known of single tokens, and of places where a model learns those too."""
    for part in model.modules():
        if isinstance(part, torch.nn.Embedding):
            part.requires_grad_(False)


def _refuse_unsafe(folder: Path) -> None:
    config = model_folder.read_config(folder)
    try:
        brings_code = claims.brings_code(config)
    except RecursionError as problem:
        raise CheckpointError(f"The config.json in {folder} is nested too deep. It was not loaded.") from problem
    if brings_code:
        raise CheckpointError(f"The model in {folder} wants to run its own program code. It was not loaded.")
    if refusal := families.refusal(f"The model in {folder}", config.get("model_type")):
        raise CheckpointError(refusal)
    if model_folder.weights_of(folder) != Weights.SAFETENSORS:
        model_folder.refuse_to_convert_unasked(folder)
        raise CheckpointError(
            f"{folder} has no weights in the safetensors format; other formats can hide programs. Copy them there "
            "too, or begin from scratch in the shape that its config.json says (Advanced settings, or --shape)."
        )
    index = folder / "model.safetensors.index.json"
    try:
        listed = bounded.read_json(index, model_folder.LARGEST_CONFIG)["weight_map"] if index.exists() else {}
        shards = set(listed.values())
        outside = [shard for shard in shards if Path(shard).name != shard or not (folder / shard).is_file()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise CheckpointError(f"{index} cannot be read. Choose another model.") from problem
    if outside:
        raise CheckpointError(
            f"The model in {folder} wants to read {outside[0]}, which lies outside or is no file. It was not loaded."
        )
    model_folder.refuse_absurd(folder, config)


def context(model: PreTrainedModel) -> int:
    """How many tokens the model reads at once."""
    return claims.context_of(model.config)


def stored_dtype(model: PreTrainedModel) -> torch.dtype:
    """The precision of the file that the model was loaded from; it learns and writes in fp32."""
    stored: torch.dtype = vars(model).get("stored_dtype", torch.float32)
    return stored


def saved_bytes(model: PreTrainedModel, *, beside: bool) -> int:
    """What a checkpoint takes at most: the weights to write with, unless it learns ``beside`` a base, and of all that
    learns the weights to go on with and two moments. In half precision a mean of them has a file of its own as well.
    """
    bytes_a_weight = 0 if beside else stored_dtype(model).itemsize
    in_fp32 = 3 + (bytes_a_weight == torch.float16.itemsize)
    learning = model.num_parameters(only_trainable=True)
    return bytes_a_weight * model.num_parameters() + in_fp32 * torch.float32.itemsize * learning


def dtype_of(folder: Path) -> torch.dtype:
    """That of most numbers."""
    counts: Counter[str] = Counter()
    for file in folder.glob("*.safetensors"):
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118 (no dict)
                part = opened.get_slice(name)
                counts[part.get_dtype()] += math.prod(part.get_shape())
    return {"F16": torch.float16, "BF16": torch.bfloat16}.get(counts.most_common(1)[0][0], torch.float32)
