"""Which launches are refused, and how many threads are taken."""

from types import SimpleNamespace

import pytest
import torch
from accelerate.utils import DistributedType

from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.runtime import device


def test_a_launch_that_splits_the_model_in_another_way_is_refused() -> None:
    """What accelerate says of itself in such a launch, which needs packages or graphics cards to begin."""

    def refuse(kind: DistributedType, fsdp2: bool = False) -> None:
        device.refuse_unknown_shards(SimpleNamespace(distributed_type=kind, is_fsdp2=fsdp2))

    refuse(DistributedType.MULTI_CPU)
    refuse(DistributedType.FSDP, fsdp2=True)
    for kind in (DistributedType.FSDP, DistributedType.DEEPSPEED):
        with pytest.raises(EngineError, match=f"launched with {kind.value}, which splits the model .* FSDP in version"):
            refuse(kind)


@pytest.mark.parametrize(("seconds", "calls"), [(0.01, 3), (0.4, 1)])
def test_thread_counts_are_compared_in_turn_but_long_steps_once(
    monkeypatch: pytest.MonkeyPatch, seconds: float, calls: int
) -> None:
    measured: list[int] = []

    def took(threads: int, work: object) -> float:
        measured.append(threads)
        return seconds / threads + (0.5 * seconds if len(measured) == 2 else 0)  # a hiccup at the second measurement

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(device, "cores", lambda: 2)
    monkeypatch.setattr(device, "_seconds", took)
    before = torch.get_num_threads()
    try:
        assert device.choose_threads(lambda: None) == (2 if calls > 1 else 1)
    finally:
        torch.set_num_threads(before)
    assert measured == [1, 2] * calls
