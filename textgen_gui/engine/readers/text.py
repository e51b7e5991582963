"""Plain text and Markdown: one file is one document.

Line ends become "\\n". Bytes that fit no encoding become U+FFFD and are counted in a warning, never dropped in silence.
"""

import io
from collections.abc import Iterator

from ..config import TextConfig
from . import encoding
from .reading import PIECE_CHARACTERS, Input, Reading


def read(file: Input, kind: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no text, whatever the name says."""
    found = encoding.find(file, options.encoding)
    name = "utf-8" if found.encoding == "utf-8-sig" else found.encoding
    reading = Reading(kind, name, found.confidence, [found.warning] if found.warning else [])
    return reading, _document(decoded(file, found.encoding, reading))


def decoded(file: Input, encoding: str, reading: Reading) -> Iterator[str]:
    """The file's characters in pieces, line ends as they will be. Counts in ``reading`` what could not be decoded."""
    replaced = 0
    with io.TextIOWrapper(file.open(), encoding=encoding, errors="replace", newline=None) as opened:
        while piece := opened.read(PIECE_CHARACTERS):
            replaced += piece.count("\ufffd")
            yield piece
    if replaced:
        reading.warnings.append(f"{replaced:,} unreadable characters were replaced by “\ufffd”.")


def _document(pieces: Iterator[str]) -> Iterator[str | None]:
    yield from pieces
    yield None
