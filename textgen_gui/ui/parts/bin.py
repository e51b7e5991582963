"""The bin of the system."""

from pathlib import Path

from PySide6.QtCore import QFile


def to_bin(folder: Path) -> bool:
    """Whether it could be moved there."""
    moved = QFile.moveToTrash(str(folder))
    return moved if isinstance(moved, bool) else moved[0]  # a pair in other versions of PySide6


def moved_to_bin(file: Path) -> Path | None:
    """Where it lies in the bin now; None where the system has none."""
    moved = QFile(str(file))
    return Path(moved.fileName()) if moved.moveToTrash() and moved.fileName() else None
