"""Books for the Kindle without copy protection, .mobi, .azw and .azw3: their records together are a page of HTML.

The format is described in the MobileRead wiki: a Palm database whose first record says how the others are packed.
"""

import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ...core.config import TextConfig
from ...core.errors import TextError
from . import labels, markup
from .flow import described
from .reading import Input, Reading, about_unreadable, cut

LARGEST = 512_000_000  # bytes
PLAIN, PALMDOC, HUFFMAN = 1, 2, 17480
KF8 = 8  # the version of the format from which style sheets follow the text
NONE = 0xFFFFFFFF
encodings = {1252: "cp1252", 65001: "utf-8"}


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the book is damaged, protected or empty."""
    with file.open() as opened:
        content = opened.read(LARGEST)
    try:
        book = _Book.of(content)
        if book.protected:
            raise TextError(
                f"{file.name} is protected against copying. Only books without such protection can be read."
            )
        raw = book.text()
    except (struct.error, IndexError, ValueError, KeyError) as problem:
        raise TextError(f"{file.name} is damaged or no Kindle book. Get it again from its source.") from problem
    page = labels.decode_labelled(file, raw, options.encoding or encodings.get(book.encoding, "cp1252"))
    left_out: Counter[str] = Counter()
    text = markup.to_text(page.text, left_out) or ""
    if not text.strip():
        raise TextError(f"{file.name} holds no text.")
    reading = Reading(format, page.found.encoding, warnings=[page.found.warning] if page.found.warning else [])
    reading.warnings += about_unreadable(page.replaced)
    reading.warnings += described((left_out[name], *words) for name, words in markup.seen.items())
    return reading, iter([*cut(text), None])


@dataclass(frozen=True, slots=True)
class _Book:
    """``extra``: flags of what stands behind the text of each record. ``encoding``: a Windows code page."""

    records: list[bytes]
    packing: int
    size: int
    count: int
    protected: bool
    encoding: int = 1252
    version: int = 0
    extra: int = 0

    @classmethod
    def of(cls, content: bytes) -> "_Book":
        if content[60:68] not in (b"BOOKMOBI", b"TEXtREAd"):
            raise ValueError("no Palm database of a book")
        number = struct.unpack_from(">H", content, 76)[0]
        starts = [struct.unpack_from(">I", content, 78 + 8 * n)[0] for n in range(number)]
        records = [content[start:end] for start, end in zip(starts, [*starts[1:], len(content)], strict=True)]
        first = records[0]
        packing, size, count, _, protected = struct.unpack_from(">HxxIHHH", first)
        if first[16:20] != b"MOBI":
            return cls(records, packing, size, count, protected != 0)
        length, _, encoding, _, version = struct.unpack_from(">5I", first, 20)
        extra = struct.unpack_from(">H", first, 242)[0] if length >= 228 and version >= 5 else 0
        return cls(records, packing, size, count, protected != 0, encoding, version, extra)

    def text(self) -> bytes:
        unpack = self._unpacking()
        whole = b"".join(unpack(_without_extra(record, self.extra)) for record in self.records[1 : self.count + 1])
        return whole[: self._end()]

    def _end(self) -> int:
        """Where the text ends: in new books its first flow does, before the style sheets."""
        if self.version >= KF8:
            table = struct.unpack_from(">I", self.records[0], 192)[0]
            if table != NONE and self.records[table][:4] == b"FDST":
                return int(struct.unpack_from(">I", self.records[table], 16)[0])
        return self.size if self.size else NONE

    def _unpacking(self) -> Callable[[bytes], bytes]:
        if self.packing == PLAIN:
            return bytes
        if self.packing == PALMDOC:
            return _palmdoc
        if self.packing == HUFFMAN:
            start, count = struct.unpack_from(">II", self.records[0], 112)
            return _Huffman.of(self.records[start], self.records[start + 1 : start + count]).unpack
        raise ValueError(f"packing {self.packing}")


def _without_extra(record: bytes, flags: int) -> bytes:
    """The text of a record; its last bytes say how much else stands behind it."""
    end = len(record)
    for bit in range(15, 0, -1):
        if flags >> bit & 1:
            size = shift = 0
            for place in range(end - 1, max(-1, end - 5), -1):
                size |= (record[place] & 0x7F) << shift
                shift += 7
                if record[place] & 0x80:
                    break
            end -= size
    if flags & 1:
        end -= (record[end - 1] & 3) + 1
    return record[: max(0, end)]


def _palmdoc(packed: bytes) -> bytes:
    """LZ77 as Palm computers had it: counts, pairs of distance and length, and letters with a space before them."""
    out, at = bytearray(), 0
    while at < len(packed):
        byte = packed[at]
        at += 1
        if 1 <= byte <= 8:
            out += packed[at : at + byte]
            at += byte
        elif byte < 0x80:
            out.append(byte)
        elif byte >= 0xC0:
            out += bytes((0x20, byte ^ 0x80))
        else:
            pair = (byte << 8 | packed[at]) & 0x3FFF
            at += 1
            for _ in range((pair & 7) + 3):
                out.append(out[-(pair >> 3)])
    return bytes(out)


@dataclass(slots=True)
class _Huffman:
    """Codes of up to 32 bits for phrases, which may be packed themselves."""

    short: list[
        tuple[int, int, int]
    ]  # by the first byte of a code: its length, whether that is final, its highest code
    lowest: list[int]
    highest: list[int]
    phrases: list[tuple[bytes, int]] = field(default_factory=list)

    @classmethod
    def of(cls, table: bytes, dictionaries: list[bytes]) -> "_Huffman":
        first, second = struct.unpack_from(">II", table, 8)
        codes = struct.unpack_from(">256I", table, first)
        limits = struct.unpack_from(">64I", table, second)
        short = [(c & 0x1F, c & 0x80, ((c >> 8) + 1 << 32 - (c & 0x1F)) - 1) for c in codes]
        lowest = [0, *(low << 32 - length for length, low in enumerate(limits[::2], 1))]
        highest = [0, *((high + 1 << 32 - length) - 1 for length, high in enumerate(limits[1::2], 1))]
        made = cls(short, lowest, highest)
        for dictionary in dictionaries:
            total, bits = struct.unpack_from(">II", dictionary, 8)
            number = min(1 << bits, total - len(made.phrases))
            for offset in struct.unpack_from(f">{number}H", dictionary, 16):
                size = struct.unpack_from(">H", dictionary, 16 + offset)[0]
                phrase = dictionary[18 + offset : 18 + offset + (size & 0x7FFF)]
                made.phrases.append((phrase, size & 0x8000))
        return made

    def unpack(self, packed: bytes, depth: int = 0) -> bytes:
        if depth > 32:
            raise ValueError("phrases inside each other")
        bits, left, out = int.from_bytes(packed + b"\0" * 4), 8 * len(packed), bytearray()
        while left > 0:
            code = bits >> left & 0xFFFFFFFF
            length, final, highest = self.short[code >> 24]
            if not final:
                while code < self.lowest[length]:
                    length += 1
                highest = self.highest[length]
            left -= length
            if left < 0 or not length:
                break
            number = highest - code >> 32 - length
            phrase, whole = self.phrases[number]
            if not whole:
                phrase = self.unpack(phrase, depth + 1)
                self.phrases[number] = phrase, 1
            out += phrase
        return bytes(out)
