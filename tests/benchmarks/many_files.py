"""Thousands of small texts with settings on their folder: added, read, prepared, half of them removed and put back.

    python -m tests.benchmarks.many_files [--files 10000] [--folder FOLDER]

FOLDER: where the project is made, for disks differ in how long they take to force a file out.
"""

import argparse
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    print(f"{machine()}\n\n| {options.files:,} texts | seconds | of a processor |\n|---|---|---|")
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        drop, project = Path(made) / "drop", Project.create(Path(made) / "p")
        fill(drop, options.files)
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
