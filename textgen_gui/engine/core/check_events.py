"""What checking a project finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DamageFound:
    """What lies at ``path``, relative to the project folder, is not as it was written; ``words`` say what to do.

    ``remade``: the program makes it again by itself, and nothing is lost.
    """

    path: str
    words: str
    remade: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A project was checked: so many ``bytes`` that are verified by a hash, and how many things are damaged."""

    bytes: int
    damaged: int
    elapsed_s: float
