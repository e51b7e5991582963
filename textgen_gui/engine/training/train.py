"""The training loop. Reads best as a whole: ``_train`` is the loop, and session.py holds its parts.

A step is a pure function of weights, optimizer state, seed and step, so resuming is exact however often a run dies.
"""

import contextlib
import os
import time
from collections.abc import Generator, Iterator

from accelerate import Accelerator
from wakepy import keep

from ..core import atomic_io, event_log, events
from ..core.config import Pace, RunConfig
from ..core.control import Ask, hold, never
from ..core.errors import EngineError
from ..core.events import Outcome
from ..core.project import Run
from ..models import checkpoint as checkpoints
from ..models import fsdp, made_with
from ..models.state import State
from ..runtime import device, heap
from .budget import as_planned
from .coach import Coach, coached
from .initial_model import can_take_lora, damage_of_start
from .mend import mend
from .preflight import preflight
from .session import open_session
from .texts import TrainingTexts, open_texts


def recorded(run: Run, stop: Ask, pace: Pace = Pace.BALANCED, paused: Ask = never) -> Iterator[events.Event]:
    """Rehearses and trains, keeps the machine awake meanwhile, and writes down what happens."""
    happened = train(run, stop, rehearsal=True, pace=pace, paused=paused)
    try:
        with keep.running(on_fail="pass"):
            is_first = os.environ.get("RANK", "0") == "0"  # under accelerate launch only that one speaks and records
            last: events.Event | None = None
            for event in event_log.record(happened, run.events_file, run.samples_file) if is_first else happened:
                last = event
                if is_first:
                    yield event
            match last:
                case events.RunFinished(outcome=Outcome.FAILED):
                    if not is_first:
                        raise EngineError(last.message)  # or the others would wait for this one
                case _:
                    device.wait_for_all()
    finally:
        heap.give_back()


def train(
    run: Run, stop: Ask, rehearsal: bool = False, pace: Pace = Pace.BALANCED, paused: Ask = never
) -> Iterator[events.Event]:
    """Trains or resumes a run until it is done or ``stop()``, and waits while ``paused()``.

    ``rehearsal``: the first start begins with a preflight. Raises EngineError at once for bad input.
    """
    config = run.config()
    texts = open_texts(run, config)
    happened = _train(run, config, texts, stop, rehearsal, pace, paused)
    return coached(happened, Coach(config, texts.prepared.tokens, len(texts.heldout)), run)


def _train(
    run: Run, config: RunConfig, texts: TrainingTexts, stop: Ask, rehearsal: bool, pace: Pace, paused: Ask
) -> Iterator[events.Event]:
    heap.keep()
    began = time.monotonic()
    accelerator = device.accelerator()
    fsdp.refuse(accelerator, config)
    with run.lock() if accelerator.is_main_process else contextlib.nullcontext():
        atomic_io.sweep(run.folder)
        atomic_io.sweep(run.checkpoints_folder)
        resumed, refused = checkpoints.newest_good(run)
        refused += damage_of_start(run, config) if resumed is None else []
        baselines: list[events.Baseline] = []
        if rehearsal and resumed is None and accelerator.num_processes == 1 and not accelerator.is_fsdp2:
            baselines = yield from _rehearsed(run, config, texts, accelerator, stop)
        config = as_planned(run, config, resumed)
        session = open_session(run, config, texts, accelerator, resumed, pace)
        # However long it took or the computer slept, there is time left to learn in.
        session.state.before_s = session.state.before_s or min(time.monotonic() - began, config.budget_s / 2)
        yield session.started()
        yield from session.evaluate_beginning()
        yield from baselines
        yield from map(events.Warned, [*refused, *(made_with.not_exact(resumed) if resumed else [])])
        outcome, message, state = Outcome.FINISHED, "", session.state
        try:
            while state.step < session.config.train.steps:
                hold(stop, paused)
                if session.generation_is_over():
                    yield session.begin_generation()
                for event in session.hear_teachers():
                    yield event
                    hold(stop, paused)
                    if stop():
                        break  # what was heard only in part is not known, and asked for again by a run that resumes
                learnt_out = session.has_learnt_out()
                if session.agreed(learnt_out or stop()):
                    outcome, message = (Outcome.FINISHED, _early_words(state)) if learnt_out else (Outcome.STOPPED, "")
                    break
                yield from session.learn()
                if session.evaluation_is_due():
                    yield from session.plan_again()
                    yield from session.evaluate_and_save()
                elif session.more_is_due():
                    yield from session.sample_and_save()
            yield from session.save()
        except EngineError as problem:
            outcome, message = Outcome.FAILED, str(problem)
            yield from filter(None, [_mend(run, config, problem)])
        yield events.RunFinished(outcome, state.step, state.best_step, message or _closing_words(outcome, state))


def _rehearsed(
    run: Run, config: RunConfig, texts: TrainingTexts, accelerator: Accelerator, stop: Ask
) -> Generator[events.Event, None, list[events.Baseline]]:
    """The preflight; where it fails, also what another run should do otherwise."""
    try:
        return (yield from preflight(run, config, texts, accelerator, stop))
    except EngineError as problem:
        yield from filter(None, [_mend(run, config, problem)])
        raise


def _mend(run: Run, config: RunConfig, problem: EngineError) -> events.MendOffered | None:
    return mend(config, problem, not config.start.model or can_take_lora(run.project, config.start.model))


def _early_words(state: State) -> str:
    return f"Stopped early at step {state.step:,}: nothing was gained since step {state.best_step:,}, which is kept."


def _closing_words(outcome: Outcome, state: State) -> str:
    if outcome == Outcome.STOPPED and state.step == 0:
        return "Stopped before the first step. Resume begins anew."
    if outcome == Outcome.STOPPED:
        return f"Stopped and saved at step {state.step:,}. Resume goes on from there."
    best = f" The best held-out loss was at step {state.best_step:,}, and it is kept." if state.best_step else ""
    return f"Finished after {state.step:,} steps.{best}"
