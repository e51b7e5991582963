"""``tokenizer train``: learns a vocabulary from texts, for projects that are to share it."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..front_door import training_tokenizer
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    parents = [shared.common(), shared.setting()]
    verb = add_parser("tokenizer", parents=parents, help="learn a vocabulary that several projects can share")
    verb.add_argument("what", choices=["train"])
    verb.add_argument("texts", type=Path, nargs="+", metavar="TEXT")
    verb.add_argument("--to", type=Path, required=True, metavar="FILE", help="the new file, for example tokenizer.json")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    asked = shared.of_preparing(options)
    return training_tokenizer(options.texts, options.to, stop, options=asked.texts, settings=asked.project)
