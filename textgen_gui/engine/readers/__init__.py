"""One file per format: bytes -> documents.

A reader is a generator of pieces of text with ``None`` after each document. Pieces hold at most 64 KB, so that no
later stage ever needs a whole file in memory.
"""

from collections.abc import Iterator
from pathlib import Path

from ..errors import TextError
from . import text
from .reading import Reading

formats = {".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown"}


def read(path: Path) -> tuple[Reading, Iterator[str | None]]:
    """What is known about the file at once, and its pieces. Raises TextError when it cannot be read as text."""
    kind = formats.get(path.suffix.lower())
    if kind is None:
        raise TextError(f"{path.name} has no format that this program reads. Save it as plain text (.txt) first.")
    try:
        return text.read(path, kind)
    except OSError as problem:
        raise TextError(f"{path.name} cannot be read ({problem.strerror}). Check that it may be opened.") from problem
