"""``import``: rewrites a model from elsewhere into the library."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..front_door import adopting
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("import", parents=[shared.common()], help="rewrite a model from elsewhere, so that it opens here")
    verb.add_argument(
        "path", type=Path, metavar="PATH", help="a folder with pytorch_model.bin, a .gguf, an adapter, ..."
    )
    verb.add_argument("--name", default="", help="name of the model; that of the file or folder if there is none")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    return adopting(options.path, options.name, stop)
