"""What is wanted -> a run folder: a preset, changed settings, and a time budget measured out into steps."""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from ..core import events, schema
from ..core.config import ModelConfig, Precision, RunConfig
from ..core.control import Ask, never
from ..core.errors import ConfigError, ProjectError
from ..core.presets import (
    TOKENS_A_WEIGHT,
    WEIGHTS_A_TOKEN,
    PresetName,
    Rung,
    dropouts,
    gentler,
    ladder,
    presets,
)
from ..core.project import Project
from ..core.run_request import RunRequest
from ..models import model as models
from ..text import dataset
from ..text import tokenizer as tokenizers
from ..text.dataset import Prepared
from ..text.staleness import current
from .initial_model import refuse_other_tokens, start_folder
from .measured import tokens_per_s
from .preflight import STEPS
from .schedule import stages
from .texts import HELDOUT_TOKENS

EVALUATIONS = 20  # how often a run is looked at when a time budget decides
# What an evaluation costs besides reading held-out text: a sampled token and a save, and the bytes a second they move.
SAMPLED_TOKEN_S, SAVE_S = 0.001, 0.06
READ_BYTES_S, SAVED_BYTES_S = 1.5e10, 3e8
START_S = 6.0  # preflight and loading, without the steps of the preflight
CONTEXT = 256  # tokens that a model from elsewhere reads at once while it learns, without a graphics card
HALF_GAIN = 1.6  # how much faster half precision is, about
FASTER = 1.15  # half precision must be worth giving up exactness for


@dataclass(frozen=True, slots=True)
class Measured:
    """A configuration whose precision is decided, and how many tokens a second this machine learns with it."""

    config: RunConfig
    tokens_per_s: float


def new_run(project: Project, request: RunRequest, stop: Ask = never) -> Iterator[events.Event]:
    """Writes a run folder. The last event is RunCreated, which does not come when it was stopped.

    Raises ConfigError or ProjectError before the first event for what cannot work.
    """
    config = request.wanted()
    prepared = current(project)
    if prepared is None:
        raise ProjectError(f"The texts of “{project.name}” are not prepared, or changed since. Prepare them first.")
    if config.start.model:
        config = _fine_tuned(project, config, prepared, request.chosen)
    for stage in stages(config.train):
        dataset.check_length(prepared, config.model.context, stage.group)
    config = replace(config, prepared=prepared.folder.name, data=prepared.fingerprint)
    return _new_run(project, config, prepared, request, stop)


def _new_run(
    project: Project, config: RunConfig, prepared: Prepared, request: RunRequest, stop: Ask
) -> Iterator[events.Event]:
    started = time.monotonic()
    if request.preset == PresetName.AUTO and not config.start.model:
        config = yield from _chosen_by_time(config, prepared, request, started, stop)
    if stop():
        return
    yield events.Progressed("Measuring this machine", 0, 0, 0)
    measured = _fastest(config, prepared.vocabulary)
    if request.minutes is not None:
        measured = _fitted(measured, prepared, request, started)
    config = measured.config
    if "train.mark_every" not in request.chosen:
        config = _with_train(config, mark_every=max(1, round(config.train.steps / EVALUATIONS)))
    if stop():
        return
    if not prepared.folder.exists():
        raise ProjectError(f"The texts of “{project.name}” were prepared anew while the run was made. Make it again.")
    run = project.write_run(config, request.name or _usual_name(config, request))
    yield events.RunCreated(project.relative(run.folder))


def _usual_name(config: RunConfig, request: RunRequest) -> str:
    if config.start.model:
        return "fine-tune"
    if request.preset == PresetName.AUTO:
        return f"{request.minutes:g} minute{'s' * (request.minutes != 1)}"
    return request.preset.value


# --- a time budget


def _chosen_by_time(
    config: RunConfig, prepared: Prepared, request: RunRequest, started: float, stop: Ask
) -> Generator[events.Event, None, RunConfig]:
    """Climbs the ladder of models as far as time and text carry. What the user asked for stays as asked."""
    for number, rung in enumerate(ladder):
        yield events.Progressed("Measuring which model learns most in this time", number, len(ladder), 0)
        tried = _on_rung(config, rung, request)
        weights = tried.model.parameters(prepared.vocabulary)
        if number and (weights > WEIGHTS_A_TOKEN * prepared.tokens or prepared.tokens <= tried.model.context):
            break
        measured = _fastest(tried, prepared.vocabulary)
        affordable = measured.tokens_per_s * _left_s(request, started)
        if stop() or (number and affordable < TOKENS_A_WEIGHT * weights):
            break
        config = measured.config
    return config


def _on_rung(config: RunConfig, rung: Rung, request: RunRequest) -> RunConfig:
    """``config`` is that of the rung below. Half precision, once found to be faster, stays: larger models gain more."""
    decided = config.train.precision
    precision = request.wanted().train.precision if decided == Precision.FP32 else decided
    train = replace(config.train, batch=rung.batch, learning_rate=rung.learning_rate, precision=precision)
    on_rung = replace(config, model=rung.model(), train=train)
    tried: RunConfig = schema.overlaid(on_rung, request.config, request.chosen)
    return tried


def _left_s(request: RunRequest, started: float) -> float:
    assert request.minutes is not None
    return request.minutes * 60 - (time.monotonic() - started)


def _fitted(measured: Measured, prepared: Prepared, request: RunRequest, started: float) -> Measured:
    """As many steps as fit into the time, and as much dropout as suits how often they read the texts."""
    config, speed = measured.config, measured.tokens_per_s
    epochs = speed * _left_s(request, started) / prepared.tokens
    dropout = next(share for most, share in dropouts if epochs <= most)
    if dropout != config.model.dropout and "model.dropout" not in request.chosen and not config.start.model:
        config = replace(config, model=replace(config.model, dropout=dropout))
        speed = tokens_per_s(config, prepared.vocabulary)
    preflight_s = START_S + STEPS * config.train.batch * config.model.context / speed
    assert request.minutes is not None
    left_s = max(_left_s(request, started) - preflight_s, request.minutes * 30)
    return Measured(_with_train(config, steps=steps_within(left_s, config, prepared.vocabulary, speed)), speed)


def steps_within(time_s: float, config: RunConfig, vocabulary: int, speed: float) -> int:
    """The number of steps, with their evaluations, that fit into the time at ``speed`` tokens a second."""
    exact = speed if config.train.precision == Precision.FP32 else speed / HALF_GAIN  # in which evaluations are scored
    heldout_s = 2 * HELDOUT_TOKENS / (3 * exact)
    weights = config.model.parameters(vocabulary)
    token_s, save_s = SAMPLED_TOKEN_S + 4 * weights / READ_BYTES_S, SAVE_S + 12 * weights / SAVED_BYTES_S
    evaluation_s = heldout_s + len(config.train.prompts) * config.train.sample_tokens * token_s + save_s
    left_s = max(time_s - EVALUATIONS * evaluation_s, time_s / 2)
    return max(1, int(left_s * speed / (config.train.batch * config.model.context)))


# --- how fast this machine is


def _fastest(config: RunConfig, vocabulary: int) -> Measured:
    """In half precision, where that is left open and faster by enough."""
    if config.train.precision != Precision.AUTO:
        return Measured(config, tokens_per_s(config, vocabulary))
    exact, half = _with_train(config, precision=Precision.FP32), _half_precision()
    speed = tokens_per_s(exact, vocabulary)
    if half is None:
        return Measured(exact, speed)
    rounded = _with_train(config, precision=half)
    faster = tokens_per_s(rounded, vocabulary)
    return Measured(rounded, faster) if faster > FASTER * speed else Measured(exact, speed)


def _half_precision() -> Precision | None:
    """What this machine was made for besides fp32, if anything."""
    if torch.cuda.is_available():
        return Precision.BF16 if torch.cuda.is_bf16_supported(including_emulation=False) else Precision.FP16
    known = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return Precision.BF16 if known else None


def measure_presets(vocabulary: int, stop: Ask) -> Iterator[events.Event]:
    """The speed of each preset on this machine, the smallest first."""
    for name, preset in presets.items():
        if stop():
            return
        config = RunConfig(model=preset.model, train=preset.train)
        yield events.PresetMeasured(name, tokens_per_s(config, vocabulary))


# --- a model to go on from


def _fine_tuned(project: Project, config: RunConfig, prepared: Prepared, chosen: frozenset[str]) -> RunConfig:
    """The shape of the model it goes on from, and a gentler learning rate, so that it does not forget at once."""
    folder = start_folder(project, config.start.model)
    shape = models.describe(folder)
    refuse_other_tokens(tokenizers.load(folder / "tokenizer.json"), prepared.tokenizer())
    if config.start.frozen > shape.layers:
        raise ConfigError(
            f"The model has {shape.layers} layers, so {config.start.frozen} cannot be frozen. Choose fewer."
        )
    context = config.model.context if "model.context" in chosen else _usual_context(shape)
    start = replace(config.start, model=_relative(project, config.start.model))
    config = replace(config, model=replace(shape, context=min(shape.context, context)), start=start)
    if "train.learning_rate" not in chosen:
        config = _with_train(config, learning_rate=config.train.learning_rate * gentler(config.start))
    return config


def _usual_context(shape: ModelConfig) -> int:
    return shape.context if torch.cuda.is_available() else CONTEXT


def _relative(project: Project, model: str) -> str:
    """As it is written in run.toml: relative inside the project, so that the project can move."""
    return project.relative((project.folder / model).resolve())


def describe_start(project: Project, model: str) -> events.StartDescribed:
    """What a run would go on from. Raises CheckpointError or ProjectError when it cannot."""
    folder = start_folder(project, model)
    shape, known, prepared = models.describe(folder), tokenizers.load(folder / "tokenizer.json"), current(project)
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    words = f"{shape.layers} layers of width {shape.width:,}, {known.get_vocab_size():,} tokens, {size / 1e6:,.0f} MB."
    fits = prepared is None or known.get_vocab() == prepared.tokenizer().get_vocab()
    return events.StartDescribed(model, str(folder), words, fits)


def _with_train(config: RunConfig, **changes: Any) -> RunConfig:
    return replace(config, train=replace(config.train, **changes))
