"""What happens when models go out."""

from dataclasses import dataclass

DOOR_PORT = 8017  # where other programs look for a model, unless another is chosen


@dataclass(frozen=True, slots=True)
class Exported:
    """A model is in ``path`` for another program, and was read back. ``proof``: what was compared, in a sentence.

    ``steps``: what its user does next, a line each.
    """

    path: str
    bytes: int
    proof: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DoorOpened:
    """Other programs on this computer can write with ``model`` from now on, at ``address``, with this key."""

    address: str
    key: str
    model: str


@dataclass(frozen=True, slots=True)
class DoorUsed:
    """Requests ``answered`` and ``refused`` since it was opened, and ``tokens`` written; ``open`` are underway."""

    answered: int
    refused: int
    tokens: int
    open: int


@dataclass(frozen=True, slots=True)
class RunBrought:
    """So many checkpoints of a packed run came home; ``step``: its newest. ``message``: the same in a sentence."""

    run: str
    checkpoints: int
    step: int
    message: str
