"""Held-out bits per byte after a few minutes on tinyshakespeare, by the command line, and once more without our code.

    python -m tests.benchmarks.quality [--minutes 3] [--preset small] [--from scratch] [--seeds 1 2 3] [--set ...]

The second figure comes from plain transformers on the finished folder, by the protocol as evaluate.py states it; the
last line compares the logits of both ways of loading.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from textgen_gui.engine.core.project import Run

from .common import HELDOUT, SHAKESPEARE, machine


def verb(*arguments: object, behind: bool = False) -> list[dict[str, Any]]:
    """What a verb of the command line says. ``behind``: all other work of the machine goes first."""
    before = ["nice", "-n", "10"] if behind else []
    command = [*before, sys.executable, "-m", "textgen_gui", *map(str, arguments), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def plain_bits_per_byte(folder: Path, text: str) -> float:
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    context = model.config.max_position_embeddings
    ids = torch.tensor([tokenizer.bos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]])
    total, scored = 0.0, 0
    while scored < len(ids) - 1:
        start = max(0, scored - context // 2)
        window = ids[start : start + context + 1]
        with torch.no_grad():
            logits = model(window[None, :-1]).logits[0]
        losses = torch.nn.functional.cross_entropy(logits, window[1:], reduction="none")
        total += float(losses[scored - start :].sum())
        scored = start + len(window) - 1
    return total / math.log(2) / len(text.encode())


def logits_differ_by(folder: Path) -> float:
    from textgen_gui.engine.models import model as models

    ours, _ = models.load(folder)
    theirs = AutoModelForCausalLM.from_pretrained(folder)
    ids = torch.randint(ours.config.vocab_size, (4, 100), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return float((ours(ids).logits - theirs(ids).logits).abs().max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--preset", default="small")
    parser.add_argument("--from", dest="start", default="")
    parser.add_argument("--set", dest="settings", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    options = parser.parse_args()
    print(
        machine()
        + "\n\n| preset, asked | seed | took | model | steps | bits per byte | plain transformers | logits apart |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for seed in options.seeds:
        with tempfile.TemporaryDirectory() as folder:
            begun = ["--from", options.start] if options.start else []
            chosen = [part for one in options.settings for part in ("--set", one)]
            print(row(Path(folder) / "p", options.preset, options.minutes, seed, *begun, *chosen), flush=True)


def row(project: Path, preset: str, minutes: float, seed: int, *more: str) -> str:
    """Trains and evaluates once; the figures as a line of a table."""
    asked = ["--preset", preset, "--minutes", minutes, "--set", f"train.seed={seed}", *more]
    started = time.monotonic()
    happened = verb("train", SHAKESPEARE, "--project", project, *asked)
    took = (time.monotonic() - started) / 60
    run = project / next(event["run"] for event in happened if event["event"] == "RunCreated")
    last = next(event for event in happened if event["event"] == "RunFinished")
    ours = verb("evaluate", run, HELDOUT)[-1]["bits_per_byte"]
    checkpoint = run / "checkpoints" / f"step-{last['best_step']:06d}"
    plain = plain_bits_per_byte(checkpoint, HELDOUT.read_text(encoding="utf-8"))
    model = Run(run).config().model
    shape = f"{model.layers} x {model.width}, dropout {model.dropout:g}"
    figures = (
        f"{took:.2f} min | {shape} | {last['step']:,} | {ours:.4f} | {plain:.4f} | {logits_differ_by(checkpoint):.0e}"
    )
    return f"| {preset}, {minutes:g} min | {seed} | {figures} |"


if __name__ == "__main__":
    main()
