"""Kindle books: unpacked in each of the three ways, in both encodings, and refused when they are protected."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import TextError

from ....awkward import french
from . import read

BODY = f"<h1>One</h1><p>{french}</p><mbp:pagebreak/><p>{french}</p>"
PAGE = f"<html><head><guide>NO</guide></head><body>{BODY}</body></html>"
TEXT = f"One\n\n{french.strip()}\n\n{french.strip()}"
RECORD = 300  # bytes of text


def book(text: bytes, packing: int, encoding: int, extra: int = 0, protected: int = 0, version: int = 6) -> bytes:
    parts = [text[start : start + RECORD] for start in range(0, len(text), RECORD)]
    packs: dict[int, Callable[[bytes], bytes]] = {
        1: bytes,
        2: palmdoc,
        17480: lambda each: bytes(255 - b for b in each),
    }
    packed = packs[packing]
    behind = (b"\x00" if extra & 1 else b"") + (b"zz\x83" if extra & 2 else b"")
    records = [packed(part) + behind for part in parts]
    tables = huffman() if packing == 17480 else []
    first = struct.pack(">HxxIHHHxx", packing, len(text), len(parts), RECORD, protected)
    first += b"MOBI" + struct.pack(">5I", 232, 2, encoding, 1, version)
    first = first.ljust(112, b"\0") + struct.pack(">II", len(parts) + 1, len(tables))
    first = first.ljust(192, b"\xff").ljust(242, b"\0") + struct.pack(">H", extra)
    every = [first, *records, *tables]
    start = 78 + 8 * len(every)
    head = b"A book".ljust(60, b"\0") + b"BOOKMOBI" + b"\0" * 8 + struct.pack(">H", len(every))
    for record in every:
        head += struct.pack(">II", start, 0)
        start += len(record)
    return head + b"".join(every)


def palmdoc(part: bytes) -> bytes:
    """Written by hand: bytes beyond ASCII by count, a space with the letter behind it, and repetitions as pairs."""
    out, at = bytearray(), 0
    while at < len(part):
        for length in range(10, 2, -1):
            found = part.rfind(part[at : at + length], 0, at)
            if at + length <= len(part) and found >= 0 and at - found < 2048:
                out += (0x8000 | (at - found) << 3 | length - 3).to_bytes(2)
                at += length
                break
        else:
            if part[at] == 0x20 and at + 1 < len(part) and 0x40 <= part[at + 1] < 0x80:
                out.append(part[at + 1] ^ 0x80)
                at += 2
            elif part[at] >= 0x80 or 1 <= part[at] <= 8:
                out += bytes((1, part[at]))
                at += 1
            else:
                out.append(part[at])
                at += 1
    return bytes(out)


def huffman() -> list[bytes]:
    """Codes of eight bits each: the byte itself, counted from above, for 256 phrases of one byte."""
    table = b"HUFF\0\0\0\x18" + struct.pack(">4I", 24, 24 + 1024, 0, 0)
    table += struct.pack(">256I", *[255 << 8 | 0x80 | 8] * 256) + struct.pack(">64I", *[0] * 64)
    offsets = struct.pack(">256H", *(512 + 3 * n for n in range(256)))
    phrases = b"".join(struct.pack(">H", 0x8001) + bytes([n]) for n in range(256))
    return [table, b"CDIC\0\0\0\x10" + struct.pack(">II", 256, 8) + offsets + phrases]


def test_a_book_of_pages_whose_words_follow_their_frames(tmp_path: Path) -> None:
    """As .azw3 has them: each page first without its words, which come behind its end."""
    pages = "".join(
        f"<html><head><title>NO</title></head><body></body></html><h1>{n}</h1><p>The words of {n}.</p>" for n in (1, 2)
    )
    (tmp_path / "a.azw3").write_bytes(book(pages.encode(), 2, 65001, version=8))
    assert read(tmp_path / "a.azw3").text == "1\n\nThe words of 1.\n\n2\n\nThe words of 2."


@pytest.mark.parametrize("packing", [1, 2, 17480])
@pytest.mark.parametrize(("encoding", "name"), [(65001, "utf-8"), (1252, "cp1252")])
@pytest.mark.parametrize("extra", [0, 1, 2, 3])
def test_a_book(tmp_path: Path, packing: int, encoding: int, name: str, extra: int) -> None:
    (tmp_path / "a.mobi").write_bytes(book(PAGE.encode(name), packing, encoding, extra))
    assert read(tmp_path / "a.mobi").text == TEXT


def test_a_protected_or_damaged_book_is_refused(tmp_path: Path) -> None:
    whole = book(PAGE.encode(), 2, 65001)
    (tmp_path / "a.azw3").write_bytes(book(PAGE.encode(), 2, 65001, protected=2))
    with pytest.raises(TextError, match="protected against copying"):
        read(tmp_path / "a.azw3")
    for content in (b"no book", whole[:200], whole[:78] + b"\xff" * 40 + whole[118:]):
        (tmp_path / "b.mobi").write_bytes(content)
        with pytest.raises(TextError, match=r"b\.mobi"):
            read(tmp_path / "b.mobi")
