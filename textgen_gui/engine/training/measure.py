"""How fast this machine trains, by real steps of a throw-away model, and how many threads suit it."""

from collections.abc import Callable

import torch
from accelerate import Accelerator

from ..core.config import Pace, RunConfig
from ..models import fast_training
from ..models import model as models
from ..runtime import device, heap
from .optimizer import optimizer_of

TRIED_FLOPS = 4e10  # less than half a second on one core
WINDOWS, WINDOW_S = 3, 0.7  # the best of some: what else the computer does can only slow a step down


def trial(config: RunConfig, vocabulary: int) -> tuple[Callable[[], None], int]:
    """A step with a throw-away model on random tokens, and how many it reads: few for large models, to be quick."""
    heap.keep()
    place = device.best()
    model = models.build(config.model, vocabulary, 0, 0).to(place)
    models.add_dropout(model, config.model.dropout)
    fast_training.enable_fast_training(model, config.model.dropout)
    optimizer = optimizer_of(model, config.train)
    affordable = TRIED_FLOPS / 6 / config.model.parameters(vocabulary)
    rows = max(1, min(config.train.batch, int(affordable / config.model.context)))
    shape = (rows, config.model.context + 1)
    batch = torch.randint(vocabulary, shape, generator=torch.Generator().manual_seed(0)).to(place)

    def step() -> None:
        with device.precise(config.train.precision, place):
            logits = model(input_ids=batch[:, :-1], use_cache=False).logits
        fast_training.cross_entropy(logits, batch[:, 1:]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if place.type != "cpu":
            torch.accelerator.synchronize()

    return step, rows * config.model.context


def tokens_per_s(config: RunConfig, vocabulary: int) -> float:
    """How many tokens a second this machine learns from."""
    step, tokens = trial(config, vocabulary)
    device.choose_threads(step)
    fastest = min(device.seconds_of(step, WINDOW_S) for _ in range(WINDOWS))
    del step
    heap.give_back()
    return tokens / fastest


def threads(before: int, accelerator: Accelerator, config: RunConfig, vocabulary: int, pace: Pace) -> int:
    """The number of threads the run began with, so that it goes on exactly; measured on a throw-away model at first."""
    if accelerator.num_processes > 1 or accelerator.device.type != "cpu":
        return torch.get_num_threads()
    if not before and pace == Pace.BALANCED:
        return device.choose_threads(trial(config, vocabulary)[0])
    chosen = before or (1 if pace == Pace.GENTLE else device.cores())
    torch.set_num_threads(chosen)
    return chosen
