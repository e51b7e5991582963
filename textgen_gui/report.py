"""A report of a problem that its owner can read before it goes anywhere: versions, settings, the end of the log."""

import platform
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from . import __version__
from .engine.core import atomic_io
from .engine.core.home import home
from .log import log_file

LOG_LINES = 200
SETTINGS = ("theme=", "zoom=", "pace=", "rests_on_battery=")
# What is shipped besides Python; the order is that of pyproject.toml.
packages = (
    "PySide6-Essentials",
    "pyqtgraph",
    "numpy",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "llguidance",
    "regex",
    "accelerate",
    "peft",
    "huggingface_hub",
    "httpx2",
    "keyring",
    "filelock",
    "psutil",
    "platformdirs",
    "wakepy",
    "ftfy",
    "python-docx",
    "lxml",
    "olefile",
    "pypdfium2",
    "starlette",
    "uvicorn",
    "gguf",
)


def versions() -> dict[str, tuple[str, str]]:
    """Version and licence of each package that is here, by its name."""
    return {name: about for name in packages if (about := _about(name))}


@dataclass(frozen=True, slots=True)
class Report:
    file: Path
    words: str


def write_report() -> Report:
    """Writes the report into the program's own folder. It holds no text of the user and no name of his home."""
    made = Report(home() / "problem report.txt", report().replace(str(Path.home()), "~"))
    atomic_io.write_text(made.file, made.words)
    return made


def report() -> str:
    settings = home() / "settings.ini"
    parts = {
        f"TextGen GUI {__version__}": f"{time.strftime('%Y-%m-%d %H:%M')}\n{platform.platform()}\n"
        f"Python {platform.python_version()}",
        "Packages": "\n".join(f"{name} {version}" for name, (version, _) in versions().items()),
        "Settings": "\n".join(line for line in _lines(settings) if line.startswith(SETTINGS)),
        "End of the log": "\n".join(_lines(log_file())[-LOG_LINES:]) or "empty",
    }
    return "\n\n".join(f"{title}\n{'-' * len(title)}\n{words}" for title, words in parts.items()) + "\n"


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []


def _about(name: str) -> tuple[str, str] | None:
    try:
        known = distribution(name).metadata
    except PackageNotFoundError:
        return None
    classes = [line.rpartition("::")[2].strip() for line in known.get_all("Classifier") or () if "License ::" in line]
    said = [*(known.get_all("License-Expression") or ()), *classes, *(known.get_all("License") or ())]
    return known["Version"], said[0].splitlines()[0] if said else "see its own pages"
