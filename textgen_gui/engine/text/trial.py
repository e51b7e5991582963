"""Texts read without a project: what would be learnt from them, before anything is written."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..core import events
from ..core.config import CleanConfig, TextConfig
from ..core.control import Ask
from ..core.errors import TextError
from ..core.text_formats import texts_below, why_left_out
from . import corpus

PROGRESS_S = 0.2  # between two events of progress
PREVIEWED = 8000  # characters


def trial(paths: Sequence[Path], options: TextConfig, clean: CleanConfig, stop: Ask) -> Iterator[events.Event]:
    """TextRead for each text that would be read, Warned for what would be left out. Writes nothing."""
    dropped, started = texts_below(paths), time.monotonic()
    for other in dropped.others:
        yield events.Warned(f"{other} would be left out: {why_left_out(other)}")
    if dropped.hidden:
        yield events.Warned(f"Left out of folders: {dropped.hidden}.")
    if not dropped.texts:
        yield events.Warned("Nothing in it is a text that this program reads.")
    for number, path in enumerate(dropped.texts):
        yield events.Progressed("Reading", number, len(dropped.texts), time.monotonic() - started)
        try:
            yield from _read(path, options, clean, stop)
        except TextError as problem:
            yield events.Warned(f"{path} would be left out: {problem}")
        if stop():
            return


def _read(path: Path, options: TextConfig, clean: CleanConfig, stop: Ask) -> Iterator[events.Event]:
    reading, pieces = corpus.cleaned(path, options, clean)
    documents, words, told, started = 0, 0, time.monotonic(), time.monotonic()
    for piece in pieces:
        if piece is None:
            documents += 1
        else:
            words += len(piece.split())
        if time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            yield events.Progressed(f"Reading {path.name}", reading.characters, 0, told - started)
            if stop():
                return
    if not words:
        raise TextError("there is nothing in it to learn from.")
    yield events.TextRead(
        path=str(path),
        format=reading.format,
        encoding=reading.encoding,
        documents=documents,
        characters=reading.characters,
        warnings=tuple(reading.warnings),
        words=words,
        confidence=reading.confidence,
    )


def preview(path: Path, options: TextConfig, clean: CleanConfig) -> events.Previewed:
    """The first PREVIEWED characters of a text as a model will see them. Raises TextError when it is no text."""
    reading, pieces = corpus.cleaned(path, options, clean)
    text, borders = "", []
    for piece in pieces:
        if piece is None:
            borders.append(len(text))
        text += piece or ""
        if len(text) >= PREVIEWED:
            break
    return events.Previewed(
        path.name,
        text[:PREVIEWED],
        (),
        borders=tuple(border for border in borders if border < min(len(text), PREVIEWED)),
        encoding=reading.encoding,
        confidence=reading.confidence,
        columns=reading.columns,
        learnt=reading.learnt,
    )
