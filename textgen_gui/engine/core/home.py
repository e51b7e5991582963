"""Where the program keeps what belongs to no project, and where it finds what it brings along."""

import os
import sys
from pathlib import Path

import platformdirs


def home() -> Path:
    """The program's own folder for settings, logs and models."""
    folder = own_home() or Path(platformdirs.user_data_dir("TextGen GUI", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def own_home() -> Path | None:
    """A home of another choice: TEXTGEN_GUI_HOME, for tests, or a folder data beside the program, on a stick. None: as
    the system has it.
    """
    if chosen := os.environ.get("TEXTGEN_GUI_HOME"):
        return Path(chosen)
    frozen, checkout = getattr(sys, "frozen", False), Path(__file__).parents[3]
    if not frozen and not (checkout / "main.py").is_file():
        return None  # installed among other packages
    beside = (Path(sys.executable).parent if frozen else checkout) / "data"
    return beside if beside.is_dir() else None


def resources() -> Path:
    """resources/ in a checkout, in the bundle, or in the installed wheel."""
    bundle = getattr(sys, "_MEIPASS", None)
    candidates = [Path(bundle)] if bundle else [Path(__file__).parents[3], Path(__file__).parents[2]]
    return next(path / "resources" for path in candidates if (path / "resources").is_dir())
