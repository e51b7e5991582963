"""``check``: whether all that a project holds is as it was written."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..front_door import Project
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("check", parents=[shared.common()], help="verify all that a project holds by its hashes")
    verb.add_argument("project", type=Path)
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return Project.open(options.project).checking(stop)
