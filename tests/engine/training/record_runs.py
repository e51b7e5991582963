"""Trains the runs that the coach is judged by, and writes what it hears of each into tests/data/runs:

    python -m tests.engine.training.record_runs [NAME ...]

Twenty real runs of known kinds, minutes on one core. Only numbers are written down, none of the texts.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from textgen_gui.engine.core import events, project, schema
from textgen_gui.engine.core.config import RunConfig
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.training.step import Learner
from textgen_gui.engine.training.train import train

from ...conftest import never

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "runs"
NOVEL = ROOT / "resources" / "sample.txt"
TUTORS = Path("/usr/share/vim/vim90/tutor")  # one lesson in many languages
LANGUAGES = ("de", "es", "fr", "it", "nl", "pl", "pt", "sv", "hu", "no")
tiny = ("model.layers=2", "model.width=64", "model.heads=2", "model.context=64", "train.batch=8")
middle = ("model.layers=3", "model.width=96", "model.heads=3", "model.context=64", "train.batch=8")
steep = ("train.learning_rate=0.005", "train.average=0.0")
by_heart = ("train.weight_decay=0.0", "train.learning_rate=0.008", "train.average=0.0")
slow = ("train.weight_decay=0.1", "train.average=0.0")
wild = ("train.clip=0.0", "train.average=0.0")


@dataclass(frozen=True, slots=True)
class Kind:
    """``text``: so many of the novel's characters, or the languages. ``begin``: the kind whose model it goes on from.
    ``spoilt``: the step at which a spike in the weights is imitated."""

    steps: int
    settings: tuple[str, ...]
    text: int | str = 575_000
    begin: str = ""
    spoilt: int = 0


kinds = {
    "healthy": Kind(2500, (*tiny, *steep)),
    "healthy-wide": Kind(2500, (*middle, "train.learning_rate=0.004")),
    "short-gpt2": Kind(2500, (*tiny, *steep, "model.architecture=gpt2")),
    "healthy-cosine": Kind(2500, (*tiny, *steep, "train.schedule=cosine", "train.decay=1.0")),
    "healthy-longer": Kind(1000, (*tiny, "train.learning_rate=0.0025"), begin="healthy"),
    "memorising-letter": Kind(500, (*tiny, *by_heart, "train.schedule=constant"), 9_000),
    "memorising-tale": Kind(600, (*tiny, *by_heart, "train.schedule=constant"), 14_000),
    "memorising-slowly": Kind(600, (*tiny, "train.learning_rate=0.004", *slow), 30_000),
    "small-essay": Kind(600, (*middle, *by_heart, "train.schedule=constant"), 40_000),
    "small-novella": Kind(700, (*middle, *by_heart), 55_000),
    "small-chapters": Kind(600, (*tiny, *by_heart), 60_000),
    "small-story": Kind(700, (*tiny, *by_heart), 110_000),
    "unstable-rate": Kind(250, (*tiny, *wild, "train.learning_rate=0.3")),
    "unstable-spike": Kind(300, (*tiny, *steep), spoilt=180),
    "unstable-constant": Kind(250, (*tiny, *wild, "train.learning_rate=0.12", "train.schedule=constant")),
    "small-diary": Kind(300, (*tiny, *steep), 30_000),
    "small-letter": Kind(200, (*tiny, *steep), 9_000),
    "small-diary-large-model": Kind(200, (*middle, *steep), 30_000),
    "short": Kind(60, (*tiny, *steep)),
    "short-wide": Kind(150, (*middle, *steep)),
    "languages": Kind(700, (*tiny, *steep), "languages"),
    "languages-short": Kind(120, (*middle, *steep, "train.batch=2"), "languages"),
    "forgetting": Kind(150, (*tiny, "train.learning_rate=0.05", "train.schedule=constant"), begin="healthy"),
    "forgetting-short": Kind(60, (*tiny, "train.learning_rate=0.02", "train.average=0.0"), begin="healthy"),
}


def texts_of(kind: Kind, folder: Path) -> Iterator[Path]:
    if kind.text != "languages":
        path = folder / "text.txt"
        path.write_text(NOVEL.read_text(encoding="utf-8")[: int(kind.text)], encoding="utf-8")
        yield path
        return
    for language in LANGUAGES:
        path = folder / f"{language}.txt"
        found = TUTORS / f"tutor.{language}.utf-8"
        path.write_text((found if found.exists() else TUTORS / f"tutor.{language}").read_text("utf-8"), "utf-8")
        yield path


def place_of(kind: Kind, folder: Path) -> Project:
    if (folder / "project.toml").exists():
        return project.open(folder)
    folder.mkdir(parents=True)
    place = project.create(folder, "Recorded")
    list(place.add_texts(texts_of(kind, folder), never))
    list(prepare(place, never))
    return place


def train_kind(name: str, kind: Kind, folder: Path) -> dict[str, object]:
    place = place_of(kind, folder / f"{kind.text}")
    prepared = current(place)
    assert prepared
    begin = next((run for run in place.runs() if run.name.endswith(f" {kind.begin}")), None) if kind.begin else None
    settings = (*kind.settings, f"train.steps={kind.steps}", f"train.mark_every={max(1, kind.steps // 20)}")
    settings += (f'start.model="runs/{begin.name}"',) if begin else ()
    base = RunConfig(prepared=prepared.folder.name, data=prepared.fingerprint)
    run = place.write_run(schema.with_settings(base, [*settings, "train.sample_tokens=1"]), name)
    heard = list(_trained(run, kind))
    started = next(event for event in heard if isinstance(event, events.RunStarted))
    finished = next(event for event in heard if isinstance(event, events.RunFinished))
    return {
        "settings": settings,
        "tokens": prepared.tokens,
        "heldout": prepared.heldout_tokens,
        "parameters": started.parameters,
        "baselines": [[e.name, round(e.loss, 4), e.bits_per_byte] for e in heard if isinstance(e, events.Baseline)],
        "losses": [round(event.loss, 3) for event in heard if isinstance(event, events.StepDone)],
        "evaluations": [
            [e.step, round(e.loss, 4), round(e.bits_per_byte, 4)] for e in heard if isinstance(e, events.Evaluated)
        ],
        "best": finished.best_step,
        "outcome": finished.outcome,
    }


def _trained(run: Run, kind: Kind) -> Iterator[events.Event]:
    whole = Learner._read

    def read(self: Learner, step: int) -> object:
        if kind.spoilt and kind.spoilt <= step < kind.spoilt + 60 and step % 10 == 0:
            with torch.no_grad():
                for parameter in self.model.parameters():
                    parameter.mul_(1.6)
        return whole(self, step)

    Learner._read = read  # type: ignore[method-assign, assignment]
    try:
        yield from train(run, never, rehearsal=True)
    finally:
        Learner._read = whole  # type: ignore[method-assign]


def main() -> None:
    folder = Path(os.environ.get("RECORDED", "") or tempfile.mkdtemp(prefix="recorded-"))
    DATA.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or kinds:
        recorded = train_kind(name, kinds[name], folder)
        (DATA / f"{name}.json").write_text(json.dumps(recorded) + "\n", encoding="utf-8")
        print(name, recorded["evaluations"], flush=True)


if __name__ == "__main__":
    main()
