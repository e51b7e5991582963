"""What happened in a run: read from its file in pieces, while it may go on at the same time."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from ...engine.core import event_log, events
from ...engine.core.bars import Bar
from ...engine.core.control import Ask
from ...engine.core.errors import EngineError
from ...engine.core.events import Event
from ...engine.core.project import Run
from ..parts.retold import in_users_numbers

PIECE = 1000  # events; the window lives between two pieces


@dataclass(frozen=True, slots=True)
class Piece:
    """Some events of a run in their order. ``begun``: as ``begun_with`` says, in the first one only."""

    events: tuple[Event, ...]
    begun: float | None = None


def pieces(run: Run, stop: Ask) -> Iterator[Piece]:
    """All that happened in a run, and not the rest of it once ``stop()``."""
    if not stop():
        yield Piece((), begun_with(run))
    happened = event_log.read(run.events_file, thinned=True)
    while not stop() and (piece := tuple(itertools.islice(happened, PIECE))):
        yield Piece(tuple(map(in_users_numbers, piece)))


def begun_with(run: Run) -> float | None:
    """Bits a byte that were needed before the first of the runs that this one goes on from; 0 where that one began from
    scratch. None where it goes on from no run of its project, or one of them is gone.
    """
    first, known = run, {run.folder}
    try:
        while (before := _goes_on_from(first)) and before.folder not in known:
            first = before
            known.add(first.folder)
        if first is run or not first.config().start.model:
            return None if first is run else 0.0
        return next(_needed(event_log.read(first.events_file, events.Baseline, events.Evaluated)), None)
    except EngineError:
        return None


def _goes_on_from(run: Run) -> Run | None:
    model = run.config().start.model
    runs = run.project.runs_folder.resolve()
    folder = (run.project.folder / model).resolve()
    return Run(runs / folder.relative_to(runs).parts[0]) if model and runs in folder.parents else None


def _needed(happened: Iterator[Event]) -> Iterator[float]:
    """By the model that a run began with."""
    for event in happened:
        match event:
            case events.Baseline(name=Bar.BEFORE) | events.Evaluated(step=0):
                yield event.bits_per_byte


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
