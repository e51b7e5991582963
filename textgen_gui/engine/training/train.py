"""The training loop. Reads best as a whole: ``_train`` is the loop, below it are its parts in order of use.

A step is a pure function of weights, optimizer state, seed and step, so resuming is exact however often a run dies.
"""

import contextlib
import os
import statistics
import time
from collections import deque
from collections.abc import Iterator, Sequence

import torch
from accelerate import Accelerator
from tokenizers import Tokenizer
from transformers import PreTrainedModel
from wakepy import keep

from ..core import atomic_io, events
from ..core.config import Pace, RunConfig, TrainConfig
from ..core.control import Ask, hold, never
from ..core.errors import EngineError, ProjectError
from ..core.events import Outcome
from ..core.generation_config import GenerateConfig
from ..core.project import Run
from ..models import checkpoint as checkpoints
from ..models import fsdp
from ..models.averaging import Average
from ..models.checkpoint import State
from ..models.fast_training import disable_fast_training
from ..models.fsdp import Whole
from ..runtime import device, heap
from ..runtime.pace import Pacer, let_others_go_first
from ..text import dataset
from ..text import tokenizer as tokenizers
from ..text.dataset import Prepared
from ..text.tokenizer import Tokens
from ..writing import generate as generation
from . import evaluate, measure
from .coach import Coach, mend
from .initial_model import begin
from .optimizer import optimizer_of
from .preflight import HELDOUT_TOKENS, rehearse
from .schedule import stages
from .step import Learner


def recorded(run: Run, stop: Ask, pace: Pace = Pace.BALANCED, paused: Ask = never) -> Iterator[events.Event]:
    """Rehearses and trains, keeps the machine awake meanwhile, and writes down what happens."""
    happened = train(run, stop, rehearsal=True, pace=pace, paused=paused)
    try:
        with keep.running(on_fail="pass"):
            if os.environ.get("RANK", "0") == "0":
                yield from events.record(happened, run.events_file, run.samples_file)
            else:  # under accelerate launch only the first process speaks and records
                last = deque(happened, maxlen=1).pop()
                if isinstance(last, events.RunFinished) and last.outcome == Outcome.FAILED:
                    raise EngineError(last.message)  # or the others would wait for this one
    finally:
        heap.give_back()


def train(
    run: Run, stop: Ask, rehearsal: bool = False, pace: Pace = Pace.BALANCED, paused: Ask = never
) -> Iterator[events.Event]:
    """Trains or resumes a run until it is done or ``stop()``, and waits while ``paused()``; a first start is rehearsed
    where wanted.

    Raises EngineError at once for bad input.
    """
    config = run.config()
    prepared = Prepared.load(run.project.prepared_folder / config.prepared)
    if prepared.fingerprint != config.data:
        raise ProjectError(
            f"The texts were prepared anew since “{run.name}” began. Start a new run with the new texts."
        )
    for stage in stages(config.train):
        dataset.check_length(prepared, config.model.context, stage.group)
    return _train(run, config, prepared, stop, rehearsal, pace, paused)


def _train(
    run: Run, config: RunConfig, prepared: Prepared, stop: Ask, rehearsal: bool, pace: Pace, paused: Ask
) -> Iterator[events.Event]:
    heap.keep()
    accelerator = device.accelerator()
    fsdp.refuse(accelerator, config)
    lock = run.lock() if accelerator.is_main_process else contextlib.nullcontext()
    with lock:
        atomic_io.sweep(run.folder)
        atomic_io.sweep(run.checkpoints_folder)
        heldout, tokenizer = prepared.heldout_sample(HELDOUT_TOKENS), prepared.tokenizer()
        resumed, refused = checkpoints.newest_good(run)
        baselines: list[events.Baseline] = []
        if rehearsal and resumed is None and accelerator.num_processes == 1 and not accelerator.is_fsdp2:
            try:
                baselines = yield from rehearse(run, config, prepared, accelerator, stop)
            except EngineError as problem:
                yield from filter(None, [mend(config, problem)])
                raise
        with accelerator.main_process_first():  # which may copy a model into the run
            model = begin(run, config, prepared, resumed)
        optimizer = optimizer_of(model, config.train)
        split_and_first = accelerator.is_fsdp2 and accelerator.is_main_process
        plain_model = begin(run, config, prepared, resumed) if split_and_first else None
        if accelerator.is_fsdp2 or device.compiles(accelerator):
            disable_fast_training(model)  # it would hold the whole weights, and nothing can compile it
        joined_model, joined_optimizer = accelerator.prepare(model, optimizer)
        state, means = checkpoints.restore(resumed, model, optimizer, config) if resumed else (State(), [])
        average = Average(model, config, state, means)
        resumed_from = state.step

        def look() -> Whole:
            """All there is, as a mark sees it: every process comes here."""
            now = Whole(model, optimizer.state, average)
            return fsdp.gathered(now, plain_model, config, state) if accelerator.is_fsdp2 else now

        learn = Learner(accelerator, joined_model, joined_optimizer, prepared, config, state)
        state.threads = measure.threads(state.threads, accelerator, config, prepared.vocabulary, pace)
        speed = Pacer(state.threads, pace if accelerator.device.type == "cpu" else Pace.ALL)
        if pace == Pace.GENTLE:
            let_others_go_first()
        parameters = sum(p.numel() for p in model.parameters())
        coach, last_of_stages = Coach(config, prepared.tokens, parameters), {s.last for s in stages(config.train)}
        yield events.RunStarted(
            run=run.project.relative(run.folder),
            device=device.describe(),
            parameters=parameters,
            steps=config.train.steps,
            processes=accelerator.num_processes,
            resumed_from=resumed_from,
            threads=state.threads,
            precision=config.train.precision.replace("auto", "fp32"),  # in a run that nobody planned
            micro_batch=state.micro_batch,
            accumulation=learn.rows // state.micro_batch,
            elapsed_s=state.elapsed_s,
        )
        yield from baselines
        yield from map(events.Warned, [*refused, *(checkpoints.not_exact(resumed) if resumed else [])])
        yield from coach.before()
        recent: deque[float] = deque(maxlen=50)
        outcome, message, saved_at = Outcome.FINISHED, "", resumed_from
        try:
            while state.step < config.train.steps:
                early = accelerator.is_main_process and _learnt_out(config.train, state)  # only that one sees the marks
                hold(stop, paused)
                if _agreed(accelerator, early or stop()):
                    outcome, message = (Outcome.FINISHED, _early_words(state)) if early else (Outcome.STOPPED, "")
                    break
                started, step = time.monotonic(), state.step + 1
                loss = learn(step)
                recent.append(_without_sleep(time.monotonic() - started, recent))
                speed.took(recent[-1])
                average.take(step)
                state.step, state.elapsed_s = step, state.elapsed_s + recent[-1]
                yield events.StepDone(
                    step,
                    loss,
                    optimizer.param_groups[0]["lr"],
                    len(recent) * config.train.batch * config.model.context / sum(recent),
                    state.elapsed_s,
                )
                yield from map(events.Warned, learn.warnings)
                yield from coach.step(step, loss)
                if step % config.train.mark_every == 0 or step in last_of_stages:
                    started, seen = time.monotonic(), look()
                    if accelerator.is_main_process:
                        with seen.average.shown() as plain:
                            yield from _mark(run, config, seen.model, tokenizer, heldout, state, coach)
                            yield _save(run, config, prepared, seen, state, resumed_from, plain)
                    state.elapsed_s, saved_at = state.elapsed_s + time.monotonic() - started, step
            if state.step != saved_at:
                seen = look()
                if accelerator.is_main_process:
                    with seen.average.shown() as plain:
                        yield _save(run, config, prepared, seen, state, resumed_from, plain)
        except EngineError as problem:
            outcome, message = Outcome.FAILED, str(problem)
            yield from filter(None, [mend(config, problem)])
        yield events.RunFinished(outcome, state.step, state.best_step, message or _closing_words(outcome, state))


def _without_sleep(seconds: float, recent: Sequence[float]) -> float:
    """A step during which the computer slept counts like the ones before it, or no speed would be true any more."""
    usual = statistics.median(recent) if recent else seconds
    return usual if seconds > max(60.0, 20 * usual) else seconds


def _learnt_out(config: TrainConfig, state: State) -> bool:
    marks = (state.step - state.best_step) / config.mark_every
    return state.best_step > 0 and 0 < config.patience <= marks


def _agreed(accelerator: Accelerator, asked: bool) -> bool:
    """Whether any of the processes asks to end, so that all end at the same step."""
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
    coach: Coach,
) -> Iterator[events.Event]:
    """The once-in-a-while part: held-out loss, and a sample for each prompt with a seed of its own."""
    if len(heldout):
        loss, bits = evaluate.score(model, heldout, tokenizer)
        if loss < state.best_loss:
            state.best_loss, state.best_step = loss, state.step
        yield events.Evaluated(state.step, loss, bits)
        yield from coach.mark(state.step, loss)
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
    seen: Whole,
    state: State,
    resumed_from: int,
    plain: list[torch.Tensor],
) -> events.CheckpointSaved:
    if run.events_file.exists():
        atomic_io.sync(run.events_file)  # what the checkpoint stands for must be on disk before it
    saved = checkpoints.save(run, seen.model, prepared.tokenizer(), seen.moments, state, config, plain)
    checkpoints.prune(run, state.best_step, resumed_from)
    return events.CheckpointSaved(state.step, run.project.relative(saved.folder))


def _early_words(state: State) -> str:
    return f"Stopped early at step {state.step:,}: nothing was gained since step {state.best_step:,}, which is kept."


def _closing_words(outcome: Outcome, state: State) -> str:
    if outcome == Outcome.STOPPED and state.step == 0:
        return "Stopped before the first step. Resume begins anew."
    if outcome == Outcome.STOPPED:
        return f"Stopped and saved at step {state.step:,}. Resume goes on from there."
    best = f" The best held-out loss was at step {state.best_step:,}, and it is kept." if state.best_step else ""
    return f"Finished after {state.step:,} steps.{best}"
