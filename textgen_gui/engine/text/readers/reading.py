"""What every reader is given and what it reports."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from ...core.errors import TextError

PIECE_CHARACTERS = 16_384  # at most 64 KB in any encoding
OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # what its documents begin with, and new ones that have a password
LARGEST_RATIO = 200  # real text never packs better than this; what does is made to fill a disk
INVISIBLE = (
    "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"  # signs of direction, and the byte-order mark
)
SPARED_BYTES = 1_000_000  # so much may come out of even the smallest archive

_spaces = re.compile(" {2,}")
_surrogate = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Reading:
    """Format and encoding are known at once; warnings and characters are complete when the last piece has been taken.

    ``confidence``: how sure the encoding is, 0 to 1; 1 when a mark, strict UTF-8 or the user decided it.
    ``columns``: names that the user can choose from, of columns, fields or parts; ``learnt``: those that are taken.
    """

    format: str
    encoding: str
    confidence: float = 1.0
    warnings: list[str] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    characters: int = 0
    learnt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """A file whose bytes can be read again from the start, packed with gzip or not."""

    path: Path
    packed: bool = False

    @property
    def name(self) -> str:
        return self.path.name

    def open(self) -> BinaryIO:
        if not self.packed:
            return self.path.open("rb")
        limit = self.path.stat().st_size * LARGEST_RATIO + SPARED_BYTES
        return cast(BinaryIO, io.BufferedReader(_Unpacked(self.path, limit)))


class _Unpacked(io.RawIOBase):
    """The bytes of a gzip file. Raises TextError when it is damaged, or larger than any real text could be."""

    def __init__(self, path: Path, limit: int) -> None:
        self._name, self._left = path.name, limit
        self._file = gzip.GzipFile(path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            block = self._file.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
            raise TextError(
                f"{self._name} is damaged and cannot be unpacked. Get it again from its source."
            ) from problem
        self._left -= len(block)
        if self._left < 0:
            raise TextError(f"{self._name} unpacks to more than {LARGEST_RATIO} times its size, so it is no real text.")
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._file.close()
        super().close()


def counted(count: int, name: str, many: str = "") -> str:
    """1 line, 1,584 lines. ``many`` where an s does not do."""
    return f"{count:,} {name if count == 1 else many or name + 's'}"


def about_unreadable(count: int) -> list[str]:
    """The sentence about characters that could not be read; none where all could."""
    was = "was" if count == 1 else "were"
    return [f"{counted(count, 'unreadable character')} {was} replaced by “\ufffd”."] if count else []


def cut(text: str) -> Iterator[str]:
    """A string in pieces of at most PIECE_CHARACTERS."""
    return (text[start : start + PIECE_CHARACTERS] for start in range(0, len(text), PIECE_CHARACTERS))


def shrunk(text: str) -> str:
    """Text of a web page or an office document, in which any run of white space only parts two words."""
    text = text.replace("\n", " ").replace("\t", " ").replace("\r", " ").replace("\f", " ")
    return _spaces.sub(" ", text) if "  " in text else text


def surrogates(text: str) -> int:
    """How many lone surrogates there are. To encode a text is many times faster than to search it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return len(_surrogate.findall(text))
    return 0


def without_surrogates(text: str) -> tuple[str, int]:
    """The text with lone surrogates replaced by U+FFFD, and how many there were: UTF-8 cannot hold them."""
    if text.isascii():
        return text, 0
    lone = surrogates(text)
    return (text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), lone) if lone else (text, 0)
