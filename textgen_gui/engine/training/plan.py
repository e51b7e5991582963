"""What is wanted -> a run folder: a preset, changed settings, and a time budget measured out into steps."""

import dataclasses
import time
from collections.abc import Callable, Iterator

import torch

from ..core import events, schema
from ..core.config import Precision, RunConfig
from ..core.errors import ConfigError, ProjectError
from ..core.presets import TOKENS_A_WEIGHT, WEIGHTS_A_TOKEN, PresetName, dropouts, gentler, ladder, presets
from ..core.project import Project
from ..core.run_request import RunRequest
from ..models import model as models
from ..text import dataset
from ..text import tokenizer as tokenizers
from ..text.dataset import Prepared
from ..text.staleness import current
from .initial_model import refuse_other_tokens, start_folder
from .measure import tokens_per_s
from .preflight import HELDOUT_TOKENS, STEPS
from .schedule import stages

MARKS = 20  # how often a run is looked at when a time budget decides
# What a mark costs besides reading held-out text: a sampled token and a save, and the bytes a second they move.
SAMPLED_TOKEN_S, SAVE_S = 0.001, 0.06
READ_BYTES_S, SAVED_BYTES_S = 1.5e10, 3e8
START_S = 6.0  # rehearsal and loading, without the steps of the rehearsal
CONTEXT = 256  # tokens that a model from elsewhere reads at once while it learns, without a graphics card
HALF_GAIN = 1.6  # how much faster half precision is, about
FASTER = 1.15  # half precision must be worth giving up exactness for


def new_run(project: Project, request: RunRequest) -> Iterator[events.Event]:
    """Writes a run folder. Raises ConfigError or ProjectError before the first event for what cannot work."""
    config = request.wanted()
    prepared = current(project)
    if prepared is None:
        raise ProjectError(f"The texts of “{project.name}” are not prepared, or changed since. Prepare them first.")
    if config.start.model:
        config = _fine_tuned(project, config, prepared, request.chosen)
    for stage in stages(config.train):
        dataset.check_length(prepared, config.model.context, stage.group)
    config = dataclasses.replace(config, prepared=prepared.folder.name, data=prepared.fingerprint)
    if request.preset == PresetName.AUTO and not config.start.model:
        return _chosen_by_time(project, config, prepared, request)
    usual = "fine-tune" if config.start.model else request.preset.value
    return _new_run(project, config, prepared, request, request.name or usual)


def _chosen_by_time(
    project: Project, config: RunConfig, prepared: Prepared, request: RunRequest
) -> Iterator[events.Event]:
    """Climbs the ladder of models as far as time and text carry. What the user asked for stays as asked."""
    started, wanted = time.monotonic(), config.train.precision
    assert request.minutes is not None
    for number, rung in enumerate(ladder):
        yield events.Progressed("Measuring which model learns most in this time", number, len(ladder), 0)
        # Half precision, once it was found to be faster, stays: it gains more on larger models.
        precision = wanted if config.train.precision == Precision.FP32 else config.train.precision
        train = dataclasses.replace(
            config.train, batch=rung.batch, learning_rate=rung.learning_rate, precision=precision
        )
        on_rung = dataclasses.replace(config, model=rung.model(), train=train)
        tried = schema.overlaid(on_rung, request.config, request.chosen)
        weights = tried.model.parameters(prepared.vocabulary)
        if number and (weights > WEIGHTS_A_TOKEN * prepared.tokens or prepared.tokens <= tried.model.context):
            break
        tried, speed = _fastest(tried, prepared.vocabulary)
        read = speed * (request.minutes * 60 - (time.monotonic() - started))
        if number and read < TOKENS_A_WEIGHT * weights:
            break
        config = tried
    name = request.name or f"{request.minutes:g} minute{'s' * (request.minutes != 1)}"
    yield from _new_run(project, config, prepared, request, name, time.monotonic() - started)


def _fine_tuned(project: Project, config: RunConfig, prepared: Prepared, chosen: frozenset[str]) -> RunConfig:
    """The shape of the model it goes on from, and a gentler learning rate, so that it does not forget at once."""
    folder = start_folder(project, config.start.model)
    shape = models.describe(folder)
    refuse_other_tokens(tokenizers.load(folder / "tokenizer.json"), prepared.tokenizer())
    if config.start.frozen > shape.layers:
        raise ConfigError(
            f"The model has {shape.layers} layers, so {config.start.frozen} cannot be frozen. Choose fewer."
        )
    wanted = config.model.context if "model.context" in chosen else CONTEXT if not torch.cuda.is_available() else 2**20
    shape = dataclasses.replace(shape, context=min(shape.context, wanted))
    config = dataclasses.replace(
        config, model=shape, start=dataclasses.replace(config.start, model=_relative(project, config.start.model))
    )
    if "train.learning_rate" not in chosen:
        config = _with_train(config, learning_rate=config.train.learning_rate * gentler(config.start))
    return config


def describe_start(project: Project, model: str) -> events.StartDescribed:
    """What a run would go on from. Raises CheckpointError or ProjectError when it cannot."""
    folder = start_folder(project, model)
    shape, known, prepared = models.describe(folder), tokenizers.load(folder / "tokenizer.json"), current(project)
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    words = f"{shape.layers} layers of width {shape.width:,}, {known.get_vocab_size():,} tokens, {size / 1e6:,.0f} MB."
    fits = prepared is None or known.get_vocab() == prepared.tokenizer().get_vocab()
    return events.StartDescribed(model, str(folder), words, fits)


def _relative(project: Project, model: str) -> str:
    """As it is written in run.toml: relative inside the project, so that the project can move."""
    return project.relative((project.folder / model).resolve())


def _new_run(
    project: Project,
    config: RunConfig,
    prepared: Prepared,
    request: RunRequest,
    name: str,
    spent_s: float = 0.0,
) -> Iterator[events.Event]:
    started, minutes, chosen = time.monotonic() - spent_s, request.minutes, request.chosen
    yield events.Progressed("Measuring this machine", 0, 0, 0)
    config, fast = _fastest(config, prepared.vocabulary)
    if minutes is not None:
        epochs = fast * (minutes * 60 - (time.monotonic() - started)) / prepared.tokens
        dropout = next(share for most, share in dropouts if epochs <= most)
        if dropout != config.model.dropout and "model.dropout" not in chosen and not config.start.model:
            config = dataclasses.replace(config, model=dataclasses.replace(config.model, dropout=dropout))
            fast = tokens_per_s(config, prepared.vocabulary)
        rehearsal_s = START_S + STEPS * config.train.batch * config.model.context / fast
        left_s = minutes * 60 - (time.monotonic() - started) - rehearsal_s
        config = _with_train(config, steps=steps_within(max(left_s, minutes * 30), config, prepared.vocabulary, fast))
    if "train.mark_every" not in chosen:
        config = _with_train(config, mark_every=max(1, round(config.train.steps / MARKS)))
    yield events.RunCreated(project.relative(project.write_run(config, name).folder))


def _fastest(config: RunConfig, vocabulary: int) -> tuple[RunConfig, float]:
    """The same in half precision, where that is left open and faster by enough; and the tokens a second it reads."""
    if config.train.precision != Precision.AUTO:
        return config, tokens_per_s(config, vocabulary)
    config, half = _with_train(config, precision=Precision.FP32), _half_precision()
    speed = tokens_per_s(config, vocabulary)
    if not half:
        return config, speed
    rounded = _with_train(config, precision=half)
    faster = tokens_per_s(rounded, vocabulary)
    return (rounded, faster) if faster > FASTER * speed else (config, speed)


def _with_train(config: RunConfig, **changes: int | float | str) -> RunConfig:
    return dataclasses.replace(config, train=dataclasses.replace(config.train, **changes))  # type: ignore[arg-type]


def _half_precision() -> str:
    """What this machine was made for besides fp32, if anything."""
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    known = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return "bf16" if known else ""


def steps_within(time_s: float, config: RunConfig, vocabulary: int, speed: float) -> int:
    """The number of steps, with their marks, that fit into the time at ``speed`` tokens a second."""
    exact = speed if config.train.precision == Precision.FP32 else speed / HALF_GAIN  # in which marks are scored
    heldout_s = 2 * HELDOUT_TOKENS / (3 * exact)
    weights = config.model.parameters(vocabulary)
    token_s, save_s = SAMPLED_TOKEN_S + 4 * weights / READ_BYTES_S, SAVE_S + 12 * weights / SAVED_BYTES_S
    mark_s = heldout_s + len(config.train.prompts) * config.train.sample_tokens * token_s + save_s
    left_s = max(time_s - MARKS * mark_s, time_s / 2)
    return max(1, int(left_s * speed / (config.train.batch * config.model.context)))


def measure_presets(vocabulary: int, stop: Callable[[], bool]) -> Iterator[events.Event]:
    """The speed of each preset on this machine, the smallest first."""
    for name, preset in presets.items():
        if stop():
            return
        config = RunConfig(model=preset.model, train=preset.train)
        yield events.PresetMeasured(name, tokens_per_s(config, vocabulary))
