"""The bin of the system."""

from pathlib import Path

from PySide6.QtCore import QFile


def to_bin(folder: Path, lies: dict[Path, Path] | None = None) -> bool:
    """Whether it could be moved there. ``lies``: takes up where it lies then, on systems that say so."""
    file = QFile(str(folder))
    moved = file.moveToTrash()
    if moved and lies is not None and file.fileName() not in ("", str(folder)):
        lies[folder] = Path(file.fileName())
    return moved


def moved_to_bin(file: Path) -> Path | None:
    """Where it lies in the bin now; None where the system has none."""
    moved = QFile(str(file))
    return Path(moved.fileName()) if moved.moveToTrash() and moved.fileName() else None


def forget_what_left(removed: list[dict[Path, Path]], lies: dict[Path, Path]) -> None:
    """``lies``: one of ``removed``; it keeps what lies in the bin still, and goes when that is nothing."""
    if lies in removed:
        for file in [file for file, where in lies.items() if not where.exists()]:
            del lies[file]
        if not lies:
            removed.remove(lies)
