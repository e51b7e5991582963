"""What checkpoints and the rehearsal cost a run of a preset planned for some minutes, with its twenty marks.

    python -m tests.benchmarks.checkpoints [--preset small] [--minutes 3]

A save is timed from outside, as often as the run saves, on the state that the run has at its end.
"""

import argparse
import tempfile
import time
from pathlib import Path

from textgen_gui.engine.core import events
from textgen_gui.engine.core.project import Run, create
from textgen_gui.engine.core.run_request import from_assignments
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.training import train as training
from textgen_gui.engine.training.plan import new_run
from textgen_gui.engine.training.session import TrainingSession

from .common import SHAKESPEARE, machine

MARKS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="small")
    parser.add_argument("--minutes", type=float, default=3)
    options = parser.parse_args()
    saves: list[float] = []
    rehearsals: list[float] = []

    def timed(happened, times):  # type: ignore[no-untyped-def]
        def call(*arguments):  # type: ignore[no-untyped-def]
            started = time.perf_counter()
            try:
                return happened(*arguments)
            finally:
                times.append(time.perf_counter() - started)

        return call

    TrainingSession._save = timed(TrainingSession._save, saves)  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        place = create(Path(folder) / "p")
        list(place.add_texts([SHAKESPEARE], lambda: False))
        list(prepare(place, lambda: False))
        steps = ["train.steps=400", f"train.mark_every={400 // MARKS}"]
        created = list(new_run(place, from_assignments(options.preset, None, steps)))[-1]
        assert isinstance(created, events.RunCreated)
        began = time.perf_counter()
        for event in training.train(Run(place.folder / created.run), lambda: False, rehearsal=True):
            if isinstance(event, events.RunStarted):
                rehearsals.append(time.perf_counter() - began)
    median = sorted(saves)[len(saves) // 2]
    share = MARKS * median / (options.minutes * 60)
    print(
        machine() + f"\n\n{options.preset}: rehearsal and loading {rehearsals[0]:.1f} s; a save {1000 * median:.0f} ms"
    )
    print(
        f"(of {len(saves)}, longest {1000 * max(saves):.0f}); twenty in {options.minutes:g} min: {share:.2%} of the run"
    )


if __name__ == "__main__":
    main()
