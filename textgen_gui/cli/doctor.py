"""``doctor``: what each rule of the text doctor would mend in the texts of a project."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from .. import words
from ..engine.core.control import Ask
from ..engine.core.events import Event, Examined, VersionsFound, Warned
from ..front_door import Project
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("doctor", parents=[shared.common()], help="what could be mended in the texts of a project")
    verb.add_argument("project", type=Path)
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return _examined(Project.open(options.project), stop)


def _examined(project: Project, stop: Ask) -> Iterator[Event]:
    found = 0
    for event in project.examining(stop):
        found += isinstance(event, Examined | VersionsFound)
        yield event
    if not found and not stop():
        yield Warned(f"Nothing found that needs mending in {words.count('text', len(project.sources()))}.")
