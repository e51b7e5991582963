"""What is done with one file in a worker. Each is a generator of JSON and bytes, and imports as little as it can."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..core.config import CleanConfig, TextConfig
from ..core.errors import TextError
from ..runtime.task import Json
from . import corpus, doctor, readers
from .readers.reading import Reading

PREVIEWED = 8000  # characters
END = 0  # of a document
READ = {"format": str, "encoding": str, "confidence": float | int, "characters": int, "warnings": tuple}
TRIED = {**READ, "documents": int, "words": int}
SHOWN = {"text": str, "borders": tuple, "encoding": str, "confidence": float | int, "columns": tuple, "learnt": tuple}


def checked(answer: Json, path: Path, types: dict[str, Any]) -> dict[str, Any]:
    """The last answer about a file, with tuples for lists. Raises TextError where it is not what was asked for."""
    given = answer if isinstance(answer, dict) else {}
    found = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items() if key in types}
    if not all(isinstance(found.get(key), type_) for key, type_ in types.items()):
        raise TextError(f"{path.name} could not be read: what came of it made no sense. It is damaged.")
    return found


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
    yield _known(reading)


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
    yield {**_known(reading), "documents": documents, "words": words}


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
        "characters": reading.characters,
    }


def examined(path: Path, options: TextConfig) -> Iterator[Json]:
    """The pieces of a text with every rule on, END after each document, last what each rule found in it."""
    names, found = [rule.name for rule in doctor.rules], dict[str, doctor.Finding]()
    notes = doctor.notes(readers.read(path, options)[1])
    for piece in doctor.clean(readers.read(path, options)[1], names, notes, found):
        yield END if piece is None else piece
    yield [[name, found[name].count, found[name].examples] for name in names if name in found and found[name].count]
