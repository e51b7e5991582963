"""``evaluate``: held-out bits per byte."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..front_door import Model
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("evaluate", parents=[shared.common()], help="held-out bits per byte")
    verb.add_argument("model", metavar="MODEL", help=shared.MODEL)
    verb.add_argument("texts", type=Path, nargs="+", metavar="TEXT")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return Model.load(options.model).evaluating(options.texts, stop)
