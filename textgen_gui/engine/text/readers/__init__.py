"""One file per format: bytes -> documents.

A reader is a generator of pieces of text with ``None`` after each document. Pieces hold at most 64 KB, so that no
later stage ever needs a whole file in memory. Formats are told apart by the end of the file's name; the table of
names is in project.py, because a window needs it before any reader is imported.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path

from ...core.config import TextConfig
from ...core.errors import TextError
from ...core.project import text_format
from . import documents
from .reading import Input, Reading

modules = {
    "text": "text",
    "markdown": "text",
    "csv": "table",
    "tsv": "table",
    "json": "records",
    "jsonl": "records",
    "html": "html",
    "docx": "word",
    "odt": "opendocument",
    "epub": "epub",
    "pdf": "pdf",
}


def read(path: Path, options: TextConfig | None = None) -> tuple[Reading, Iterator[str | None]]:
    """What is known about the file at once, and its pieces. Raises TextError when it cannot be read as text."""
    options = options or TextConfig()
    kind, packed = text_format(path)
    if not kind:
        raise TextError(f"{path.name} has no format that this program reads. Save it as plain text (.txt) first.")
    # Each format's library is imported only when a file of it comes.
    reader = importlib.import_module(f".{modules[kind]}", __name__)
    try:
        reading, pieces = reader.read(Input(path, packed), kind, options)
    except OSError as problem:
        raise _unreadable(path, problem) from problem
    return reading, documents.divide(_counted(path, pieces, reading), options)


def _counted(path: Path, pieces: Iterator[str | None], reading: Reading) -> Iterator[str | None]:
    try:
        for piece in pieces:
            reading.characters += len(piece or "")
            yield piece
    except OSError as problem:
        raise _unreadable(path, problem) from problem


def _unreadable(path: Path, problem: OSError) -> TextError:
    return TextError(f"{path.name} cannot be read ({problem.strerror or problem}). Check that it may be opened.")
