"""Where the log lies. It holds errors, never a user's text."""

import logging
import logging.handlers
import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """The program's own folder for settings and logs; TEXTGEN_GUI_HOME moves it, for tests and portable use."""
    chosen = os.environ.get("TEXTGEN_GUI_HOME")
    folder = Path(chosen) if chosen else Path(platformdirs.user_data_dir("TextGen GUI", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log_file() -> Path:
    return home() / "log.txt"


def start_log() -> None:
    """Errors of the whole program go into the log, five files of at most 1 MB."""
    handler = logging.handlers.RotatingFileHandler(log_file(), maxBytes=1_000_000, backupCount=4, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
