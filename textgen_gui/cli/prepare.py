"""``prepare``: adds texts to a project and turns them into token files."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.errors import ProjectError
from ..engine.core.events import Event
from ..front_door import preparing_texts, trying
from . import options as shared
from .options import AddParser

EXAMPLE = 'For example: textgen-gui prepare "My Novel" novel.docx letters/'


def add(add_parser: AddParser) -> None:
    parents = [shared.common(), shared.setting(), shared.rehearsable()]
    verb = add_parser("prepare", parents=parents, help="add texts and turn them into token files", epilog=EXAMPLE)
    verb.add_argument("project", type=Path, metavar="PROJECT", help="a folder, which is made where there is none")
    verb.add_argument("texts", type=Path, nargs="*", metavar="TEXT", default=[], help="files, and folders of them")
    verb.add_argument(
        "--tokenizer", default="", metavar="FILE|FOLDER", help="take these tokens instead of learning some"
    )
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    asked = shared.of_preparing(options)
    if options.dry_run:
        if not options.texts:
            raise ProjectError(f"--dry-run reads what is named behind {options.project}. Name files or folders there.")
        return trying(options.texts, stop, options=asked.texts, settings=asked.project)
    return preparing_texts(options.project, options.texts, stop, options=asked.texts, settings=asked.project)
