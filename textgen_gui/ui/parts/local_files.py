"""Files as another program hands them over: dropped, or copied in a file manager."""

from pathlib import Path

from PySide6.QtCore import QMimeData


def files_of(data: QMimeData) -> list[Path]:
    """None of an address without a path, which would mean the folder that the program was started in."""
    return [Path(name) for url in data.urls() if url.isLocalFile() and (name := url.toLocalFile())]
