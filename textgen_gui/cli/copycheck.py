"""``copycheck``: which passages of a text stand in the training texts."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core import bounded
from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..engine.core.project import read_text
from ..front_door import Run
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser(
        "copycheck", parents=[shared.common()], help="which passages of a text stand in the training texts"
    )
    verb.add_argument("model", type=Path, metavar="RUN")
    verb.add_argument("text", type=Path, metavar="FILE")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return Run.open(options.model).checking_copies(read_text(options.text, bounded.TEXTS), stop)
