"""Speeds that were measured on this machine before: a file in the program's own folder."""

import contextlib
import hashlib
import json
import math
import platform
import time
from pathlib import Path
from typing import NamedTuple

import torch

from ..core import atomic_io, bounded
from ..core.errors import EngineError
from ..core.home import home
from ..core.version import __version__
from . import device

VALID_S = 30 * 24 * 3600.0  # a computer changes: other programs, heat, another power plan
MOST = 500  # entries


class Entry(NamedTuple):
    """``product_s``: what ``device.product_s`` was then, which tells a busy or slowed machine from a free one; 1
    where nobody asks. ``threads``: that were fastest. ``hurried``: in less time than measuring may take, which is good
    enough in a hurry.
    """

    tokens_per_s: float
    when: float
    product_s: float
    threads: float = 0
    hurried: float = 0


def key(shape: object) -> str:
    """All that decides a speed: the machine, the versions, and ``shape``, of what was measured, by its ``repr``."""
    versions = (__version__, torch.__version__)
    machine = (platform.node(), platform.processor(), device.describe(), device.asked_threads(), *versions)
    return hashlib.sha256(repr((machine, shape)).encode()).hexdigest()[:24]


def read() -> dict[str, Entry]:
    """By key, those that are not too old; nothing where the file is missing or was edited into nonsense."""
    try:
        found = bounded.read_json(_file())
        entries = {key: Entry(*map(float, numbers)) for key, numbers in found.items()}
    except (OSError, ValueError, AttributeError, TypeError, OverflowError):
        return {}
    now = time.time()
    possible = {key: entry for key, entry in entries.items() if all(map(math.isfinite, entry)) and min(entry[:3]) > 0}
    return {key: entry for key, entry in possible.items() if 0 <= now - entry.when < VALID_S}


def remember(entries: dict[str, Entry]) -> None:
    newest = sorted({**read(), **entries}.items(), key=lambda known: known[1].when)[-MOST:]
    with contextlib.suppress(EngineError):  # on a full disk it is measured again next time
        atomic_io.write_text(_file(), json.dumps(dict(newest)))


def _file() -> Path:
    return home() / "speeds.json"
