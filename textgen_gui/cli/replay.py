"""``replay``: writes a kept text again and says whether it is the same."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..front_door import replaying
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser(
        "replay", parents=[shared.common()], help="write a kept text again and say whether it is the same"
    )
    verb.add_argument("receipt", type=Path, metavar="FILE")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return replaying(options.receipt, stop)
