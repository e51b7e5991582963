"""``new``: writes a run folder and prints its path."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..front_door import Project
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    parents = [shared.common(), shared.planned(), shared.setting()]
    verb = add_parser("new", parents=parents, help="write a run folder and print its path")
    verb.add_argument("project", type=Path)
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return Project.open(options.project).planning(shared.request(options), stop)
