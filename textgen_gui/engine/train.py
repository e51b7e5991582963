"""The training loop. Reads best as a whole: ``_train`` is the loop, below it are its parts in order of use.

A step is a pure function of weights, optimizer state, seed and step, so resuming is exact however often a run dies.
"""

import contextlib
import functools
import hashlib
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import torch
from accelerate import Accelerator
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from . import checkpoint as checkpoints
from . import dataset, device, durable, evaluate, events
from . import generate as generation
from . import model as models
from . import tokenizer as tokenizers
from .checkpoint import State
from .config import GenerateConfig, RunConfig, TrainConfig
from .dataset import Prepared
from .errors import EngineError, ProjectError
from .project import Checkpoint, Project, Run, find
from .tokenizer import Tokens

REHEARSED_FLOPS = 2e10  # about a quarter of a second on one core
HELDOUT_TOKENS = 8192  # enough to see a trend; the whole held-out text is for `evaluate`


def train(run: Run, stop: Callable[[], bool]) -> Iterator[events.Event]:
    """Trains or resumes a run until it is done or ``stop()``. Raises EngineError at once for bad input."""
    config = run.config()
    prepared = Prepared.load(run.project.prepared_folder / config.prepared)
    if prepared.fingerprint != config.data:
        raise ProjectError(
            f"The texts were prepared anew since “{run.name}” began. Start a new run with the new texts."
        )
    dataset.check_length(prepared, config.model.context, config.start.group)
    return _train(run, config, prepared, stop)


def _train(run: Run, config: RunConfig, prepared: Prepared, stop: Callable[[], bool]) -> Iterator[events.Event]:
    accelerator = device.accelerator(config.train.precision)
    lock = run.lock() if accelerator.is_main_process else contextlib.nullcontext()
    with lock:
        durable.sweep(run.folder)
        durable.sweep(run.checkpoints_folder)
        tokens, heldout, tokenizer = (
            prepared.train_tokens(),
            prepared.heldout_sample(HELDOUT_TOKENS),
            prepared.tokenizer(),
        )
        resumed, refused = checkpoints.newest_good(run)
        model = _begin(run, config, prepared, tokenizer, resumed)
        optimizer = adamw(model, config.train)
        state = checkpoints.restore(resumed, model, optimizer, config) if resumed else State()
        resumed_from = state.step
        micro_batch = _micro_batch(state, config, prepared.vocabulary, accelerator.num_processes)
        accumulation = config.train.batch // (micro_batch * accelerator.num_processes)
        prepared_model, prepared_optimizer = accelerator.prepare(model, optimizer)
        read = functools.partial(dataset.batch, tokens, prepared.parts(config.start.group), config.train.seed)
        learn = _learner(accelerator, prepared_model, prepared_optimizer, read, config, micro_batch)
        state.threads = _threads(state.threads, accelerator, config, prepared.vocabulary)
        yield events.RunStarted(
            run=run.project.relative(run.folder),
            device=device.describe(),
            parameters=sum(p.numel() for p in model.parameters()),
            steps=config.train.steps,
            processes=accelerator.num_processes,
            resumed_from=resumed_from,
            threads=state.threads,
            precision=config.train.precision,
            micro_batch=micro_batch,
            accumulation=accumulation,
            elapsed_s=state.elapsed_s,
        )
        for message in refused:
            yield events.Warned(message)
        recent: deque[float] = deque(maxlen=50)
        outcome, message, saved_at = "finished", "", resumed_from
        try:
            while state.step < config.train.steps:
                if _stopped(accelerator, stop):
                    outcome = "stopped"
                    break
                started, step = time.monotonic(), state.step + 1
                loss = learn(step)
                recent.append(time.monotonic() - started)
                state.step, state.elapsed_s = step, state.elapsed_s + recent[-1]
                yield events.StepDone(
                    step,
                    loss,
                    learning_rate(config.train, step),
                    len(recent) * config.train.batch * config.model.context / sum(recent),
                    state.elapsed_s,
                )
                if (step % config.train.mark_every == 0 or step == config.train.steps) and accelerator.is_main_process:
                    started = time.monotonic()
                    yield from _mark(run, config, model, tokenizer, heldout, state)
                    yield _save(run, config, prepared, model, optimizer, state, resumed_from)
                    state.elapsed_s, saved_at = state.elapsed_s + time.monotonic() - started, step
            if outcome == "stopped" and accelerator.is_main_process and state.step != saved_at:
                yield _save(run, config, prepared, model, optimizer, state, resumed_from)
        except EngineError as problem:
            outcome, message = "failed", str(problem)
        yield events.RunFinished(outcome, state.step, state.best_step, message or _closing_words(outcome, state))


def _begin(
    run: Run, config: RunConfig, prepared: Prepared, tokenizer: Tokenizer, resumed: Checkpoint | None
) -> PreTrainedModel:
    """The model before its first step: random weights, or those of another model, or of the run's own checkpoint."""
    if not config.start.model:
        end = tokenizers.end_of_text(tokenizer)
        return models.build(config.model, prepared.vocabulary, end, config.train.seed)
    if resumed:
        model, _ = models.load(resumed.folder)
    else:
        model, known = models.load(start_folder(run.project, config))
        refuse_other_tokens(known, tokenizer)
    models.freeze(model, config.start.frozen)
    return model


def start_folder(project: Project, config: RunConfig) -> Path:
    """Where the model lies that a run goes on from. Raises CheckpointError or ProjectError when it is not there."""
    return checkpoints.good(find(project.folder / config.start.model)).folder


def refuse_other_tokens(known: Tokenizer, prepared: Tokenizer) -> None:
    """Raises ProjectError unless the texts were prepared with the tokens that the model knows."""
    if known.get_vocab() != prepared.get_vocab():
        raise ProjectError(
            "The texts are prepared with other tokens than this model knows. Prepare them with the model’s own: under "
            "Data, Advanced, take the tokenizer from a file and name the folder of the model."
        )


def adamw(model: PreTrainedModel, config: TrainConfig) -> torch.optim.AdamW:
    """Fused, because the plain one is a Python loop. Weight decay for matrices only, not for norms and biases."""
    learning = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in learning if p.ndim >= 2]
    others = [p for p in learning if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, config.beta2), fused=True)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Rises linearly over the warm-up, stays, and falls linearly to zero over the decay."""
    rise = max(1, round(config.warmup * config.steps))
    fall = max(1, round(config.decay * config.steps))
    return config.learning_rate * min(1.0, step / rise, (config.steps - step + 1) / fall)


def micro_batch_for(config: RunConfig, vocabulary: int, processes: int) -> int:
    """Passages that one process computes at once: the most that divide the batch and take a quarter of free memory."""
    if config.train.batch % processes:
        raise EngineError(f"A batch of {config.train.batch} passages cannot be shared by {processes} processes evenly.")
    rows = config.train.batch // processes
    fitting = max(1, int(_free_memory() / 4 / config.model.passage_bytes(vocabulary)))
    return max(n for n in range(1, rows + 1) if rows % n == 0 and n <= fitting)


def _micro_batch(state: State, config: RunConfig, vocabulary: int, processes: int) -> int:
    """The one the run began with, where it fits the number of processes: another one rounds differently."""
    rows = config.train.batch // processes
    if not state.micro_batch or rows % state.micro_batch:
        state.micro_batch = micro_batch_for(config, vocabulary, processes)
    return state.micro_batch


def _free_memory() -> int:
    return int(torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else psutil.virtual_memory().available)


def _learner(
    accelerator: Accelerator,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    read: Callable[[int, int, int], npt.NDArray[np.int64]],
    config: RunConfig,
    micro_batch: int,
) -> Callable[[int], float]:
    """A function that does one step and returns its loss, in nats a token over the whole batch."""
    rank, processes, context = accelerator.process_index, accelerator.num_processes, config.model.context
    rows = config.train.batch // processes
    parameters = [p for p in model.parameters() if p.requires_grad]

    def learn(step: int) -> float:
        batch = read(step, config.train.batch, context)
        mine = torch.from_numpy(batch[rank * rows : (rank + 1) * rows]).to(accelerator.device)
        model.train()
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config.train, step)
        loss = torch.zeros((), device=accelerator.device)
        for number, part in enumerate(mine.split(micro_batch)):
            torch.manual_seed(_noise_seed(config.train.seed, step, rank, number))
            last = (number + 1) * micro_batch >= rows
            with contextlib.nullcontext() if last else accelerator.no_sync(model):
                logits = model(input_ids=part[:, :-1], use_cache=False).logits
                part_loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), part[:, 1:].flatten())
                part_loss = part_loss * len(part) / rows
                accelerator.backward(part_loss)
            loss += part_loss.detach()
        norm = accelerator.clip_grad_norm_(parameters, config.train.clip or math.inf)
        loss = accelerator.reduce(loss, "mean")
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise EngineError(
                f"The loss is no longer a number at step {step:,}, and nothing of that step was kept. "
                f"Start a new run with half the learning rate ({config.train.learning_rate / 2:g})."
            )
        optimizer.step()
        optimizer.zero_grad()
        return float(loss)

    return learn


def _noise_seed(*place: int) -> int:
    return int.from_bytes(hashlib.sha256(repr(place).encode()).digest()[:7], "big")


def _threads(before: int, accelerator: Accelerator, config: RunConfig, vocabulary: int) -> int:
    """The number of threads the run began with, so that it goes on exactly; measured on a throw-away model at first."""
    if before and accelerator.num_processes == 1:
        torch.set_num_threads(before)
        return before
    if accelerator.num_processes > 1 or accelerator.device.type != "cpu":
        return torch.get_num_threads()
    return device.choose_threads(rehearsal(config, vocabulary)[0])


def rehearsal(config: RunConfig, vocabulary: int) -> tuple[Callable[[], None], int]:
    """A step with a throw-away model on random tokens, and how many it reads: few for large models, to be quick."""
    place = device.best()
    model = models.build(config.model, vocabulary, 0, 0).to(place)
    optimizer = adamw(model, config.train)
    affordable = REHEARSED_FLOPS / 6 / config.model.parameters(vocabulary)
    rows = max(1, min(config.train.batch, int(affordable / config.model.context)))
    shape = (rows, config.model.context + 1)
    batch = torch.randint(vocabulary, shape, generator=torch.Generator().manual_seed(0)).to(place)
    bf16 = config.train.precision == "bf16"

    def step() -> None:
        with torch.autocast(place.type, torch.bfloat16, enabled=bf16):
            logits = model(input_ids=batch[:, :-1], use_cache=False).logits
        torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), batch[:, 1:].flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if place.type == "cuda":
            torch.cuda.synchronize()

    return step, rows * config.model.context


def _stopped(accelerator: Accelerator, stop: Callable[[], bool]) -> bool:
    asked = stop()
    if accelerator.num_processes == 1:
        return asked
    if asked:
        accelerator.set_trigger()
    return bool(accelerator.check_trigger())


def _mark(
    run: Run,
    config: RunConfig,
    model: PreTrainedModel,
    tokenizer: Tokenizer,
    heldout: Tokens,
    state: State,
) -> Iterator[events.Event]:
    """The once-in-a-while part: held-out loss, and a sample for each prompt with a seed of its own."""
    if len(heldout):
        loss, bits = evaluate.score(model, heldout, tokenizer)
        if loss < state.best_loss:
            state.best_loss, state.best_step = loss, state.step
        yield events.Evaluated(state.step, loss, bits)
    model.eval()
    for prompt in config.train.prompts:
        settings = GenerateConfig(max_new_tokens=config.train.sample_tokens, seed=config.train.seed + 1)
        ids = [int(i) for i in tokenizers.encode(tokenizer, [prompt])[0]] if prompt else []
        ids = [tokenizers.end_of_text(tokenizer), *ids[-config.model.context + 1 :]]
        pieces = generation.write_ids(model, tokenizer, ids, settings, settings.seed, lambda: False)
        text = next(event.text for event in pieces if isinstance(event, events.TextGenerated))
        yield events.SampleWritten(state.step, prompt, text)


def _save(
    run: Run,
    config: RunConfig,
    prepared: Prepared,
    model: PreTrainedModel,
    optimizer: torch.optim.Optimizer,
    state: State,
    resumed_from: int,
) -> events.CheckpointSaved:
    if run.events_file.exists():
        durable.sync(run.events_file)  # what the checkpoint stands for must be on disk before it
    saved = checkpoints.save(run, model, prepared.folder / "tokenizer.json", optimizer, state, config)
    checkpoints.prune(run, state.best_step, resumed_from)
    return events.CheckpointSaved(state.step, run.project.relative(saved.folder))


def _closing_words(outcome: str, state: State) -> str:
    if outcome == "stopped" and state.step == 0:
        return "Stopped before the first step. Resume begins anew."
    if outcome == "stopped":
        return f"Stopped and saved at step {state.step:,}. Resume goes on from there."
    best = f" The best held-out loss was at step {state.best_step:,}, and it is kept." if state.best_step else ""
    return f"Finished after {state.step:,} steps.{best}"
