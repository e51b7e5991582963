"""How fast this machine trains, by real steps of a throw-away model, and how many threads suit it."""

import torch
from accelerate import Accelerator

from ..core.config import Pace, RunConfig
from ..models import fast_training
from ..models import model as models
from ..runtime import device, heap
from .optimizer import optimizer_of

TRIED_FLOPS = 4e10  # less than half a second on one core
WINDOWS, WINDOW_S = 2, 0.3  # the best of some: what else the computer does can only slow a step down


class Trial:
    """A throw-away model on random tokens; called, it does a step, of few ``tokens`` where the model is large."""

    def __init__(self, config: RunConfig, vocabulary: int) -> None:
        heap.keep()
        self._device, self._precision = device.best(), config.train.precision
        self._model = models.build(config.model, vocabulary, 0, 0).to(self._device)
        models.add_dropout(self._model, config.model.dropout)
        fast_training.enable_fast_training(self._model, config.model.dropout)
        self._optimizer = optimizer_of(self._model, config.train)
        affordable = TRIED_FLOPS / 6 / config.model.parameters(vocabulary)
        rows = max(1, min(config.train.batch, int(affordable / config.model.context)))
        self.tokens = rows * config.model.context
        shape = (rows, config.model.context + 1)
        self._batch = torch.randint(vocabulary, shape, generator=torch.Generator().manual_seed(0)).to(self._device)

    def __call__(self) -> None:
        with device.precise(self._precision, self._device):
            logits = self._model(input_ids=self._batch[:, :-1], use_cache=False).logits  # [rows, context, vocabulary]
        fast_training.cross_entropy(logits, self._batch[:, 1:]).backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        if self._device.type != "cpu":
            torch.accelerator.synchronize()


def tokens_per_s(config: RunConfig, vocabulary: int) -> float:
    """How many tokens a second this machine learns from."""
    trial = Trial(config, vocabulary)
    device.choose_threads(trial, rounds=1)
    fastest = min(device.seconds_of(trial, WINDOW_S) for _ in range(WINDOWS))
    tokens = trial.tokens
    del trial
    heap.give_back()
    return tokens / fastest


def choose_threads(before: int, accelerator: Accelerator, config: RunConfig, vocabulary: int, pace: Pace) -> int:
    """Sets and returns the number of threads: ``before`` where a run goes on, so that it does so exactly.

    A run that begins (0) measures them on a throw-away model, unless its pace says how many.
    """
    if accelerator.num_processes > 1 or accelerator.device.type != "cpu":
        return torch.get_num_threads()
    if not before and pace == Pace.BALANCED:
        return device.choose_threads(Trial(config, vocabulary))
    chosen = before or (1 if pace == Pace.GENTLE else device.cores())
    torch.set_num_threads(chosen)
    return chosen
