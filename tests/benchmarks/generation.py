"""Writing against transformers' generate() with the same model, sampling and threads, interleaved.

    python -m tests.benchmarks.generation [--repetitions 5] [--threads 1] [--large] [--folders FOLDER ...] [--shapes]

Of the models in ``--folders`` one text of 32 tokens is written, here and by transformers in the precision in which it
loads them of itself, and in fp32. With ``--shapes`` it is families in the shapes that people know, stored in bf16, with
random weights, and with fewer layers where all of them would not fit into memory. Without either: one text at 1 M and
12 M parameters (with --large also 124 M), then 64 texts of 200 tokens against 64 calls. The share of the memory's
bandwidth: bytes of all weights that a token needs, over its time, over the measured speed of reading.
"""

import argparse
import copy
import statistics
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    PretrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3Config,
)

from textgen_gui.engine.core.events import TextGenerated
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.models import decode
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.decode import Weights
from textgen_gui.engine.models.fused import Fused
from textgen_gui.engine.models.fused_half import HalfFused
from textgen_gui.engine.text import special_tokens
from textgen_gui.engine.text.tokenizer import train
from textgen_gui.engine.writing.generate import write_tokens

from .common import SHAKESPEARE, machine

VOCABULARY, CONTEXT, TOKENS = 1000, 256, 200


def llama(layers: int, width: int, heads: int) -> PreTrainedModel:
    torch.manual_seed(1)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCABULARY,
            max_position_embeddings=CONTEXT,
            hidden_size=width,
            intermediate_size=int(width * 8 / 3) // 32 * 32,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=0,
        )
    ).eval()


def gpt2() -> PreTrainedModel:
    torch.manual_seed(1)
    return GPT2LMHeadModel(GPT2Config(activation_function="gelu_pytorch_tanh", bos_token_id=0, eos_token_id=0)).eval()


def bandwidth() -> float:
    """Bytes a second that this number of threads reads from memory, best of five."""
    numbers = torch.ones(128_000_000)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        numbers.sum()
        times.append(time.perf_counter() - started)
    return 4 * len(numbers) / min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--folders", nargs="+", type=Path, default=())
    parser.add_argument("--shapes", nargs="*", choices=known, help="all without a name")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = train([SHAKESPEARE.read_text(encoding="utf-8")[:300_000]], VOCABULARY)
    ids = [0, *tokenizer.encode("ROMEO:\nO my love").ids]
    speed_of_memory = bandwidth()
    print(f"{machine()}, {options.threads} threads, memory {speed_of_memory / 1e9:.1f} GB/s\n")
    print("| model | texts | ours, tokens/s | generate(), tokens/s | ratio (spread) | share of bandwidth |")
    print("|---|---|---|---|---|---|")
    for folder in options.folders:
        real(folder, options.repetitions, speed_of_memory)
    for name in [] if options.shapes is None else options.shapes or known:
        shaped(name, options.repetitions, speed_of_memory)
    if options.folders or options.shapes is not None:
        return
    cases = [("1 M", llama(4, 128, 4), 1), ("12 M", llama(6, 384, 6), 1), ("1 M", llama(4, 128, 4), 64)]
    if options.large:
        cases.insert(2, ("124 M", gpt2(), 1))
    for name, model, n in cases:
        compare(name, decode.weights(model), model, n, tokenizer, ids, options.repetitions, speed_of_memory)


def real(folder: Path, repetitions: int, memory: float) -> None:
    model, tokenizer = models.load(folder)
    model.config.max_position_embeddings = min(models.context(model), CONTEXT)
    prompt = "The old man walked along the river and"
    ids = special_tokens.of(tokenizer).begun(tokenizer.encode(prompt, add_special_tokens=False).ids)
    weights, usual = decode.weights(model), AutoModelForCausalLM.from_pretrained(folder).eval()
    pairs = [(weights, model)]
    if usual.dtype != torch.float32:
        pairs += [(weights, usual), (decode.weights(model, half=True), usual)]
    for own, stock in pairs:
        here = "bf16" if isinstance(own, HalfFused) else "fp32"
        name = f"{folder.name}, here {here}, generate() in {str(stock.dtype).removeprefix('torch.')}"
        compare(name, own, stock, 1, tokenizer, ids, repetitions, memory, 32)


known: dict[str, PretrainedConfig] = {
    "SmolLM2 135M": LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        tie_word_embeddings=True,
    ),
    "Qwen2.5 0.5B": Qwen2Config(
        vocab_size=151936,
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    ),
    "Qwen3 0.6B": Qwen3Config(
        vocab_size=151936,
        hidden_size=1024,
        intermediate_size=3072,
        num_hidden_layers=28,
        num_attention_heads=16,
        num_key_value_heads=8,
        head_dim=128,
        tie_word_embeddings=True,
    ),
    "Llama 3.2 1B, 4 of 16 layers": LlamaConfig(
        vocab_size=128256,
        hidden_size=2048,
        intermediate_size=8192,
        num_hidden_layers=4,
        num_attention_heads=32,
        num_key_value_heads=8,
        tie_word_embeddings=True,
        rope_parameters={
            "rope_type": "llama3",
            "rope_theta": 5e5,
            "factor": 32.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192,
        },
    ),
    "Mistral 7B, 2 of 32 layers": MistralConfig(num_hidden_layers=2),
}


def shaped(name: str, repetitions: int, memory: float) -> None:
    """A model of a known shape as it is stored on the hub, with random weights; all of its scores are for tokens."""
    config = known[name]
    config.max_position_embeddings = CONTEXT
    torch.manual_seed(1)
    stock = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).eval()
    model = copy.deepcopy(stock).float()
    vars(model)["stored_dtype"] = torch.bfloat16
    tokenizer = Tokenizer(
        WordLevel(
            {"<|endoftext|>": 0, **{f"t{number}": number for number in range(1, config.vocab_size)}},
            unk_token="<|endoftext|>",
        )
    )
    weights = decode.weights(model)
    assert isinstance(weights, Fused), name
    del model
    ids = list(range(10, 20))
    for words, own in (("fp32", weights), ("bf16", HalfFused(weights))):
        title = f"{name}, here {words}, generate() bf16"
        compare(title, own, stock, 1, tokenizer, ids, repetitions, memory, 16)


def compare(
    name: str,
    weights: Weights,
    stock: PreTrainedModel,
    n: int,
    tokenizer: Tokenizer,
    ids: list[int],
    repetitions: int,
    memory: float,
    length: int = TOKENS,
) -> None:
    """``stock``: the same for transformers, perhaps in another precision."""
    config = GenerateConfig(
        temperature=0.8, top_p=0.95, top_k=50, max_new_tokens=length, min_new_tokens=length, n=n, seed=1
    )
    prompt = torch.tensor([ids])

    def ours() -> int:
        done = write_tokens(weights, tokenizer, ids, config, 1, lambda: False)
        return sum(event.tokens for event in done if isinstance(event, TextGenerated))

    def theirs(texts: int) -> int:
        for _ in range(texts):
            stock.generate(
                prompt,
                do_sample=True,
                temperature=0.8,
                top_p=0.95,
                top_k=50,
                max_new_tokens=length,
                min_new_tokens=length,
                pad_token_id=0,
            )
        return texts * length

    few = min(n, 4)  # of 64 calls the speed of four is measured: they are all the same
    ours(), theirs(1)
    pairs = []
    for _ in range(repetitions):
        speeds = []
        for work in (ours, lambda: theirs(few)):
            started = time.perf_counter()
            tokens = work()
            speeds.append(tokens / (time.perf_counter() - started))
        pairs.append((speeds[0], speeds[1]))
    ratios = sorted(mine / other for mine, other in pairs)
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    size = 4 * sum(p.numel() for p in stock.parameters())
    share = f"{mine * size / memory:.0%}" if n == 1 else "–"
    print(
        f"| {name} ({size / 4e6:.2f} M) | {n} | {mine:,.0f} | {other:,.0f} | "
        f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) | {share} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
