"""What Ctrl+Z takes back in the list of texts, one step after the other."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ... import words


@dataclass(frozen=True, slots=True)
class Step:
    """These texts were removed, or pasted."""

    files: tuple[str, ...]
    pasted: bool = False

    @property
    def in_words(self) -> str:
        return f"Pasted as “{self.files[0]}”." if self.pasted else f"Removed {words.count('text', len(self.files))}."


def without(steps: Iterable[Step], files: Collection[str]) -> Iterator[Step]:
    """What is left to be taken back when these texts are there again."""
    for step in steps:
        left = step if step.pasted else Step(tuple(file for file in step.files if file not in files))
        if left.files:
            yield left
