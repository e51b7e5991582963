"""Models in other forms -> a plain Hugging Face folder with safetensors. Every function runs in a process of its own.

Each is a generator that says in words what it does now. The last thing it does is to load what it wrote as any model is
loaded, and to run it once: what ends here opens.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from ..core import bounded, model_folder
from ..core.errors import ModelError
from ..models import model as models
from ..models.stock import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel, PreTrainedModel
from ..text.tokenizer_files import tokenizer_of
from .tf_checkpoint import read_tensors

LARGEST_HALF = 65_504.0  # the largest number in fp16
TRIED = "The old man walked along the river. Ünï 12, “so”\n" + 64 * "a" + "!" + 64 * " "  # runs, for patterns that hang
BUFFERS = re.compile(r"\.(attn|attention)\.(masked_)?bias$|\.rotary_emb\.inv_freq$|\.position_ids$")  # can be computed


def from_folder(folder: str, out: str) -> Iterator[str]:
    """Weights that are safetensors already: they are read and written anew, so that nothing else comes along."""
    yield "Reading the weights"
    model, _ = models.load(Path(folder))
    dtype = getattr(AutoConfig.from_pretrained(folder, local_files_only=True), "dtype", None)
    yield from _written(model.to(dtype or torch.float32), tokenizer_of(Path(folder)), Path(folder), Path(out))


def from_pickle(folder: str, out: str) -> Iterator[str]:
    """pytorch_model.bin, also in parts. torch takes only tensors from it; whatever else it holds is not built."""
    yield "Reading the weights"
    source = Path(folder)
    model, info = AutoModelForCausalLM.from_pretrained(
        source,
        use_safetensors=False,
        weights_only=True,
        trust_remote_code=False,
        local_files_only=True,
        dtype="auto",
        output_loading_info=True,
    )
    _refuse_gaps(info, source)
    yield from _written(model, tokenizer_of(source), source, Path(out))


def from_gguf(file: str, out: str) -> Iterator[str]:
    """Numbers that were rounded to a few bits become those of 16 bits that are nearest to them."""
    yield "Reading the tokenizer"
    source = Path(file)
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name, local_files_only=True)
    yield "Reading the weights"
    model, info = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, local_files_only=True, dtype=torch.float32, output_loading_info=True
    )
    _refuse_gaps(info, source)
    if quantizer := getattr(model, "hf_quantizer", None):  # it is no more what it was, and would refuse to be saved
        quantizer.remove_quantization_config(model)
    tokenizer.save_pretrained(out)
    yield from _written(_halved(model), None, source, Path(out))


def from_adapter(folder: str, base: str, out: str) -> Iterator[str]:
    """An adapter of peft becomes part of the model that it was made for."""
    from peft import PeftModel

    yield "Reading the model that it adds to"
    source = Path(folder)
    model, _ = models.load(Path(base))
    dtype = getattr(AutoConfig.from_pretrained(base, local_files_only=True), "dtype", None)
    yield "Joining the two"
    joined = PeftModel.from_pretrained(model, folder, local_files_only=True).merge_and_unload()
    own = model_folder.tokenizer_files(source).form != model_folder.TokenizerForm.NONE
    tokens_from = source if own else Path(base)
    yield from _written(joined.to(dtype or torch.float32), tokenizer_of(tokens_from), tokens_from, Path(out))


def from_tensorflow(folder: str, out: str) -> Iterator[str]:
    """A checkpoint of GPT-2, as gpt-2-simple and OpenAI wrote it."""
    yield "Reading the weights"
    source = Path(folder)
    shape = bounded.read_json(source / "hparams.json", model_folder.LARGEST_CONFIG)
    tensors = {_name_of(name): t for name, t in read_tensors(_newest(source)).items() if name.startswith("model/")}
    weights = {name: t.squeeze(0) if t.ndim == 3 else t for name, t in tensors.items()}
    yield "Building the model"
    end = shape["n_vocab"] - 1
    config = GPT2Config(
        vocab_size=shape["n_vocab"],
        n_positions=shape["n_ctx"],
        n_embd=shape["n_embd"],
        n_layer=shape["n_layer"],
        n_head=shape["n_head"],
        bos_token_id=end,
        eos_token_id=end,
    )
    config.save_pretrained(out)  # by which the tokenizer of GPT-2 is known, where none lies there
    own = model_folder.tokenizer_files(source).form != model_folder.TokenizerForm.NONE
    model, info = GPT2LMHeadModel.from_pretrained(None, config=config, state_dict=weights, output_loading_info=True)
    _refuse_gaps(info, source)
    yield from _written(model, tokenizer_of(source if own else Path(out)), source, Path(out))


def _newest(folder: Path) -> Path:
    """The index of the checkpoint with the most steps."""
    every = list(folder.glob("*.index"))
    return max(every, key=lambda file: [int(number) for number in re.findall(r"\d+", file.stem)])


def _name_of(variable: str) -> str:
    """``model/h0/attn/c_attn/w`` -> ``transformer.h.0.attn.c_attn.weight``"""
    parts = re.sub(r"^h(\d+)/", r"h/\1/", variable.removeprefix("model/")).split("/")
    if parts[-1] in ("wte", "wpe"):
        parts.append("w")
    return ".".join(["transformer", *parts[:-1], {"w": "weight", "g": "weight", "b": "bias"}[parts[-1]]])


# --- all of them


def _refuse_gaps(info: dict[str, Any], source: object) -> None:
    unknown = [name for name in info["unexpected_keys"] if not BUFFERS.search(name)]
    odd = [*info["missing_keys"], *unknown, *(name for name, *_ in info["mismatched_keys"])]
    if odd:
        raise ModelError(f"{source} do not fit their configuration: {', '.join(map(str, odd[:5]))}.")


def _halved(model: PreTrainedModel) -> PreTrainedModel:
    largest = max(float(p.detach().abs().max()) for p in model.parameters())
    return model.to(torch.float16) if largest <= LARGEST_HALF else model


def _written(model: PreTrainedModel, tokenizer: Tokenizer | None, source: Path, out: Path) -> Iterator[str]:
    """``tokenizer``: None where it is written already. Raises an EngineError where the result does not open."""
    yield "Writing"
    model.save_pretrained(out)
    if tokenizer is not None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.save(str(out / "tokenizer.json"))
        _copy_small(source, out)
    yield "Trying what was written"
    del model
    made, own = models.load(out)
    every = own.encode_batch([TRIED], add_special_tokens=False)[0].ids
    ids = every[: min(models.context(made), 64)]
    with torch.no_grad():
        logits = made(torch.tensor([ids]), use_cache=False).logits  # [1, tokens, vocabulary]
    if not torch.isfinite(logits).all():
        raise ModelError("What this model writes is no text: its numbers are not finite. Choose another one.")
    own.decode(every)


def _copy_small(source: Path, out: Path) -> None:
    """What else says how the model is to be used: which tokens begin and end a text, and how it is asked."""
    for name in ("tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja"):
        if (source / name).is_file():
            (out / name).write_text(
                model_folder.read_small(source / name, model_folder.LARGEST_CONFIG), encoding="utf-8"
            )
