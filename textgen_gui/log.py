"""Where the log lies. It holds errors, never a user's text."""

import logging
import logging.handlers
from pathlib import Path

from .engine.core.home import home


def log_file() -> Path:
    return home() / "log.txt"


def start_log() -> None:
    """Errors of the whole program go into the log, five files of at most 1 MB."""
    handler = logging.handlers.RotatingFileHandler(log_file(), maxBytes=1_000_000, backupCount=4, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
