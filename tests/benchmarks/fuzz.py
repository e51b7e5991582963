"""Damaged files of every format, read in the workers: what crashes, what hangs, and what is lost without a word.

    python -m tests.benchmarks.fuzz [--mutations 1000] [--only FORMAT ...] [--seed 1] [--keep FOLDER | --again FOLDER]

Each mutation is one of these: bytes flipped, cut off, left out, doubled, moved, filled with zeros or with chance, and
numbers made large; of what is packed, the parts inside as often as the file as it lies there. A worker that crashed or
was ended is counted, as the program goes on. A text counts as lost in silence where less than LOST of the letters come
back, nobody refuses, and no more is said beside it than of the healthy file; as cut off where so much is missing of
the file, too. FOLDER: where those go, to be looked at, and with ``--again`` from where they are read once more.
"""

import argparse
import io
import random
import shutil
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textgen_gui.engine.core.config import CleanConfig, TextConfig
from textgen_gui.engine.core.control import never
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.runtime import workers
from textgen_gui.engine.runtime.child import ChildError
from textgen_gui.engine.runtime.task import Task
from textgen_gui.engine.runtime.workers import Done
from textgen_gui.engine.text import apart

from .common import machine
from .reading import paragraphs, writers

MEGABYTES = 0.02
LOST = 0.8  # of the letters
LONG_S = 60.0  # of the clock, which nothing may take
NEAR = 0.1  # of the letters
OUTCOMES = ("read", "warned", "refused", "worker ended", "hung", "cut off", "lost in silence")


def flipped(chance: random.Random, content: bytearray) -> None:
    for _ in range(chance.choice((1, 3, 30))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def cut(chance: random.Random, content: bytearray) -> None:
    del content[chance.randrange(len(content)) :]


def left_out(chance: random.Random, content: bytearray) -> None:
    start = chance.randrange(len(content))
    del content[start : start + chance.randrange(1, 200)]


def doubled(chance: random.Random, content: bytearray) -> None:
    start = chance.randrange(len(content))
    content[start:start] = content[start : start + chance.randrange(1, 2000)] * chance.choice((1, 1, 50))


def moved(chance: random.Random, content: bytearray) -> None:
    start, end = sorted((chance.randrange(len(content)), chance.randrange(len(content))))
    piece = content[start : min(end, start + 500)]
    del content[start : start + len(piece)]
    place = chance.randrange(len(content) + 1)
    content[place:place] = piece


def filled(chance: random.Random, content: bytearray) -> None:
    start, length = chance.randrange(len(content)), chance.randrange(1, 100)
    content[start : start + length] = bytes(length) if chance.random() < 0.5 else chance.randbytes(length)


def enlarged(chance: random.Random, content: bytearray) -> None:
    digits = [place for place, byte in enumerate(content) if 48 <= byte <= 57]
    if digits:
        place = chance.choice(digits)
        content[place : place + 1] = b"9" * chance.choice((2, 9, 19, 400))


MUTATIONS: tuple[Callable[[random.Random, bytearray], None], ...] = (
    *(flipped, cut, left_out, doubled, moved, filled, enlarged),
)


def mutated(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2))):
        if changed:
            chance.choice(MUTATIONS)(chance, changed)
    return bytes(changed)


def inside(chance: random.Random, content: bytes) -> bytes:
    """One part of an archive is changed, and it is packed again as it should be."""
    whole = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as after:
        names = before.namelist()
        chosen = chance.choice(names)
        for name in names:
            part = before.read(name)
            after.writestr(name, mutated(chance, part) if name == chosen else part)
    return whole.getvalue()


@dataclass(slots=True)
class Trial:
    """``letters`` come back of the whole text. ``share``: of the healthy file's size."""

    file: Path
    began: float
    share: float
    letters: int = 0
    warned: bool = False


class Fuzz:
    def __init__(self, name: str, folder: Path, options: argparse.Namespace) -> None:
        self.name, self._folder, self._options = name, folder, options
        self._chance = random.Random(f"{options.seed} {name}")
        self.counts: Counter[str] = Counter()
        self._trials: dict[Task, Trial] = {}
        healthy = folder / f"healthy.{name}"
        writers[name](healthy, paragraphs(MEGABYTES))
        self._content = healthy.read_bytes()
        self._size = _unpacked(self._content)
        answers = list(apart.answers("parts", healthy, TextConfig(), CleanConfig(), stop=never))
        self._whole = sum(len(answer) for answer in answers if isinstance(answer, bytes) and answer[:1] == b"t")
        self._usual = _warnings(next(answer for answer in answers if not isinstance(answer, bytes | None)))

    def run(self) -> None:
        for answer in workers.work(self._tasks(), never):
            if answer:
                self._take(*answer)

    def _tasks(self) -> Iterator[Task]:
        for name, content in self._again() if self._options.again else self._mutations():
            (file := self._folder / name).write_bytes(content)
            task = apart.task("parts", file, len(content), TextConfig(), CleanConfig())
            self._trials[task] = Trial(file, time.monotonic(), _unpacked(content) / self._size)
            yield task

    def _again(self) -> Iterator[tuple[str, bytes]]:
        for file in sorted(self._options.again.glob(f"*.{self.name}")):
            yield file.name, file.read_bytes()

    def _mutations(self) -> Iterator[tuple[str, bytes]]:
        packed = zipfile.is_zipfile(io.BytesIO(self._content))
        for number in range(self._options.mutations):
            change = inside if packed and number % 2 else mutated
            yield f"{number:05}.{self.name}", change(self._chance, self._content)

    def _take(self, task: Task, answer: object) -> None:
        trial = self._trials[task]
        if isinstance(answer, bytes) and answer[:1] == b"t":
            trial.letters += len(answer)
        elif isinstance(answer, dict):
            trial.warned = bool(_warnings(answer) - self._usual)
        elif isinstance(answer, Done):
            outcome = self._outcome(trial, answer.problem)
            self.counts[outcome] += 1
            if self._options.keep and outcome in ("cut off", "lost in silence", "worker ended"):
                shutil.copy(trial.file, self._options.keep)
            trial.file.unlink()
            del self._trials[task]

    def _outcome(self, trial: Trial, problem: EngineError | None) -> str:
        if time.monotonic() - trial.began > LONG_S:
            return "hung"
        if isinstance(problem, ChildError):
            print(f"    {problem} {getattr(problem, '__notes__', '')}", flush=True)
            return "worker ended"
        if problem:
            return "refused"
        if trial.warned:
            return "warned"
        if trial.letters >= LOST * self._whole:
            return "read"
        return "cut off" if trial.letters >= (trial.share - NEAR) * self._whole else "lost in silence"


def _unpacked(content: bytes) -> int:
    """Its size; of an archive that can be opened, what its parts say."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return len(content)


def _warnings(about: Any) -> set[str]:
    """Those of a file, without those that a healthy one has as well."""
    return set(about["warnings"] if isinstance(about, dict) else about.warnings)


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--mutations", type=int, default=1000)
    reader.add_argument("--only", nargs="*", choices=tuple(writers), default=tuple(writers))
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--keep", type=Path)
    reader.add_argument("--again", type=Path)
    options = reader.parse_args()
    print(
        f"{machine()}\n\n| format | mutations | {' | '.join(OUTCOMES)} | seconds |\n|---{'|---' * (len(OUTCOMES) + 2)}|"
    )
    for name in options.only:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            fuzz = Fuzz(name, Path(folder), options)
            fuzz.run()
        cells = " | ".join(str(fuzz.counts[outcome]) for outcome in OUTCOMES)
        print(f"| {name} | {fuzz.counts.total():,} | {cells} | {time.monotonic() - started:.0f} |", flush=True)


if __name__ == "__main__":
    main()
