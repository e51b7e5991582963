"""Texts read without a project: what would be learnt from them, before anything is written."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..core import events
from ..core.config import CleanConfig, TextConfig
from ..core.control import Ask, Stopped, never
from ..core.errors import TextError
from ..core.text_formats import texts_below, why_left_out
from . import apart, in_worker

PROGRESS_S = 0.2  # between two events of progress


def trial(paths: Sequence[Path], options: TextConfig, clean: CleanConfig, stop: Ask) -> Iterator[events.Event]:
    """TextRead for each text that would be read, Warned for what would be left out. Writes nothing."""
    dropped, started = texts_below(paths), time.monotonic()
    for other in dropped.others:
        yield events.Warned(f"{other} would be left out: {why_left_out(other)}")
    if dropped.hidden:
        yield events.Warned(dropped.hidden)
    if not dropped.texts:
        yield events.Warned("Nothing in it is a text that this program reads.")
    for number, path in enumerate(dropped.texts):
        yield events.Progressed("Reading", number, len(dropped.texts), time.monotonic() - started)
        try:
            yield from _read(path, options, clean, stop)
        except TextError as problem:
            yield events.Warned(f"{path} would be left out: {problem}")
        except Stopped:
            return
        if stop():
            return


def _read(path: Path, options: TextConfig, clean: CleanConfig, stop: Ask) -> Iterator[events.Event]:
    told = started = time.monotonic()
    reached, found = 0, None
    for answer in apart.answers("tried", path, options, clean, stop=stop):
        found = answer if isinstance(answer, dict) else found
        reached = answer if isinstance(answer, int) else reached
        if time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            yield events.Progressed(f"Reading {path.name}", reached, 0, told - started)
    about = in_worker.checked(found, path, in_worker.TRIED)
    yield events.TextRead(path=str(path), **about)


def preview(path: Path, options: TextConfig, clean: CleanConfig) -> events.Previewed:
    """The first characters of a text as a model will see them. Raises TextError when it is no text."""
    found = [answer for answer in apart.answers("preview", path, options, clean, stop=never) if answer is not None]
    about = in_worker.checked(found[-1] if found else None, path, in_worker.SHOWN)
    return events.Previewed(path.name, about.pop("text"), (), **about)
