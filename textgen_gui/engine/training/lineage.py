"""What a model has learnt in earlier runs of the same project: a run that goes on from one does not begin anew."""

import math

from ..core import event_log, events
from ..core.bars import Bar
from ..core.errors import EngineError
from ..core.project import Project, Run
from .initial_model import find_start


def share_needed(project: Project, model: str) -> float:
    """Bits that the ``model`` a run begins with needs for the texts, as a share of those that the model needed which
    the first of its earlier runs began with: 1 for a model from elsewhere, 0 where that run began from scratch.

    Where a run is gone the one after it counts as the first; what was not written down counts as nothing gained.
    """
    share, seen = 1.0, set[Run]()
    try:
        while model:
            found = find_start(project, model).checkpoint
            run = found.run
            if run is None or run.project.folder != project.folder or run in seen:
                return share
            seen.add(run)
            model = run.config().start.model
            gained, before = _written_down(run, found.step) if model else (1.0, 1.0)
            share *= gained * before
            if before != 1:  # it knew of the runs before it, which may be gone
                return share
    except EngineError:
        return share
    return 0.0


def _written_down(run: Run, step: int) -> tuple[float, float]:
    """The share that is needed by ``step`` of what the run began with, and that which its beginning had needed.

    Raises ProjectError for a record that cannot be read.
    """
    before, reached = events.Baseline(Bar.BEFORE, math.nan, math.nan), math.nan
    for event in event_log.read(run.events_file, events.Baseline, events.Evaluated):
        match event:
            case events.Baseline(name=Bar.BEFORE):
                before = event
            case events.Evaluated() if event.step <= step:
                reached = event.bits_per_byte
            case _:
                pass
    gained = reached / before.bits_per_byte if before.bits_per_byte > 0 else math.nan
    return gained if gained > 0 else 1.0, before.share
