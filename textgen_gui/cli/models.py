"""``models``: lists the library, whose names ``--from`` takes."""

import argparse
from collections.abc import Iterator

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..front_door import models
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("models", parents=[shared.common()], help="list the models that are here")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return models()
