"""Plain text and Markdown: one file is one document.

Encoding: byte-order mark, then strict UTF-8 over the whole file, then the best guess with a warning. Line ends become
"\\n". Bytes that fit no encoding become U+FFFD and are counted in a warning, never dropped in silence.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path

import charset_normalizer

from ..errors import TextError
from .reading import Reading

PIECE_CHARACTERS = 16_384  # at most 64 KB in any encoding
SAMPLE_BYTES = 256 * 1024

marks = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
western = {"English", "French", "German", "Spanish", "Italian", "Portuguese", "Dutch", "Swedish", "Danish", "Norwegian"}
binaries = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\x1f\x8b", "a compressed file"),
)


def read(path: Path, kind: str) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no text, whatever the name says."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    for magic, what in binaries:
        if head.startswith(magic):
            raise TextError(f"{path.name} is {what}, not plain text. Export it as .txt and add that.")
    encoding, warning = _encoding(path, head)
    reading = Reading(kind, "utf-8" if encoding == "utf-8-sig" else encoding, [warning] if warning else [])
    return reading, _pieces(path, encoding, reading)


def _encoding(path: Path, head: bytes) -> tuple[str, str]:
    for mark, encoding in marks:
        if head.startswith(mark):
            return encoding, ""
    if b"\x00" in head:
        return _wide(path, head), ""
    wrong = _first_invalid_byte(path)
    if wrong is None:
        _refuse_control_characters(path, head)
        return "utf-8", ""
    sample = _around(path, wrong)
    best = charset_normalizer.from_bytes(sample).best()
    if best is None:
        raise TextError(f"{path.name} is no text in any known encoding. Save it as UTF-8 and add it again.")
    # Several old encodings fit western texts; the one of Windows is by far the most common.
    encoding = "cp1252" if best.language in western and _decodes(sample, "cp1252") else best.encoding
    return encoding, f"Byte {wrong:,} is not UTF-8, so the text was read as {encoding}. Check the preview."


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _wide(path: Path, head: bytes) -> str:
    # UTF-16 of European text has a zero in nearly every second byte, on one side only.
    even, odd = head[0::2].count(0) / len(head), head[1::2].count(0) / len(head)
    if odd > 0.2 and even < 0.02:
        return "utf-16-le"
    if even > 0.2 and odd < 0.02:
        return "utf-16-be"
    raise TextError(f"{path.name} is not a text file: it contains zero bytes. Export it as .txt and add that.")


def _first_invalid_byte(path: Path) -> int | None:
    decoder, position = codecs.getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as file:
        while True:
            block = file.read(64 * 1024)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as problem:
                return position - waiting + problem.start
            if not block:
                return None
            position += len(block)


def _around(path: Path, position: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, position - SAMPLE_BYTES // 2))
        return file.read(SAMPLE_BYTES)


def _refuse_control_characters(path: Path, head: bytes) -> None:
    control = sum(head.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13, 27))
    if control > len(head) * 0.1:
        raise TextError(f"{path.name} is not a text file. Export it as .txt and add that.")


def _pieces(path: Path, encoding: str, reading: Reading) -> Iterator[str | None]:
    replaced = 0
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while piece := file.read(PIECE_CHARACTERS):
            replaced += piece.count("\ufffd")
            yield piece
    if replaced:
        reading.warnings.append(f"{replaced:,} unreadable characters were replaced by “\ufffd”.")
    yield None
