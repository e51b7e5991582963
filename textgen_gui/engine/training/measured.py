"""Speeds that were measured on this machine before: a file in the program's own folder, so that nobody waits twice."""

import contextlib
import hashlib
import json
import math
import platform
import time
from pathlib import Path

import torch

from ..core import atomic_io
from ..core.config import RunConfig
from ..core.errors import EngineError
from ..core.home import home
from ..core.version import __version__
from ..runtime import device
from . import measure

VALID_S = 30 * 24 * 3600.0  # a computer changes: other programs, heat, another power plan
MOST = 500  # entries


def tokens_per_s(config: RunConfig, vocabulary: int) -> float:
    """How many tokens a second this machine learns from: remembered, or measured where it was not lately."""
    key, known = _key(config, vocabulary), _read()
    if key in known and 0 <= time.time() - known[key][1] < VALID_S:
        return known[key][0]
    speed = measure.tokens_per_s(config, vocabulary)
    newest = sorted({**_read(), key: (speed, time.time())}.items(), key=lambda entry: entry[1][1])[-MOST:]
    with contextlib.suppress(EngineError):  # on a full disk it is measured again next time
        atomic_io.write_text(_file(), json.dumps(dict(newest)))
    return speed


def _file() -> Path:
    return home() / "speeds.json"


def _read() -> dict[str, tuple[float, float]]:
    """Speed and time of measuring by key; nothing where the file is missing or was edited into nonsense."""
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
        return {key: (float(speed), float(when)) for key, (speed, when) in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _key(config: RunConfig, vocabulary: int) -> str:
    """All that decides the speed: the machine, the versions, and the shape of model and step."""
    train = config.train
    about = round(4 * math.log2(max(2, vocabulary)))  # a word more or less makes no difference
    shape = (config.model, about, train.batch, train.precision, train.optimizer)
    machine = (platform.node(), platform.processor(), device.describe(), __version__, torch.__version__)
    return hashlib.sha256(repr((machine, shape)).encode()).hexdigest()[:24]
