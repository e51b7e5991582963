"""``pack``: a run with all that it takes to train it on another machine. ``fetch`` brings it home."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..engine.core.model_forms import PackFor
from ..engine.core.names import safe_name
from ..front_door import Run, packing
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("pack", parents=[shared.common()], help="a run as a folder that trains on another machine")
    verb.add_argument("path", type=Path, metavar="RUN")
    verb.add_argument(
        "--for",
        dest="destination",
        choices=list(PackFor),
        required=True,
        help="a cluster, Colab, or a container",
    )
    verb.add_argument("--to", type=Path, metavar="FOLDER", help="a new folder; without it, one named after the run")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    packed = Run.open(options.path)
    destination = PackFor(options.destination)
    return packing(packed, destination, options.to or Path(safe_name(f"{packed.name} for {destination}")), stop)
