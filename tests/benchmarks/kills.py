"""Ten SIGKILLs at random moments for each kind of run, seventy together, and whether each became what it would have.

python -m tests.benchmarks.kills [--kills 10] [--only KIND ...]

The last kind is trained by the window, on whose page somebody types meanwhile; the page has to be whole as well. After
each kill the project is checked for damage. ``faults --kill`` does the same at each call that writes, for every verb.
"""

import argparse
import random
import tempfile
from dataclasses import replace
from pathlib import Path

from textgen_gui import Project
from textgen_gui.engine.core import project
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
    "taught, four generations": [
        *("train.ngram_teacher=0.5", "train.generations=4", "train.average=0.25", "train.short_passages=0.7"),
    ],
    "staged": ['train.stages=["letters", "diary"]'],
    "in the window": ["model.dropout=0.1"],
}
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from textgen_gui import Run
from textgen_gui.cli.process import prepare_process
prepare_process()
from textgen_gui.engine.core import event_log
from textgen_gui.ui.app import make_application, make_window
application, window = make_application(), make_window()
window.show(); window.load_engine(); window.open_project(Path(sys.argv[1]).parents[1])
def type_on():
    work = window.workspace
    if not (work and work.train.view.opened) or window.jobs.busy:
        return
    if work.train.job is None and not shown:
        shown.append(1)
        show = work.train.show_event
        work.train.show_event = lambda event: (show(event), print(event_log.to_json(event), flush=True))
        work.train._open(Run(Path(sys.argv[1]))); work.train.resume()
    work.generate.desk.page.insertPlainText("word ")
shown = []
timer = QTimer(); timer.timeout.connect(type_on); timer.start(20)
application.exec()
"""


def texts(folder: Path) -> project.Project:
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
    parser.add_argument("--only", nargs="*", choices=kinds, default=list(kinds))
    options = parser.parse_args()
    print(machine() + "\n\n| run | kills | at steps | damage found | the same as without |\n|---|---|---|---|---|")
    moments = random.Random(11)
    with tempfile.TemporaryDirectory() as name:
        place = texts(Path(name))
        first = make_run(place, "model.layers=2", name="first")
        train_all(first)
        for kind in options.only:
            settings = kinds[kind]
            asked = [*STEPS, *(setting.format(first=f"runs/{first.name}") for setting in settings)]
            shape = ["model.layers=2"] if any("start.model" in setting for setting in settings) else []
            alone, killed = make_run(place, *asked, *shape), make_run(place, *asked, *shape)
            train_all(alone)
            at, damage = [], 0
            program = ["-c", WINDOW] if kind == "in the window" else ["-m", "textgen_gui", "train", "--json"]
            for _ in range(options.kills):
                child = python(*program, str(killed.folder))
                try:
                    at.append(kill_while_it_trains(child, moments.uniform(0.0, 0.4)))
                finally:
                    child.kill()
                    child.communicate()
                damage += len(Project(place.folder).check())
            train_all(killed)
            same = "yes" if became(killed) == became(alone) else "NO"
            print(f"| {kind} | {len(at)} | {', '.join(map(str, at))} | {damage} | {same} |", flush=True)


if __name__ == "__main__":
    main()
