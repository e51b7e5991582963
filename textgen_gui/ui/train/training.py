"""What the jobs of this tab do: train a run, plan one first, make one again with other settings."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ... import Project, Run
from ...engine.core import event_log, events, project
from ...engine.core.config import Pace
from ...engine.core.control import Control
from ...engine.core.events import Event

CANCELLED = "The start was cancelled, and nothing has begun."
EVENTS_PER_S = 4  # of steps: each wakes the window, and the cores wait for it


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of the computer a training takes. What the model becomes is the same."""

    pace: Pace
    processes: int


def trained(run: project.Run, effort: Effort, control: Control) -> Iterator[Event]:
    happened = Run(run.folder).train(control, paused=control.paused, pace=effort.pace, processes=effort.processes)
    return event_log.thin(happened, EVENTS_PER_S)


def planned_and_trained(here: Project, planning: Iterable[Event], effort: Effort, control: Control) -> Iterator[Event]:
    for event in planning:
        yield event
        if isinstance(event, events.RunCreated) and not control():
            yield from trained(Run(here.folder / event.run), effort, control)


def again(run: project.Run, settings: Sequence[str]) -> Iterator[Event]:
    again = Run(run.folder).again(settings)
    yield events.RunCreated(again.project.relative(again.folder))
