"""What a run needs to go on, besides weights and optimizer: training/state.json of a checkpoint."""

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from ..core import bounded, manifest
from ..core.config import RunConfig, TrainConfig
from ..core.errors import CheckpointError, ProjectError
from ..core.project import Checkpoint, Run

FILE = "training/state.json"
LAST = 3  # times as many steps as each of those that it learns from
MOST = {"threads": 4096, "micro_batch": 1 << 24}


@dataclass(slots=True)
class State:
    """What a run needs to go on, besides weights and optimizer. The rest is a function of the step."""

    step: int = 0
    elapsed_s: float = 0.0
    best_step: int = 0
    best_loss: float = float("inf")
    threads: int = 0
    micro_batch: int = 0
    averaged: int = 0  # how many steps are in the mean of the weights
    sampled_every: int = 0  # steps between two of them
    loss_scale: float = 0.0  # in fp16, below whose smallest numbers gradients would fall
    scaled_at: int = 0  # the last step at which it changed
    before_s: float = 0.0  # seconds before the first step, as of the rehearsal
    evaluation_s: float = 0.0  # seconds of the last evaluation, with its save
    replanned: int = 0  # how often a run by time looked whether it keeps its time
    generation: int = 0  # how many models have learnt before this one
    generation_began: int = 0  # after this step

    def generation_end(self, train: TrainConfig) -> int:
        """The last step of the model that learns now."""
        steps = (train.steps - self.generation_began) * share_of_next(train.generations - self.generation)
        return self.generation_began + max(1, round(steps))


def share_of_next(left: int) -> float:
    """Of the steps that ``left`` models have together, what the next one has: all as many, but the last one more."""
    return 1 / (left - 1 + LAST) if left > 1 else 1.0


def best_step(run: Run) -> int:
    """As its newest checkpoint says, so that rot in the record of a run chooses no other model; 0 where none says,
    as while the disk does not give it: a fault there keeps no sound model from being opened.
    """
    for newest in run.checkpoints()[-1:]:
        try:
            if not manifest.damaged(newest.folder, {FILE: manifest.listed(newest.folder)[FILE]}):
                return state_from(bounded.read_json(newest.folder / FILE)).best_step
        except (ProjectError, OSError, ValueError, KeyError, TypeError, AttributeError):
            return 0  # its damage is told where it is verified
    return 0


class Plan(NamedTuple):
    """What a run by time may plan again on its way."""

    steps: int
    mark_every: int  # steps
    generations: int
    dropout: float
    ngram_teacher: float

    def of(self, config: RunConfig) -> RunConfig:
        """The configuration with this plan."""
        train = replace(config.train, **{name: getattr(self, name) for name in _OF_TRAINING})
        return replace(config, train=train, model=replace(config.model, dropout=self.dropout))


_OF_TRAINING = ("steps", "mark_every", "generations", "ngram_teacher")


def planned(checkpoint: Checkpoint) -> Plan:
    """As the run was planned when this was saved. Raises CheckpointError where it does not say so."""
    try:
        config = bounded.read_json(checkpoint.folder / FILE)["config"]
        train, generations = config["train"], int(config["train"].get("generations", 1))
        shares = float(config["model"].get("dropout", 0.0)), float(train.get("ngram_teacher", 0.0))
        return Plan(int(train["steps"]), int(train["mark_every"]), generations, *shares)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise CheckpointError(f"Checkpoint {checkpoint.folder.name} cannot be read.") from problem


def state_from(saved: dict[str, Any]) -> State:
    """Raises ValueError for numbers that cannot be."""
    types = {f.name: int if f.type is int else float for f in fields(State)}
    values = {key: value for key, value in saved.items() if key in types and value is not None}
    for key, value in values.items():
        fits = isinstance(value, int | types[key]) and not isinstance(value, bool)
        if not fits or not 0 <= value < MOST.get(key, 1e15):
            raise ValueError(f"{key} cannot be {str(value)[:30]}.")
    return State(**values)
