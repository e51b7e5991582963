"""``serve``: other programs on this computer write with a model."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core import bounded
from ..engine.core.control import Ask
from ..engine.core.errors import ModelError
from ..engine.core.events import Event
from ..engine.core.exchange_events import DOOR_PORT
from ..front_door import Model
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser(
        "serve",
        parents=[shared.common()],
        help="let other programs on this computer write with a model, as OpenAI's and KoboldAI's clients ask",
    )
    verb.add_argument("model", metavar="MODEL", help=shared.MODEL)
    verb.add_argument("--port", type=int, default=DOOR_PORT, help=f"{DOOR_PORT}, or another; 0 takes a free one")
    verb.add_argument(
        "--key-file", type=Path, metavar="FILE", help="the key that others have to say, instead of a new random one"
    )
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    key = _key_in(options.key_file) if options.key_file else ""
    return Model.load(options.model).serving(stop, port=options.port, key=key)


def _key_in(file: Path) -> str:
    try:
        key = bounded.read_text(file, bounded.SETTINGS).strip()
    except (OSError, ValueError) as problem:
        raise ModelError(f"No key can be read from {file} ({problem}). Write one into a file and name it.") from problem
    if not key:
        raise ModelError(f"There is no key in {file}. Write one into it, or leave out --key-file for a random one.")
    return key
