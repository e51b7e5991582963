"""Asks for files and folders. Each dialog begins where the last one for the same purpose ended, or among the user's own
documents; never in whatever folder the program was started from.
"""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from ...engine.core.names import with_ending
from ...engine.core.text_formats import text_formats
from .preferences import Preferences, Purpose, documents_folder


def ask_for_files(parent: QWidget, purpose: Purpose, title: str, endings: str) -> list[Path]:
    names, _ = QFileDialog.getOpenFileNames(parent, title, _start(purpose), endings)
    return [_remembered(purpose, name) for name in names]


def ask_for_texts(parent: QWidget) -> list[Path]:
    endings = f"Texts ({' '.join(f'*{ending}' for ending in text_formats)} *.gz);;All files (*)"
    return ask_for_files(parent, Purpose.TEXTS, "Add texts", endings)


def ask_for_file(parent: QWidget, purpose: Purpose, title: str, endings: str = "") -> Path | None:
    name, _ = QFileDialog.getOpenFileName(parent, title, _start(purpose), endings)
    return _remembered(purpose, name) if name else None


def ask_for_folder(parent: QWidget, purpose: Purpose, title: str) -> Path | None:
    name = QFileDialog.getExistingDirectory(parent, title, _start(purpose))
    return _remembered(purpose, name) if name else None


def ask_where(parent: QWidget, title: str, name: str, ending: str) -> Path | None:
    """A new file among the user's own documents. ``ending``: with its dot, and it has it whatever was typed."""
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(documents_folder() / f"{name}{ending}"), f"*{ending}")
    return with_ending(chosen, ending) if chosen else None


def _start(purpose: Purpose) -> str:
    return str(Preferences().folder(purpose))


def _remembered(purpose: Purpose, name: str) -> Path:
    """Of a folder that was chosen, what it lies in: the next one is likely to lie beside it."""
    Preferences().remember_folder(purpose, Path(name).parent)
    return Path(name)
