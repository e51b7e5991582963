"""What happens when models go out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exported:
    """A model is in ``path`` for another program, and was read back. ``proof``: what was compared, in a sentence.

    ``steps``: what its user does next, a line each.
    """

    path: str
    bytes: int
    proof: str
    steps: tuple[str, ...] = ()
