"""``fetch``: brings a model from the hub, or a folder that stands for it, into the library; or a packed run home."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event
from ..engine.core.library import hub_host
from ..front_door import bringing, fetching, is_pack
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("fetch", parents=[shared.common()], help=f"bring a model from {hub_host()} into the library")
    verb.add_argument(
        "name",
        metavar="NAME|FOLDER",
        help="publisher/model, or the address of its page; or a folder made by pack, to bring home",
    )
    verb.add_argument("--project", type=Path, metavar="FOLDER", help="where the project of a pack is now")
    verb.add_argument("--revision", default="", metavar="R", help="a commit, branch or tag instead of the newest")
    verb.add_argument("--mirror", type=Path, metavar="FOLDER", help="take it from FOLDER/publisher/model, no network")
    verb.add_argument(
        "--token",
        default="",
        help="for models that are not given to everybody; others on this computer can see it, so rather set HF_TOKEN",
    )
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    if is_pack(options.name):
        return bringing(options.name, options.project, stop)
    return fetching(options.name, options.revision, stop, token=options.token, mirror=options.mirror or "")
