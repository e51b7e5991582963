"""Plain text and Markdown: one file is one document.

Line ends become "\\n". Bytes that fit no encoding become U+FFFD; how many and where is told, never passed over.
"""

import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from ...core.config import TextConfig
from . import encoding, mixture
from .reading import INVISIBLE, PIECE_CHARACTERS, Input, Reading, about_unreadable, counted, cut, surrogates

WITH_NOTES = (".fountain", ".tex", ".org", ".md", ".markdown")  # endings of texts with notes of their authors
_day = re.compile(r"[A-Z][a-z]{2} \d\d, \d{4} ")
_escaped = re.compile("[\udc80-\udcff]")


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no text, whatever the name says."""
    with file.open() as opened:
        if opened.read(8).lstrip(b"\xef\xbb\xbf").startswith(b"{\\rtf"):
            from . import rtf  # only for the few texts that need it

            return rtf.read(file, "rtf", options)
    found = encoding.find(file, options.encoding)
    reading = started(format, found)
    pieces = decoded(file, found.encoding, reading)
    head = next(pieces, "")
    whole = chain((head,), pieces) if head else pieces
    if _may_be_marked(head):
        from . import marked  # only for the few texts that need it

        if (documents := marked.read(head, whole, file, options, reading)) is not None:
            return reading, documents
    if file.name.lower().removesuffix(".gz").endswith(WITH_NOTES):
        from . import source  # only for the few texts that need it

        whole = source.read(whole, file, options, reading)
    return reading, _document(whole)


def _may_be_marked(head: str) -> bool:
    """A quick look at whether the text may be made of messages or documents with marks between them."""
    first = head.lstrip()[:1]
    is_chat = any(name in head[:100] for name in ("카카오톡", "KakaoTalk", "Conversation: ")) or _day.match(
        head.lstrip()
    )
    return first.isdigit() or first in ("[", *INVISIBLE) or bool(is_chat) or "<|" in head or "==========" in head


def started(format: str, found: encoding.Found) -> Reading:
    """What is known of a text once its encoding is."""
    name = "utf-8" if found.encoding == "utf-8-sig" else found.encoding
    return Reading(format, name, found.confidence, [found.warning] if found.warning else [])


def decoded(file: Input, name: str, reading: Reading) -> Iterator[str]:
    """The file's characters in pieces, line ends as they will be. Counts in ``reading`` what could not be decoded."""
    if mixture.other_in(name):
        with file.open() as opened:
            yield from _joined(mixture.decoded(opened, name), name, reading)
        return
    wide = name.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
    bad = 0, 0  # how many, and in which line the first
    lines = 0
    # Bytes that fit nothing come as lone surrogates, so that a U+FFFD of the author's own is not counted.
    errors = "replace" if wide else "surrogateescape"
    with io.TextIOWrapper(file.open(), encoding=name, errors=errors, newline=None) as opened:
        while piece := _piece(file, name, opened):
            if not piece.isascii():
                found = piece.count("\ufffd") if wide else surrogates(piece)
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


def _piece(file: Input, name: str, opened: io.TextIOWrapper) -> str:
    with encoding.reading_as(file, name):
        return opened.read(PIECE_CHARACTERS)


def _joined(lines: Iterable[tuple[str, bool]], name: str, reading: Reading) -> Iterator[str]:
    """The lines of a file in two encodings as pieces. Counts those in the second one, and what could not be read."""
    foreign = replaced = size = 0
    waiting: list[str] = []
    for text, is_foreign in lines:
        foreign += is_foreign
        replaced += is_foreign and text.count("\ufffd")
        waiting.append(text)
        size += len(text)
        if size > PIECE_CHARACTERS:
            yield from cut("".join(waiting))
            waiting, size = [], 0
    yield from cut("".join(waiting))
    were = f"{counted(foreign, 'line')} {'was' if foreign == 1 else 'were'}"
    reading.warnings.append(f"{were} read as {mixture.other_in(name)}, the others as UTF-8.")
    reading.warnings += about_unreadable(replaced)


def _document(pieces: Iterator[str]) -> Iterator[str | None]:
    yield from pieces
    yield None
