"""Held-out bits per byte after a few minutes on tinyshakespeare, by the command line, and once more without our code.

    python -m tests.benchmarks.quality [--minutes 3] [--preset small] [--from scratch] [--seeds 1 2 3] [--set ...]
    python -m tests.benchmarks.quality --text BOOK [...]

Of a BOOK the last tenth is held out. 0 minutes: as many steps as are set, however long they take.
The second figure comes from plain transformers on the finished folder, by the protocol as evaluate.py states it; the
third from all generations of the run, averaged, and the last from these with nine parts and counted tokens with one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.training import ngram
from textgen_gui.engine.training.texts import open_texts

from .common import HELDOUT, SHAKESPEARE, machine


def verb(*arguments: object, behind: bool = False) -> list[dict[str, Any]]:
    """What a verb of the command line says. ``behind``: all other work of the machine goes first."""
    before = ["nice", "-n", "10"] if behind else []
    command = [*before, sys.executable, "-m", "textgen_gui", *map(str, arguments), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def chances(folder: Path, text: str) -> torch.Tensor:
    """How likely plain transformers found each token of the text, [tokens]."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    context = model.config.max_position_embeddings
    ids = torch.tensor([tokenizer.bos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]])
    found = list[torch.Tensor]()
    scored = 0
    while scored < len(ids) - 1:
        start = max(0, scored - context // 2)
        window = ids[start : start + context + 1]
        with torch.no_grad():
            logits = model(window[None, :-1]).logits[0]
        likely = torch.softmax(logits.double(), -1).gather(1, window[1:, None])[:, 0]
        found.append(likely[scored - start :])
        scored = start + len(window) - 1
    return torch.cat(found)


def bits_per_byte(likely: torch.Tensor, text: str) -> float:
    return float(-likely.log2().sum()) / len(text.encode())


def counted(run: Run, folder: Path, text: str) -> torch.Tensor:
    """How likely a model finds each token that has only counted those of the training text, [tokens]."""
    texts = open_texts(run, run.config())
    ids = AutoTokenizer.from_pretrained(folder)(text, add_special_tokens=False)["input_ids"]
    read = texts.train[:].astype(np.uint32)
    return torch.from_numpy(ngram.probabilities(read, np.array(ids, np.uint32), texts.prepared.vocabulary))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--preset", default="small")
    parser.add_argument("--from", dest="start", default="")
    parser.add_argument("--set", dest="settings", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--text", type=Path, default=None)
    options = parser.parse_args()
    print(
        machine()
        + "\n\n| preset, asked | seed | took | model | generations | steps | bits per byte | plain transformers "
        "| all averaged | with counts |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for seed in options.seeds:
        with tempfile.TemporaryDirectory() as folder:
            begun = ["--from", options.start] if options.start else []
            chosen = [part for one in options.settings for part in ("--set", one)]
            minutes = ["--minutes", str(options.minutes)] if options.minutes else []
            asked = ["--preset", options.preset, *minutes, "--set", f"train.seed={seed}", *begun, *chosen]
            scored = row(Path(folder), parts(options.text, Path(folder)), asked)
            print(f"| {options.preset}, {options.minutes:g} min | {seed} | {scored} |", flush=True)


def parts(book: Path | None, folder: Path) -> tuple[Path, Path]:
    """What is learnt, and what is held out."""
    if book is None:
        return SHAKESPEARE, HELDOUT
    whole, train, heldout = book.read_text(encoding="utf-8"), folder / book.name, folder / "heldout.txt"
    first = len(whole) * 9 // 10
    train.write_text(whole[:first], encoding="utf-8")
    heldout.write_text(whole[first:], encoding="utf-8")
    return train, heldout


def row(folder: Path, files: tuple[Path, Path], asked: Sequence[str]) -> str:
    """Trains and evaluates once; the figures as a line of a table."""
    project, (learnt, heldout) = folder / "p", files
    started = time.monotonic()
    happened = verb("train", learnt, "--project", project, *asked)
    took = (time.monotonic() - started) / 60
    run = project / next(event["run"] for event in happened if event["event"] == "RunCreated")
    last = next(event for event in happened if event["event"] == "RunFinished")
    ours = verb("evaluate", run, heldout)[-1]["bits_per_byte"]
    text, best = heldout.read_text(encoding="utf-8"), Run(run).checkpoint(last["best_step"]).folder
    plain = chances(best, text)
    each = [chances(one.folder, text) for one in checkpoints.last_of_each(Run(run)).values()]
    together = torch.stack(each).mean(0)
    mixed = 0.9 * together + 0.1 * counted(Run(run), best, text)
    model = Run(run).config().model
    shape = f"{model.layers} x {model.width}, dropout {model.dropout:g}"
    scores = " | ".join(f"{bits_per_byte(likely, text):.4f}" for likely in (plain, together, mixed))
    return f"{took:.2f} min | {shape} | {len(each)} | {last['step']:,} | {ours:.4f} | {scores}"


if __name__ == "__main__":
    main()
