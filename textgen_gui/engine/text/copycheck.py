"""Which passages of a text stand in the training texts: every run of eight words and more, found exactly.

The index beside the token files holds each word of the corpus as a 64-bit number, and for every run of eight words its
number and position, sorted within chunks. A page is looked up chunk by chunk; neither the corpus nor the index is ever
in memory as a whole, nor mapped into it, for whoever cuts a mapped file ends the process. Words are compared without
capitals and punctuation. Only what was learnt from counts: held-out text is no part of the index.
"""

import contextlib
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..core import atomic_io, events, manifest
from ..core.control import Ask, Stopped
from .dataset import Prepared
from .token_file import TokenFile
from .tokenizer import borders, end_of_text

WORDS = 8  # of which a copy has at least so many in a row
CHUNK = 2_000_000  # runs that are sorted at once, 16 bytes each
STRETCH = 64  # runs that are read at once to find one
TOKENS = 4_000  # decoded at once; more would let the window wait
POSITIONS_TRIED = 50  # a saying that stands in the corpus a thousand times is not followed to each position

_word = re.compile(r"\w+(?:['’]\w+)*")
Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters ``start`` to ``end`` of a text stand in the training text at ``path``, ``place`` of 1 into it."""

    start: int
    end: int
    words: int
    path: str
    place: float


@functools.lru_cache(maxsize=500_000)
def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def words_of(text: str) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Each word as a number, [n], and where it begins and ends, [n, 2]."""
    found = list(_word.finditer(text))
    numbers = np.array([_number(match[0].casefold()) for match in found], np.uint64)
    return numbers, np.array([match.span() for match in found], np.int64).reshape(-1, 2)


def runs_of(numbers: Numbers) -> Numbers:
    """A number for every eight words in a row, [n - 7]."""
    count = max(0, len(numbers) - WORDS + 1)
    runs = np.zeros(count, np.uint64)
    for offset in range(WORDS):
        runs = runs * np.uint64(0x9E3779B97F4A7C15) + numbers[offset : offset + count]
    return runs


class Index:
    """The corpus of one prepared folder, open for questions."""

    def __init__(self, prepared: Prepared) -> None:
        folder = index_folder(prepared)
        self._words = _opened(folder / "words.bin")
        self._ends = _opened(folder / "ends.bin")[:]
        self._paths = [text.path for text in prepared.texts]
        self._chunks = [_Chunk(path) for path in sorted(folder.glob("runs-*.bin")) if path.stat().st_size]

    def passages(self, text: str) -> list[Passage]:
        """Every run of eight words and more that stands in the corpus; those that touch or overlap are one."""
        words, spans = words_of(text)
        runs = runs_of(words)
        copied = np.zeros(len(words), bool)
        longest: dict[
            int, tuple[int, int]
        ] = {}  # where a run of the text begins: its words, its position in the corpus
        for chunk in self._chunks:
            for begin, positions in chunk.found(runs):
                for position in positions:
                    length = self._same_words(words, begin, position)
                    if length >= WORDS:
                        copied[begin : begin + WORDS] = True
                        longest[begin] = max(longest.get(begin, (0, 0)), (length, position))
        return list(self._joined(copied, spans, longest))

    def _same_words(self, words: Numbers, begin: int, position: int) -> int:
        room = min(len(words) - begin, len(self._words) - position)
        there = self._words[position : position + room]
        different = np.flatnonzero(words[begin : begin + room] != there)
        return int(different[0]) if len(different) else room

    def _joined(
        self, copied: npt.NDArray[np.bool_], spans: npt.NDArray[np.int64], longest: dict[int, tuple[int, int]]
    ) -> Iterator[Passage]:
        borders = np.flatnonzero(np.diff(np.concatenate([[0], copied.astype(np.int8), [0]])))
        for first, end in zip(borders[::2], borders[1::2], strict=True):
            _, position = max(longest[word] for word in range(first, end) if word in longest)
            text = int(np.searchsorted(self._ends, position, "right"))
            begin = int(self._ends[text - 1]) if text else 0
            share = (position - begin) / max(1, int(self._ends[text]) - begin)
            yield Passage(int(spans[first, 0]), int(spans[end - 1, 1]), int(end - first), self._paths[text], share)


class _Chunk:
    """Runs in the order of their numbers, and where each stands in the corpus."""

    def __init__(self, path: Path) -> None:
        self._runs, self._positions = _opened(path), _opened(path.with_name(path.name.replace("runs", "places")))
        about = path.stat()
        self._every = _every(path, about.st_ino, about.st_size, about.st_mtime_ns)
        self._stretch = min(STRETCH + 1, len(self._runs))

    def found(self, runs: Numbers) -> Iterator[tuple[int, list[int]]]:
        """Those of the ``runs`` that stand in it, by their places, and some of their positions."""
        before = np.maximum(np.searchsorted(self._every, runs) - 1, 0) * STRETCH
        starts = np.minimum(before, len(self._runs) - self._stretch)
        there = self._runs.rows(starts, self._stretch)  # [n, stretch], in order
        first, after = (there < runs[:, None]).sum(axis=1), (there <= runs[:, None]).sum(axis=1)
        for place in map(int, np.flatnonzero(after > first)):
            begin, end = int(starts[place] + first[place]), int(starts[place] + after[place])
            if after[place] == self._stretch:  # more of them may follow
                end = begin + int((self._runs[begin : begin + POSITIONS_TRIED] == runs[place]).sum())
            yield place, self._positions[begin : min(end, begin + POSITIONS_TRIED)].tolist()


@functools.lru_cache(maxsize=64)
def _every(path: Path, number: int, size: int, modified: int) -> Numbers:
    """One run of each stretch, by which the stretch is found; asked again for the same file, it answers from memory."""
    runs = _opened(path)
    parts = [runs[start : start + (1 << 20)][::STRETCH] for start in range(0, len(runs), 1 << 20)]
    return np.concatenate(parts)


def build(prepared: Prepared, stop: Ask) -> Iterator[events.Progressed]:
    """Makes the index where it is not there yet, or not as it was made. Raises ProjectError for damaged token files."""
    if manifest.is_whole(index_folder(prepared)):
        return
    prepared.verify()
    atomic_io.sweep(prepared.folder)
    with contextlib.suppress(Stopped), atomic_io.new_folder(index_folder(prepared)) as folder:
        for progress in _write(prepared, folder):
            yield progress
            if stop():
                raise Stopped
        manifest.write(folder)


def _write(prepared: Prepared, folder: Path) -> Iterator[events.Progressed]:
    ends, total = [], 0
    with (folder / "words.bin").open("wb") as file:
        for done, numbers, last in _words_by_text(prepared):
            file.write(numbers.data)
            total += len(numbers)
            ends += [total] if last else []
            yield events.Progressed("Reading what was learnt from", done, prepared.tokens, 0)
    (folder / "ends.bin").write_bytes(np.array(ends, np.uint64).tobytes())
    words = _opened(folder / "words.bin")
    for number, first in enumerate(range(0, max(1, len(words)), CHUNK)):
        _sorted_runs(words, first, folder, number)
        yield events.Progressed("Sorting it", min(len(words), first + CHUNK), len(words), 0)


def index_folder(prepared: Prepared) -> Path:
    # The one thing that is added to a folder of token files after it was published; it goes with them.
    return prepared.file("copies")


def _opened(path: Path) -> TokenFile:
    return TokenFile(path, np.uint64, advice="Look once more: what copies are found by is made anew then.")


def _sorted_runs(words: TokenFile, first: int, folder: Path, number: int) -> None:
    runs = runs_of(words[first : first + CHUNK + WORDS - 1])
    order = np.argsort(runs, kind="stable")
    names: tuple[tuple[str, Numbers], ...] = (
        ("runs", runs[order]),
        ("places", (order + first).astype(np.uint64)),
    )
    for name, values in names:
        with (folder / f"{name}-{number:05d}.bin").open("wb") as file:
            file.write(values.data)


def _words_by_text(prepared: Prepared) -> Iterator[tuple[int, Numbers, bool]]:
    """Tokens read so far, the words of the next stretch, and whether the text ends with it.

    A zero, which no word is, stands where a document or a text ends, so that no run reaches into the next.
    """
    tokenizer, tokens = prepared.tokenizer(), prepared.train_tokens()
    begins_with_space, last = borders(tokenizer) == 2, end_of_text(tokenizer)
    border = np.zeros(1, np.uint64)
    for text in prepared.texts:
        done, end = text.start, text.end
        if done == end:
            yield done, border, True
        while done < end:
            stretch = tokens[done : min(end, done + TOKENS)]
            if done + len(stretch) < end:  # not in the middle of a word
                spaces = np.flatnonzero(begins_with_space[stretch] | (stretch == last))
                stretch = stretch[: spaces[-1]] if len(spaces) and spaces[-1] else stretch
            done += len(stretch)
            found = []
            for document in np.split(stretch, np.flatnonzero(stretch == last)):
                whole = tokenizer.decode(document.tolist(), skip_special_tokens=True)
                found += [border, words_of(whole)[0]]
            found = [*found[1:], *([border] if done >= end else [])]
            yield done, np.concatenate(found), done >= end


def check(prepared: Prepared, text: str, stop: Ask) -> Iterator[events.Event]:
    """An event for each passage that was copied, and one that sums up. Builds the index first where it is missing."""
    yield from build(prepared, stop)
    if stop():
        return
    found = Index(prepared).passages(text)
    for passage in found:
        yield events.CopyFound(passage.start, passage.end, passage.words, passage.path, passage.place)
    yield events.CopyChecked(len(words_of(text)[0]), sum(passage.words for passage in found), len(found))


def over_time(prepared: Prepared, samples: Iterable[events.SampleWritten], stop: Ask) -> Iterator[events.Event]:
    """For each step at which a run wrote something, how much of it is copied. Prompts do not count."""
    yield from build(prepared, stop)
    if stop():
        return
    index = Index(prepared)
    texts: dict[int, list[str]] = {}
    for sample in samples:
        texts.setdefault(sample.step, []).append(sample.text)
    for step, written in sorted(texts.items()):
        if stop():
            return
        copied = sum(passage.words for text in written for passage in index.passages(text))
        yield events.CopyMeasured(step, copied / max(1, sum(len(words_of(text)[0]) for text in written)))
