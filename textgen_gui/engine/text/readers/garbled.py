"""Letters that a wrong encoding has garbled, in a text of any format: noticed always, mended when wished."""

import re
from collections.abc import Iterable, Iterator

from .reading import PIECE_CHARACTERS, Reading, counted, cut

# What UTF-8 looks like to a reader that takes it for an old western encoding: é becomes Ã©, ’ becomes â€™.
_suspicious = re.compile("[ÂÃÄÅÎÏÐÑØÙàáâãäåæð][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
LOOKED_AT = 64 * 1024  # characters
GARBLED_FROM = 3  # letters


def watched(pieces: Iterable[str | None], reading: Reading) -> Iterator[str | None]:
    """Tells when a text looks as if it had been read in a wrong encoding once."""
    left, found, source = LOOKED_AT, 0, iter(pieces)
    for piece in source:
        if piece:
            if not piece.isascii():
                before = found
                found += len(_suspicious.findall(piece))
                if before < GARBLED_FROM <= found:
                    garbled = _suspicious.findall(piece)[0]
                    example = f" (“{garbled}” for “{repaired(garbled)}”)" if repaired(garbled) != garbled else ""
                    reading.warnings.append(f"Some letters look garbled{example}. “Repair garbled letters” mends them.")
            left -= len(piece)
        yield piece
        if left <= 0:
            break
    yield from source


def mended(pieces: Iterable[str | None], reading: Reading) -> Iterator[str | None]:
    """The text with each line repaired. Counts the lines."""
    rest, lines = "", 0
    for piece in pieces:
        if piece is None:
            lines += repaired(rest) != rest
            yield from cut(repaired(rest))
            yield None
            rest = ""
            continue
        whole, end, rest = (rest + piece).rpartition("\n")
        parts = (whole + end).splitlines(keepends=True)
        if len(rest) > PIECE_CHARACTERS:
            parts, rest = [*parts, rest], ""
        new = [repaired(part) for part in parts]
        lines += sum(a != b for a, b in zip(parts, new, strict=True))
        yield from cut("".join(new))
    if lines:
        reading.warnings.append(f"Garbled letters in {counted(lines, 'line')} were repaired.")


def repaired(text: str) -> str:
    """The text with letters as they were before a wrong encoding garbled them; unchanged where nothing is wrong."""
    if text.isascii() or not _suspicious.search(text):
        return text
    import ftfy  # half a second, and most texts need it never

    return ftfy.fix_encoding(text)
