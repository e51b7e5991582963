"""What is done with one file in a worker. Each is a generator of JSON and bytes, and imports as little as it can."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from ..core.config import CleanConfig, TextConfig
from ..core.errors import TextError
from ..runtime.task import Json
from . import corpus
from .readers.reading import Reading

PREVIEWED = 8000  # characters


def parts(path: Path, options: TextConfig, clean: CleanConfig) -> Iterator[bytes | Json]:
    """The parts of a text as models will read it, last what was found out about it."""
    for part in corpus.parts(path, options, clean):
        yield asdict(part) if isinstance(part, corpus.About) else part


def pieces(path: Path, options: TextConfig) -> Iterator[Json]:
    """The pieces of a text as it is, last what was found out about it."""
    reading, found = corpus.read(path, options)
    for piece in found:
        if piece is not None:
            yield piece
    yield asdict(reading)


def tried(path: Path, options: TextConfig, clean: CleanConfig) -> Iterator[Json]:
    """The characters read up to now, last what was found out, with the numbers of documents and words."""
    reading, found = corpus.cleaned(path, options, clean)
    documents, words = 0, 0
    for piece in found:
        if piece is None:
            documents += 1
        else:
            words += len(piece.split())
            yield reading.characters
    if not words:
        raise TextError("there is nothing in it to learn from.")
    yield {**_known(reading), "characters": reading.characters, "documents": documents, "words": words}


def preview(path: Path, options: TextConfig, clean: CleanConfig) -> Iterator[Json]:
    """The first characters of a text as a model will see them, and where documents end."""
    reading, found = corpus.cleaned(path, options, clean)
    text, borders = "", []
    for piece in found:
        if piece is None:
            borders.append(len(text))
        text += piece or ""
        if len(text) >= PREVIEWED:
            break
    text = text[:PREVIEWED]
    yield {
        "text": text,
        "borders": [border for border in borders if border < len(text)],
        "encoding": reading.encoding,
        "confidence": reading.confidence,
        "columns": reading.columns,
        "learnt": reading.learnt,
    }


def _known(reading: Reading) -> dict[str, Json]:
    return {
        "format": reading.format,
        "encoding": reading.encoding,
        "confidence": reading.confidence,
        "warnings": reading.warnings,
    }
