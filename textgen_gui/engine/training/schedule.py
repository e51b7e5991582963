"""The learning rate of each step, and the stages that a run goes through."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..core.config import RunConfig, Schedule, TrainConfig
from ..core.errors import ConfigError
from ..models.state import State

SHORTER = 2  # times as many passages are read at first, each as much shorter
TEACHING = 0.7  # of a run, in which a teacher still has something to say


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps ``first`` to ``last`` learn from one group of texts ("" is all), at ``rate`` times the learning rate."""

    group: str
    first: int
    last: int
    rate: float

    @property
    def steps(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Request:
    """A stage as it was asked for: ``share`` is of the steps, in proportion to the shares of the others."""

    group: str
    share: float
    rate: float


def stages(config: TrainConfig) -> tuple[Stage, ...]:
    """Raises ConfigError for a stage that cannot be read, or for more stages than steps."""
    if not config.stages:
        return (Stage("", 1, config.steps, 1.0),)
    asked = [_parsed(text, usual_rate=0.5**number) for number, text in enumerate(config.stages)]
    if len(asked) > config.steps:
        raise ConfigError(
            f"{len(asked)} stages need more than {config.steps} steps. Give the run more steps.", setting="stages"
        )
    ends = [0, *_ends(asked, config.steps)]
    return tuple(
        Stage(one.group, before + 1, end, one.rate)
        for one, (before, end) in zip(asked, itertools.pairwise(ends), strict=True)
    )


def _ends(asked: Sequence[Request], steps: int) -> Iterator[int]:
    """The last step of each stage: as near to its share as leaves every stage a step of its own."""
    whole, end = sum(one.share for one in asked), 0
    for number, one in enumerate(asked[:-1], 1):
        later = len(asked) - number
        end = min(max(end + 1, end + round(steps * one.share / whole)), steps - later)
        yield end
    yield steps


def _parsed(text: str, usual_rate: float) -> Request:
    """``text``: GROUP, GROUP:SHARE or GROUP:SHARE:RATE."""
    group, *numbers = text.split(":")
    try:
        given = [float(number) for number in numbers]
        share, rate = [*given, *(1.0, usual_rate)[len(given) :]]
        if not (0 < share < 1e6 and 0 < rate <= 1000):
            raise ValueError(text)
    except ValueError as problem:
        raise ConfigError(
            f"The stage {text!r} cannot be read. Write the group, its share of the steps and of the learning rate, "
            "for example letters:2:0.5.",
            setting="stages",
        ) from problem
    return Request(group.strip(), share, rate)


def stage_of(config: TrainConfig, state: State, step: int) -> Stage:
    """The stage that ``step`` belongs to; where there are none, what one generation learns."""
    if not config.stages:
        return Stage("", state.generation_began + 1, state.generation_end(config), 1.0)
    return next(stage for stage in stages(config) if step <= stage.last)


def taught_share(config: TrainConfig, state: State, step: int) -> float:
    """How much of a step is learnt from the n-gram teacher: ever less, until the model knows more than it does."""
    return config.ngram_teacher * max(0.0, 1 - (step - 1) / (TEACHING * state.generation_end(config)))


def begins_short(config: RunConfig) -> bool:
    """Only rotary positions let a model look further back than it has learnt to, and one that goes on has learnt it.
    Of a shape out of a config.json nobody knows what positions it has.
    """
    train, model = config.train, config.model
    is_rotary = not model.architecture.is_classic and not model.shape
    return train.short_passages > 0 and is_rotary and not config.start.model


def context_of(config: RunConfig, state: State, step: int) -> int:
    """How long the passages of a step are: at first half as long as the model will look back, and twice as many."""
    if not begins_short(config):
        return config.model.context
    began, end = state.generation_began, state.generation_end(config.train)
    is_short = step <= began + round(config.train.short_passages * (end - began))
    return config.model.context // SHORTER if is_short else config.model.context


def learning_rate(config: TrainConfig, state: State, step: int) -> float:
    """In each stage: rises linearly over the warm-up, stays, and falls to zero over the decay."""
    stage = stage_of(config, state, step)
    warmup = max(1, round(config.warmup * stage.steps))
    decay = max(1, round(config.decay * stage.steps))
    done = step - stage.first + 1
    left = 1.0 if config.schedule == Schedule.CONSTANT else min(1.0, (stage.steps - done + 1) / decay)
    if config.schedule == Schedule.COSINE:
        left = (1 - math.cos(math.pi * left)) / 2
    return config.learning_rate * stage.rate * min(1.0, done / warmup, left)
