"""Writing against transformers' generate() with the same model, sampling and threads, interleaved.

    python -m tests.benchmarks.generation [--repetitions 5] [--threads 1] [--large] [--folders FOLDER ...]

Of the models in ``--folders`` one text of 32 tokens is written, here and by transformers in the precision in which it
loads them of itself, and in fp32. Without them: one text at 1 M and 12 M parameters (with --large also 124 M), then 64
texts of 200 tokens against 64 calls. The share of the memory's bandwidth: bytes of all weights that a token needs, over
its time, over the measured speed of reading.
"""

import argparse
import statistics
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
)

from textgen_gui.engine.core.events import TextGenerated
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.models import decode
from textgen_gui.engine.models import model as models
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
    if options.folders:
        return
    cases = [("1 M", llama(4, 128, 4), 1), ("12 M", llama(6, 384, 6), 1), ("1 M", llama(4, 128, 4), 64)]
    if options.large:
        cases.insert(2, ("124 M", gpt2(), 1))
    for name, model, n in cases:
        compare(name, model, n, tokenizer, ids, options.repetitions, speed_of_memory)


def real(folder: Path, repetitions: int, memory: float) -> None:
    model, tokenizer = models.load(folder)
    model.config.max_position_embeddings = min(models.context(model), CONTEXT)
    prompt = "The old man walked along the river and"
    ids = special_tokens.of(tokenizer).begun(tokenizer.encode(prompt, add_special_tokens=False).ids)
    usual = AutoModelForCausalLM.from_pretrained(folder).eval()
    for stock in [usual] if usual.dtype == torch.float32 else [usual, model]:
        name = f"{folder.name}, generate() in {str(stock.dtype).removeprefix('torch.')}"
        compare(name, model, 1, tokenizer, ids, repetitions, memory, stock, 32)


def compare(
    name: str,
    model: PreTrainedModel,
    n: int,
    tokenizer: Tokenizer,
    ids: list[int],
    repetitions: int,
    memory: float,
    stock: PreTrainedModel | None = None,
    length: int = TOKENS,
) -> None:
    """``stock``: the same in another precision, for transformers."""
    weights, stock = decode.weights(model), stock or model
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
    size = 4 * sum(p.numel() for p in model.parameters())
    share = f"{mine * size / memory:.0%}" if n == 1 else "–"
    print(
        f"| {name} ({size / 4e6:.2f} M) | {n} | {mine:,.0f} | {other:,.0f} | "
        f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) | {share} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
