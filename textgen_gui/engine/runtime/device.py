"""What hardware is here, in words; how many threads to use; and the one place that makes an Accelerator."""

import contextlib
import math
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import psutil
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType, DynamoBackend, InitProcessGroupKwargs

from ..core.config import Precision
from ..core.errors import EngineError

# Of comparing thread counts; the best of each counts, for what else goes on can only slow it down.
ROUNDS, WINDOW_S = 3, 0.3
PRODUCT_S = 0.15  # of looking how fast the machine is just now


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


def half_precision() -> Precision | None:
    """What this computer was made for besides fp32, if anything."""
    if torch.cuda.is_available():
        return Precision.BF16 if torch.cuda.is_bf16_supported(including_emulation=False) else Precision.FP16
    known = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return Precision.BF16 if known else None


def accelerator() -> Accelerator:
    """An Accelerator that leaves precision to ``precise``, for run.toml says it and not how the run is launched.

    Raises EngineError for a launch that splits the model in a way this program does not know.
    """
    # All but the first process would load empty weights; noise would be another on the way back (see save_memory).
    unwanted = ("CPU_RAM_EFFICIENT_LOADING", "ACTIVATION_CHECKPOINTING", "ACTIVATION_CHECKPOINTING_OFFLOAD")
    os.environ |= {f"FSDP_{name}": "false" for name in unwanted}
    # Without a graphics card accelerate joins several processes only when it is told to use the processor.
    together = int(os.environ.get("WORLD_SIZE", "1")) > 1 and not torch.cuda.is_available()
    # The others wait while the first one evaluates, or while all are suspended; one that dies is noticed at once.
    patient = InitProcessGroupKwargs(timeout=timedelta(days=30))
    new = Accelerator(cpu=together, mixed_precision="no", kwargs_handlers=[patient])
    refuse_unknown_shards(new)
    return new


def wait_for_all() -> None:
    """Until all processes of a launch are here: as soon as one has ended, torch asks the others to end at once, the one
    that saves among them.
    """
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()


def refuse_unknown_shards(launched: Accelerator) -> None:
    """Raises EngineError unless each process holds the whole model, or its part of every weight (FSDP 2)."""
    launch = launched.distributed_type
    unknown = (DistributedType.FSDP, DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM)
    if launch in unknown and not launched.is_fsdp2:
        raise EngineError(
            f"This run was launched with {launch.value}, which splits the model in a way that this program does not "
            "know. Run “accelerate config” again and choose FSDP in version 2, or several devices without it."
        )


def compiles(launched: Accelerator) -> bool:
    """Whether the launch asks for torch.compile."""
    return bool(launched.state.dynamo_plugin.backend != DynamoBackend.NO)


DTYPES = {Precision.BF16: torch.bfloat16, Precision.FP16: torch.float16}


def precise(precision: Precision, where: torch.device) -> contextlib.AbstractContextManager[object]:
    """Products are computed in this precision within the block; the weights stay in fp32."""
    dtype = DTYPES.get(precision)
    return torch.autocast(where.type, dtype) if dtype else contextlib.nullcontext()


def choose_threads(work: Callable[[], object], rounds: int = ROUNDS) -> int:
    """Sets and returns the number of processor threads with which ``work`` runs fastest right now.

    More is not always better: small models are bound by hand-over, and another busy program makes spinning threads
    wait for each other. OMP_NUM_THREADS, where set, is obeyed. Threads are a property of the calling thread.
    """
    asked = asked_threads()
    candidates = [asked] if asked else sorted({1, max(1, cores() // 2), cores()})
    if len(candidates) == 1:
        torch.set_num_threads(candidates[0])
        return candidates[0]
    times = dict.fromkeys(candidates, math.inf)
    torch.set_num_threads(candidates[0])
    work()  # and does what only the first call has to
    for _ in range(rounds):
        for count in candidates:
            times[count] = min(times[count], _seconds(count, work))
        if max(times.values()) > WINDOW_S:  # a long step is its own mean
            break
    fastest = min(times, key=lambda count: times[count])
    torch.set_num_threads(fastest)
    return fastest


def asked_threads() -> int:
    """By OMP_NUM_THREADS; 0 where it does not say."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdigit() else 0


def _seconds(threads: int, work: Callable[[], object], longest_s: float = WINDOW_S) -> float:
    """The first call, which starts the threads, counts only where it is too long to be done again."""
    torch.set_num_threads(threads)
    started = time.perf_counter()
    work()
    first = time.perf_counter() - started
    return first if first > longest_s else seconds_of(work, longest_s)


def seconds_of(work: Callable[[], object], longest_s: float) -> float:
    """The median time of one call, from up to twenty calls within about ``longest_s``."""
    times: list[float] = []
    while len(times) < 20 and sum(times) < longest_s:
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def product_s(precision: Precision = Precision.FP32) -> float:
    """The seconds of a small product right now, on all cores: the same machine takes longer when it is hot, saves power
    or does something else as well.
    """
    dtype = DTYPES.get(precision, torch.float32)
    matrix, before = torch.ones(1024, 1024, dtype=dtype, device=best()), torch.get_num_threads()
    try:
        return _seconds(cores(), lambda: (matrix @ matrix)[0, 0].item(), PRODUCT_S)
    finally:
        torch.set_num_threads(before)


def use_one_thread() -> None:
    """For writing: one text at a time is bound by hand-over between threads, and training beside it keeps its cores."""
    torch.set_num_threads(1)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """For what is short: several that wait for each other take minutes where something else computes as well."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
