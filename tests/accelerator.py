"""What this program does on a graphics card: ``python -m tests.accelerator``, in under four minutes.

One table: how exactly a run resumes, each precision, torch.compile, FSDP 2 with one process, tokens a second and the
share of the card's peak beside transformers' Trainer, and writing beside generate(). What is not there is left out in
a sentence. Without a card (CUDA, or Apple's MPS) the same is done with tiny models, to prove that this script works:
its figures mean nothing then.
"""

import argparse
import contextlib
import gc
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file
from transformers import PreTrainedModel, TrainingArguments
from transformers.trainer import Trainer

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.config import Architecture, ModelConfig, Precision, RunConfig, TrainConfig
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.home import resources
from textgen_gui.engine.core.project import Project, create
from textgen_gui.engine.models import decode
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.state import State
from textgen_gui.engine.runtime import device
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.training.initial_model import make_model
from textgen_gui.engine.training.optimizer import optimizer_of
from textgen_gui.engine.training.step import Learner
from textgen_gui.engine.training.texts import open_texts
from textgen_gui.engine.writing.generate import write_tokens

from .benchmarks.training import Passages
from .conftest import never, train_all
from .engine.runs import make_run, train_until

LONGEST_S = 225.0  # after that no further part begins
REAL = torch.cuda.is_available() or torch.backends.mps.is_available()
TINY = ModelConfig(architecture=Architecture.LLAMA, layers=1, width=32, heads=2, context=32)
shapes = {
    "medium": ModelConfig(architecture=Architecture.LLAMA, layers=6, width=256, heads=8, context=256),
    "124 M": ModelConfig(architecture=Architecture.GPT2, layers=12, width=768, heads=12, context=512),
}
BATCH = 32 if REAL else 2
SECONDS = 4.0 if REAL else 0.2
TOKENS = 100 if REAL else 8
WRITING_ROUNDS = 3
LAUNCHED = 100  # steps of a run in a process of its own
LAST = 400  # steps of the Trainer at most

Row = tuple[str, str]  # what was tried, and what came out
Part = Callable[[Project, Prepared], Iterator[Row]]


def half() -> Precision:
    if not torch.cuda.is_available():
        return Precision.BF16
    return Precision.BF16 if torch.cuda.is_bf16_supported(including_emulation=False) else Precision.FP16


def resumes(project: Project, _: Prepared) -> Iterator[Row]:
    """Stopped in the middle and gone on, against left alone."""
    for precision in (Precision.FP32, Precision.BF16, Precision.FP16):
        if precision == Precision.BF16 and torch.cuda.is_available() and half() != precision:
            yield f"a run resumes in {precision}", "left out: this card has no bf16"
            continue
        settings = ["train.steps=12", "train.mark_every=6", "model.dropout=0.1", f"train.precision={precision}"]
        alone, stopped = make_run(project, *settings), make_run(project, *settings)
        train_all(alone)
        train_until(stopped, 5)
        train_all(stopped)
        a, b = (load_file(run.checkpoints()[-1].folder / "model.safetensors") for run in (alone, stopped))
        apart = max(float((a[name].float() - b[name].float()).abs().max()) for name in a)
        yield f"a run resumes in {precision}", "byte for byte" if apart == 0 else f"weights differ by up to {apart:.1e}"


def launched(project: Project, environment: dict[str, str], *launch: str) -> str:
    """A run in a process of its own, as ``accelerate launch`` would start it: how it ended, and whether it learns."""
    run = make_run(project, f"train.steps={LAUNCHED}", f"train.mark_every={LAUNCHED}", "train.learning_rate=0.02")
    command = [sys.executable, *launch, "-m", "textgen_gui", "train", str(run.folder), "--json"]
    done = subprocess.run(
        command, env={**os.environ, **environment}, check=False, capture_output=True, text=True, timeout=100
    )
    steps = [event for event in event_log.read(run.events_file) if isinstance(event, events.StepDone)]
    if done.returncode or len(steps) != LAUNCHED:
        return f"failed: {(done.stderr.strip().splitlines() or done.stdout.strip().splitlines() or ['?'])[-1][:150]}"
    learns = steps[-1].loss < steps[0].loss - 0.5
    return f"{'learns' if learns else 'failed'}: loss {steps[0].loss:.2f} to {steps[-1].loss:.2f}"


def compiles(project: Project, _: Prepared) -> Iterator[Row]:
    backend = "inductor" if REAL else "eager"  # a processor needs a compiler of C++ for the other one
    yield f"torch.compile ({backend})", launched(project, {"ACCELERATE_DYNAMO_BACKEND": backend})


def splits(project: Project, _: Prepared) -> Iterator[Row]:
    if not torch.cuda.is_available():
        yield "FSDP 2, one process", "left out: it needs an NVIDIA card (two processors are tried by the suite)"
        return
    asked = {
        "ACCELERATE_USE_FSDP": "true",
        "FSDP_VERSION": "2",
        "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
    }
    launch = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node=1")
    yield "FSDP 2, one process", launched(project, asked, *launch)


def synchronize() -> None:
    if REAL:
        torch.accelerator.synchronize()


def counted(step: Callable[[], object], tokens: int) -> float:
    for _ in range(3):
        step()
    synchronize()
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        step()
        steps += 1
    synchronize()
    return steps * tokens / (time.perf_counter() - began)


def peak_flops(precision: Precision) -> float:
    """Of a product of two matrices, operations a second."""
    size = 4096 if REAL else 256
    matrix = torch.randn(size, size, device=device.best(), dtype=device.DTYPES.get(precision, torch.float32))
    return 2 * size * counted(lambda: matrix @ matrix, size * size)


def ours(project: Project, prepared: Prepared, shape: ModelConfig, precision: Precision) -> float:
    AcceleratorState._reset_state(reset_partial_state=True)  # the Trainer's has another precision
    train = TrainConfig(batch=BATCH, steps=10**6, precision=precision)
    config = RunConfig(prepared=prepared.folder.name, data=prepared.fingerprint, model=shape, train=train)
    run = project.write_run(config)
    accelerator, texts = device.accelerator(), open_texts(run, config)
    model = make_model(run, config, texts, None)
    model, optimizer = accelerator.prepare(model, optimizer_of(model, train))
    learn, steps = Learner(accelerator, model, optimizer, texts, config, State()), iter(range(1, 10**6))
    return counted(lambda: learn(next(steps)), BATCH * shape.context)


def trainer(prepared: Prepared, shape: ModelConfig, precision: Precision) -> float:
    times: list[float] = []

    class Timed(Trainer):
        def training_step(self, *given: object, **named: object) -> torch.Tensor:
            if len(times) in (3, LAST):
                synchronize()
            times.append(time.perf_counter())
            if len(times) > LAST or (len(times) > 8 and times[-1] - times[3] > SECONDS):
                self.control.should_training_stop = True
            loss: torch.Tensor = super().training_step(*given, **named)
            return loss

    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, per_device_train_batch_size=BATCH, max_steps=10**4, use_cpu=not REAL, report_to=[],
            bf16=precision == Precision.BF16, fp16=precision == Precision.FP16, save_strategy="no",
            disable_tqdm=True, logging_strategy="no",
        )  # fmt: skip
        model = models.build(shape, prepared.vocabulary, 0, 1)
        with contextlib.redirect_stdout(io.StringIO()):  # it would tell its losses in the middle of the table
            Timed(
                model=model, args=arguments, train_dataset=Passages(prepared.train_tokens()[:], shape.context)
            ).train()
    synchronize()
    return (len(times) - 3) * BATCH * shape.context / (time.perf_counter() - times[3])


def learns(project: Project, prepared: Prepared) -> Iterator[Row]:
    peaks = {precision: peak_flops(precision) for precision in (Precision.FP32, half())}
    for name, shape in shapes.items():
        shape = shape if REAL else TINY
        weights = models.build(shape, prepared.vocabulary, 0, 1).num_parameters()
        each = 6 * weights + 12 * shape.layers * shape.width * shape.context  # operations a token
        speeds = {}
        for precision, peak in peaks.items():
            speed = speeds[precision] = ours(project, prepared, shape, precision)
            yield f"{name} learns in {precision}", f"{speed:,.0f} tokens/s, {speed * each / peak:.0%} of the peak"
        theirs = trainer(prepared, shape, half())
        yield (
            f"{name}, Trainer in {half()}",
            f"{theirs:,.0f} tokens/s; ours is {speeds[half()] / theirs:.2f} times that",
        )


def writes(_: Project, prepared: Prepared) -> Iterator[Row]:
    tokenizer = prepared.tokenizer()
    ids = [0, *tokenizer.encode("The").ids]
    for name, shape in shapes.items():
        model = models.build(shape if REAL else TINY, prepared.vocabulary, 0, 1).eval().to(device.best())
        for texts in (1, 16):
            mine, theirs = writing(model, tokenizer, ids, texts)
            yield (
                f"{name} writes {texts} at once",
                f"{mine:,.0f} tokens/s; generate() {theirs:,.0f}: {mine / theirs:.2f}",
            )


def writing(model: PreTrainedModel, tokenizer: object, ids: list[int], texts: int) -> tuple[float, float]:
    """Tokens a second, ours and generate()'s, in turn; the medians."""
    weights = decode.weights(model)
    new = min(TOKENS, models.context(model) - len(ids))
    settings = GenerateConfig(temperature=1.0, max_new_tokens=new, min_new_tokens=new, n=texts, seed=1)
    prompt = torch.tensor([ids], device=device.best()).expand(texts, -1)

    def mine() -> None:
        list(write_tokens(weights, tokenizer, ids, settings, 1, never))  # type: ignore[arg-type]

    def theirs() -> None:
        model.generate(prompt, do_sample=True, max_new_tokens=new, min_new_tokens=new, pad_token_id=0)

    speeds: list[list[float]] = [[], []]
    for number in range(1 + WRITING_ROUNDS):
        for work, found in zip((mine, theirs), speeds, strict=True):
            began = time.perf_counter()
            work()
            synchronize()
            if number:  # the first one warms up
                found.append(texts * new / (time.perf_counter() - began))
    return statistics.median(speeds[0]), statistics.median(speeds[1])


PARTS: tuple[Part, ...] = (resumes, learns, writes, compiles, splits)


def tried(part: Part, project: Project, prepared: Prepared) -> Iterator[Row]:
    """The rows of a part; a failure is one of them, and the others go on."""
    try:
        yield from part(project, prepared)
    except (EngineError, RuntimeError, ValueError, TypeError, OSError, subprocess.SubprocessError) as problem:
        yield part.__name__, f"failed: {type(problem).__name__}: {str(problem)[:200]}"
    finally:
        gc.collect()
        if REAL:
            torch.accelerator.empty_cache()


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    began, failed = time.monotonic(), False
    print(f"{device.describe()}, torch {torch.__version__}")
    if not REAL:
        print("No accelerator: everything is rehearsed with tiny models, and no figure means anything.")
    print("\n| | |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        project = create(Path(folder) / "p")
        list(project.add_texts([resources() / "sample.txt"], never))
        list(prepare(project, never))
        prepared = current(project)
        assert prepared
        for part in PARTS:
            if time.monotonic() - began > LONGEST_S:
                print(f"| {part.__name__} | left out: the time is over |")
                continue
            for name, words in tried(part, project, prepared):
                failed |= words.startswith("failed")
                print(f"| {name} | {words} |", flush=True)
    print(f"\n{time.monotonic() - began:.0f} s")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
