"""Whether runs by time keep their time: from the press on the button to the last event, in one process each.

    python -m tests.benchmarks.budgets [--minutes 2 3 5] [--rounds 1] [--from MODEL]

The seconds count from the first event of planning; texts are prepared and libraries loaded before, as in the window.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from .common import SHAKESPEARE, machine

RUN = """
import sys, time
from pathlib import Path
from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.core.run_request import from_assignments
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.training.plan import new_run
from textgen_gui.engine.training.train import recorded

never, minutes, start = (lambda: False), float(sys.argv[3]), sys.argv[4]
place = project.create(Path(sys.argv[1]))
list(place.add_texts([Path(sys.argv[2])], never))
list(prepare(place, never))
began = time.monotonic()
created = list(new_run(place, from_assignments("auto", minutes, [], start=start)))[-1]
run, before = Run(place.folder / created.run), time.monotonic() - began
planned, plans = run.config(), []
for event in recorded(run, never):
    if isinstance(event, events.RunStarted):
        rehearsed = time.monotonic() - began - before
    elif isinstance(event, events.Replanned):
        plans.append(f"{event.step}: {event.steps}")
took, shape = time.monotonic() - began, planned.model
print(f"| {minutes:g} | {took:.0f} s | {took / 60 / minutes - 1:+.1%} | {shape.layers} x {shape.width}, "
      f"{planned.train.precision} | {planned.train.steps} | {', '.join(plans)} | {before:.0f} s | {rehearsed:.0f} s |")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[2, 3, 5])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--from", dest="start", default="scratch")
    parser.add_argument("--text", type=Path, default=SHAKESPEARE)
    options = parser.parse_args()
    print(
        machine()
        + "\n\n| minutes | took | late by | model | planned steps | planned again, at step | new | rehearsal |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for minutes in options.rounds * options.minutes:
        with tempfile.TemporaryDirectory() as folder:
            asked = [str(Path(folder) / "p"), str(options.text), str(minutes), options.start]
            done = subprocess.run([sys.executable, "-c", RUN, *asked], capture_output=True, text=True, check=False)
            print(done.stdout.strip() or done.stderr[-2000:], flush=True)


if __name__ == "__main__":
    main()
