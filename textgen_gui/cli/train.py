"""``train``: trains or resumes a run; or prepares texts, makes a run of them and trains it, in one go."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core import project
from ..engine.core.chosen_model import find_any
from ..engine.core.config import Pace
from ..engine.core.control import Ask
from ..engine.core.errors import ProjectError
from ..engine.core.events import Event, RunCreated
from ..engine.core.project import text_format
from ..front_door import Project, Run, preparing_texts, refuse_tracker, trying
from . import options as shared
from .options import AddParser

EXAMPLE = "For example: textgen-gui train novel.docx --minutes 20"


def add(add_parser: AddParser) -> None:
    parents = [shared.common(), shared.planned(), shared.paced(), shared.setting(), shared.rehearsable()]
    verb = add_parser("train", parents=parents, help="train or resume a run; or texts, in one go", epilog=EXAMPLE)
    verb.add_argument("paths", type=Path, nargs="+", metavar="RUN|TEXT", help="a run; or files, and folders of them")
    verb.add_argument("--project", type=Path, help="where to keep the project; without it, beside the text")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    first: Path = options.paths[0]
    if len(options.paths) == 1 and not _is_text(first):
        return _train(_run(first, options), options, stop)
    for path in filter(_is_ours, options.paths):
        raise ProjectError(f"{path} is no text. Train a run by itself: textgen-gui train RUN")
    if options.dry_run:
        shared.request(options).wanted()  # what is set as well
        return trying(options.paths, stop)
    options.project = options.project or _beside(first)
    return _from_texts(options, stop)


def _is_text(path: Path) -> bool:
    """Whether texts are meant: a file or folder that is no run and no project, or a name that is mistyped."""
    mistyped = not path.exists() and text_format(path)[0] != ""
    return mistyped or (path.exists() and not _is_ours(path))


def _is_ours(path: Path) -> bool:
    return project.Run(path).exists() or project.Project(path).exists()


def _run(path: Path, options: argparse.Namespace) -> Run:
    if project.Project(path).exists():
        runs = path / "runs" / "…"
        raise ProjectError(f"{path} is a project. Name one of its runs, “{runs}”, or make one: textgen-gui new {path}")
    run = Run.open(path)
    if options.project and not (options.project.exists() and options.project.samefile(run.project.folder)):
        raise ProjectError(f"“{run.name}” lies in {run.project.folder}, not in {options.project}. Leave out --project.")
    given = [
        name for name in ("minutes", "start", "set", "name", "tokenizer", "shape", "dry_run") if getattr(options, name)
    ]
    if given:
        names = ", ".join("--" + {"start": "from", "dry_run": "dry-run"}.get(name, name) for name in given)
        why = "was made with its settings already"
        raise ProjectError(f"“{run.name}” {why}, so {names} cannot change it. Make a new run.")
    return run


def _beside(text: Path) -> Path:
    """The project of a text for which none was named: “novel project” beside novel.txt."""
    whole = text.resolve()
    return whole.with_name(f"{whole.stem} project")


def _from_texts(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    request = shared.request(options)
    wanted = request.wanted()  # or an impossible one would be refused only after minutes of preparing
    if wanted.start.model:
        find_any(wanted.start.model, options.project)
    if options.tracker:
        refuse_tracker(options.tracker)
    yield from preparing_texts(options.project, options.paths, stop)
    if stop():
        return
    made = Project.open(options.project)
    created: RunCreated | None = None
    for event in made.planning(request, stop):
        if isinstance(event, RunCreated):
            created = event
        yield event
    if created and not stop():
        yield from _train(Run.open(made.folder / created.run), options, stop)


def _train(run: Run, options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return run.train(stop, pace=Pace(options.pace), tracker=options.tracker)
