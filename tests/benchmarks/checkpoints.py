"""What checkpoints and the rehearsal cost a run of a preset planned for some minutes, with its twenty marks.

    python -m tests.benchmarks.checkpoints [--preset small] [--minutes 3]

A save is timed from outside, as often as the run saves, on the state that the run has at its end.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from textgen_gui import Project, events
from textgen_gui.engine.models import checkpoint

from .common import SHAKESPEARE, machine

P = ParamSpec("P")
T = TypeVar("T")
MARKS = 20


def timed(work: Callable[P, T], times: list[float]) -> Callable[P, T]:
    def call(*arguments: P.args, **named: P.kwargs) -> T:
        started = time.perf_counter()
        try:
            return work(*arguments, **named)
        finally:
            times.append(time.perf_counter() - started)

    return call


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="small")
    parser.add_argument("--minutes", type=float, default=3)
    options = parser.parse_args()
    saves: list[float] = []
    rehearsal_s = 0.0
    checkpoint.save = timed(checkpoint.save, saves)
    with tempfile.TemporaryDirectory() as folder:
        project = Project.create(Path(folder) / "p")
        project.add(SHAKESPEARE)
        project.prepare()
        run = project.new_run(preset=options.preset, steps=400, mark_every=400 // MARKS)
        began = time.perf_counter()
        for event in run.train():
            if isinstance(event, events.RunStarted):
                rehearsal_s = time.perf_counter() - began
                saves.clear()  # of the rehearsal
    median = sorted(saves)[len(saves) // 2]
    share = MARKS * median / (options.minutes * 60)
    print(machine() + f"\n\n{options.preset}: rehearsal and loading {rehearsal_s:.1f} s; a save {1000 * median:.0f} ms")
    print(
        f"(of {len(saves)}, longest {1000 * max(saves):.0f}); twenty in {options.minutes:g} min: {share:.2%} of the run"
    )


if __name__ == "__main__":
    main()
