"""``doctor``: what each rule of the text doctor would mend in the texts of a project."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..front_door import Project
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("doctor", parents=[shared.common()], help="what could be mended in the texts of a project")
    verb.add_argument("project", type=Path)
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return Project.open(options.project).examining(stop)
