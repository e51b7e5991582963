"""The text doctor's report: what each rule would mend in each text, with examples, before anything is prepared."""

import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from ..core import events
from ..core.control import Ask, until_stopped
from ..core.errors import TextError
from ..core.project import Project, Source
from . import apart, duplicates, in_worker
from .corpus import SKETCHED_FROM
from .split import COMPARED, Numbers, copies
from .versions import versions

EXAMPLES = 3


def examine(project: Project, stop: Ask) -> Iterator[events.Event]:
    """Reads every text with every rule on, whatever is switched on, and tells what each rule found in it."""
    return until_stopped(_examined(project, stop))


def _examined(project: Project, stop: Ask) -> Iterator[events.Event]:
    started, sources = time.monotonic(), project.sources()
    repeated = _Copies()
    for number, source in enumerate(sources):
        yield events.Progressed("Examining", number, len(sources), time.monotonic() - started)
        with suppress(TextError):  # what is wrong with it is said when it is prepared
            yield from _examine(project, source, repeated, stop)
    yield events.Progressed("Comparing", 0, 0, time.monotonic() - started)
    yield from repeated.report(stop)


def _examine(project: Project, source: Source, repeated: "_Copies", stop: Ask) -> Iterator[events.Event]:
    for answer in apart.answers("examined", project.text_file(source), source.options, stop=stop):
        match answer:
            case in_worker.END:
                repeated.add(source.file, None)
            case str(piece):
                repeated.add(source.file, piece)
            case list(findings):
                for rule, count, examples in findings:
                    yield events.Examined(rule, source.file, count, tuple(map(tuple, examples[:EXAMPLES])))


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

    def report(self, stop: Ask) -> Iterator[events.Event]:
        if not self._files:
            return
        prints = np.array(self._fingerprints, dtype=np.uint64)
        rows = np.array(self._sketches, dtype=np.uint64).reshape(-1, 1 + duplicates.SMALLEST)
        exact, near = copies(prints, rows, stop)
        here = np.arange(len(exact))
        for name, firsts, which in (
            ("duplicates", exact, exact != here),
            ("near_duplicates", near, (near != here) & (exact == here)),
        ):
            yield from self._told(name, firsts, np.flatnonzero(which))
        others = rows[np.isin(rows[:, 0], np.flatnonzero(exact == here))]  # what is the same was told already
        if len(others) <= COMPARED:
            yield from versions(self._files, others, stop)

    def _told(self, name: str, firsts: Numbers, numbers: Numbers) -> Iterator[events.Event]:
        by_file: dict[str, list[int]] = {}
        for number in numbers:
            by_file.setdefault(self._files[number], []).append(int(number))
        for file, mine in by_file.items():
            examples = [(self._starts[n], f"as in {self._files[firsts[n]]}") for n in mine[:EXAMPLES]]
            yield events.Examined(name, file, len(mine), tuple(examples))
