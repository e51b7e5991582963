"""What the monkey leaves in memory: how much is in use at rest, and which objects have become more.

What is resident creeps up for a long time though nothing more is in use: between what lives lie free pieces that are
smaller than a page, which the allocator of C cannot give back. So it is told and does not decide.
"""

import collections
import ctypes
import dataclasses
import gc
import itertools
import statistics
import sys
from collections.abc import Sequence

import psutil
from PySide6.QtWidgets import QApplication

from textgen_gui.front_door import give_back_memory
from textgen_gui.ui.main_window import MainWindow

from .common import until

FLAT = 0.1  # how far the median of the last third of the rests may be above that of the middle third


@dataclasses.dataclass(frozen=True, slots=True)
class Memory:
    """``resident`` and, of what C allocates, ``used``: MB. ``blocks``: of Python, in thousands."""

    resident: float
    used: float
    blocks: float


class _Allocated(ctypes.Structure):
    """mallinfo2(3)."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in ["arena", "ordblks", "smblks", "hblks", "mapped", "usmblks", "fsmblks", "used", "free", "keepcost"]
    )


def _used() -> float:
    """MB in all arenas; 0 where the system's allocator does not say."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return 0.0
    libc.mallinfo2.restype = _Allocated
    found = libc.mallinfo2()
    return float(found.used + found.mapped) / 1e6


def at_rest(window: MainWindow) -> Memory:
    """When no project is open, its models are gone, and what is free was given back to the system."""
    until(_all_closed, 60)
    closed: list[bool] = []
    window.close_project(lambda: closed.append(True), ask=False)
    until(lambda: bool(closed), 120)
    gc.collect()
    give_back_memory()
    return Memory(psutil.Process().memory_info().rss / 1e6, _used(), sys.getallocatedblocks() / 1e3)


def _all_closed() -> bool:
    """Some dialogs stop their work first when they are asked to close."""
    over = QApplication.activePopupWidget() or QApplication.activeModalWidget()
    if over:
        over.close()
    return over is None


def living() -> collections.Counter[str]:
    """Objects of Python by their kinds, and widgets of Qt by theirs."""
    gc.collect()
    found = collections.Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
    return found + collections.Counter(f"Qt {one.metaObject().className()}" for one in QApplication.allWidgets())


def tell_growth(lived: list[collections.Counter[str]]) -> None:
    """Of what there was more each time."""
    for before, after in itertools.pairwise(lived):
        more = ", ".join(f"{name} +{count:,}" for name, count in (after - before).most_common(25))
        print(f"\nMore than a third before: {more}")


def is_flat(rests: Sequence[Memory]) -> bool:
    """Neither what C nor what Python holds has grown."""
    print("\nMB resident at rest:", *(f"{rest.resident:.0f}" for rest in rests))
    grown = [
        _grows("MB in use", [r.used for r in rests]),
        _grows("thousand blocks of Python", [r.blocks for r in rests]),
    ]
    return not any(grown)


def _grows(what: str, values: Sequence[float]) -> bool:
    print(f"{what} at rest:", *(f"{one:.0f}" for one in values))
    third = len(values) // 3
    if not third:
        return False
    middle, last = statistics.median(values[third : 2 * third]), statistics.median(values[2 * third :])
    grows = last > (1 + FLAT) * middle
    verdict = "grows" if grows else "does not grow"
    print(f"Memory {verdict}: median of the middle third {middle:.0f}, of the last {last:.0f} {what}")
    return grows
