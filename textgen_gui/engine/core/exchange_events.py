"""What happens when models go out."""

from dataclasses import dataclass

DOOR_PORT = 8017  # where other programs look for a model, unless another is chosen


@dataclass(frozen=True, slots=True)
class Exported:
    """A model is in ``path`` for another program, and was read back. ``proof``: what was compared, in a sentence.

    ``steps``: what its user does next, a line each. ``same``: what was read back wrote the same text as the model here.
    """

    path: str
    bytes: int
    proof: str
    steps: tuple[str, ...] = ()
    same: bool = True


@dataclass(frozen=True, slots=True)
class UploadOffered:
    """What would go out to ``host`` under this name: ``files`` and the ``sizes`` of each in bytes. Nothing has yet."""

    name: str
    host: str
    private: bool
    files: tuple[str, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A model is at ``address``; while it is ``private``, only its owner sees it."""

    address: str
    bytes: int
    private: bool


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
