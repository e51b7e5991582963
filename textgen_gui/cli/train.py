"""``train``: trains or resumes a run; or prepares texts, makes a run of them and trains it, in one go."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.config import Pace
from ..engine.core.control import Ask
from ..engine.core.errors import ProjectError
from ..engine.core.events import Event, RunCreated
from ..engine.core.library import find_any
from ..front_door import Project, Run, preparing_texts
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    parents = [shared.common(), shared.planned(), shared.paced(), shared.setting()]
    verb = add_parser("train", parents=parents, help="train or resume a run; or texts, in one go")
    verb.add_argument("paths", type=Path, nargs="+", metavar="RUN|TEXT")
    verb.add_argument("--project", type=Path, help="where to make the project, when texts are given")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    if options.project is not None:
        return _from_texts(options, stop)
    if len(options.paths) > 1 or options.paths[0].is_file():
        raise ProjectError("To train on texts, say where to keep the project: --project FOLDER.")
    return _train(Run.open(options.paths[0]), options, stop)


def _from_texts(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    request = shared.request(options)
    wanted = request.wanted()  # or an impossible one would be refused only after minutes of preparing
    if wanted.start.model:
        find_any(wanted.start.model, options.project)
    yield from preparing_texts(options.project, options.paths, stop)
    if stop():
        return
    project = Project.open(options.project)
    created: RunCreated | None = None
    for event in project.planning(request, stop):
        if isinstance(event, RunCreated):
            created = event
        yield event
    if created and not stop():
        yield from _train(Run.open(project.folder / created.run), options, stop)


def _train(run: Run, options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return run.train(stop, pace=Pace(options.pace), tracker=options.tracker)
