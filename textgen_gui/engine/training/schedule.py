"""The learning rate of each step, and the stages that a run goes through."""

import math
from dataclasses import dataclass

from ..core.config import Schedule, TrainConfig
from ..core.errors import ConfigError


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


def stages(config: TrainConfig) -> tuple[Stage, ...]:
    """Raises ConfigError for a stage that cannot be read, or for more stages than steps."""
    if not config.stages:
        return (Stage("", 1, config.steps, 1.0),)
    asked = [_parsed(text, 0.5**number) for number, text in enumerate(config.stages)]
    if len(asked) > config.steps:
        raise ConfigError(f"{len(asked)} stages need more than {config.steps} steps. Give the run more steps.")
    whole, ends = sum(share for _, share, _ in asked), [0]
    for number, (_, share, _) in enumerate(asked, 1):
        left = len(asked) - number  # every later stage needs a step of its own
        ends.append(min(max(ends[-1] + 1, ends[-1] + round(config.steps * share / whole)), config.steps - left))
    ends[-1] = config.steps
    return tuple(
        Stage(group, ends[number] + 1, ends[number + 1], rate) for number, (group, _, rate) in enumerate(asked)
    )


def _parsed(text: str, usual_rate: float) -> tuple[str, float, float]:
    group, *numbers = text.split(":")
    try:
        share, rate = [*map(float, numbers), *(1.0, usual_rate)[len(numbers) :]]
        if not (0 < share < 1e6 and 0 < rate <= 1000):
            raise ValueError(text)
    except ValueError as problem:
        raise ConfigError(
            f"The stage {text!r} cannot be read. Write the group, its share of the steps and of the learning rate, "
            "for example letters:2:0.5."
        ) from problem
    return group.strip(), share, rate


def stage_of(config: TrainConfig, step: int) -> Stage:
    """The stage that ``step`` belongs to."""
    return next(stage for stage in stages(config) if step <= stage.last)


def learning_rate(config: TrainConfig, step: int) -> float:
    """In each stage: rises linearly over the warm-up, stays, and falls to zero over the decay."""
    stage = stage_of(config, step)
    rise = max(1, round(config.warmup * stage.steps))
    fall = max(1, round(config.decay * stage.steps))
    place = step - stage.first + 1
    left = 1.0 if config.schedule == Schedule.CONSTANT else min(1.0, (stage.steps - place + 1) / fall)
    if config.schedule == Schedule.COSINE:
        left = (1 - math.cos(math.pi * left)) / 2
    return config.learning_rate * stage.rate * min(1.0, place / rise, left)
