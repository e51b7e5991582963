"""One process with two threads against two processes with one thread each: the same losses, and how fast.

python -m tests.benchmarks.processes [--rounds 3] [--preset medium]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.project import Run

from .common import SHAKESPEARE, machine

LAUNCH = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]


def command(*arguments: str, threads: int) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, env=environment)
    return done.stdout.split("\n")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--preset", default="medium")
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    ways: dict[str, tuple[list[str], int]] = {"one process": ([], 2), "two processes": (LAUNCH, 1)}
    speeds: dict[str, list[float]] = {way: [] for way in ways}
    losses: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "p"
        command("-m", "textgen_gui", "prepare", str(project), str(SHAKESPEARE), threads=2)
        fixed = ["--set", f"train.steps={options.steps}", "--set", "train.precision=fp32"]
        for _ in range(options.rounds):
            for way, (launch, threads) in ways.items():
                new = ["-m", "textgen_gui", "new", str(project), "--preset", options.preset, *fixed]
                run = Run(project / command(*new, threads=threads))
                command(*launch, "-m", "textgen_gui", "train", str(run.folder), threads=threads)
                done = [event for event in event_log.read(run.events_file) if isinstance(event, events.StepDone)]
                losses[way] = [event.loss for event in done]
                speeds[way].append(statistics.median(event.tokens_per_s for event in done[10:]))
    one, two = losses.values()
    apart = max(abs(a - b) / abs(a) for a, b in zip(one, two, strict=True))
    fast, faster = (statistics.median(speeds[way]) for way in ways)
    print(machine() + f"\n\n{options.preset}, {options.steps} steps, {options.rounds} rounds: losses differ by at most")
    print(
        f"{apart:.1e}; {fast:,.0f} and {faster:,.0f} tokens/s, {faster / fast:.2f} of the speed. Each round: {speeds}"
    )


if __name__ == "__main__":
    main()
