"""Flips a byte in each kind of file of a project, fifty times, and says whether that was noticed before it did harm.

python -m tests.benchmarks.rot [--flips 50] [--of CHECKOUT]

Each flip keeps the file's size and time, as a disk that rots does. Then the command that reads the file runs. It
may give the same result (what was bad was made again), or say so in a sentence; anything else is silent.
"""

import argparse
import contextlib
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textgen_gui import Project, Run

HERE = Path(__file__).parent
OUTCOMES = ("made again", "named", "silent", "crash")
TEXTS = ("The old man walked along the river and it was day", "She opened the window at noon, and read letter")
SHAPE = ["model.layers=1", "model.width=16", "model.heads=2", "model.context=16", "model.dropout=0.0"]
TRAINING = ["batch=4", "steps=6", "mark_every=3", "sample_tokens=4", "precision=fp32", "average=0.0"]
PAGE = " ".join(f"{TEXTS[0]} {number * 37 % 101}." for number in range(60))


def flip(file: Path, at: random.Random) -> None:
    about, content = file.stat(), bytearray(file.read_bytes())
    content[at.randrange(len(content))] ^= 1 << at.randrange(8)
    file.write_bytes(content)
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))


def first(folder: Path, pattern: str) -> Path:
    """The largest of those: the one that matters most."""
    return max(folder.glob(pattern), key=lambda file: file.stat().st_size)


def newest(folder: Path, pattern: str) -> Path:
    """Of the last checkpoint, which is the one that is read."""
    return max(folder.glob(pattern))


def best(project: Path) -> Path:
    """The weights that a run writes with."""
    from textgen_gui import Model

    return Model.load(next((project / "runs").glob("* first"))).checkpoint.folder / "model.safetensors"


def train(project: Path, name: str) -> str:
    """What becomes of a run, and what is said meanwhile."""
    from textgen_gui import Run
    from textgen_gui.engine.core import events

    run = Run.open(next((project / "runs").glob(f"* {name}")))
    happened = list(run.train())
    said = [e.message for e in happened if isinstance(e, events.Warned)]
    ended = [e for e in happened if isinstance(e, events.RunFinished)][-1]
    if ended.outcome != "finished" or any("damaged" in words for words in said):
        raise NamedError(ended.message)
    newest = run.checkpoints()[-1].folder
    whole, learnt = newest / "model.safetensors", newest / "training" / "weights.safetensors"  # of LoRA only the second
    weights = whole if whole.exists() else learnt
    return repr([(e.step, e.loss) for e in happened if isinstance(e, events.StepDone)]) + weights.read_bytes().hex()


class NamedError(Exception):
    """It was told."""


def prepare(project: Path) -> str:
    """The token files, which are made again where they are not as they were."""
    from textgen_gui import Project

    Project.open(project).prepare()
    folder = next(file.parent for file in (project / "prepared").glob("[!.t]*/prepared.toml"))
    return "".join((folder / name).read_bytes().hex() for name in ("train.bin", "val.bin", "tokenizer.json"))


def prepare_anew(project: Path) -> str:
    """What was kept of each text is read again, for the token files are gone."""
    for file in (project / "prepared").glob("[!.t]*/prepared.toml"):
        shutil.rmtree(file.parent)
    return prepare(project)


def copies(project: Path) -> str:
    from textgen_gui import Run
    from textgen_gui.engine.core import events

    run = Run.open(next((project / "runs").glob("* first")))
    return repr(
        [event for event in run.checking_copies(PAGE) if isinstance(event, events.CopyFound | events.CopyChecked)]
    )


def curve(project: Path) -> str:
    from textgen_gui import Run
    from textgen_gui.engine.core import events

    happened = list(Run.open(next((project / "runs").glob("* first"))).history())
    if any(isinstance(e, events.Warned) and "damaged" in e.message for e in happened):
        raise NamedError("told")
    return repr(happened)


def write(project: Path) -> str:
    from textgen_gui import Model
    from textgen_gui.engine.models import checkpoint
    from textgen_gui.engine.writing import session

    for known in (checkpoint._verify_once, checkpoint._sha256_once):
        known.cache_clear()  # as in a new start of the program
    session._opened.clear()
    model = Model.load(next((project / "runs").glob("* first")))
    if model.instead:
        raise NamedError(model.instead)
    return model.write("The", seed=1, max_new_tokens=12).text


# The file, which is flipped; and what reads it.
CASES: dict[str, tuple[Callable[[Path], Path], Callable[[Path], str]]] = {
    "train.bin": (lambda p: first(p, "prepared/*/train.bin"), lambda p: train(p, "second")),
    "val.bin": (lambda p: first(p, "prepared/*/val.bin"), lambda p: train(p, "second")),
    "tokenizer.json": (lambda p: first(p, "prepared/*/tokenizer.json"), lambda p: train(p, "second")),
    "train.bin, prepared again": (lambda p: first(p, "prepared/*/train.bin"), prepare),
    "tokenizer.json, prepared again": (lambda p: first(p, "prepared/*/tokenizer.json"), prepare),
    "LoRA base": (lambda p: first(p, "runs/*lora/base/*.safetensors"), lambda p: train(p, "lora")),
    "copies/words.bin": (lambda p: first(p, "prepared/*/copies/words.bin"), copies),
    "cached text.txt": (lambda p: first(p, "prepared/texts/*/text.txt"), prepare_anew),
    "cached tokens.bin": (lambda p: first(p, "prepared/texts/*/tokens-*/tokens.bin"), prepare_anew),
    "cached text.toml": (lambda p: first(p, "prepared/texts/*/text.toml"), prepare_anew),
    "events.jsonl": (lambda p: first(p, "runs/*first/events.jsonl"), curve),
    "events.jsonl, what writes": (lambda p: first(p, "runs/*first/events.jsonl"), write),
    "the best checkpoint": (best, write),
    "optimizer": (
        lambda p: newest(p, "runs/*lora/checkpoints/*/training/optimizer.safetensors"),
        lambda p: train(p, "lora"),
    ),
}


def new_run(place: "Project", name: str, *settings: str) -> "Run":
    from textgen_gui import Run
    from textgen_gui.engine.core import events
    from textgen_gui.engine.core.run_request import from_assignments

    asked = from_assignments("small", None, [*settings, *(f"train.{one}" for one in TRAINING)], name)
    *_, created = place.planning(asked)
    assert isinstance(created, events.RunCreated)
    return Run(place.folder / created.run)


def make(project: Path) -> None:
    """Texts large enough that their caches are checked once and not at each use; a run, one more, and one half done."""
    from textgen_gui import Project, Run
    from textgen_gui.engine.core import events

    place = Project.create(project)
    for number, words in enumerate(TEXTS):
        file = project.with_name(f"{number}.txt")
        file.write_text("".join(f"{words} {each * 37 % 101} or {each}.\n" for each in range(12_000)), encoding="utf-8")
        place.add(file)
    place.prepare(vocabulary=300)
    run = new_run(place, "first", *SHAPE)
    list(run.train())
    list(run.checking_copies(PAGE))
    new_run(place, "second", *SHAPE)
    lora = new_run(place, "lora", "start.model=runs/001 first", "start.lora=2")
    asked: list[bool] = []
    for event in Run.open(lora.folder).train(lambda: bool(asked)):
        if isinstance(event, events.StepDone) and event.step == 4:
            asked.append(True)


def outcome(work: Callable[[Path], str], project: Path, expected: str) -> str:
    from textgen_gui.engine.core.errors import EngineError

    try:
        return "made again" if work(project) == expected else "silent"
    except (EngineError, NamedError):
        return "named"
    except BaseException as problem:  # noqa: BLE001 (whatever it is, it is counted)
        print(f"  {type(problem).__name__}: {problem}"[:200], file=sys.stderr)
        return "crash"


def fresh(template: Path, project: Path) -> Path:
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(template, project)  # with the times of its files
    return project


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=50)
    parser.add_argument("--of", type=Path, default=HERE.parents[1], help="another checkout")
    parser.add_argument("--only", nargs="*", choices=CASES)
    options = parser.parse_args()
    sys.path.insert(0, str(options.of))
    os.environ |= {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    print("| file | flips | " + " | ".join(OUTCOMES) + " |\n|" + "---|" * (len(OUTCOMES) + 2))
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        os.environ["TEXTGEN_GUI_HOME"] = str(Path(folder) / "home")
        project, template = Path(folder) / "project", Path(folder) / "template"
        make(project)
        project.rename(template)
        for name in options.only or CASES:
            file_of, work = CASES[name]
            expected, at, counted = work(fresh(template, project)), random.Random(7), Counter[str]()
            for _ in range(options.flips):
                flip(file_of(fresh(template, project)), at)
                with contextlib.redirect_stdout(sys.stderr):
                    counted[outcome(work, project, expected)] += 1
            row = " | ".join(str(counted[one]) for one in OUTCOMES)
            print(f"| {name} | {options.flips} | {row} |", flush=True)


if __name__ == "__main__":
    main()
