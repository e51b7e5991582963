"""Finds the encoding of a text: byte-order mark, then strict UTF-8 over the whole file, then the best guess."""

import codecs
from dataclasses import dataclass

import charset_normalizer

from ..errors import TextError
from .reading import Input

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


@dataclass(frozen=True, slots=True)
class Found:
    """``confidence``: 0 to 1. ``warning``: a sentence for the user, empty when there is no doubt."""

    encoding: str
    confidence: float = 1.0
    warning: str = ""


def find(file: Input, wanted: str = "") -> Found:
    """The encoding of the file; ``wanted`` overrides. Raises TextError when the content is no text."""
    with file.open() as opened:
        head = opened.read(SAMPLE_BYTES)
    for magic, what in binaries:
        if head.startswith(magic):
            raise TextError(f"{file.name} is {what}, not plain text. Export it as .txt and add that.")
    if wanted:
        return Found(wanted)
    encoding, warning = _encoding(file, head)
    return Found(encoding, 0.5 if warning else 1.0, warning)


def _encoding(file: Input, head: bytes) -> tuple[str, str]:
    for mark, encoding in marks:
        if head.startswith(mark):
            return encoding, ""
    if b"\x00" in head:
        return _wide(file, head), ""
    wrong = _first_invalid_byte(file)
    if wrong is None:
        _refuse_control_characters(file, head)
        return "utf-8", ""
    sample = _around(file, wrong)
    best = charset_normalizer.from_bytes(sample).best()
    if best is None:
        raise TextError(f"{file.name} is no text in any known encoding. Save it as UTF-8 and add it again.")
    # Several old encodings fit western texts; the one of Windows is by far the most common.
    encoding = "cp1252" if best.language in western and _decodes(sample, "cp1252") else best.encoding
    return encoding, f"Byte {wrong:,} is not UTF-8, so the text was read as {encoding}. Check the preview."


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _wide(file: Input, head: bytes) -> str:
    # UTF-16 of European text has a zero in nearly every second byte, on one side only.
    even, odd = head[0::2].count(0) / len(head), head[1::2].count(0) / len(head)
    if odd > 0.2 and even < 0.02:
        return "utf-16-le"
    if even > 0.2 and odd < 0.02:
        return "utf-16-be"
    raise TextError(f"{file.name} is not a text file: it contains zero bytes. Export it as .txt and add that.")


def _first_invalid_byte(file: Input) -> int | None:
    decoder, position = codecs.getincrementaldecoder("utf-8")(), 0
    with file.open() as opened:
        while True:
            block = opened.read(64 * 1024)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as problem:
                return position - waiting + problem.start
            if not block:
                return None
            position += len(block)


def _around(file: Input, position: int) -> bytes:
    with file.open() as opened:
        opened.seek(max(0, position - SAMPLE_BYTES // 2))
        return opened.read(SAMPLE_BYTES)


def _refuse_control_characters(file: Input, head: bytes) -> None:
    control = sum(head.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13, 27))
    if control > len(head) * 0.1:
        raise TextError(f"{file.name} is not a text file. Export it as .txt and add that.")
