"""What is found of copies: by the copy check in what is written, by the text doctor among the texts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CopyFound:
    """Characters ``start`` to ``end`` of a text, so many words, stand in a training text, ``place`` of 1 into it."""

    start: int
    end: int
    words: int
    path: str
    place: float


@dataclass(frozen=True, slots=True)
class VersionsFound:
    """Two texts that share so much (0 to 1 of their passages) that one may be an older version of the other."""

    path: str
    other: str
    share: float


@dataclass(frozen=True, slots=True)
class CopyMeasured:
    """The share (0 to 1) of words written at this step that stand in the texts, in runs of eight words and more."""

    step: int
    share: float


@dataclass(frozen=True, slots=True)
class CopyChecked:
    """How many words of a text stand in runs of eight and more in the training texts, and in how many passages."""

    words: int
    copied: int
    passages: int
