"""Plain text and Markdown: one file is one document.

Line ends become "\\n". Bytes that fit no encoding become U+FFFD; how many and where is told, never passed over.
"""

import io
import re
from collections.abc import Iterable, Iterator

from ...core.config import TextConfig
from . import encoding
from .reading import PIECE_CHARACTERS, Input, Reading, cut

_escaped = re.compile("[\udc80-\udcff]")
# What UTF-8 looks like to a reader that takes it for an old western encoding: é becomes Ã©, ’ becomes â€™.
_suspicious = re.compile("[ÂÃÄÅÎÏÐÑØÙàáâãäåæð][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
LOOKED_AT = 64 * 1024  # characters
GARBLED_FROM = 3  # letters


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no text, whatever the name says."""
    found = encoding.find(file, options.encoding)
    reading = started(format, found)
    pieces = decoded(file, found.encoding, reading)
    return reading, _document(_mended(pieces, reading) if options.repair else _watched(pieces, reading))


def started(format: str, found: encoding.Found) -> Reading:
    """What is known of a text once its encoding is."""
    name = "utf-8" if found.encoding == "utf-8-sig" else found.encoding
    return Reading(format, name, found.confidence, [found.warning] if found.warning else [])


def decoded(file: Input, name: str, reading: Reading) -> Iterator[str]:
    """The file's characters in pieces, line ends as they will be. Counts in ``reading`` what could not be decoded."""
    wide = name.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
    bad = 0, 0  # how many, and in which line the first
    lines = 0
    # Bytes that fit nothing come as lone surrogates, so that a U+FFFD of the author's own is not counted.
    errors = "replace" if wide else "surrogateescape"
    with io.TextIOWrapper(file.open(), encoding=name, errors=errors, newline=None) as opened:
        while piece := opened.read(PIECE_CHARACTERS):
            if not piece.isascii():
                found = piece.count("\ufffd") if wide else len(_escaped.findall(piece))
                if found:
                    piece = _escaped.sub("\ufffd", piece)
                    first = lines + piece[: piece.find("\ufffd")].count("\n") + 1
                    bad = bad[0] + found, bad[1] or first
            lines += piece.count("\n")
            yield piece
    if bad[0]:
        counted = "byte is" if bad[0] == 1 else "bytes are"
        reading.warnings.append(
            f"{bad[0]:,} {counted} no proper {name}, the first in line {bad[1]:,}; each became “\ufffd”."
        )


def _watched(pieces: Iterable[str], reading: Reading) -> Iterator[str]:
    """Tells when a text looks as if it had been read in a wrong encoding once."""
    left, found = LOOKED_AT, 0
    for piece in pieces:
        if left > 0 and not piece.isascii():
            before = found
            found += len(_suspicious.findall(piece))
            if before < GARBLED_FROM <= found:
                garbled = _suspicious.findall(piece)[0]
                example = f" (“{garbled}” for “{mended(garbled)}”)" if mended(garbled) != garbled else ""
                reading.warnings.append(f"Some letters look garbled{example}. “Repair garbled letters” mends them.")
        left -= len(piece)
        yield piece


def _mended(pieces: Iterable[str], reading: Reading) -> Iterator[str]:
    rest, lines = "", 0
    for piece in pieces:
        whole, end, rest = (rest + piece).rpartition("\n")
        parts = (whole + end).splitlines(keepends=True)
        if len(rest) > PIECE_CHARACTERS:
            parts, rest = [*parts, rest], ""
        new = [mended(part) for part in parts]
        lines += sum(a != b for a, b in zip(parts, new, strict=True))
        yield from cut("".join(new))
    if rest:
        lines += mended(rest) != rest
        yield from cut(mended(rest))
    if lines:
        reading.warnings.append(f"Garbled letters in {lines:,} lines were repaired.")


def mended(text: str) -> str:
    """The text with letters as they were before a wrong encoding garbled them; unchanged where nothing is wrong."""
    if text.isascii() or not _suspicious.search(text):
        return text
    import ftfy  # half a second, and most texts need it never

    return ftfy.fix_encoding(text)


def _document(pieces: Iterator[str]) -> Iterator[str | None]:
    yield from pieces
    yield None
