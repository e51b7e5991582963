"""``prepare``: adds texts to a project and turns them into token files."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core import schema
from ..engine.core.config import PrepareConfig, TextConfig, TokenizerSource
from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..engine.core.schema import toml_value
from ..front_door import preparing_texts
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser(
        "prepare", parents=[shared.common(), shared.setting()], help="add texts and turn them into token files"
    )
    verb.add_argument("project", type=Path)
    verb.add_argument("texts", type=Path, nargs="*", metavar="TEXT")
    verb.add_argument(
        "--tokenizer", default="", metavar="FILE|FOLDER", help="take these tokens instead of learning some"
    )
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    """Settings with ``text.`` before them say how these texts are read; all others, how the project is prepared."""
    assignments = [assignment.removeprefix("prepare.") for assignment in options.set]
    of_texts = [one.removeprefix("text.") for one in assignments if one.startswith("text.")]
    others = [one for one in assignments if not one.startswith("text.")]
    if options.tokenizer:
        file = toml_value(str(Path(options.tokenizer).resolve()))
        others += [f"tokenizer={TokenizerSource.FILE}", f"tokenizer_file={file}"]
    return preparing_texts(
        options.project,
        options.texts,
        stop,
        options=schema.assigned(TextConfig(), of_texts),
        settings=schema.assigned(PrepareConfig(), others),
    )
