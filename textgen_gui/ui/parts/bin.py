"""The bin of the system."""

from pathlib import Path

from PySide6.QtCore import QFile


def to_bin(folder: Path) -> bool:
    """Whether it could be moved there."""
    moved = QFile.moveToTrash(str(folder))
    return moved if isinstance(moved, bool) else moved[0]  # a pair in other versions of PySide6
