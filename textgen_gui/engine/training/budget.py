"""A run by time: how many steps it has is planned again from the pace that was measured on its way.

A machine is faster or slower than when the run was planned. So after some shares of the steps, just before a checkpoint
is saved, the rest of the time becomes a number of steps once more; and at any other evaluation where it would be late.
While the first model learns, it is planned again as well how many do, where nobody chose it; later, whether all those
that are still to come have enough to read. The checkpoint holds the plan, and run.toml says it: a run that resumes goes
on by the same one, whatever the clock says.
"""

import contextlib
import math
from dataclasses import replace

from ..core import atomic_io, schema
from ..core.config import Architecture, RunConfig
from ..core.errors import ProjectError
from ..core.presets import GENERATION_EPOCHS, TAUGHT
from ..core.project import Checkpoint, Run
from ..core.time_budget import EVALUATIONS, FEWEST, FEWEST_EVALUATIONS, SHARES
from ..models.state import Plan, State, planned, share_of_next
from ..text.dataset import Prepared
from .generations import suiting, suiting_dropout

MORE = 2  # times the steps are another plan: only then what was looked at is looked at again
LATE = 1.25  # times as long as is left: then it is planned again at the next look, and not only after some shares
WORTH = 0.01  # smaller changes are none
EARLY = 0.7  # of what a model learns: later it is too near its end to make room for more, or may as well end


def replanned(
    run: Run, config: RunConfig, state: State, steps_s: list[float], most: float, prepared: Prepared
) -> RunConfig:
    """The configuration for the rest of the run, which is written to run.toml where it is another one.

    ``steps_s``: seconds of each step since this was last asked, which is emptied. ``most``: steps after which the run
    would only learn its texts by heart.
    """
    due = _due(state.step, config.train.steps)
    is_due = due > state.replanned
    if not config.budget_s or config.train.stages or not (is_due or state.replanned):
        return config
    step_s = math.fsum(steps_s) / len(steps_s) if steps_s else state.elapsed_s / state.step
    fitting = max(_steps_left(config, state, step_s), FEWEST * config.train.steps, 1.0)
    steps = int(min(state.step + fitting, max(most, config.train.steps)))
    if not is_due and LATE * (steps - state.step) > config.train.steps - state.step:
        return config
    steps_s.clear()
    state.replanned = min(due, _due(MORE * state.step, steps))  # of many more than planned, most are still to come
    ended = state.step >= config.train.steps  # the rate has fallen to nothing, and only for much more should rise again
    if abs(steps - config.train.steps) <= (MORE if ended else WORTH) * config.train.steps:
        return config
    epochs = steps * config.train.batch * config.model.context / prepared.tokens
    generations, dropout = _generations(config, state, steps, epochs, prepared), config.model.dropout
    taught = config.train.ngram_teacher
    if generations > config.train.generations == 1:  # with the dropout of one alone, several are no better than it
        several = replace(config, train=replace(config.train, generations=generations))
        dropout, taught = min(dropout, suiting_dropout(several, prepared, epochs)), max(taught, TAUGHT)
    return _written(run, Plan(steps, _mark_every(config, steps), generations, dropout, taught).of(config))


def _generations(config: RunConfig, state: State, steps: int, epochs: float, prepared: Prepared) -> int:
    """As the plan would have them with so many steps. Several stay several: one alone would need more dropout."""
    now = config.train.generations
    if not config.generations_by_pace or (now == 1 and not _can_have_several(config)):
        return now
    if state.generation:
        return _enough(config, state, steps, epochs)
    wanted = max(min(2, now), suiting(config, prepared, epochs))
    fitting = (more for more in range(wanted, now, -1) if _has_room(config, state, steps, more))
    return next(fitting, min(now, wanted))


def _enough(config: RunConfig, state: State, steps: int, epochs: float) -> int:
    """Without those that are still to come and would read too little, where the computer became slower on the way: none
    of them would learn as much as the models that there are. Nor is one broken off for them that has just begun."""
    now, done = state.generation + 1, state.step - state.generation_began
    is_ending = done >= EARLY * (state.generation_end(config.train) - state.generation_began)
    for more in range(config.train.generations - now, 0, -1):
        end = state.generation_end(replace(config.train, steps=steps, generations=now + more))
        has_time = is_ending or done <= EARLY * (end - state.generation_began)
        if has_time and epochs * (1 - max(end, state.step) / steps) * share_of_next(more) >= GENERATION_EPOCHS:
            return now + more
    return now


def _can_have_several(config: RunConfig) -> bool:
    """Whether they may come on the way: nothing but the mode that the model is in has to say that it has no dropout."""
    has_start = config.start.model or config.model.shape
    return not (has_start or config.train.save_memory or config.model.architecture == Architecture.GPT2)


def _has_room(config: RunConfig, state: State, steps: int, generations: int) -> bool:
    """Whether the first model is still far from the end that it has where so many learn."""
    end = state.generation_end(replace(config.train, steps=steps, generations=generations))
    return state.step <= EARLY * end


def _mark_every(config: RunConfig, steps: int) -> int:
    """The same, unless there are so many more steps that it would be looked at all the time."""
    every = config.train.mark_every
    if steps < MORE * config.train.steps:
        return every
    evaluations = min(EVALUATIONS, max(FEWEST_EVALUATIONS, config.train.steps / every))
    return max(every, round(steps / evaluations))


def _due(step: float, steps: int) -> int:
    return sum(share * steps <= step for share in SHARES)


def _steps_left(config: RunConfig, state: State, step_s: float) -> float:
    """How many fit into what is left, with the evaluation that is next and those that come later."""
    left_s = config.budget_s - state.before_s - state.elapsed_s - state.evaluation_s
    return left_s / (step_s + state.evaluation_s / config.train.mark_every)


def _written(run: Run, config: RunConfig) -> RunConfig:
    with contextlib.suppress(ProjectError):  # the checkpoint that is saved next holds it as well, and is what counts
        atomic_io.write_text(run.config_file, schema.to_toml(config))
    return config


def as_planned(run: Run, config: RunConfig, resumed: Checkpoint | None) -> RunConfig:
    """With as many steps, and models, as the checkpoint says that a run by time goes on from: run.toml may be ahead.

    Raises CheckpointError for one that cannot be read.
    """
    if not config.budget_s or resumed is None:
        return config
    plan = planned(resumed)
    return config if plan.steps == config.train.steps else _written(run, plan.of(config))


def settled(run: Run, newest: Checkpoint | None) -> RunConfig:
    """With the steps that it has by now, for good: two computers must not plan the same run apart.

    Raises ProjectError where run.toml cannot be written.
    """
    config = as_planned(run, run.config(), newest)
    if config.budget_s:
        config = replace(config, budget_s=0.0)
        atomic_io.write_text(run.config_file, schema.to_toml(config))
    return config
