"""The text doctor's report: what each rule would mend in each text, with examples, before anything is prepared."""

import time
from collections.abc import Callable, Iterator

import numpy as np

from ..core import events
from ..core.errors import TextError
from ..core.project import Project
from . import doctor, duplicates, readers
from . import split as splits
from .corpus import SKETCHED_FROM
from .doctor import Finding

EXAMPLES = 3


def examine(project: Project, stop: Callable[[], bool]) -> Iterator[events.Event]:
    """Reads every text with every rule on, whatever is switched on, and tells what each rule found in it."""
    started, sources = time.monotonic(), project.sources()
    names = [rule.name for rule in doctor.rules]
    copies = _Copies()
    for number, source in enumerate(sources):
        yield events.Progressed("Examining", number, len(sources), time.monotonic() - started)
        found: dict[str, Finding] = {}
        path = project.text_file(source)
        try:
            notes = doctor.notes(_until(readers.read(path, source.options)[1], stop))
            pieces = doctor.clean(_until(readers.read(path, source.options)[1], stop), names, notes, found)
            for piece in pieces:
                copies.add(source.file, piece)
        except TextError:
            continue  # what is wrong with it is said when it is prepared
        for name in names:
            if name in found and found[name].count:
                yield events.Examined(name, source.file, found[name].count, tuple(found[name].examples[:EXAMPLES]))
        if stop():
            return
    yield from copies.report()


def _until(pieces: Iterator[str | None], stop: Callable[[], bool]) -> Iterator[str | None]:
    for piece in pieces:
        if stop():
            return
        yield piece


class _Copies:
    """Documents that stand more than once in the corpus."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._starts: list[str] = []
        self._fingerprints: list[int] = []
        self._sketches: list[np.ndarray[tuple[int], np.dtype[np.uint64]]] = []
        self._begin()

    def _begin(self) -> None:
        self._start, self._length = "", 0
        self._sketch = duplicates.Sketch()

    def add(self, file: str, piece: str | None) -> None:
        if piece is not None:
            self._length += len(piece)
            if len(self._start) < 80:
                self._start += piece[:80]
            self._sketch.add(piece)
            return
        if self._start.strip():
            if self._length >= SKETCHED_FROM:
                number = np.array([len(self._files)], dtype=np.uint64)
                self._sketches.append(np.concatenate([number, self._sketch.smallest]))
            self._files.append(file)
            self._starts.append(" ".join(self._start.split()))
            self._fingerprints.append(self._sketch.fingerprint)
        self._begin()

    def report(self) -> Iterator[events.Event]:
        if not self._files:
            return
        prints = np.array(self._fingerprints, dtype=np.uint64)
        rows = np.array(self._sketches, dtype=np.uint64).reshape(-1, 1 + duplicates.SMALLEST)
        exact, near = splits.copies(prints, rows)
        here = np.arange(len(exact))
        for name, firsts, which in (
            ("duplicates", exact, exact != here),
            ("near_duplicates", near, (near != here) & (exact == here)),
        ):
            yield from self._told(name, firsts, np.flatnonzero(which))

    def _told(self, name: str, firsts: splits.Numbers, copies: splits.Numbers) -> Iterator[events.Event]:
        by_file: dict[str, list[int]] = {}
        for copy in copies:
            by_file.setdefault(self._files[copy], []).append(int(copy))
        for file, numbers in by_file.items():
            examples = [(self._starts[n], f"as in {self._files[firsts[n]]}") for n in numbers[:EXAMPLES]]
            yield events.Examined(name, file, len(numbers), tuple(examples))
