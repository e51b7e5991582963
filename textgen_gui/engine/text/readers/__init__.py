"""One file per format: bytes -> documents.

A reader is a generator of pieces of text with ``None`` after each document. Pieces hold at most 64 KB, so that no
later stage ever needs a whole file in memory. Formats are told apart by the end of the file's name: the table in
core/text_formats.py says which module here reads which.
"""

import errno
import importlib
from collections.abc import Iterator
from pathlib import Path

from ...core.config import TextConfig
from ...core.errors import EngineError, ProjectError, TextError
from ...core.text_formats import formats, text_format
from . import documents, garbled
from .reading import OLD_OFFICE, Input, Reading

LOOKED_AT = 4096  # bytes
_of_word = ("doc", "docx", "rtf")
_beginnings = {OLD_OFFICE: "word97", b"pk\x03\x04": "word", b"{\\rtf": "rtf", b"mime-version:": "mail"}


def read(path: Path, options: TextConfig | None = None) -> tuple[Reading, Iterator[str | None]]:
    """What is known about the file at once, and its pieces. Raises TextError when it cannot be read as text."""
    options = options or TextConfig()
    name, packed = text_format(path)
    if not name:
        raise TextError(f"{path.name} has no format that this program reads. Save it as plain text (.txt) first.")
    try:
        # Each format's library is imported only when a file of it comes.
        reader = importlib.import_module(f".{_reader(path, name)}", __name__)
        reading, pieces = reader.read(Input(path, packed), name, options)
    except Exception as problem:
        raise _refusal(path, problem) from problem
    letters = garbled.mended(pieces, reading) if options.repair else garbled.watched(pieces, reading)
    return reading, documents.divide(_counted(path, letters, reading), options)


def _reader(path: Path, name: str) -> str:
    """The module. What Word has written is known by its first bytes: it opens each under the name of another, and a
    .doc was whatever a program called a document.
    """
    if name not in _of_word:
        return formats[name].reader
    with path.open("rb") as opened:
        start = opened.read(LOOKED_AT).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    plain = start.replace(b"\0", b"")  # of UTF-16
    for begin, reader in _beginnings.items():
        if start.startswith(begin):
            return reader
    if name != "doc":
        return formats[name].reader  # which says what is wrong with it
    if b"word.document" in plain and plain.lstrip(b"\xff\xfe").startswith(b"<?xml"):
        raise TextError(f"{path.name} is a document of Word 2003 in XML. Open it in Word and save it as .docx.")
    return "html" if b"<html" in plain or b"<!doctype html" in plain else "text"


def _counted(path: Path, pieces: Iterator[str | None], reading: Reading) -> Iterator[str | None]:
    try:
        for piece in pieces:
            reading.characters += len(piece or "")
            yield piece
    except Exception as problem:
        raise _refusal(path, problem) from problem


def unreadable(path: Path, problem: OSError) -> EngineError:
    """Of a text that is there. What the disk does not give is no TextError, no reason to learn without it; but a
    damaged file can send its reader to places that no file has.
    """
    why = problem.strerror or problem
    if problem.errno in (None, 0, errno.EINVAL, errno.EOVERFLOW):
        return TextError(f"{path.name} is damaged and cannot be read ({why}). Get or save it again.")
    return ProjectError(f"{path.name} cannot be read ({why}). Check the disk and that it may be opened, or remove it.")


def _refusal(path: Path, problem: Exception) -> EngineError:
    """The one border: whatever a damaged file makes a library raise becomes the warning of that one file."""
    match problem:
        case EngineError():
            return problem
        case MemoryError():
            return TextError(f"{path.name} is too large for the memory of this computer. Divide it.")
        case OSError():
            return unreadable(path, problem)
        case RecursionError():
            return TextError(f"{path.name} is nested too deeply to be read. Save it as plain text.")
        case _:
            why = f"{type(problem).__name__}: {problem}".strip(": ")[:200]
            return TextError(f"{path.name} is damaged or not what its name says ({why}). Get or save it again.")
