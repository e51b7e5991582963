"""Speeds that were measured on this machine before: a file in the program's own folder, so that nobody waits twice."""

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
from ..core.config import RunConfig
from ..core.control import Ask, never
from ..core.errors import EngineError
from ..core.home import home
from ..core.version import __version__
from ..runtime import device
from . import measure

VALID_S = 30 * 24 * 3600.0  # a computer changes: other programs, heat, another power plan
MOST = 500  # entries
ALIKE = 1.5  # times longer or shorter a product may take than when the speed was measured


class Entry(NamedTuple):
    """``product_s``: what ``device.product_s`` was then, which tells a busy or slowed machine from a free one."""

    tokens_per_s: float
    when: float
    product_s: float


def tokens_per_s(config: RunConfig, vocabulary: int, stop: Ask = never) -> float:
    """How many tokens a second this machine learns from now: remembered from when it was as free as it is now, or
    measured. What a busy machine does is not remembered in place of what it can do. Raises Stopped.
    """
    key, before_s = _key(config, vocabulary), device.product_s()
    known = _read().get(key)
    if known and not 0 <= time.time() - known.when < VALID_S:
        known = None
    if known and _alike(known.product_s, before_s):
        return known.tokens_per_s
    speed, after_s = measure.tokens_per_s(config, vocabulary, stop), device.product_s()
    if _alike(before_s, after_s) and (known is None or before_s < known.product_s):
        _remember(key, Entry(speed, time.time(), before_s))
    return speed


def _alike(one_s: float, other_s: float) -> bool:
    return max(one_s, other_s) < ALIKE * min(one_s, other_s)


def _remember(key: str, entry: Entry) -> None:
    newest = sorted({**_read(), key: entry}.items(), key=lambda known: known[1].when)[-MOST:]
    with contextlib.suppress(EngineError):  # on a full disk it is measured again next time
        atomic_io.write_text(_file(), json.dumps(dict(newest)))


def _file() -> Path:
    return home() / "speeds.json"


def _read() -> dict[str, Entry]:
    """By key; nothing where the file is missing or was edited into nonsense."""
    try:
        found = bounded.read_json(_file())
        return {key: Entry(*map(float, numbers)) for key, numbers in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _key(config: RunConfig, vocabulary: int) -> str:
    """All that decides the speed: the machine, the versions, and the shape of model and step."""
    train = config.train
    about = round(4 * math.log2(max(2, vocabulary)))  # a word more or less makes no difference
    shape = (config.model, about, train.batch, train.precision, train.optimizer)
    machine = (platform.node(), platform.processor(), device.describe(), __version__, torch.__version__)
    return hashlib.sha256(repr((machine, shape)).encode()).hexdigest()[:24]
