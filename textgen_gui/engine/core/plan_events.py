"""What is found out before a run begins, and when it is planned again on its way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PresetMeasured:
    """How fast this machine trains a preset, in tokens a second, from a few real steps."""

    preset: str
    tokens_per_s: float


@dataclass(frozen=True, slots=True)
class StartDescribed:
    """What a run begins with, in words; ``model`` is empty from scratch. ``fits``: the texts are in its tokens already.
    ``bits_per_byte``: of the texts before it learns; ``bytes_a_token``: of them, about; each 0 where it is not known.
    """

    model: str
    folder: str
    words: str
    fits: bool
    bits_per_byte: float = 0.0
    bytes_a_token: float = 0.0
    width: int = 0  # of the model, which decides how fast it may learn


@dataclass(frozen=True, slots=True)
class RunCreated:
    """A run folder was written; ``run`` is its path, relative to the project folder."""

    run: str


@dataclass(frozen=True, slots=True)
class GenerationBegan:
    """After this step model ``number`` of ``count`` begins anew, and learns from those before it as well."""

    step: int
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Replanned:
    """A run by time looked how fast it is at this step, and will have so many ``steps`` in all, evaluated at every
    ``mark_every`` of them; 0 where an earlier version did not say so.
    """

    step: int
    steps: int
    mark_every: int = 0
