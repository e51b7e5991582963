"""What the command line and the window do on the disk, in a folder of its own, and what has to come of it each time.

The program is imported where it is used, so that another checkout can be the one that is tried.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SHAPE = ["model.layers=1", "model.width=16", "model.heads=2", "model.context=16", "model.dropout=0"]
TRAINING = ["batch=4", "steps=6", "mark_every=3", "sample_tokens=4", "precision=fp32", "average=0.5"]
SETTINGS = [part for one in [*SHAPE, *(f"train.{each}" for each in TRAINING)] for part in ("--set", one)]


@dataclass(frozen=True)
class Scenario:
    """``steps`` before it, undisturbed; ``work`` is disturbed; ``result`` reads what came of it."""

    steps: tuple[Callable[[Path], int], ...]
    work: Callable[[Path], int]
    result: Callable[[Path], str]


def cli(*arguments: object) -> int:
    from textgen_gui.cli import main

    return int(main([str(argument) for argument in arguments]))


def prepare(place: Path) -> int:
    return cli("prepare", place / "project", place / "a.txt", place / "b.txt", "--set", "vocabulary=300")


def new(place: Path) -> int:
    return cli("new", place / "project", "--name", "first", *SETTINGS)


def run_of(place: Path) -> Path:
    return next(iter(sorted((place / "project" / "runs").glob("[0-9]*"))))


def train(place: Path) -> int:
    return cli("train", run_of(place), "--json")


def stop_early(place: Path) -> int:
    from textgen_gui import Run
    from textgen_gui.engine.core import events

    asked: list[bool] = []
    for event in Run.open(run_of(place)).train(lambda: bool(asked)):
        if isinstance(event, events.StepDone) and event.step >= 4:
            asked.append(True)
    return 0


def generate(place: Path) -> int:
    options = ("--prompt", "The", "--seed", 1, "--n", 3, "--max-new-tokens", 12)
    return cli("generate", run_of(place), *options, "--to-file", place / "out.txt", "--overwrite")


def save_in_window(place: Path) -> int:
    """What the window does on its jobs: the draft, a kept page, how a text is read; with the window's own edge."""
    from textgen_gui import Model, Project
    from textgen_gui.engine.core import draft, events
    from textgen_gui.engine.core.config import TextConfig
    from textgen_gui.engine.core.generation_config import GenerateConfig
    from textgen_gui.ui.parts.job_runner import attempt

    def save() -> None:
        project, model = Project.open(place / "project"), Model.load(run_of(place))
        config = GenerateConfig(max_new_tokens=8, seed=3)
        written = [e for e in model.stream("The", config) if isinstance(e, events.TextGenerated)]
        done = [draft.Done(model.identity(), "The", config, event) for event in written]
        draft.keep(project, draft.Left("The page", done))
        project.keep(done, "The page")
        project.set_options([project.sources()[0].file], TextConfig(group="letters"))

    failure = attempt(save)
    if failure:
        print(failure.sentence, file=sys.stderr)
    return 1 if failure else 0


def tokenizer(place: Path) -> int:
    return cli("tokenizer", "train", place / "a.txt", place / "b.txt", "--to", place / "out.json")


def export(place: Path) -> int:
    return cli("export", run_of(place), "--to", place / "out.gguf")


def fill_mirror(place: Path) -> int:
    newest = sorted(run_of(place).glob("checkpoints/step-*"))[-1]
    shutil.copytree(
        newest, place / "mirror" / "somebody" / "model", ignore=shutil.ignore_patterns("training", "manifest*")
    )
    return 0


def fetch(place: Path) -> int:
    return cli("fetch", "somebody/model", "--mirror", place / "mirror")


def adopt(place: Path) -> int:
    return cli("import", place / "out.gguf", "--name", "mine")


def copycheck(place: Path) -> int:
    return cli("copycheck", run_of(place), place / "a.txt", "--json")


def evaluate(place: Path) -> int:
    return cli("evaluate", run_of(place), place / "a.txt", "--json")


def doctor(place: Path) -> int:
    return cli("doctor", place / "project", "--json")


def pack(place: Path) -> int:
    return cli("pack", run_of(place), "--for", "slurm", "--to", place / "out.pack")


def check(place: Path) -> int:
    """How many things are damaged. A project that was killed before it was one has none."""
    from textgen_gui import Project

    found = Project.open(place / "project").check() if (place / "project" / "project.toml").exists() else []
    for one in found:
        print(one, file=sys.stderr)
    return len(found)


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def of_prepared(place: Path) -> str:
    folders = sorted((place / "project" / "prepared").glob("[!.]*/prepared.toml"))
    files = [path.with_name(name) for path in folders for name in ("tokenizer.json", "train.bin", "val.bin")]
    return digest([(file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files])


def of_new(place: Path) -> str:
    return digest(*(run.read_text() for run in sorted((place / "project" / "runs").glob("[0-9]*/run.toml"))[-1:]))


def of_run(place: Path) -> str:
    run = run_of(place)
    newest = sorted((run / "checkpoints").glob("step-*"))[-1]
    weights = [(newest / name).read_bytes() for name in ("model.safetensors", "training/optimizer.safetensors")]
    log = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    steps = [(event["step"], event["loss"]) for event in log if event["event"] in ("StepDone", "Evaluated")]
    return digest(newest.name, weights, steps, (run / "samples.txt").read_bytes())


def of_file(place: Path) -> str:
    return digest((place / "out.txt").read_bytes())


def of_output(place: Path) -> str:
    return digest(*(file.read_bytes() for file in sorted(place.glob("out.*"))))


def of_index(place: Path) -> str:
    files = sorted(place.glob("project/prepared/*/copies/*.bin"))
    return digest([(file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files])


def of_pack(place: Path) -> str:
    """All but what it says of the moment it was packed."""
    files = sorted(file for file in (place / "out.pack").rglob("*") if file.is_file())
    return digest([(str(file.relative_to(place)), file.stat().st_size) for file in files])


def of_library(place: Path) -> str:
    files = sorted(place.glob("home/models/[!.]*/*"))
    return digest([(file.name, file.read_bytes()) for file in files if file.name != "model.toml"])


def of_window(place: Path) -> str:
    project = place / "project"
    kept = sorted(project.glob("generated/*.txt"))[-1]
    receipt = kept.with_suffix(".receipt").read_bytes()
    left = json.loads((project / "draft.json").read_text())  # how long it took is another each time
    written = [one["event"]["text"] for one in left["done"]]
    return digest(left["page"], written, kept.read_bytes(), receipt, (project / "project.toml").read_bytes())


SCENARIOS = {
    "prepare": Scenario((), prepare, of_prepared),
    "new": Scenario((prepare,), new, of_new),
    "train": Scenario((prepare, new), train, of_run),
    "resume": Scenario((prepare, new, stop_early), train, of_run),
    "generate": Scenario((prepare, new, train), generate, of_file),
    "window": Scenario((prepare, new, train), save_in_window, of_window),
    "tokenizer": Scenario((), tokenizer, of_output),
    "export": Scenario((prepare, new, train), export, of_output),
    "fetch": Scenario((prepare, new, train, fill_mirror), fetch, of_library),
    "copycheck": Scenario((prepare, new, train), copycheck, of_index),
    "evaluate": Scenario((prepare, new, train), evaluate, of_run),
    "doctor": Scenario((prepare,), doctor, of_prepared),
    "pack": Scenario((prepare, new), pack, of_pack),
    "import": Scenario((prepare, new, train, export), adopt, of_library),
}
