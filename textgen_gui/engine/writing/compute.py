"""On what a model writes: the processor in fp32, or a graphics card, in half precision too, where that is faster.

Without a card nothing is measured, and all texts are as they were. What is chosen stands in the receipt of a text.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from ..core.config import Precision
from ..models import decode
from ..models.decode import Weights
from ..runtime import device, known_speeds
from ..runtime.known_speeds import Entry

FASTER = 1.15  # than what is more exact, or is always there
PROMPT, TOKENS, LONGEST_S = 8, 24, 0.5  # of a measurement


@dataclass(frozen=True, slots=True)
class Compute:
    """``device``: as torch calls it."""

    device: str
    precision: Precision

    def __str__(self) -> str:
        """As a receipt says it: "cuda bf16"; nothing for the processor in fp32, as it always was."""
        return "" if self == PROCESSOR else f"{self.device} {self.precision}"


PROCESSOR = Compute("cpu", Precision.FP32)


def named(words: str) -> Compute:
    """What a receipt says, where this computer has it; otherwise the processor."""
    own_device, _, precision = words.partition(" ")
    if own_device in ("cpu", device.best().type) and precision in list(Precision):
        return Compute(own_device, Precision(precision))
    return PROCESSOR


def candidates() -> tuple[Compute, ...]:
    """The most exact first."""
    card, half = device.best().type, device.half_precision()
    if card == "cpu":
        return (PROCESSOR,)
    own = (Precision.FP32, half or Precision.FP16)
    return (PROCESSOR, *(Compute(card, precision) for precision in own))


def fastest(speeds: Mapping[Compute, float]) -> Compute:
    """By tokens a second; what is less exact has to be worth it. In the order of ``candidates``."""
    chosen = PROCESSOR
    for compute, speed in speeds.items():
        if speed > FASTER * speeds[chosen]:
            chosen = compute
    return chosen


def only() -> Compute | None:
    """The processor, where there is no choice."""
    return PROCESSOR if len(candidates()) == 1 else None


def remembered(model: PreTrainedModel) -> Compute | None:
    """None where it has to be measured first."""
    keys, known = _keys(model), known_speeds.read()
    if not all(key in known for key in keys.values()):
        return None
    return fastest({compute: known[key].tokens_per_s for compute, key in keys.items()})


def measured(model: PreTrainedModel) -> Compute:
    """Tries all in some seconds. The model is moved about, and has fewer digits afterwards: load it again."""
    keys = _keys(model)
    speeds = dict(_speeds(model))
    if len(speeds) == len(keys):  # a card that is full now may be free next time
        now = time.time()
        known_speeds.remember({keys[compute]: Entry(speed, now, product_s=1.0) for compute, speed in speeds.items()})
    return fastest(speeds)


def weights(model: PreTrainedModel, compute: Compute) -> Weights:
    """The quickest way to read with this model there. The model goes there too."""
    if compute != PROCESSOR:
        model.to(compute.device)
        for parameter in model.parameters():  # not what is no weight: positions would be turned by wrong angles
            parameter.data = parameter.data.to(device.DTYPES.get(compute.precision, torch.float32))
    return decode.weights(model)


def _keys(model: PreTrainedModel) -> dict[Compute, str]:
    shape = model.config.to_json_string()
    return {compute: known_speeds.key((shape, str(compute), "writes")) for compute in candidates()}


def _speeds(model: PreTrainedModel) -> Iterator[tuple[Compute, float]]:
    for compute in candidates():
        try:
            yield compute, _tokens_per_s(weights(model, compute))
        except RuntimeError:  # it does not fit there, or the card has no such operation
            return


def _tokens_per_s(readable: Weights) -> float:
    """Of one text, token by token."""
    decoder = decode.Decoder(readable, PROMPT + TOKENS)
    decoder.logits(torch.zeros(1, PROMPT, dtype=torch.int64))
    token, count = torch.zeros(1, 1, dtype=torch.int64), 0
    decoder.logits(token)  # does what only the first one has to
    started = time.perf_counter()
    while not count or (decoder.length < decoder.capacity and time.perf_counter() - started < LONGEST_S):
        decoder.logits(token)
        count += 1
    return count / (time.perf_counter() - started)
