"""What of a run is in sight, beside its curve: whether it trains, and what can be done with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of the run that is shown, and of the training that runs now. ``busy``: another run trains."""

    running: bool
    paused: bool
    stopping: bool
    finished: bool
    has_model: bool
    busy: bool
