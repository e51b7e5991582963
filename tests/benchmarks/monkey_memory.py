"""What the monkey leaves in memory: resident at rest, and which objects have become more."""

import collections
import gc
import itertools
import statistics

import psutil
from PySide6.QtWidgets import QApplication

from textgen_gui.front_door import give_back_memory
from textgen_gui.ui.main_window import MainWindow

from .common import until

FLAT = 0.1  # how far the median of the last third of the rests may be above that of the middle third


def at_rest(window: MainWindow) -> float:
    """MB resident when no project is open, its models are gone, and what is free was given back to the system."""
    until(_all_closed, 60)
    closed: list[bool] = []
    window.close_project(lambda: closed.append(True), ask=False)
    until(lambda: bool(closed), 120)
    gc.collect()
    give_back_memory()
    rest: float = psutil.Process().memory_info().rss / 1e6
    return rest


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


def is_flat(memory: list[float]) -> bool:
    print("\nMB resident at rest:", " ".join(f"{one:.0f}" for one in memory))
    third = len(memory) // 3
    if not third:
        return True
    middle, last = statistics.median(memory[third : 2 * third]), statistics.median(memory[2 * third :])
    flat = last / middle - 1 <= FLAT
    verdict = "does not grow" if flat else "grows"
    print(f"\nMemory {verdict}: median of the middle third {middle:.0f} MB, of the last {last:.0f} MB")
    return flat
