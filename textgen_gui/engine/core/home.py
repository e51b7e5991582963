"""Where the program keeps what belongs to no project, and where it finds what it brings along."""

import os
import sys
from pathlib import Path

import platformdirs


def home() -> Path:
    """The program's own folder for settings, logs and models; TEXTGEN_GUI_HOME moves it, for tests and portable use."""
    chosen = os.environ.get("TEXTGEN_GUI_HOME")
    folder = Path(chosen) if chosen else Path(platformdirs.user_data_dir("TextGen GUI", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def resources() -> Path:
    """resources/ in a checkout, in the bundle, or in the installed wheel."""
    bundle = getattr(sys, "_MEIPASS", None)
    candidates = [Path(bundle)] if bundle else [Path(__file__).parents[3], Path(__file__).parents[2]]
    return next(path / "resources" for path in candidates if (path / "resources").is_dir())
