"""How fast this machine trains, by real steps of a throw-away model, and how many threads suit it."""

from collections.abc import Callable

import psutil
import torch
from accelerate import Accelerator
from transformers import PreTrainedModel
from transformers.initialization import no_init_weights

from ..core.config import Pace, RunConfig
from ..core.control import Ask, Stopped, never
from ..core.errors import MemoryShortError
from ..models import fast_training
from ..models import model as models
from ..runtime import device, heap
from .optimizer import optimizer_of
from .step import free_memory

TRIED_FLOPS = 4e10  # less than half a second on one core
SHORTEST = 32  # tokens of a trial
LARGE = 50_000_000  # weights; from here on a trial of everything would take minutes
TRIALS, SHARE = 12, 0.25  # passes of one measurement; the speed of a pass as a share of that of a product
PRODUCT_FLOPS = 2 * 1024**3
WONDERED_AT = 6e11  # additions and multiplications, some ten seconds
WINDOWS, WINDOW_S = 2, 0.3  # the best of some: what else the computer does can only slow a step down


class Trial:
    """A throw-away model on random tokens; called, it does a step, of few ``tokens`` where the model is large.

    Its weights are not drawn: numbers that mean nothing take as long.
    """

    def __init__(self, config: RunConfig, vocabulary: int, stop: Ask = never) -> None:
        heap.keep()
        self._stop = stop
        self._device, self._precision = device.best(), config.train.precision
        with models.MAKING, no_init_weights(), torch.no_grad():
            self._model = models.build(config.model, vocabulary, 0, 0)
            for parameter in self._model.parameters():
                parameter.fill_(0.01)
        self._model.to(self._device)
        models.add_dropout(self._model, config.model.dropout)
        fast_training.enable_fast_training(self._model, config.model.dropout)
        self._optimizer = optimizer_of(self._model, config.train)
        affordable = int(TRIED_FLOPS / 6 / config.model.parameters(vocabulary))
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
        with device.precise(self._precision, self._device):
            logits = self._model(input_ids=self._batch[:, :-1], use_cache=False).logits  # [rows, length, vocabulary]
        fast_training.cross_entropy(logits, self._batch[:, 1:]).backward()
        self._wait()

    def update(self) -> None:
        """What comes once a step, however many tokens it has."""
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._wait()

    def _wait(self) -> None:
        if self._device.type != "cpu":
            torch.accelerator.synchronize()


def tokens_per_s(config: RunConfig, vocabulary: int, stop: Ask = never) -> float:
    """How many tokens a second this machine learns from. Raises Stopped."""
    trial = Trial(config, vocabulary, stop)
    large = is_large(config, vocabulary)
    device.choose_threads(trial.passes if large else trial, rounds=1)
    windows = 1 if large else WINDOWS
    passes_s = min(device.seconds_of(trial.passes, WINDOW_S) for _ in range(windows))
    step_s = min(device.seconds_of(trial, WINDOW_S) for _ in range(windows))
    of_step, tokens = config.train.batch * config.model.context, trial.tokens
    del trial
    heap.give_back()
    return of_step / (passes_s * of_step / tokens + max(0.0, step_s - passes_s))


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
    flops = TRIALS * max(least, min(TRIED_FLOPS, step_flops(config, vocabulary)))
    return flops / (SHARE * PRODUCT_FLOPS / device.product_s()) if flops > WONDERED_AT else 0.0


def _reading(model: PreTrainedModel, config: RunConfig) -> Callable[[], object]:
    ids = torch.zeros(1, SHORTEST, dtype=torch.int64)

    @torch.no_grad()
    def read() -> None:
        with device.precise(config.train.precision, ids.device):
            model(input_ids=ids, use_cache=False)

    return read


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
        large = is_large(config, vocabulary)
        return device.choose_threads(_reading(model, config) if large else Trial(config, vocabulary))
    chosen = before or (1 if pace == Pace.GENTLE else device.cores())
    torch.set_num_threads(chosen)
    return chosen
