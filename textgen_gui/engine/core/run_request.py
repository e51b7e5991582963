"""What a new run is to be: a preset, a time budget, and the settings that somebody chose."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path, PurePosixPath

from . import schema
from .beginnings import chosen_model
from .config import RunConfig, StartConfig, TrainConfig
from .errors import ConfigError
from .model_shape import Shape, shape_of
from .names import title_of
from .presets import PresetName, presets
from .schema import Changes, Value

LONGEST_MINUTES = 60 * 24 * 365
TITLE_BYTES = 80  # of the name of a run at most: what stands behind the title has to fit as well
LONGER_RATE = 0.5  # of the learning rate of the run before: large enough to learn on, small enough not to forget


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """Only the settings named in ``chosen`` count in ``config``; all others are decided by preset, model and time.

    ``chosen``: dotted names, such as ``train.steps``. ``minutes``: None trains for as many steps as are set.
    ``tokenizer``: a file or folder whose tokens this run learns in, instead of those of the project or its model.
    ``shape``: a config.json that is still to be read.
    ``notes``: what cannot be as it was asked for, a sentence each.
    """

    preset: PresetName = PresetName.SMALL
    minutes: float | None = None
    config: RunConfig = field(default_factory=RunConfig)
    chosen: frozenset[str] = frozenset()
    name: str = ""
    tokenizer: str = ""
    shape: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_automatic(self) -> bool:
        """Whether planning decides what the run begins with: by time, where neither a model nor a shape was chosen."""
        fixed = {"start.model", *(f"model.{name}" for name in ("architecture", "layers", "width", "heads", "shape"))}
        return self.preset == PresetName.AUTO and not self.tokenizer and not fixed & self.chosen

    def beginning_with(self, model: str) -> "RunRequest":
        start = replace(self.config.start, model=model)
        return replace(self, config=replace(self.config, start=start), chosen=self.chosen | {"start.model"})

    def in_its_shape(self) -> "RunRequest":
        """With what its config.json says. Raises ConfigError for one that cannot begin from scratch."""
        if not self.shape:
            return self
        found = shape_of(Path(self.shape))
        said = schema.named(RunConfig(), found.settings)
        config = schema.overlaid(self.config, said.config, said.names - self.chosen)
        return replace(self, config=config, chosen=self.chosen | said.names, shape="", notes=found.notes)

    def wanted(self) -> RunConfig:
        """The preset with the chosen settings. Raises ConfigError for what cannot be used."""
        if self.minutes is not None and not 0 < self.minutes <= LONGEST_MINUTES:
            raise ConfigError(f"A run of {self.minutes:g} minutes cannot be made. Give a time above 0, for example 3.")
        if self.preset == PresetName.AUTO and self.minutes is None:
            raise ConfigError("To choose a model by time, say how much time there is, for example --minutes 20.")
        usual = presets.get(self.preset, presets[PresetName.SMALL])
        config = schema.overlaid(RunConfig(model=usual.model, train=usual.train), self.config, self.chosen)
        schema.check(config)
        return config


def from_assignments(
    preset: str,
    minutes: float | None,
    assignments: Iterable[str],
    name: str = "",
    start: str = "",
    tokenizer: str = "",
    shape: str = "",
) -> RunRequest:
    """As the command line says it: ``train.steps=500``. Raises ConfigError for an unknown preset or setting.

    ``preset``: empty is chosen by time where there is one. ``start``: a model, scratch, or auto (as when it is empty).
    ``shape``: a config.json whose shape a new model gets; settings that are given as well overrule it.
    """
    wanted = _shape(shape, start)
    begun = [f"start.{key}={schema.toml_value(value)}" for key, value in chosen_model(start).items()]
    begun += [f"model.{key}={schema.toml_value(value)}" for key, value in wanted.settings.items()]
    changes = schema.assigned(RunConfig(), [*begun, *assignments])
    return _request(preset, minutes, changes, name, tokenizer, wanted.notes)


def from_values(
    preset: str,
    minutes: float | None,
    values: Mapping[str, Value],
    name: str = "",
    start: str = "",
    tokenizer: str = "",
    shape: str = "",
) -> RunRequest:
    """As Python says it: settings by their bare names. The rest is as in ``from_assignments``."""
    wanted = _shape(shape, start)
    changes = schema.named(RunConfig(), {**chosen_model(start), **wanted.settings, **values})
    return _request(preset, minutes, changes, name, tokenizer, wanted.notes)


def _shape(file: str, start: str) -> Shape:
    if file and chosen_model(start).get("model"):
        raise ConfigError(
            "A shape is for a model from scratch; one that is there has its own. Leave out one of the two."
        )
    return shape_of(Path(file).absolute()) if file else Shape({})


def _request(
    preset: str, minutes: float | None, changes: Changes[RunConfig], name: str, tokenizer: str, notes: tuple[str, ...]
) -> RunRequest:
    if minutes is not None and "train.steps" in changes.names:
        raise ConfigError("A run by time has as many steps as fit into it. Leave out the minutes, or the steps.")
    usual = PresetName.SMALL if minutes is None else PresetName.AUTO
    return RunRequest(
        preset=preset_named(preset or usual),
        minutes=minutes,
        config=changes.config,
        chosen=changes.names,
        name=name,
        tokenizer=tokenizer and str(Path(tokenizer).resolve()),
        notes=notes,
    )


def longer(run: str, config: RunConfig, minutes: float, texts: Sequence[str] = ()) -> RunRequest:
    """A run of ``minutes`` that goes on from a finished one, ``runs/001 name``, and learns in the same way.

    ``texts``: the files that it learns from. A new one: the learning rate of the old one has fallen to zero as it was
    planned, and what it became stays.
    """
    rate = config.train.learning_rate * LONGER_RATE
    # Nothing of what only helps at the beginning, and another order: with the same seed it would read first what it has
    # just read, and not come to the rest of a long text.
    train = replace(config.train, learning_rate=rate, ngram_teacher=0.0, generations=1, short_passages=0.0)
    train = replace(train, seed=(config.train.seed + 1) % 2**31)
    wanted = replace(config, start=replace(config.start, model=run), train=train)
    planned = {"steps", "mark_every"}  # by the time
    chosen = {f"train.{one.name}" for one in fields(TrainConfig) if one.name not in planned}
    chosen |= {f"start.{one.name}" for one in fields(StartConfig)} | {"model.context", "model.dropout"}
    name = run.rpartition("/")[2].partition(" ")[2].removesuffix(" longer")
    return RunRequest(
        minutes=minutes,
        config=wanted,
        chosen=frozenset(chosen),
        name=f"{_with_time(name, texts, minutes)} longer",
    )


def _with_time(name: str, texts: Sequence[str], minutes: float) -> str:
    """A run that was named by its time has another one now, and maybe other texts; what a user called it stays."""
    found = _by_time.fullmatch(name)
    if found is None:
        return name
    called = found["title"]
    if called and not _number_of_texts.fullmatch(called) and called not in map(_title, texts):
        return f"{called}, {_time(minutes)}"
    return named_by_time(texts, minutes)


def usual_name(preset: PresetName, minutes: float | None, texts: Sequence[str], *, goes_on: bool) -> str:
    """By what it learns from, where the time decides about it; whoever chose a size finds that in the name."""
    if minutes is not None and is_named_by_texts(preset, goes_on=goes_on):
        return named_by_time(texts, minutes)
    return "fine-tune" if goes_on else preset.value


def is_named_by_texts(preset: PresetName, *, goes_on: bool) -> bool:
    """Where it has a time."""
    return goes_on or preset == PresetName.AUTO


def named_by_time(texts: Sequence[str], minutes: float) -> str:
    """``texts``: the files that it learns from. Dracula, 3 minutes; 12 texts, 20 minutes."""
    title = _title(texts[0]) if len(texts) == 1 else f"{len(texts)} texts" if texts else ""
    return f"{title}, {_time(minutes)}" if title else _time(minutes)


_by_time = re.compile(r"(?:(?P<title>.+), )?[0-9][0-9.e+-]* minutes?")
_number_of_texts = re.compile(r"[0-9]+ texts")


def _time(minutes: float) -> str:
    return f"{minutes:g} minute{'s' * (minutes != 1)}"


def _title(text: str) -> str:
    title = title_of(PurePosixPath(text).stem.replace("_", " "), most=12, longest=48)
    return title.encode()[:TITLE_BYTES].decode(errors="ignore").rstrip()


def preset_named(name: str) -> PresetName:
    if name not in list(PresetName):
        raise ConfigError(f"There is no preset {name!r}. Choose one of {', '.join(PresetName)}.")
    return PresetName(name)
