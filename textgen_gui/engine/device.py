"""What hardware is here, in words; how many threads to use; and the one place that makes an Accelerator."""

import os
import platform
import time
from collections.abc import Callable

import psutil
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedType

from .errors import EngineError


def describe() -> str:
    """The device in words, for example "8-core processor, no graphics card found"."""
    if torch.cuda.is_available():
        card = torch.cuda.get_device_properties(0)
        return f"{card.name} with {card.total_memory / 2**30:.0f} GB"
    if torch.backends.mps.is_available():
        return f"Apple graphics ({platform.processor() or 'Apple silicon'})"
    return f"{cores()}-core processor, no graphics card found"


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count(logical=False) or 1


def best() -> torch.device:
    """Where a single process generates and evaluates."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else torch.device("cpu")


def accelerator(precision: str) -> Accelerator:
    """A fresh Accelerator. accelerate refuses a second one with another precision in one process, hence the reset.

    Raises EngineError for a launch that splits the model.
    """
    AcceleratorState._reset_state()
    # Without a graphics card accelerate joins several processes only when it is told to use the processor.
    together = int(os.environ.get("WORLD_SIZE", "1")) > 1 and not torch.cuda.is_available()
    made = Accelerator(cpu=together, mixed_precision="no" if precision == "fp32" else precision)
    refuse_shards(made.distributed_type)
    return made


def refuse_shards(kind: DistributedType) -> None:
    """Raises EngineError where each process would hold a part of the model: marks and checkpoints need the whole."""
    if kind in (DistributedType.FSDP, DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM):
        raise EngineError(
            f"This run was launched with {kind.value}, which splits the model among processes; this program keeps it "
            "whole in each. Run “accelerate config” again and choose several devices without it."
        )


def choose_threads(work: Callable[[], object]) -> int:
    """Sets and returns the number of processor threads with which ``work`` runs fastest right now.

    More is not always better: small models are bound by hand-over, and another busy program makes spinning threads
    wait for each other. OMP_NUM_THREADS, where set, is obeyed. Threads are a property of the calling thread.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    candidates = [int(asked)] if asked.isdigit() and int(asked) > 0 else sorted({1, max(1, cores() // 2), cores()})
    if len(candidates) == 1:
        torch.set_num_threads(candidates[0])
        return candidates[0]
    times = {count: _seconds(count, work) for count in candidates}
    fastest = min(times, key=lambda count: times[count])
    torch.set_num_threads(fastest)
    return fastest


def _seconds(threads: int, work: Callable[[], object]) -> float:
    torch.set_num_threads(threads)
    work()
    return seconds_of(work)


def seconds_of(work: Callable[[], object], longest_s: float = 1.0) -> float:
    """The median time of one call, from up to twenty calls within about ``longest_s``."""
    times: list[float] = []
    while len(times) < 20 and sum(times) < longest_s:
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return sorted(times)[len(times) // 2]


def use_one_thread() -> None:
    """For writing: one text at a time is bound by hand-over between threads, and training beside it keeps its cores."""
    torch.set_num_threads(1)
