"""Trains tiny runs one after the other in one process, and says how much memory that process holds.

python -m tests.benchmarks.soak [--minutes 16] [--window] [--trace]

``--window``: each run is shown in a window (without a screen), as it is when somebody trains. ``--trace``: which lines
of Python and which kinds of objects hold more at the end than after a quarter of the time.
"""

import argparse
import ctypes
import functools
import gc
import os
import shutil
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil

from textgen_gui import Project, Run
from textgen_gui.engine.core.run_request import from_assignments

from ..conftest import story, tiny
from .common import machine

if TYPE_CHECKING:
    from textgen_gui.ui.parts.open_project import OpenProject


class Heap(ctypes.Structure):
    """What malloc of Linux says: ``uordblks`` is in use, ``hblkhd`` mapped, ``fordblks`` free but held."""

    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]


def used_mb() -> str:
    """Resident memory, and what of it is really in use, in MB."""
    resident = psutil.Process().memory_info().rss / 1e6
    if sys.platform != "linux":
        return f"{resident:,.1f}"
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = Heap
    heap = library.mallinfo2()
    return f"{resident:,.1f} | {(heap.uordblks + heap.hblkhd) / 1e6:,.1f}"


def project(folder: Path) -> Project:
    text = folder / "story.txt"
    text.write_text(story(), encoding="utf-8")
    made = Project.create(folder / "project")
    made.add(text)
    made.prepare()
    list(made.planning(from_assignments("small", None, tiny, "first")))
    return made


def runs(made: Project) -> Iterator[Run]:
    """The same run again and again, in a new folder each time; those of before are removed."""
    first = made.runs()[0]
    while True:
        run = first.again()
        yield run
        shutil.rmtree(run.folder)


def kinds() -> Counter[str]:
    gc.collect()
    return Counter(f"{type(thing).__module__}.{type(thing).__qualname__}" for thing in gc.get_objects())


def shown(made: Project) -> Iterator[None]:
    """Trains a run in the window at each step of the iteration."""
    from textgen_gui.ui.app import make_application, make_window

    from .common import until

    make_application()
    window = make_window()
    window.show()
    window.open_project(made.folder)
    until(lambda: window.workspace and window.workspace.train.view.opened)
    assert window.workspace and window.opened
    train, opened = window.workspace.train, window.opened
    for run in runs(made):
        opened.look()
        until(functools.partial(_is_new, opened, run))
        train._open(run)
        train.resume()
        assert train.job, "it does not train"
        until(lambda: train.job is None)
        yield


def _is_new(opened: "OpenProject", run: Run) -> bool:
    """The one before it had the same folder."""
    known = opened.snapshot.of_run(run)
    return known is not None and not known.is_finished


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=16)
    parser.add_argument("--window", action="store_true")
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args()
    print(machine() + "\n\n| minute | runs | MB resident | MB in use |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TEXTGEN_GUI_HOME"] = str(Path(folder) / "home")
        soak(project(Path(folder)), options)


def soak(made: Project, options: argparse.Namespace) -> None:
    started, told, count = time.monotonic(), 0.0, 0
    before: tuple[tracemalloc.Snapshot, Counter[str]] | None = None
    for _ in shown(made) if options.window else (list(run.train()) for run in runs(made)):
        count, minutes = count + 1, (time.monotonic() - started) / 60
        if minutes - told >= options.minutes / 16:
            gc.collect()
            told = minutes
            print(f"| {minutes:.1f} | {count} | {used_mb()} |", flush=True)
        if options.trace and before is None and minutes > options.minutes / 4:
            tracemalloc.start(12)
            list(next(runs(made)).train())
            before = tracemalloc.take_snapshot(), kinds()
            since = count
        if minutes > options.minutes:
            break
    if before:
        compare(*before, count - since)


def compare(snapshot: tracemalloc.Snapshot, counted: Counter[str], count: int) -> None:
    print(f"\nafter {count} more runs:")
    for line in tracemalloc.take_snapshot().compare_to(snapshot, "traceback")[:12]:
        print(f"{line.size_diff / 1e3:,.1f} KB in {line.count_diff} pieces")
        print("\n".join(line.traceback.format()[-8:]))
    for kind, more in (kinds() - counted).most_common(25):
        print(f"{more:6} {kind}")


if __name__ == "__main__":
    main()
