"""What one sees of a project without opening it: its name, when it was used, how its last run went, what it wrote."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from .errors import EngineError
from .event_log import read
from .events import Evaluated, SampleWritten
from .project import Project, Run

MOST_BYTES = 50_000_000  # of a record: a longer one is not read for a picture


@dataclass(frozen=True, slots=True)
class Glance:
    """``curve``: bits a byte at each evaluation of the newest run. ``line``: the last that its model wrote.
    ``used_at``: seconds since 1970.
    """

    folder: Path
    name: str
    used_at: float = 0.0
    curve: tuple[float, ...] = ()
    line: str = ""


def name_of(folder: Path) -> str:
    """What the project calls itself; of one that cannot be read, what its folder is called."""
    with contextlib.suppress(EngineError, OSError):
        return Project(folder).name
    return folder.name


def glance(folder: Path) -> Glance:
    """Of a project that cannot be read, what can be known."""
    project, name, used_at = Project(folder), name_of(folder), 0.0
    with contextlib.suppress(EngineError, OSError):
        runs = project.runs()
        seen = (project.file, project.draft_file, *(run.events_file for run in runs))
        used_at = max((file.stat().st_mtime for file in seen if file.exists()), default=0.0)
        return _with_run(Glance(folder, name, used_at), runs)
    return Glance(folder, name, used_at)


def _with_run(known: Glance, runs: list[Run]) -> Glance:
    record = next((run.events_file for run in reversed(runs) if run.events_file.exists()), None)
    if record is None or record.stat().st_size > MOST_BYTES:
        return known
    curve, line = [], ""
    for event in read(record, Evaluated, SampleWritten):
        match event:
            case Evaluated():
                curve.append(event.bits_per_byte)
            case SampleWritten():
                line = " ".join((event.prompt + event.text).split())
    return Glance(known.folder, known.name, known.used_at, tuple(curve), line)
