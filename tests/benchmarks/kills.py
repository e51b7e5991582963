"""Ten SIGKILLs at random moments for each kind of run, fifty together, and whether each became what it would have.

python -m tests.benchmarks.kills [--kills 10]
"""

import argparse
import random
import tempfile
from dataclasses import replace
from pathlib import Path

from textgen_gui.engine.core import project
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text.prepare import prepare

from ..conftest import never, story, train_all
from ..engine.runs import became, make_run, python
from ..engine.training.test_resume import kill_while_it_trains
from .common import machine

STEPS = ["train.steps=1500", "train.mark_every=30"]
kinds = {
    "from scratch, dropout, accumulation 3": ["model.architecture=gpt2", "model.dropout=0.1", "train.batch=6"],
    "fine-tune": ["start.model={first}"],
    "frozen, accumulation 3": ["start.model={first}", "start.frozen=1", "train.batch=6"],
    "LoRA": ["start.model={first}", "start.lora=4"],
    "staged": ['train.stages=["letters", "diary"]'],
}


def texts(folder: Path) -> Project:
    place = project.create(folder / "project")
    for group, text in (("letters", story()), ("diary", story(9000).upper())):
        file = folder / f"{group}.txt"
        file.write_text(text, encoding="utf-8")
        list(place.add_texts([file], never))
        source = place.sources_from([file])[0]
        place.set_options([source.file], replace(source.options, group=group))
    list(prepare(place, never))
    return place


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    options = parser.parse_args()
    print(machine() + "\n\n| run | kills | at steps | the same as without |\n|---|---|---|---|")
    moments = random.Random(11)
    with tempfile.TemporaryDirectory() as name:
        place = texts(Path(name))
        first = make_run(place, "model.layers=2", name="first")
        train_all(first)
        for kind, settings in kinds.items():
            asked = [*STEPS, *(setting.format(first=f"runs/{first.name}") for setting in settings)]
            shape = ["model.layers=2"] if any("start.model" in setting for setting in settings) else []
            alone, killed = make_run(place, *asked, *shape), make_run(place, *asked, *shape)
            train_all(alone)
            at = []
            for _ in range(options.kills):
                child = python("-m", "textgen_gui", "train", str(killed.folder), "--json")
                try:
                    at.append(kill_while_it_trains(child, moments.uniform(0.0, 0.4)))
                finally:
                    child.kill()
                    child.communicate()
            train_all(killed)
            same = "yes" if became(killed) == became(alone) else "NO"
            print(f"| {kind} | {len(at)} | {', '.join(map(str, at))} | {same} |", flush=True)


if __name__ == "__main__":
    main()
