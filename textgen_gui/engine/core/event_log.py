"""Events as lines of JSON: ``record`` writes them down, ``read`` reads them back, ``thin`` spares a window."""

import json
import math
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from . import atomic_io
from .events import Event, Progressed, RunFinished, RunStarted, SampleWritten, StepDone, Warned, kinds
from .schema import Choice

_SUM = ', "crc32": '
_DAMAGED = "is damaged in line"


def to_json(event: Event) -> str:
    """One line, without its newline. Numbers that are not finite become null, because JSON knows none."""
    values = {key: _finite(value) for key, value in asdict(event).items()}
    return json.dumps({"event": type(event).__name__, **values}, ensure_ascii=False)


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_json(line: str) -> Event | None:
    """The event of a line; None for a torn line or an event of a later version."""
    try:
        values = json.loads(line)
        kind = kinds[values.pop("event")]
        types = {field.name: field.type for field in fields(kind)}
        return _make(kind, {key: _from_plain(value, types[key]) for key, value in values.items() if key in types})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _from_plain(value: object, kind: object) -> object:
    if value is None:
        return math.nan
    if isinstance(kind, type) and issubclass(kind, Choice):
        return kind(str(value))
    return tuple(value) if isinstance(value, list) else value


def _make(kind: Callable[..., Event], values: dict[str, Any]) -> Event:
    return kind(**values)


def read(path: Path) -> Iterator[Event]:
    """The events of a run in order. A missing file has none; a last line torn by a power cut is left out.

    Warned comes in place of any other line that is not as it was written.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for number, line in enumerate(file, 1):
            event = from_json(line.decode("utf-8", "replace"))
            if _is_as_written(line, event):
                yield from filter(None, [event])
            elif line.endswith(b"\n"):
                yield Warned(f"{path.name} {_DAMAGED} {number:,}; what that line said is left out.")


def _line(event: Event) -> str:
    """How it is written down: with a checksum of itself, so that a byte which rots is noticed."""
    text = to_json(event)[:-1]
    return f'{text}{_SUM}"{zlib.crc32(text.encode("utf-8", "replace")):08x}"}}\n'


def _is_as_written(line: bytes, event: Event | None) -> bool:
    """Whether it is what its checksum says. Earlier versions wrote none; their lines have to be JSON."""
    text, comma, checksum = line.rstrip(b"\r\n").rpartition(_SUM.encode())
    if comma:
        return checksum == b'"%08x"}' % zlib.crc32(text)
    try:
        return event is not None or isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
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
