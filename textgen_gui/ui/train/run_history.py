"""What happened in a run: read from its file in pieces, while it may go on at the same time."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...engine.core import event_log, events
from ...engine.core.control import Ask
from ...engine.core.events import Event
from ..parts.retold import in_users_numbers

PIECE = 1000  # events; the window lives between two pieces


@dataclass(frozen=True, slots=True)
class Piece:
    """Some events of a run in their order."""

    events: tuple[Event, ...]


def pieces(file: Path, stop: Ask) -> Iterator[Piece]:
    """All events of a run's file, and not the rest of them once ``stop()``."""
    happened = event_log.read(file, thinned=True)
    while not stop() and (piece := tuple(itertools.islice(happened, PIECE))):
        yield Piece(tuple(map(in_users_numbers, piece)))


class History:
    """Brings together what is read and what happens meanwhile: an event that comes both ways counts once."""

    def __init__(self) -> None:
        self.is_complete = False
        self._last_step = 0
        self._read: set[str] = set()  # all but steps, which are many and known by their number
        self._waiting: list[Event] = []

    def add(self, piece: Piece) -> None:
        for event in piece.events:
            self._remember(event)

    def wait(self, event: Event) -> None:
        """For an event that happens while the file is still read."""
        self._waiting.append(event)

    def complete(self) -> Iterator[Event]:
        """The file is read to its end: those that waited and were not in it, in their order."""
        self.is_complete = True
        for event in self._waiting:
            if self._is_new(event):
                self._remember(event)
                yield event
        self._waiting, self._read = [], set()

    def _is_new(self, event: Event) -> bool:
        if isinstance(event, events.StepDone):
            return event.step > self._last_step
        return event_log.to_json(event) not in self._read

    def _remember(self, event: Event) -> None:
        match event:
            case events.StepDone():
                self._last_step = event.step
            case events.RunStarted():  # the steps after its checkpoint come again
                self._last_step = event.resumed_from
                self._read = {event_log.to_json(event)}
            case _:
                self._read.add(event_log.to_json(event))
