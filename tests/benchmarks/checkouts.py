"""Two checkouts of this program against each other, in turn: is anything slower after a change?

    xvfb-run -a python -m tests.benchmarks.checkouts OTHER [--rounds 5] [--only NAME ...]

OTHER is the folder of the checkout from before. Everything goes through the command line or the window, as a person
would use it; each row is the ratio of speeds (this checkout : the other one), its median and its spread.
"""

import argparse
import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from .common import DATA, SHAKESPEARE, first_paint, machine

ROOT = Path(__file__).parents[2]
SHAPES = {"small": ("small", 900), "medium": ("medium", 40)}  # preset and steps: some fifteen seconds each
WRITTEN_TOKENS = 1500
FILES, RUNS = 3000, 200
opening = """
import sys, time
from pathlib import Path
from textgen_gui import Project
from textgen_gui.engine.core import snapshot
def once():
    begun = time.process_time()
    snapshot.snapshot(Project.open(Path(sys.argv[1])))
    return time.process_time() - begun
print(min(once() for _ in range(7)))
"""


def python(checkout: Path, home: Path, *arguments: str | Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(checkout), "TEXTGEN_GUI_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.Popen(command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True)


def lines_of(checkout: Path, folder: Path, *arguments: str | Path) -> list[dict[str, object]]:
    child = python(checkout, folder / "home", "-m", "textgen_gui", *arguments, "--json")
    said, _ = child.communicate()
    assert child.returncode == 0, (arguments, child.returncode)
    return [json.loads(line) for line in said.splitlines()]


class Trials:
    """Each method does one thing once with a checkout and returns its speed: the larger, the better."""

    def __init__(self, folder: Path, other: Path) -> None:
        self.folder = folder
        self.big = folder / "100 MB.txt"
        books = sorted((DATA / "library").glob("*.txt"))
        self.big.write_text("".join(book.read_text(encoding="utf-8") for book in books)[:100_000_000], encoding="utf-8")
        # Each its own, because a change of reading makes texts that others prepared count as changed.
        self.projects = {ROOT: folder / "project of this one", other: folder / "project of the other one"}
        for checkout, project in self.projects.items():
            lines_of(checkout, folder, "prepare", project, SHAKESPEARE)
        self._other = other

    @functools.cached_property
    def runs(self) -> dict[str, Path]:
        """Trained, to write with."""
        found = {name: self._run(self._other, preset, 4) for name, (preset, _) in SHAPES.items()}
        for run in found.values():
            lines_of(self._other, self.folder, "train", run)
        return found

    def _run(self, checkout: Path, preset: str, steps: int) -> Path:
        wanted = (f"train.steps={steps}", f"train.mark_every={steps}", "train.precision=fp32")
        settings = [part for setting in wanted for part in ("--set", setting)]
        project = self.projects[checkout]
        created = lines_of(checkout, self.folder, "new", project, "--preset", preset, *settings)[-1]
        return project / str(created["run"])

    def paint(self, checkout: Path) -> float:
        child = python(checkout, self.folder / "home", "-c", first_paint)
        said, _ = child.communicate()
        return 1 / float(said.split()[0])

    def start(self, checkout: Path) -> float:
        """From the command to the first step, rehearsal and all."""
        run = self._run(checkout, "small", 4)
        begun = time.monotonic()
        child = python(checkout, self.folder / "home", "-m", "textgen_gui", "train", run, "--json")
        assert child.stdout
        seconds = next(time.monotonic() - begun for line in child.stdout if '"StepDone"' in line)
        child.communicate()
        return 1 / seconds

    def training(self, checkout: Path, name: str) -> float:
        preset, steps = SHAPES[name]
        run = self._run(checkout, preset, steps)
        done = [line for line in lines_of(checkout, self.folder, "train", run) if line["event"] == "StepDone"]
        return float(str(done[-1]["tokens_per_s"]))

    def writing(self, checkout: Path, name: str) -> float:
        usual = ("--seed", "1", "--max-new-tokens", str(WRITTEN_TOKENS), "--min-new-tokens", str(WRITTEN_TOKENS))
        lines = lines_of(checkout, self.folder, "generate", self.runs[name], "--prompt", "KING:", *usual)
        done = next(line for line in lines if line["event"] == "TextGenerated")
        return float(str(done["tokens"])) / float(str(done["elapsed_s"]))

    def prepare(self, checkout: Path) -> float:
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            begun = time.monotonic()
            lines_of(checkout, self.folder, "prepare", Path(place) / "project", self.big)
            return 1 / (time.monotonic() - begun)

    def fill(self) -> None:
        """Thousands of short texts, and hundreds of runs in each project."""
        drop = self.folder / "many"
        drop.mkdir()
        text = SHAKESPEARE.read_text(encoding="utf-8")
        for number in range(FILES):
            start = number * 97 % (len(text) - 900)
            (drop / f"{number:05}.txt").write_text(f"{number}. {text[start : start + 900]}", encoding="utf-8")
        for checkout, project in self.projects.items():
            first = self._run(checkout, "small", 4)
            lines_of(checkout, self.folder, "train", first)
            for number in range(len(list((project / "runs").iterdir())), RUNS):
                shutil.copytree(first, project / "runs" / f"{number + 500} copy")

    def prepare_many(self, checkout: Path) -> float:
        """Thousands of short texts, from adding them on."""
        drop = self.folder / "many"
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            begun = time.monotonic()
            lines_of(checkout, self.folder, "prepare", Path(place) / "project", drop)
            return 1 / (time.monotonic() - begun)

    def open_many(self, checkout: Path) -> float:
        """A project with hundreds of runs, as the window looks at it; the best of seven."""
        said, _ = python(checkout, self.folder / "home", "-c", opening, self.projects[checkout]).communicate()
        return 1 / float(said.split()[0])


def measured(trial: Callable[[Path], float], checkout: Path, by_processor: bool) -> float:
    before = os.times()
    speed, after = trial(checkout), os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return 1 / used if by_processor else speed


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("other", type=Path)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--only", nargs="*", default=[])
    asked.add_argument("--processor", action="store_true", help="by seconds of a processor, where others use it too")
    options = asked.parse_args()
    other = options.other.resolve()
    with tempfile.TemporaryDirectory(prefix="checkouts-") as folder:
        trials = Trials(Path(folder), other)
        rows: dict[str, Callable[[Path], float]] = {
            "first paint": trials.paint,
            "start of a run": trials.start,
            "training, small": lambda checkout: trials.training(checkout, "small"),
            "training, medium": lambda checkout: trials.training(checkout, "medium"),
            "writing, small": lambda checkout: trials.writing(checkout, "small"),
            "writing, medium": lambda checkout: trials.writing(checkout, "medium"),
            "preparing 100 MB": trials.prepare,
            f"preparing {FILES:,} files": trials.prepare_many,
            f"opening {RUNS} runs": trials.open_many,
        }
        trials.fill()
        print(f"{machine()}\n\n| what | this : other, median | spread | each round |\n|---|---|---|---|")
        for name, trial in rows.items():
            if options.only and name not in options.only:
                continue
            ratios = []
            for number in range(options.rounds):
                pair = [ROOT, other] if number % 2 else [other, ROOT]  # neither is always the first
                speeds = {checkout: measured(trial, checkout, options.processor) for checkout in pair}
                ratios.append(speeds[ROOT] / speeds[other])
            each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
            print(f"| {name} | {statistics.median(ratios):.3f} | {spread} | {each} |", flush=True)


if __name__ == "__main__":
    main()
