"""Sources -> clean documents in pieces that can be tokenized one by one, kept on disk, and the held-out split."""

import codecs
import functools
import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ..core import atomic_io, bounded, schema
from ..core.config import CleanConfig, TextConfig
from ..core.errors import TextError
from ..core.project import CleanText
from . import doctor, duplicates, readers
from .readers.reading import PIECE_CHARACTERS, Reading

LONGEST_WORD = 1024  # characters; training a tokenizer is quadratic in the length of a word
BLOCK_BYTES = 16 * 1024  # many pieces a batch keep all cores busy to its end
SKETCHED_FROM = 500  # characters; shorter documents are only compared as wholes
WRITTEN_AT_ONCE = 4096  # documents
EMPTY = "is empty, so there is nothing to learn from. Remove it."
WORDLESS = "holds no words, so there is nothing to learn from. Open it in its program to see what it holds."
PART_BYTES = 128 * 1024
LETTERS = TEXT, DOCUMENTS, SKETCHES = b"t", b"d", b"s"
SEAL = "sealed = "  # in about.toml, of all that is said before it and of the files
CHECKED_BELOW = 256 * 1024  # bytes; smaller ones are checked by their content, which is quicker than to force them out

# Unicode's white space, as the tokenizers library understands it; Python's \\s also has four control characters.
SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"

document_type = np.dtype([("bytes", "<u8"), ("characters", "<u8"), ("fingerprint", "<u8")])

# No token of the GPT-2 pattern reaches across the border between a character and the white space after it.
_border = re.compile(f"(?<=[^{SPACE}])(?=[{SPACE}])")
white_space = re.compile(f"[{SPACE}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What reading a text has found. ``characters`` as decoded, ``bytes`` and ``words`` after clean-up."""

    format: str
    encoding: str
    confidence: float
    documents: int
    characters: int
    words: int
    bytes: int
    warnings: tuple[str, ...]


def read(path: Path, options: TextConfig | None = None) -> tuple[Reading, Iterator[str | None]]:
    """The pieces of a file, cut only where tokens end anyway. Raises TextError when it is no text."""
    reading, pieces = readers.read(path, options)
    return reading, at_borders(pieces)


def cleaned(path: Path, options: TextConfig, clean: CleanConfig) -> tuple[Reading, Iterator[str | None]]:
    """The pieces as a model will see them, cut only where tokens end anyway. Raises TextError when it is no text."""
    chosen = doctor.chosen_rules(clean)
    notes = doctor.notes(readers.read(path, options)[1]) if doctor.needs_notes(chosen) else doctor.Notes()
    reading, pieces = readers.read(path, options)
    return reading, at_borders(doctor.clean(pieces, chosen, notes, {}))


# --- kept on disk


def parts(path: Path, options: TextConfig, clean: CleanConfig) -> Iterator[bytes | About]:
    """A text as models will read it, in parts that begin with the letter of their file; About is the last.

    Raises TextError.
    """
    reading, pieces = cleaned(path, options, clean)
    words, documents, blocks, waiting = 0, _Documents(), [TEXT], 0
    for piece in pieces:
        if piece is None:
            yield from documents.end()
            continue
        block = piece.encode("utf-8", "replace")
        blocks.append(block)
        words, waiting = words + documents.add(piece, len(block)), waiting + len(block)
        if waiting >= PART_BYTES:
            yield b"".join(blocks)
            blocks, waiting = [TEXT], 0
    yield b"".join(blocks)
    yield from documents.rows()
    if not words:
        raise TextError(f"{path.name} {WORDLESS if path.stat().st_size else EMPTY}")
    yield About(
        format=reading.format,
        encoding=reading.encoding,
        confidence=reading.confidence,
        documents=documents.count,
        characters=reading.characters,
        words=words,
        bytes=documents.bytes,
        warnings=tuple(reading.warnings),
    )


def keeping(text: CleanText) -> Generator[None, bytes | About, None]:
    """Writes a text to disk from its parts, which are sent to it; it ends with About, and is whole or absent.

    The files of a small one are written at once when it is whole: thousands of them are bound by the disk.
    """
    held: dict[bytes, list[bytes]] = {letter: [] for letter in LETTERS}
    size, part = 0, cast(bytes | About, b"")
    while size < CHECKED_BELOW and not isinstance(part := (yield), About):
        held[part[:1]].append(part[1:])
        size += len(part) - 1
    with atomic_io.new_folder(text.folder, synced_from=CHECKED_BELOW) as folder:
        new = CleanText(folder)
        with ExitStack() as opened:
            files = {
                letter: opened.enter_context(file.open("wb")) for letter, file in zip(held, _contents(new), strict=True)
            }
            whole = [b"".join(blocks) for blocks in held.values()]
            for file, content in zip(files.values(), whole, strict=True):
                file.write(content)
            while not isinstance(part, About) and not isinstance(part := (yield), About):
                files[part[:1]].write(memoryview(part)[1:])
        facts = "".join(f"{key} = {schema.toml_value(value)}\n" for key, value in asdict(part).items())
        seal = _seal(facts, whole) if size < CHECKED_BELOW else content_digest(*_contents(new), facts=facts)
        new.about_file.write_text(f'{facts}{SEAL}"{seal}"\n', encoding="utf-8", newline="\n")


def _contents(text: CleanText) -> tuple[Path, Path, Path]:
    return text.text_file, text.documents_file, text.sketches_file


def content_digest(*files: Path, facts: str = "") -> str:
    """Tells whether files are as they were written: small ones are not forced to the disk, and large ones may rot."""
    return _seal(facts, map(_content, files))


def _seal(facts: str, contents: Iterable[bytes]) -> str:
    whole = hashlib.blake2b(facts.encode("utf-8", "replace"), digest_size=16)
    for content in contents:
        whole.update(content)
    return whole.hexdigest()


def _content(file: Path) -> bytes:
    """What is in a small file, the digest of a large one."""
    about = file.stat()
    small = about.st_size < CHECKED_BELOW
    return file.read_bytes() if small else _digest(file, about.st_ino, about.st_size, about.st_mtime_ns)


@functools.lru_cache(maxsize=10_000)
def _digest(file: Path, number: int, size: int, modified: int) -> bytes:
    """Asked again for the same size and time, it answers from memory."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "blake2b").digest()


class _Documents:
    """Where documents end, and what tells copies of them apart. Documents without words are left out."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, int]] = []
        self._sketches: list[bytes] = []
        self.count, self.bytes = 0, 0
        self._begin()

    def _begin(self) -> None:
        self._bytes, self._characters = 0, 0
        self._sketch = duplicates.Sketch()

    def add(self, piece: str, size: int) -> int:
        """Returns how many words the piece has."""
        self.bytes += size
        self._bytes, self._characters = self._bytes + size, self._characters + len(piece)
        return self._sketch.add(piece)

    def end(self) -> Iterator[bytes]:
        """Gives rows where many have come together."""
        if self._bytes:
            if self._characters >= SKETCHED_FROM:
                row = np.concatenate([[np.uint64(self.count)], self._sketch.smallest]).astype("<u8")
                self._sketches.append(row.tobytes())
            self._waiting.append((self._bytes, self._characters, self._sketch.fingerprint))
            self.count += 1
            self._begin()
        if len(self._waiting) == WRITTEN_AT_ONCE:
            yield from self.rows()

    def rows(self) -> Iterator[bytes]:
        """Those that have not been given yet."""
        yield DOCUMENTS + np.array(self._waiting, dtype=document_type).tobytes()
        yield b"".join([SKETCHES, *self._sketches])
        self._waiting, self._sketches = [], []


def known(table: Any) -> About | None:
    """What a table of names and values says; None where it makes no sense."""
    try:
        found = About(**{**table, "warnings": tuple(table["warnings"])})
    except (KeyError, TypeError):
        return None
    words = (found.format, found.encoding, *found.warnings)
    numbers = (found.confidence, found.documents, found.characters, found.words, found.bytes)
    whole = all(isinstance(word, str) for word in words) and all(isinstance(each, int | float) for each in numbers)
    return found if whole else None


def about(text: CleanText) -> About | None:
    """What is known of a kept text; None when it is not there or not whole."""
    try:
        said = bounded.read_text(text.about_file)
        facts, sealed, seal = said.rpartition(SEAL)
        table = bounded.parse_toml(facts if sealed else said)
        older = table.pop("checked", "")  # of the files alone, and only of small ones
        found = known(table)
        if found is None:
            return None
        if sealed or older:
            return found if content_digest(*_contents(text), facts=facts) == (older or seal.strip('"\n')) else None
        whole = text.text_file.stat().st_size == found.bytes and len(documents(text)) == found.documents
        return found if whole else None
    except (FileNotFoundError, bounded.UnfitError, ValueError, KeyError, TypeError):
        return None


def documents(text: CleanText) -> npt.NDArray[np.void]:
    """A row of ``document_type`` for each document, [documents]."""
    return np.frombuffer(text.documents_file.read_bytes(), dtype=document_type)


def sketches(text: CleanText) -> npt.NDArray[np.uint64]:
    """The number of a document and its sketch, [long documents, 1 + SMALLEST]."""
    rows = np.frombuffer(bytearray(text.sketches_file.read_bytes()), dtype="<u8")  # which will be numbered anew
    return rows.reshape(-1, 1 + duplicates.SMALLEST)


def pieces(text: CleanText) -> Iterator[str | None]:
    """The pieces of a kept text, ``None`` after each document."""
    with text.text_file.open("rb") as file:
        for size in documents(text)["bytes"]:
            yield from at_borders(_document(file.read, int(size)))


def _document(read: Callable[[int], bytes], size: int) -> Iterator[str | None]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    while size:
        block = read(min(size, BLOCK_BYTES))
        size -= len(block)
        yield decoder.decode(block, final=not size)
        if not block:
            break
    yield None


# --- borders between tokens


def at_borders(pieces: Iterable[str | None]) -> Iterator[str | None]:
    """The same text, cut so that tokenizing the pieces equals tokenizing the whole document.

    A run without white space that is longer than two pieces is the one exception: it is cut where it must be.
    """
    rest = ""
    for piece in pieces:
        if piece is None:
            yield from (rest, None) if rest else (None,)
            rest = ""
            continue
        text = rest + piece
        cut = last_border(text)
        if cut == 0 and len(text) > 2 * PIECE_CHARACTERS:
            cut = len(text)
        if cut:
            yield text[:cut]
        rest = text[cut:]
    if rest:
        yield rest


def last_border(text: str) -> int:
    """Where the last border lies; 0 when there is none."""
    end = len(text)
    while end > 0:
        start = max(0, end - 256)
        found = [match.start() for match in _border.finditer(text, start, end)]
        if found:
            return found[-1]
        end = start
    return 0


def short_words(piece: str) -> Iterator[str]:
    """The piece with runs without white space broken up, for training a tokenizer."""
    half = LONGEST_WORD // 2
    # A run that is too long fills at least one of these windows; looking for a space in each is quick.
    windows = (piece[start : start + half] for start in range(0, len(piece) - half + 1, half))
    spaced = all(" " in window or "\n" in window for window in windows)
    if spaced or max(map(len, piece.split()), default=0) <= LONGEST_WORD:
        yield piece
        return
    yield from (piece[start : start + LONGEST_WORD] for start in range(0, len(piece), LONGEST_WORD))
