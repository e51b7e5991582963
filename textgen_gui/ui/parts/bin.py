"""The bin of the system."""

import contextlib
from pathlib import Path

from PySide6.QtCore import QFile, QStandardPaths


def to_bin(folder: Path, lies: dict[Path, Path] | None = None) -> bool:
    """Whether it could be moved there. ``lies``: takes up where it lies then, on systems that say so."""
    moved = _moved(folder)
    if moved and lies is not None and moved.fileName() not in ("", str(folder)):
        lies[folder] = Path(moved.fileName())
    return moved is not None


def moved_to_bin(file: Path) -> Path | None:
    """Where it lies in the bin now; None where the system has none."""
    moved = _moved(file)
    return Path(moved.fileName()) if moved and moved.fileName() else None


def _moved(file: Path) -> QFile | None:
    """Qt makes the bin of an account that is new, but not the folder of user data around it."""
    around = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation))
    with contextlib.suppress(OSError):
        around.mkdir(0o700, parents=True, exist_ok=True)
    moved = QFile(str(file))
    return moved if moved.moveToTrash() else None


def forget_what_left(removed: list[dict[Path, Path]], lies: dict[Path, Path]) -> None:
    """``lies``: one of ``removed``; it keeps what lies in the bin still, and goes when that is nothing."""
    if lies in removed:
        for file in [file for file, where in lies.items() if not where.exists()]:
            del lies[file]
        if not lies:
            removed.remove(lies)
