"""``export``: a model for other programs."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..engine.core.model_forms import Destination, WeightType
from ..front_door import Model, exporting_model
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("export", parents=[shared.common()], help="a model as a file or folder for other programs")
    verb.add_argument("model", metavar="MODEL", help=shared.MODEL)
    verb.add_argument("--to", type=Path, metavar="PATH", help="x.gguf, x.html, or a new folder for transformers")
    verb.add_argument(
        "--for",
        dest="destination",
        choices=list(Destination),
        default=Destination.FILE.value,
        help="ollama: --to is a new folder; lmstudio: it goes to LM Studio's own folder",
    )
    verb.add_argument(
        "--weights", choices=list(WeightType), default=WeightType.F16.value, help="how exactly a GGUF file holds them"
    )
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return exporting_model(
        Model.load(options.model),
        options.to,
        stop,
        weight_type=WeightType(options.weights),
        destination=Destination(options.destination),
    )
