"""``preview``: the beginning of a text as a model would see it."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..front_door import preview
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    parents = [shared.common(), shared.setting()]
    verb = add_parser("preview", parents=parents, help="the beginning of a text as a model would see it")
    verb.add_argument("text", type=Path, metavar="FILE")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    asked = shared.of_preparing(options)
    yield preview(options.text, options=asked.texts, settings=asked.project)
