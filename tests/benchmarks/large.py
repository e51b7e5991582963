"""A model of 135 million weights on this computer: speed beside transformers' Trainer, memory, minutes, bytes.

    python -m tests.benchmarks.large [--from FOLDER] [--rounds 3] [--steps 3] [--precision bf16] [--limit 240]

Without a folder, a model of SmolLM2's shape with random weights learns; the speed is the same. Each contender runs in a
process of its own, in turn with the Trainer that learns the same weights: its tokens a second over some steps after the
first, and the most memory that it took. A pair is printed when it is there, and no process has more than its limit.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedModel, TrainingArguments
from transformers.trainer import Trainer

from textgen_gui import Project
from textgen_gui.engine.core import events
from textgen_gui.engine.core.beginnings import recipe_for
from textgen_gui.engine.core.config import Precision, RunConfig, StartConfig, TrainConfig
from textgen_gui.engine.core.control import never
from textgen_gui.engine.models import lora
from textgen_gui.engine.models import model as models
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current_in
from textgen_gui.engine.text.tokenizer_files import from_file
from textgen_gui.engine.training.train import train

from .common import SHAKESPEARE, machine
from .training import Passages

TEXT, BATCH, CONTEXT = 200_000, 4, 256
MODES = {"full": StartConfig(), "LoRA": StartConfig(lora=8), "20 layers frozen": StartConfig(frozen=20)}


def random_folder(folder: Path, project: Project) -> None:
    """SmolLM2's shape, with the tokens of the project: its vocabulary is padded to as many."""
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=49_152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, max_position_embeddings=2048, tie_word_embeddings=True, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    (tokenizer,) = project.folder.glob("prepared/*/tokenizer.json")
    shutil.copy(tokenizer, folder)


def learnt_in(project: Project, model: Path) -> Prepared:
    """The texts in the model's tokens."""
    tokenizer = from_file(model)
    if current_in(project, tokenizer) is None:
        list(prepare(project, never, tokenizer))
    prepared = current_in(project, tokenizer)
    assert prepared
    return prepared


def ours(project: Project, model: Path, mode: str, steps: int, precision: Precision) -> float:
    """By the very loop that trains, without its evaluations."""
    prepared = learnt_in(project, model)
    shape = replace(models.describe(model), context=CONTEXT)
    learning = TrainConfig(batch=BATCH, steps=steps + 1, mark_every=10**6, precision=precision, prompts=())
    start = replace(MODES[mode], model=str(model))
    run = project.write_run(
        RunConfig(prepared=prepared.folder.name, data=prepared.fingerprint, start=start, model=shape, train=learning)
    )
    times = [time.perf_counter() for event in train(run, never) if isinstance(event, events.StepDone)]
    files = run.checkpoints()[-1].folder.rglob("*.safetensors")
    print(json.dumps({file.name: file.stat().st_size for file in files}))
    return steps * BATCH * CONTEXT / (times[-1] - times[0])


def hold(model: PreTrainedModel, start: StartConfig) -> None:
    """Lets only those weights learn that learn with us: peft's own matrices, or the layers above."""
    models.freeze(model, start.frozen)
    if start.lora:
        lora.add(model, start.lora, 1)


def trainer(project: Project, model: Path, mode: str, steps: int, precision: Precision) -> float:
    prepared = learnt_in(project, model)
    times: list[float] = []

    class Timed(Trainer):
        def training_step(self, *given: object, **named: object) -> torch.Tensor:
            times.append(time.perf_counter())
            return super().training_step(*given, **named)

    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, per_device_train_batch_size=BATCH, max_steps=steps + 2, use_cpu=True, report_to=[],
            bf16=precision == Precision.BF16, save_strategy="no", disable_tqdm=True, logging_strategy="no",
        )  # fmt: skip
        passages = Passages(prepared.train_tokens()[:], CONTEXT)
        loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
        hold(loaded, MODES[mode])
        Timed(model=loaded, args=arguments, train_dataset=passages).train()
    return steps * BATCH * CONTEXT / (times[-1] - times[1])


CONTENDERS: dict[str, Callable[..., float]] = {"ours": ours, "Trainer": trainer}


def measured(who: str, mode: str, options: argparse.Namespace, project: Path, model: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.large", "--one", who, "--mode", mode, "--project", str(project)]
    command += ["--from", str(model), "--steps", str(options.steps), "--precision", options.precision]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=options.limit)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, float] = {}
    for line in done.stdout.splitlines():
        found |= json.loads(line) if line.startswith('{"') else {}  # not what the Trainer says
    return found


def compare(options: argparse.Namespace, project: Project, model: Path) -> None:
    print("| Learns | Tokens/s, median (each) | Trainer's | Of Trainer's, each pair | Memory | Trainer's |", end="")
    print(" 200 KB | A checkpoint's weights |\n|---|---|---|---|---|---|---|---|", flush=True)
    for mode in options.modes:
        pairs = []
        for number in range(options.rounds):
            try:
                pairs.append([measured(who, mode, options, project.folder, model) for who in CONTENDERS])
            except subprocess.TimeoutExpired as problem:
                print(f"{mode}, pair {number + 1}: over {problem.timeout} s", file=sys.stderr, flush=True)
        if pairs:
            print(row(mode, pairs, recipe_for(TEXT).epochs * learnt_in(project, model).tokens), flush=True)


def row(mode: str, pairs: list[list[dict[str, float]]], tokens: float) -> str:
    speeds = [[found["tokens_per_s"] for found in of_one] for of_one in zip(*pairs, strict=True)]
    memory = [max(found["memory"] for found in of_one) / 1e9 for of_one in zip(*pairs, strict=True)]
    medians = [statistics.median(of_one) for of_one in speeds]
    each = [", ".join(f"{one:,.0f}" for one in of_one) for of_one in speeds]
    ratios = ", ".join(f"{mine / other:.2f}" for mine, other in zip(*speeds, strict=True))
    saved = {name: size for name, size in pairs[0][0].items() if name.endswith(".safetensors")}
    files = ", ".join(f"{name} {size / 1e6:,.1f} MB" for name, size in saved.items())
    cells = [mode, f"{medians[0]:,.0f} ({each[0]})", f"{medians[1]:,.0f} ({each[1]})", ratios]
    cells += [f"{memory[0]:.2f} GB", f"{memory[1]:.2f} GB", f"{tokens / medians[0] / 60:.1f} min", files]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="model", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--precision", type=Precision, default=Precision.BF16, choices=list(Precision))
    parser.add_argument("--limit", type=float, default=240, help="seconds for each process")
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=MODES)
    parser.add_argument("--one", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--mode", default="full", help=argparse.SUPPRESS)
    parser.add_argument("--project", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        speed = CONTENDERS[options.one](
            Project(options.project), options.model, options.mode, options.steps, options.precision
        )
        memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"tokens_per_s": speed, "memory": memory}))
        return
    with tempfile.TemporaryDirectory() as folder:
        project = Project.create(Path(folder) / "p")
        text = Path(folder) / "text.txt"
        text.write_text(SHAKESPEARE.read_text(encoding="utf-8")[:TEXT], encoding="utf-8")
        project.add(text)
        model = options.model or Path(folder) / "model"
        if options.model is None:
            project.prepare(vocabulary=8000)
            random_folder(model, project)
        learnt_in(project, model)
        print(f"{machine()}\n\n{options.precision}, batch {BATCH}, context {CONTEXT}, {options.steps} steps a round\n")
        compare(options, project, model)


if __name__ == "__main__":
    main()
