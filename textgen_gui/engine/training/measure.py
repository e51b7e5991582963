"""How fast this machine trains, by real steps of a throw-away model, and how many threads suit it."""

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import psutil
import torch
from accelerate import Accelerator

from ..core.config import Pace, Precision, RunConfig
from ..core.control import Ask, Stopped, never
from ..core.errors import MemoryShortError
from ..models import families, fast_training
from ..models import model as models
from ..models.stock import PreTrainedModel, no_init_weights
from ..runtime import device, heap
from .optimizer import optimizer_of
from .step import free_memory

TRIED_FLOPS = 4e10  # less than half a second on one core
LARGER = 5  # times as many of a large model, whose passes over few tokens wait for the memory, on a fast computer
LARGE_S = 1.0  # for which products would have to be computed, at most
SHORTEST = 32  # tokens of a trial
LARGE = 50_000_000  # weights; from here on a trial of everything would take minutes
UPDATED = 20_000_000  # of them, whose update tells that of all: new memory for the moments of all takes seconds
TRIALS, SHARE = 4, 0.25  # passes of a large model; the speed of a pass as a share of that of a product
PRODUCT_FLOPS = 2 * 1024**3
WONDERED_AT = 6e11  # additions and multiplications, some ten seconds
ROUNDS, ROUNDS_OF_LARGE, WINDOW_S, MOST_STEPS = 3, 2, 0.3, 20  # the first one warms up
LONGEST_S = 8.0  # after that no further round begins
SHARE_OF_TIME = 0.05  # of the time that a run has: as long it may be measured, and as long rehearsed
SHORT_S = 300.0  # a run of less time is tried out with one step, and compared with the word counter alone


class Trial:
    """A throw-away model on random tokens; called, it does a step, of few ``tokens`` where the model is large, or where
    there is time for a ``share`` of a trial only.

    Its weights are not drawn: numbers that mean nothing take as long.
    """

    def __init__(self, config: RunConfig, vocabulary: int, stop: Ask = never, share: float = 1.0) -> None:
        heap.keep()
        self._stop = stop
        self._device, self.precision = device.best(), config.train.precision
        with families.MAKING, no_init_weights(), torch.no_grad():
            self.model = models.build(config.model, vocabulary, 0, 0)
            for parameter in self.model.parameters():
                parameter.fill_(0.01)
        self.model.to(self._device)
        models.add_dropout(self.model, config.model.dropout)
        fast_training.enable_fast_training(self.model, config.model.dropout)
        self._optimizer = optimizer_of(self.model, config.train)
        large, learnt = is_large(config, vocabulary), self.model.num_parameters()
        self._left_out = _all_but(UPDATED, self.model) if large else []
        self._of_all = learnt / (learnt - sum(p.numel() for p in self._left_out))
        flops = _flops_of_large() if large else TRIED_FLOPS * share
        affordable = int(flops / 6 / config.model.parameters(vocabulary))
        rows = max(1, min(config.train.batch, affordable // config.model.context))
        length = min(config.model.context, max(SHORTEST, affordable))
        self.tokens = rows * length
        shape = (rows, length + 1)
        self._batch = torch.randint(vocabulary, shape, generator=torch.Generator().manual_seed(0)).to(self._device)

    def __call__(self) -> None:
        self.passes()
        self.update()

    def passes(self) -> None:
        """Forward and backward. Raises Stopped when the user wishes so: nobody waits for all of a measurement."""
        if self._stop():
            raise Stopped
        with device.precise(self.precision, self._device):
            logits = self.model(input_ids=self._batch[:, :-1], use_cache=False).logits  # [rows, length, vocabulary]
        fast_training.cross_entropy(logits, self._batch[:, 1:]).backward()
        self._wait()

    def update(self) -> None:
        """What comes once a step, however many tokens it has; of a large model, for a part of its weights."""
        for parameter in self._left_out:
            parameter.grad = None
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._wait()

    def _wait(self) -> None:
        if self._device.type != "cpu":
            torch.accelerator.synchronize()

    def timed(self) -> "Timed":
        """The medians of as many steps as fit into a short while, but of one at least."""
        passes, updates, began = list[float](), list[float](), time.perf_counter()
        while len(passes) < MOST_STEPS and (not passes or time.perf_counter() - began < WINDOW_S):
            started = time.perf_counter()
            self.passes()
            passed = time.perf_counter()
            self.update()
            passes.append(passed - started)
            updates.append(self._of_all * (time.perf_counter() - passed))
        return Timed(statistics.median(passes), statistics.median(updates))


def _all_but(weights: int, model: PreTrainedModel) -> list[torch.nn.Parameter]:
    """The largest of its matrices, without which about so many weights are left."""
    by_size = sorted(model.parameters(), key=torch.nn.Parameter.numel)
    sizes = itertools.accumulate(p.numel() for p in by_size)
    return [p for p, size in zip(by_size, sizes, strict=True) if size > weights]


class Timed(NamedTuple):
    """Seconds of one step of a trial."""

    passes_s: float
    update_s: float

    def best(self, other: "Timed") -> "Timed":
        """What else the computer does can only slow a step down."""
        return Timed(min(self.passes_s, other.passes_s), min(self.update_s, other.update_s))


def speeds(
    config: RunConfig,
    vocabulary: int,
    precisions: Sequence[Precision],
    stop: Ask = never,
    longest_s: float | None = None,
) -> dict[Precision, float]:
    """How many tokens a second this computer learns from, in each precision: the first, and the others while there is
    time. They are tried in turn, so that whatever else the computer does slows all of them alike. Raises Stopped.
    """
    began, longest_s = time.monotonic(), LONGEST_S if longest_s is None else longest_s
    share = min(1.0, max(0.0, longest_s) / LONGEST_S)
    trial = Trial(config, vocabulary, stop, share)
    large = is_large(config, vocabulary)
    # Of a large model a step would take too long. On a busy computer all threads together can be the slowest choice.
    device.choose_threads(_reading(trial.model, config) if large else trial, rounds=1 if large else _rounds(share))
    found: dict[Precision, Timed] = {}
    for _ in range(ROUNDS_OF_LARGE if large else ROUNDS):
        for trial.precision in precisions:
            if found and time.monotonic() - began > longest_s:
                break
            timed = trial.timed()
            found[trial.precision] = timed.best(found.get(trial.precision, timed))
    of_step, tokens = config.train.batch * config.model.context, trial.tokens
    del trial
    heap.give_back()
    return {
        precision: of_step / (timed.passes_s * of_step / tokens + timed.update_s) for precision, timed in found.items()
    }


def _flops_of_large() -> float:
    return min(LARGER * TRIED_FLOPS, LARGE_S * PRODUCT_FLOPS / device.product_s())


def by_products(precisions: Sequence[Precision], least: float) -> Precision:
    """The last of them where its products are ``least`` times as fast as those of the first one: so a large model needs
    no trial in each.
    """
    first, last = precisions[0], precisions[-1]
    times = [(device.product_s(first), device.product_s(last)) for _ in range(ROUNDS_OF_LARGE)]
    return last if min(a for a, _ in times) > least * min(b for _, b in times) else first


def measuring_s(minutes: float | None) -> float:
    """How long measuring may take for a run that has so many ``minutes``; None or 0 where it has steps instead."""
    return min(LONGEST_S, 60 * minutes * SHARE_OF_TIME) if minutes else LONGEST_S


def is_short(config: RunConfig) -> bool:
    """Whether the run has so little time that the rehearsal is cut to what has to be."""
    return 0 < config.budget_s < SHORT_S


def refuse_too_large(config: RunConfig, vocabulary: int) -> None:
    """Raises MemoryShortError, before any memory is taken."""
    needed, free = config.memory_bytes(vocabulary, 1), free_memory()
    if not torch.cuda.is_available() and needed > free:
        alone = needed <= psutil.virtual_memory().total
        advice = " or close other programs." if alone else "; closing other programs would not be enough."
        raise MemoryShortError(
            f"This model needs {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free. Choose a smaller "
            f"model{advice}"
        )


def may_fit_later(config: RunConfig, vocabulary: int) -> bool:
    """Whether other programs hold the memory that is missing now."""
    needed = config.memory_bytes(vocabulary, 1)
    return not torch.cuda.is_available() and free_memory() < needed <= psutil.virtual_memory().total


def step_flops(config: RunConfig, vocabulary: int) -> float:
    """Additions and multiplications of one step of a run."""
    return 6.0 * config.model.parameters(vocabulary) * config.train.batch * config.model.context


def expected_s(config: RunConfig, vocabulary: int) -> float:
    """About how long measuring takes, from what one product of matrices takes; 0 where nobody would wonder."""
    least = 6.0 * config.model.parameters(vocabulary) * SHORTEST
    flops = TRIALS * max(least, min(_flops_of_large(), step_flops(config, vocabulary)))
    return flops / (SHARE * PRODUCT_FLOPS / device.product_s()) if flops > WONDERED_AT else 0.0


def _reading(model: PreTrainedModel, config: RunConfig) -> Callable[[], object]:
    ids = torch.zeros(1, SHORTEST, dtype=torch.int64)

    @torch.no_grad()
    def read() -> None:
        with device.precise(config.train.precision, ids.device):
            model(input_ids=ids, use_cache=False)

    return read


def _rounds(share: float) -> int:
    return 1 if share < 1 else device.ROUNDS


def is_large(config: RunConfig, vocabulary: int) -> bool:
    return config.model.parameters(vocabulary) >= LARGE


def choose_threads(
    before: int, accelerator: Accelerator, config: RunConfig, vocabulary: int, pace: Pace, model: PreTrainedModel
) -> int:
    """Sets and returns the number of threads: ``before`` where a run goes on, so that it does so exactly.

    A run that begins (0) measures them on a throw-away model, unless its pace says how many; a large model would not
    fit into memory twice, so it reads some tokens itself.
    """
    if accelerator.num_processes > 1 or accelerator.device.type != "cpu":
        return torch.get_num_threads()
    if not before and pace == Pace.BALANCED:
        large, share = is_large(config, vocabulary), min(1.0, measuring_s(config.budget_s / 60) / LONGEST_S)
        work = _reading(model, config) if large else Trial(config, vocabulary, share=share)
        return device.choose_threads(work, rounds=1 if large else _rounds(share))
    chosen = before or (1 if pace == Pace.GENTLE else device.cores())
    torch.set_num_threads(chosen)
    return chosen
