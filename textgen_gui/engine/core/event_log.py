"""Events as lines of JSON: ``record`` writes them down, ``read`` reads them back, ``thin`` spares a window."""

import json
import math
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from . import atomic_io, bounded, schema
from .errors import ProjectError
from .events import Event, Progressed, RunFinished, RunStarted, SampleWritten, StepDone, kinds

STEP = '{"event": "StepDone"'
SHOWN_WHOLE = 8_000_000  # bytes of a record of which a window shows every step
MOST_OTHERS = 50_000  # events besides steps in it


def to_json(event: Event) -> str:
    """One line, without its newline. Numbers that are not finite become null, because JSON knows none."""
    values = {key: _finite(value) for key, value in asdict(event).items()}
    return json.dumps({"event": type(event).__name__, **values}, ensure_ascii=False)


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_json(line: str) -> Event | None:
    """The event of a line; None for a torn line, one that cannot be meant, or an event of a later version."""
    try:
        values = bounded.parse_json(line)
        event: Event = schema.made(kinds[values["event"]], {key: _whole(value) for key, value in values.items()})
        return event
    except (ValueError, KeyError, TypeError):
        return None


def _whole(value: object) -> object:
    """Without half characters, which no file and no window can show."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode()
    return value


def read(path: Path, *only: type[Event], thinned: bool = False) -> Iterator[Event]:
    """The events of a run in order. A missing file has none; a last line torn by a power cut is left out.

    ``only``: of these kinds, the others are not parsed. ``thinned``: as a window shows them, not every step of a run
    that has more of them than it has room for. Raises ProjectError for what cannot be read.
    """
    try:
        for line in _lines(path, tuple(f'{{"event": "{kind.__name__}"' for kind in only), thinned):
            event = from_json(line)
            if event is not None:
                yield event
    except FileNotFoundError:
        return
    except OSError as problem:
        raise ProjectError(f"What happened in “{path.parent.name}” cannot be read: {path} ({problem}).") from problem


def _lines(path: Path, beginnings: tuple[str, ...], thinned: bool) -> Iterator[str]:
    every = 1 + (path.stat().st_size // SHOWN_WHOLE if thinned else 0)
    others = 0
    for number, line in enumerate(bounded.lines(path)):
        is_step = line.startswith(STEP)
        others += not is_step
        if number % every and (is_step or others > MOST_OTHERS):
            continue
        if line.startswith(beginnings or "{"):
            yield line


def record(events: Iterable[Event], events_file: Path, samples_file: Path) -> Iterator[Event]:
    """Writes each event down before it passes it on, so that what was shown is also on disk.

    A run that resumes takes back what was written after its checkpoint: the same steps are about to come again.
    """
    for event in events:
        if isinstance(event, RunStarted):
            cut_back(events_file, samples_file, event.resumed_from)
        with atomic_io.refusals(events_file):
            if not isinstance(event, Progressed):
                _append(events_file, to_json(event) + "\n")
            if isinstance(event, SampleWritten):
                _append(samples_file, _sample(event))
        if isinstance(event, RunFinished):
            atomic_io.sync(events_file)
        yield event


def cut_back(events_file: Path, samples_file: Path, step: int) -> None:
    """Removes the events and samples of every step after ``step``, and with it any torn last line."""
    kept = [event for event in read(events_file) if getattr(event, "step", 0) <= step]
    kept = [event for event in kept if not isinstance(event, RunFinished)]
    if step == 0:
        kept = []
    atomic_io.write_text(events_file, "".join(to_json(event) + "\n" for event in kept))
    atomic_io.write_text(samples_file, "".join(_sample(event) for event in kept if isinstance(event, SampleWritten)))


def _append(path: Path, text: str) -> None:
    # One write call on an unbuffered descriptor: a killed process loses at most the line it was writing.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, text.encode("utf-8", "replace"))
    finally:
        os.close(descriptor)


def _sample(event: SampleWritten) -> str:
    return f"--- step {event.step:,} ---\n{event.prompt}{event.text}\n\n"


def thin(events: Iterable[Event], per_second: float = 20) -> Iterator[Event]:
    """At most ``per_second`` StepDone a second and every other event; the last step before another event passes."""
    held: StepDone | None = None
    shown = float("-inf")
    for event in events:
        if isinstance(event, StepDone):
            held = event
            if time.monotonic() - shown < 1 / per_second:
                continue
        if held is not None:
            yield held
            held, shown = None, time.monotonic()
        if not isinstance(event, StepDone):
            yield event
    if held is not None:
        yield held
