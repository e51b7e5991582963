"""What is wanted -> a run folder: a preset, changed settings, and a time budget measured out into steps."""

import contextlib
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..core import events, notes, schema
from ..core.config import Precision, RunConfig
from ..core.control import Ask, Stopped, never, until_stopped
from ..core.errors import ProjectError
from ..core.presets import (
    COUNTER_EPOCHS,
    TOKENS_A_WEIGHT,
    TOKENS_IF_LARGE,
    USUAL_WEIGHTS_A_TOKEN,
    WEIGHTS_A_TOKEN,
    PresetName,
    Rung,
    ladder,
    presets,
)
from ..core.project import Project, Run
from ..core.run_request import RunRequest, usual_name
from ..core.time_budget import EVALUATIONS, FEWEST_EVALUATIONS
from ..runtime import device
from ..text import dataset
from ..text.dataset import Prepared
from ..text.staleness import current
from . import beginning, measure
from .beginning import Begun
from .generations import suiting, suiting_dropout
from .measured import speeds
from .preflight import STEPS
from .schedule import stages
from .texts import heldout_tokens

EVALUATING = 0.2  # of its time: a large model, whose looks would take more than that, is looked at less often
# What an evaluation costs besides reading held-out text: a sampled token and a save, and the bytes a second they move.
SAMPLED_TOKEN_S, SAVE_S = 0.001, 0.06
READ_BYTES_S, SAVED_BYTES_S = 1.5e10, 3e8
START_S = 6.0  # preflight and loading, without the steps of the preflight
HALF_GAIN = 1.6  # how much faster half precision is, about
AMPLE = 2  # times what a run should take that ends early: a slower computer leaves nothing of it out
LONG_S, LONG_STEP_S = 20.0, 60.0  # longer than that is said before
GUESSED = 10_000_000  # weights; the speed of a larger preset is told by that of a smaller one
FASTER = 1.15  # half precision must be worth giving up exactness for


@dataclass(frozen=True, slots=True)
class Measured:
    """A configuration whose precision is decided, and how many tokens a second this computer learns with it."""

    config: RunConfig
    tokens_per_s: float


def new_run(project: Project, request: RunRequest, stop: Ask = never) -> Iterator[events.Event]:
    """Writes a run folder. The last event is RunCreated, which does not come when it was stopped.

    Raises ConfigError or ProjectError before the first event for what cannot work.
    """
    own, request = current(project), request.in_its_shape()
    if own is None:
        raise ProjectError(f"The texts of “{project.name}” are not prepared, or changed since. Prepare them first.")
    own.verify()
    begun = beginning.begun(project, request)
    if begun.tokens is None:
        _check_length(own, begun.config)
    return until_stopped(_noted(project, _new_run(project, begun, own, request, stop)))


def _noted(project: Project, happened: Iterator[events.Event]) -> Iterator[events.Event]:
    """What is said of a run while it is planned stays with it; it is as good without."""
    said = list[str]()
    for event in happened:
        match event:
            case events.StartDescribed():
                said.append(event.words)
            case events.Warned():
                said.append(event.message)
            case events.RunCreated():
                with contextlib.suppress(ProjectError):
                    notes.write_plan(Run(project.folder / event.run), " ".join(said))
        yield event


def _check_length(prepared: Prepared, config: RunConfig) -> None:
    for stage in stages(config.train):
        dataset.check_length(prepared, config.model.context, stage.group)


def _new_run(project: Project, begun: Begun, own: Prepared, request: RunRequest, stop: Ask) -> Iterator[events.Event]:
    started = time.monotonic()
    yield from map(events.Warned, request.notes)
    if request.is_automatic:
        begun = yield from beginning.choosing(project, own, request, stop)
    prepared = yield from beginning.preparing(project, own, begun, stop)
    if prepared is None or stop():
        return
    config = beginning.going_on(begun.config, prepared, request)
    _check_length(prepared, config)
    config = replace(config, prepared=prepared.folder.name, data=prepared.fingerprint)
    if request.preset == PresetName.AUTO and not config.start.model and not config.model.shape:
        measured = yield from _chosen_by_time(config, prepared, request, started, stop)
    elif request.minutes is None and measure.may_fit_later(config, prepared.vocabulary):
        measured = _unmeasured(config)  # the rehearsal says so, and what would fit instead
    else:
        yield _measuring(config, prepared.vocabulary)
        measured = _fastest(config, prepared.vocabulary, measure.measuring_s(request.minutes), stop)
    if stop():
        return
    if request.minutes is not None:
        measured = _fitted(measured, prepared, request, started)
    config = measured.config
    yield from _long_steps(measured)
    yield from beginning.ends_early(config, prepared, request)
    if "train.mark_every" not in request.chosen:
        config = _with_train(config, mark_every=max(1, round(config.train.steps / _evaluations(measured, prepared))))
    if stop():
        return
    if not prepared.folder.exists():
        raise ProjectError(f"The texts of “{project.name}” were prepared anew while the run was made. Make it again.")
    usual = usual_name(request.preset, request.minutes, own.used(), goes_on=bool(request.config.start.model))
    run = project.write_run(config, request.name or usual)
    yield events.RunCreated(project.relative(run.folder))


def _measuring(config: RunConfig, vocabulary: int) -> events.Progressed:
    """Raises MemoryShortError for what does not fit; says how long it takes where somebody would wonder."""
    measure.refuse_too_large(config, vocabulary)
    expected_s = measure.expected_s(config, vocabulary)
    words = f", which takes about {_duration(expected_s)}" if expected_s > LONG_S else ""
    return events.Progressed(f"Measuring how fast this computer learns{words}", 0, 0, 0)


def _long_steps(measured: Measured) -> Iterator[events.Warned]:
    step_s = measured.config.train.batch * measured.config.model.context / measured.tokens_per_s
    if step_s > LONG_STEP_S:
        yield events.Warned(
            f"One step of this run takes about {_duration(step_s)}, and nothing is shown or saved before it is done. A "
            "smaller batch or a smaller model makes it shorter."
        )


def _duration(seconds: float) -> str:
    for unit, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name}"
    return f"{max(1, round(seconds))} seconds"


# --- a time budget


def _chosen_by_time(
    config: RunConfig, prepared: Prepared, request: RunRequest, started: float, stop: Ask
) -> Generator[events.Event, None, Measured]:
    """Climbs the ladder of models as far as time and text carry. What the user asked for stays as asked."""
    below, longest_s, began = Measured(config, float("inf")), measure.measuring_s(request.minutes), time.monotonic()
    for number, rung in enumerate(ladder):
        yield events.Progressed("Measuring which model learns most in this time", number, len(ladder), 0)
        tried = _on_rung(below.config, rung, request)
        weights = tried.model.parameters(prepared.vocabulary)
        if number and (weights > WEIGHTS_A_TOKEN * prepared.tokens or prepared.tokens <= tried.model.context):
            break
        wanted = weights * (TOKENS_A_WEIGHT if weights <= USUAL_WEIGHTS_A_TOKEN * prepared.tokens else TOKENS_IF_LARGE)
        spare_s = longest_s - (time.monotonic() - began)
        found = _guessed(tried, below, prepared.vocabulary)
        if not number or (spare_s > 0 and _affordable(found, request, started) > weights):
            found = _fastest(tried, prepared.vocabulary, min(measure.LONGEST_S, max(spare_s, longest_s / 4)), stop)
        if stop() or (number and _affordable(found, request, started) < wanted):
            break
        below = found
    return below


def _guessed(config: RunConfig, below: Measured, vocabulary: int) -> Measured:
    """As fast as the weights say, by the speed of a smaller model: where there is no time, or no need, to measure."""
    share = below.config.model.parameters(vocabulary) / config.model.parameters(vocabulary)
    decided = below.config.train.precision
    undecided = config.train.precision == Precision.AUTO and decided != Precision.AUTO
    return Measured(_with_train(config, precision=decided) if undecided else config, below.tokens_per_s * share)


def _affordable(measured: Measured, request: RunRequest, started: float) -> float:
    """Tokens that can be read in the time that is left."""
    return measured.tokens_per_s * _left_s(request, started)


def _on_rung(config: RunConfig, rung: Rung, request: RunRequest) -> RunConfig:
    """``config`` is that of the rung below. Half precision, once found to be faster, stays: larger models gain more."""
    decided = config.train.precision
    precision = request.wanted().train.precision if decided == Precision.FP32 else decided
    train = replace(
        config.train,
        batch=rung.batch,
        learning_rate=rung.learning_rate,
        short_passages=rung.short_passages,
        precision=precision,
    )
    on_rung = replace(config, model=rung.model, train=train)
    tried: RunConfig = schema.overlaid(on_rung, request.config, request.chosen)
    return tried


def _left_s(request: RunRequest, started: float) -> float:
    assert request.minutes is not None
    return request.minutes * 60 - (time.monotonic() - started)


def _fitted(measured: Measured, prepared: Prepared, request: RunRequest, started: float) -> Measured:
    """As many steps as fit into the time, and as many generations and as much dropout as suit how often they read."""
    config, speed = measured.config, measured.tokens_per_s
    epochs = speed * _left_s(request, started) / prepared.tokens
    by_pace = "train.generations" not in request.chosen and _can_have_generations(config)
    if by_pace:
        config = _with_train(config, generations=suiting(config, prepared, epochs))
    # One that becomes several loses the dropout that suits it alone, and gets a teacher: what nobody may have chosen.
    may_change = config.train.generations > 1 or not {"model.dropout", "train.ngram_teacher"} & request.chosen
    config = replace(config, generations_by_pace=by_pace and may_change)
    if "train.ngram_teacher" not in request.chosen and config.train.generations == 1 and epochs < COUNTER_EPOCHS:
        config = _with_train(config, ngram_teacher=0.0)
    dropout = suiting_dropout(config, prepared, epochs)
    if dropout != config.model.dropout and "model.dropout" not in request.chosen and not config.start.model:
        config = replace(config, model=replace(config.model, dropout=dropout))  # hardly slower; a run plans again
    preflight_s = START_S + STEPS * config.train.batch * config.model.context / speed
    assert request.minutes is not None
    left_s = max(_left_s(request, started) - preflight_s, request.minutes * 30)
    fitting = steps_within(left_s, config, prepared.vocabulary, speed)
    steps = int(min(fitting, beginning.most_steps(config, prepared)))
    budget_s = max(_left_s(request, started), request.minutes * 30)
    if steps < fitting:  # it ends before its time, which is told as what is left
        budget_s = min(budget_s, preflight_s + AMPLE * left_s * steps / fitting)
    return Measured(replace(_with_train(config, steps=steps), budget_s=round(budget_s, 1)), speed)


def _can_have_generations(config: RunConfig) -> bool:
    return not (config.start.model or config.model.shape or config.train.stages)


def steps_within(time_s: float, config: RunConfig, vocabulary: int, speed: float) -> int:
    """The number of steps, with their evaluations, that fit into the time at ``speed`` tokens a second."""
    one_s = _evaluation_s(config, vocabulary, speed)
    left_s = max(time_s - evaluations_within(time_s, one_s) * one_s, time_s / 2)
    return max(1, int(left_s * speed / (config.train.batch * config.model.context)))


def evaluations_within(time_s: float, one_s: float) -> int:
    """How many there are in a run that has so much time, where one takes ``one_s``."""
    return max(FEWEST_EVALUATIONS, int(min(EVALUATIONS, EVALUATING * time_s / one_s)))


def _evaluations(measured: Measured, prepared: Prepared) -> int:
    config = measured.config
    one_s = _evaluation_s(config, prepared.vocabulary, measured.tokens_per_s)
    return evaluations_within(config.budget_s, one_s) if config.budget_s else EVALUATIONS


def _evaluation_s(config: RunConfig, vocabulary: int, speed: float) -> float:
    exact = speed if config.train.precision == Precision.FP32 else speed / HALF_GAIN  # in which evaluations are scored
    heldout_s = 2 * heldout_tokens(config, vocabulary) / (3 * exact)
    weights = config.model.parameters(vocabulary)
    token_s, save_s = SAMPLED_TOKEN_S + 4 * weights / READ_BYTES_S, SAVE_S + 12 * weights / SAVED_BYTES_S
    return heldout_s + len(config.train.prompts) * config.train.sample_tokens * token_s + save_s


# --- how fast this computer is


def _fastest(config: RunConfig, vocabulary: int, longest_s: float, stop: Ask) -> Measured:
    """In half precision, where that is left open and faster by enough; at a tie, or unmeasured, it is not. Raises
    Stopped.
    """
    if config.train.precision != Precision.AUTO:
        precision = config.train.precision
        return Measured(config, speeds(config, vocabulary, [precision], stop=stop, longest_s=longest_s)[precision])
    half = device.half_precision()
    tried = [Precision.FP32, half] if half else [Precision.FP32]
    if measure.is_large(config, vocabulary):
        tried = [measure.by_products(tried, FASTER)]
    found = speeds(config, vocabulary, tried, stop=stop, longest_s=longest_s)
    faster = half if half and found.get(half, 0) > FASTER * found.get(Precision.FP32, 0) else Precision.FP32
    return Measured(_with_train(config, precision=faster), found[faster])


def _tokens_per_s(config: RunConfig, vocabulary: int, stop: Ask = never) -> float:
    precision = config.train.precision
    return speeds(config, vocabulary, [precision], stop)[precision]


def _unmeasured(config: RunConfig) -> Measured:
    exact = config.train.precision == Precision.AUTO
    return Measured(_with_train(config, precision=Precision.FP32) if exact else config, float("inf"))


def measure_presets(vocabulary: int, stop: Ask) -> Iterator[events.Event]:
    """The speed of each preset on this computer, the smallest first. Large ones are told by the one before: whoever
    wants to start a small one need not wait until they are measured.
    """
    speed = smaller = 0.0
    for name, preset in presets.items():
        if stop():
            return
        config = RunConfig(model=preset.model, train=preset.train)
        weights = config.model.parameters(vocabulary)
        try:
            speed = speed * smaller / weights if weights > GUESSED else _tokens_per_s(config, vocabulary, stop)
        except Stopped:
            return
        smaller = weights
        yield events.PresetMeasured(name, speed)


def _with_train(config: RunConfig, **changes: Any) -> RunConfig:
    return replace(config, train=replace(config.train, **changes))
