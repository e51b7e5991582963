"""Events as lines of JSON: ``record`` writes them down, ``read`` reads them back, ``thin`` spares a window."""

import json
import math
import os
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from . import atomic_io, bounded, schema
from .errors import ProjectError
from .events import Event, Progressed, RunFinished, RunStarted, SampleWritten, StepDone, Warned, kinds

STEP = '{"event": "StepDone"'
SHOWN_WHOLE = 8_000_000  # bytes of a record of which a window shows every step
MOST_OTHERS = 50_000  # events besides steps in it

_SUM = ', "crc32": '
_DAMAGED = "is damaged in line"


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

    Warned comes in place of any other line that is not as it was written. ``only``: of these kinds, the others are not
    parsed; a damaged line is told where it begins like one of them. ``thinned``: as a window shows them, not every step
    of a run that has more of them than it has room for.
    Raises ProjectError for what cannot be read.
    """
    try:
        for number, line in _lines(path, tuple(f'{{"event": "{kind.__name__}"' for kind in only), thinned):
            event = from_json(line)
            if _is_as_written(line, event):
                yield from filter(None, [event])
            elif line.endswith("\n"):
                yield Warned(f"{path.name} {_DAMAGED} {number:,}; what that line said is left out.")
    except FileNotFoundError:
        return
    except OSError as problem:
        raise ProjectError(f"What happened in “{path.parent.name}” cannot be read: {path} ({problem}).") from problem


def last(path: Path) -> Event | None:
    """The event that was written down last, without reading the others. None where that cannot be known."""
    try:
        with bounded.open_file(path) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - bounded.LINE))
            line = file.read().decode("utf-8", "replace").rstrip("\n").rpartition("\n")[2]
    except OSError:
        return None
    event = from_json(line)
    return event if _is_as_written(line, event) else None


def _lines(path: Path, beginnings: tuple[str, ...], thinned: bool) -> Iterator[tuple[int, str]]:
    every = 1 + (path.stat().st_size // SHOWN_WHOLE if thinned else 0)
    others = 0
    for number, line in enumerate(bounded.lines(path), 1):
        is_step = line.startswith(STEP)
        others += not is_step
        if number % every and (is_step or others > MOST_OTHERS):
            continue
        if not beginnings or line.startswith(beginnings):
            yield number, line


def _line(event: Event) -> str:
    """How it is written down: with a checksum of itself, so that a byte which rots is noticed."""
    text = to_json(event)[:-1]
    return f'{text}{_SUM}"{_checksum(text)}"}}\n'


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode('utf-8', 'replace')):08x}"


def _is_as_written(line: str, event: Event | None) -> bool:
    """Whether it is what its checksum says. Earlier versions wrote none; their lines have to be JSON."""
    text, comma, checksum = line.rstrip("\r\n").rpartition(_SUM)
    if comma:
        return checksum == f'"{_checksum(text)}"}}'
    try:
        return event is not None or isinstance(bounded.parse_json(line), dict)
    except ValueError:
        return False


def tells_damage(event: Event) -> bool:
    """Whether it stands for a line that could not be read."""
    return isinstance(event, Warned) and _DAMAGED in event.message


def record(events: Iterable[Event], events_file: Path, samples_file: Path) -> Iterator[Event]:
    """Writes each event down before it passes it on, so that what was shown is also on disk.

    A run that resumes takes back what was written after its checkpoint: the same steps are about to come again.
    """
    for event in events:
        if isinstance(event, RunStarted):
            cut_back(events_file, samples_file, event.resumed_from)
        with atomic_io.refusals(events_file):
            if not isinstance(event, Progressed):
                _append(events_file, _line(event))
            if isinstance(event, SampleWritten):
                _append(samples_file, _sample(event))
        if isinstance(event, RunFinished):
            atomic_io.sync(events_file)
        yield event


def cut_back(events_file: Path, samples_file: Path, step: int) -> None:
    """Removes the events and samples of every step after ``step``, and with it any torn last line."""
    kept = [event for event in read(events_file) if getattr(event, "step", 0) <= step]
    kept = [event for event in kept if not isinstance(event, RunFinished) and not tells_damage(event)]
    if step == 0:
        kept = []
    atomic_io.write_text(events_file, "".join(map(_line, kept)))
    atomic_io.write_text(samples_file, "".join(_sample(event) for event in kept if isinstance(event, SampleWritten)))


def _append(path: Path, text: str) -> None:
    # One write call on an unbuffered descriptor: a killed process loses at most the line it was writing.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        left = memoryview(text.encode("utf-8", "replace"))
        while left:  # a disk may take a part of it
            left = left[os.write(descriptor, left) :]
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
