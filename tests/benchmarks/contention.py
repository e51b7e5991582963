"""What a busy program beside it costs training: tokens a second, alone and with one core taken.

    python -m tests.benchmarks.contention [--seconds 40]

"fixed" keeps its threads whatever happens; "balanced" is the default. The fair share of a core that two programs want
is half of it.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .common import SHAKESPEARE, machine

BUSY = [sys.executable, "-c", "while True: pass"]


def speed(project: Path, preset: str, pace: str, seconds: float, busy: bool) -> float:
    """The median speed in the second half of the time, in tokens a second."""
    new = [sys.executable, "-m", "textgen_gui", "new", str(project), "--preset", preset, "--set", "train.steps=100000"]
    run = subprocess.run(new, check=True, capture_output=True, text=True).stdout.split("\n")[0]
    train = [sys.executable, "-m", "textgen_gui", "train", str(project / run), "--json", "--pace", pace]
    training = subprocess.Popen(train, stdout=subprocess.PIPE, text=True)
    assert training.stdout
    other, speeds, started = None, [], 0.0
    for line in training.stdout:
        event = json.loads(line)
        if event["event"] != "StepDone":
            continue
        started = started or time.monotonic()
        if busy and other is None and time.monotonic() - started > seconds / 8:
            other = subprocess.Popen(BUSY)
        if time.monotonic() - started > seconds / 2:
            speeds.append(event["tokens_per_s"])
        if time.monotonic() - started > seconds:
            break
    training.kill()
    training.wait()
    training.stdout.close()
    if other:
        other.kill()
        other.wait()
    return statistics.median(speeds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--presets", nargs="+", default=["small", "medium"])
    options = parser.parse_args()
    print(machine() + "\n\n| preset | pace | alone | beside a busy program | share |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "p"
        prepare = [sys.executable, "-m", "textgen_gui", "prepare", str(project), str(SHAKESPEARE)]
        subprocess.run(prepare, check=True, capture_output=True)
        for preset in options.presets:
            for words, pace in (("fixed", "all"), ("balanced", "balanced"), ("gentle", "gentle")):
                alone, beside = (speed(project, preset, pace, options.seconds, busy) for busy in (False, True))
                print(f"| {preset} | {words} | {alone:,.0f} | {beside:,.0f} | {beside / alone:.2f} |", flush=True)


if __name__ == "__main__":
    main()
