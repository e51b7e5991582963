"""On what a model writes: the processor in fp32, or what is faster by enough: a graphics card, or half precision.

A processor takes half precision only for large models that came in it. Where there is no choice nothing is measured.
What is chosen stands in the receipt of a text.
"""

import json
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch

from ..core import events
from ..core.config import Precision
from ..core.control import Ask, Stopped
from ..core.model_folder import read_config
from ..models import decode
from ..models import model as models
from ..models.base import weights_folder
from ..models.decode import Weights
from ..models.fused import Fused
from ..models.fused_half import HalfFused
from ..models.stock import PreTrainedModel
from ..runtime import device, known_speeds
from ..runtime.known_speeds import Entry

LARGE = 200_000_000  # bytes of the weights of a model that a processor may multiply in bf16
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
    card, own = device.best().type, (Precision.FP32, Precision.BF16, Precision.FP16)
    here = [Compute("cpu", Precision.BF16), *(Compute(card, one) for one in own if card != "cpu")]
    return next((one for one in here if str(one) == words), PROCESSOR)


def candidates(folder: Path) -> tuple[Compute, ...]:
    """For the model in this folder, the most exact first."""
    card, half = device.best().type, device.half_precision()
    if card != "cpu":
        return (PROCESSOR, Compute(card, Precision.FP32), Compute(card, half or Precision.FP16))
    own = weights_folder(folder)
    if size(folder) >= LARGE and half == Precision.BF16 and models.dtype_of(own) == torch.bfloat16:
        return (PROCESSOR, Compute("cpu", Precision.BF16))
    return (PROCESSOR,)


def size(folder: Path) -> int:
    """Of the weights of the model in this folder, in bytes."""
    return sum(file.stat().st_size for file in weights_folder(folder).glob("*.safetensors"))


def fastest(speeds: Mapping[Compute, float]) -> Compute:
    """By tokens a second; what is less exact has to be worth it. In the order of ``candidates``."""
    chosen = PROCESSOR
    for compute, speed in speeds.items():
        if speed > FASTER * speeds[chosen]:
            chosen = compute
    return chosen


def remembered(folder: Path) -> Compute | None:
    """None where it has to be measured first."""
    if len(keys := _keys(folder)) == 1:
        return PROCESSOR
    known = known_speeds.read()
    if not all(key in known for key in keys.values()):
        return None
    return fastest({compute: known[key].tokens_per_s for compute, key in keys.items()})


class Found(NamedTuple):
    """``weights``: of the model there; None where it has to be loaded again."""

    compute: Compute
    weights: Weights | None


def measuring(model: PreTrainedModel, folder: Path, stop: Ask) -> Generator[events.Progressed, None, Found]:
    """Tries all, in some seconds. The model may be moved about, and have fewer digits afterwards. Raises Stopped."""
    keys = _keys(folder)
    speeds, tried = dict[Compute, float](), dict[Compute, Weights]()
    for number, on in enumerate(keys):
        yield events.Progressed("Trying how it writes fastest", number, len(keys), 0)
        try:
            tried[on] = weights(model, on, tried.get(PROCESSOR))
            speeds[on] = _tokens_per_s(tried[on], stop)
        except RuntimeError:  # as ``weights`` does, or since the card has no such operation
            break
    if len(speeds) == len(keys):  # a card that is full now may be free next time
        now = time.time()
        known_speeds.remember({keys[on]: Entry(speed, now, product_s=1.0) for on, speed in speeds.items()})
    chosen = fastest(speeds)
    is_as_loaded = model.device.type == "cpu" and model.dtype == torch.float32
    return Found(chosen, tried.get(chosen) if is_as_loaded or chosen == on else None)


def weights(model: PreTrainedModel, compute: Compute, exact: Weights | None = None) -> Weights:
    """The quickest way to read with this model there. The model goes there too. ``exact``: the same for PROCESSOR.

    Raises RuntimeError where it does not fit there, or fp16 is too small for its numbers.
    """
    if compute == Compute("cpu", Precision.BF16):
        quickest = HalfFused(exact) if isinstance(exact, Fused) else decode.weights(model, half=True)
        if isinstance(quickest, HalfFused):
            return quickest
    if compute != PROCESSOR:
        model.to(compute.device)
        for parameter in model.parameters():  # not what is no weight: positions would be turned by wrong angles
            parameter.data = parameter.data.to(device.DTYPES.get(compute.precision, torch.float32))
    found = decode.weights(model)
    if compute.precision == Precision.FP16:
        logits = decode.Decoder(found, PROMPT).logits(torch.zeros(1, PROMPT, dtype=torch.int64))
        if not torch.isfinite(logits).all():
            raise RuntimeError("The numbers of the model overflow in fp16.")
    return found


def _keys(folder: Path) -> dict[Compute, str]:
    shape = json.dumps(read_config(folder), sort_keys=True)
    return {compute: known_speeds.key((shape, str(compute), "writes")) for compute in candidates(folder)}


def _tokens_per_s(readable: Weights, stop: Ask) -> float:
    """Of one text, token by token. Raises Stopped."""
    decoder = decode.Decoder(readable, PROMPT + TOKENS)
    decoder.logits(torch.zeros(1, PROMPT, dtype=torch.int64))
    token, count = torch.zeros(1, 1, dtype=torch.int64), 0
    decoder.logits(token)  # does what only the first one has to
    started = time.perf_counter()
    while not count or (decoder.length < decoder.capacity and time.perf_counter() - started < LONGEST_S):
        if stop():
            raise Stopped
        decoder.logits(token)
        count += 1
    return count / (time.perf_counter() - started)
