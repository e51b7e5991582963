"""Events on their way to the window: together where many come at once; how long it still takes; what was left out."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ...engine.core import events
from ...engine.core.events import Event
from ...words import number

TOGETHER_S = 0.05
MOST, REST_S = 1000, 0.01  # events together, and the time that the window has for so many before more come
TRUSTED_S = 2.0  # before that a stage has not shown how fast it is
NAMED = 5  # files


def in_batches(happened: Iterable[Event]) -> Iterator[list[Event]]:
    """The events in lists, twenty a second: texts are read by the thousand, and each would cost the window a moment.

    Another stage, and whatever comes once, is told at once. What is known already comes by the hundred thousand: that
    is held back a little, or the window would be busy with it until all of it is told.
    """
    batch: list[Event] = []
    told, stage = 0.0, ""
    for event in happened:
        batch.append(event)
        match event:
            case events.Progressed():
                at_once, stage = event.stage != stage, event.stage
            case _:
                at_once = not isinstance(event, events.TextRead | events.Examined | events.VersionsFound)
        if many := len(batch) >= MOST:
            time.sleep(REST_S)
        if at_once or many or time.monotonic() - told > TOGETHER_S:
            yield batch
            batch, told = [], time.monotonic()
    if batch:
        yield batch


@dataclass(slots=True)
class TimeLeft:
    """From the speed of the newer half of the stage: what begins with many small files may end with a large one."""

    _stage: str = ""
    _seen: list[events.Progressed] = field(default_factory=list)

    def seconds(self, event: events.Progressed) -> float | None:
        """None as long as it cannot be told."""
        if event.stage != self._stage or not event.total:
            self._stage, self._seen = event.stage, []
        self._seen.append(event)
        half = (self._seen[0].elapsed_s + event.elapsed_s) / 2
        while len(self._seen) > 2 and self._seen[1].elapsed_s <= half:
            del self._seen[1]
        since = self._seen[1] if len(self._seen) > 2 else self._seen[0]
        if event.elapsed_s - self._seen[0].elapsed_s < TRUSTED_S or event.done <= since.done:
            return None
        return (event.total - event.done) * (event.elapsed_s - since.elapsed_s) / (event.done - since.done)


@dataclass(slots=True)
class LeftOut:
    """Collects what a job could not take, so that it is told in one sentence when all is done."""

    _files: dict[str, str] = field(default_factory=dict)
    _other: list[str] = field(default_factory=list)

    def add(self, event: events.Warned) -> None:
        if event.file:
            self._files[event.file] = event.message
        else:
            self._other.append(event.message)

    def add_unusable(self, read: events.TextRead) -> None:
        self._files[read.path.removeprefix("texts/")] = " ".join(read.warnings)

    @property
    def sentence(self) -> str:
        """What was left out, with names; "" where nothing was."""
        names = list(self._files)
        if len(names) < 2:
            return " ".join([*self._files.values(), *self._other])
        more = f" and {number(len(names) - NAMED)} more" if len(names) > NAMED else ""
        listed = f"{number(len(names))} files were left out or cannot be used: {', '.join(names[:NAMED])}{more}."
        return " ".join([listed, *self._other])

    @property
    def details(self) -> str:
        """Each file with its reason, where there are several."""
        return "\n".join(self._files.values()) if len(self._files) > 1 else ""
