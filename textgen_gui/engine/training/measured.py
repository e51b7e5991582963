"""How fast this machine learns: remembered where it was measured before, so that nobody waits twice."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from accelerate import Accelerator

from ..core.config import Pace, Precision, RunConfig
from ..core.control import Ask, never
from ..models.stock import PreTrainedModel
from ..runtime import device, known_speeds
from ..runtime.known_speeds import Entry
from . import measure

ALIKE = 1.5  # times longer or shorter a product may take than when the speed was measured


def speeds(
    config: RunConfig,
    vocabulary: int,
    precisions: Sequence[Precision],
    stop: Ask = never,
    longest_s: float | None = None,
) -> dict[Precision, float]:
    """How many tokens a second this computer learns from now, in each precision that there was time for: remembered, by
    how busy it is now, or measured where it was never as free as now. What a busy computer does, or what was measured
    in a hurry, is not remembered in place of what it can do, and speeds are compared only where they were measured
    together. Raises Stopped.
    """
    hurried, before_s = longest_s is not None and longest_s < measure.LONGEST_S, device.product_s()
    keys = {one: _key(config, vocabulary, one) for one in precisions}
    known = {one: entry for one, entry in _known(keys).items() if hurried or not entry.hurried}
    together = len(known) == len(keys) and len({entry.when for entry in known.values()}) == 1
    if together and all(before_s * ALIKE > entry.product_s for entry in known.values()):
        return {one: _now(entry, before_s) for one, entry in known.items()}
    found, after_s = measure.speeds(config, vocabulary, precisions, stop, longest_s), device.product_s()
    if _alike(before_s, after_s):
        now, threads = time.time(), torch.get_num_threads()
        new = {one: Entry(speed, now, before_s, threads, hurried) for one, speed in found.items()}
        better = {one for one, entry in known.items() if hurried and not entry.hurried}
        known_speeds.remember({keys[one]: entry for one, entry in new.items() if one not in better})
    return found


def choose_threads(
    before: int, accelerator: Accelerator, config: RunConfig, vocabulary: int, pace: Pace, model: PreTrainedModel
) -> int:
    """As measure's, which need not look again on a computer that is as free as when the run was planned on it."""
    if not before and pace == Pace.BALANCED:
        precision = config.train.precision
        entry = _known({precision: _key(config, vocabulary, precision)}).get(precision)
        if entry and 0 < entry.threads <= device.cores() and _alike(entry.product_s, device.product_s()):
            before = int(entry.threads)
    return measure.choose_threads(before, accelerator, config, vocabulary, pace, model)


def _known(keys: Mapping[Precision, str]) -> dict[Precision, Entry]:
    read = known_speeds.read()
    return {one: read[key] for one, key in keys.items() if key in read}


def _now(entry: Entry, product_s: float) -> float:
    """The speed of a computer that is as free as then, or slower by as much as a product takes longer now."""
    return entry.tokens_per_s * (1 if _alike(entry.product_s, product_s) else entry.product_s / product_s)


def _alike(one_s: float, other_s: float) -> bool:
    return max(one_s, other_s) < ALIKE * min(one_s, other_s)


def _key(config: RunConfig, vocabulary: int, precision: Precision) -> str:
    """The shape of model and step decides the speed. Dropout hardly does."""
    train, model = config.train, replace(config.model, dropout=0.0)
    about = round(4 * math.log2(max(2, vocabulary)))  # a word more or less makes no difference
    shape = (model, about, train.batch, precision, train.optimizer)
    return known_speeds.key(shape)
