"""Thousands of small texts with settings on their folder: added, read, prepared, half of them removed and put back.

    python -m tests.benchmarks.many_files [--files 10000] [--folder FOLDER]
    xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.many_files --window [...]

FOLDER: where the project is made, for disks differ in how long they take to force a file out. In the window it is said
for how long it did not answer at worst, and how much of that it computed itself.
"""

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textgen_gui import Project
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.control import never
from textgen_gui.engine.core.schema import named

from .common import SHAKESPEARE, machine

LETTERS = 900  # of a file


def fill(folder: Path, count: int) -> None:
    """In a hundred folders, each another text."""
    original = SHAKESPEARE.read_text(encoding="utf-8")
    for number in range(count):
        path = folder / f"{number % 100:02}" / f"{number:05}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        start = number * 97 % (len(original) - LETTERS)
        path.write_text(f"{number}. {original[start : start + LETTERS]}", encoding="utf-8")


def measure(what: str, work: Callable[[], object]) -> None:
    started, computed = time.monotonic(), time.process_time()
    work()
    print(f"| {what} | {time.monotonic() - started:.1f} | {time.process_time() - computed:.1f} |", flush=True)


def in_window(drop: Path, folder: Path) -> None:
    """Added as by a drop, prepared by a press; a beat each 10 ms says what the window holds up."""
    os.environ["TEXTGEN_GUI_HOME"] = str(folder.parent / "home")
    from PySide6.QtCore import Qt, QTimer

    from .common import until
    from .window import empty, idle

    window = empty(folder)
    data = window.made_workspace().data
    beats: list[tuple[float, float]] = []
    timer = QTimer(window, interval=10, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append((time.perf_counter(), time.thread_time())))
    timer.start()
    for what, does in (("add and read", lambda: data.add([drop])), ("prepare", data.prepare_button.click)):
        beats.clear()
        started = time.monotonic()
        does()
        until(lambda: idle(window), 3600)
        gaps = [(1000 * (b[0] - a[0]), 1000 * (b[1] - a[1])) for a, b in itertools.pairwise(beats)]
        longest, own = max(gaps), max(gap[1] for gap in gaps)
        print(
            f"| {what} | {time.monotonic() - started:.1f} | {longest[0]:.0f} ({longest[1]:.0f}) | {own:.0f} |",
            flush=True,
        )
    print(f"{data.table.texts.rowCount():,} rows, {data.status.text()}")
    window.close()
    until(lambda: not window.isVisible())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--window", action="store_true")
    options = parser.parse_args()
    columns = "longest hold, ms (its own) | most of its own, ms" if options.window else "of a processor"
    print(f"{machine()}\n\n| {options.files:,} texts | seconds | {columns} |\n|---|---|---|{'---|' * options.window}")
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        drop = Path(made) / "drop"
        fill(drop, options.files)
        if options.window:
            in_window(drop, Path(made) / "p")
            return
        project = Project.create(Path(made) / "p")
        settings = named(TextConfig(), {"group": "letters", "weight": 2.0})
        measure("add the folder with settings", lambda: list(project.adding([drop], never, settings)))
        measure("read what is new", lambda: list(project.reading([s.file for s in project.sources()])))
        measure("prepare", project.prepare)
        measure("look, all of it up to date", lambda: list(project.look()))
        half = project.sources()[::2]
        measure("remove half", lambda: project.remove_texts(half))
        measure("put them back", lambda: project.put_back([source.file for source in half]))
        measure("prepare, nothing changed", project.prepare)


if __name__ == "__main__":
    main()
