"""The header and footer of Project Gutenberg."""

import re
from collections.abc import Iterator
from itertools import chain

from .rule import Finding, Notes, Rule

LICENCE_CHARACTERS = 40_000  # no header or footer of Project Gutenberg is longer
CREDITS_CHARACTERS = 4_000  # nor are the names of those who produced a book

_start_of_book = re.compile(
    r"^[ \t]*(?:\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG(?:[^\n*]*(?:\n[^\n*]+)?\*\*\*)?[^\n]*"
    r"|\*END\*? ?THE SMALL PRINT![^\n]*)\n?",
    re.MULTILINE | re.IGNORECASE,
)
_end_of_book = re.compile(
    r"^[ \t]*(?:\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG"
    r"|(?:This is the )?End of (?:the |this )?Project Gutenberg(?:'s|’s)? )",
    re.MULTILINE | re.IGNORECASE,
)
_credits = re.compile(
    r"\s*(?:(?:Produced|Transcribed|Prepared|Scanned) (?:by|from)\b|E-?text (?:prepared|produced|scanned) by\b"
    r"|This e-?(?:text|book) was (?:prepared|produced|scanned|transcribed))(?:[^\n]|\n(?!\n)){0,1500}(?:\n\n|$)\s*",
    re.IGNORECASE,
)

# What stands in every header and in every licence, and in no essay that only quotes the lines around a book.
_header = re.compile(
    r"\A\W*(?:this is )?(?:the )?project gutenberg(?:['’]s|™|-tm)? (?:e-?book|e-?text|[^\n]{1,80}, by\b)"
    r"|^(?:title|author|release date|posting date|language|character set encoding): "
    r"|this e-?(?:book|text) is for the use of anyone|the small print!|copyright laws are changing",
    re.MULTILINE | re.IGNORECASE,
)
_licence = re.compile(
    r"project gutenberg(?:™|-tm| literary archive|['’]?s? (?:e-?books?|e-?texts?) )|full (?:project gutenberg )?license"
    r"|updated editions will replace|this file should be named|gutenberg\.(?:org|net)/|general terms of use",
    re.IGNORECASE,
)


def without_licence(pieces: Iterator[str], notes: Notes, found: Finding) -> Iterator[str]:
    """Drops what stands before a START line and after an END line; books that follow each other are all kept.

    What may be a licence is held until it is known: one that never ends is none, and passes.
    """
    held, state = "", "start"
    for piece in chain(pieces, (None,)):
        text, held = held + (piece or ""), ""
        while text:
            if state == "book":
                marker = _end_of_book.search(text) if _is_marked(text) else None
                if not marker:
                    yield text
                    break
                yield text[: marker.start()]
                text, state = text[marker.start() :], "end"
                continue
            marker = _start_of_book.search(text) if _is_marked(text) else None
            if piece is not None and len(text) <= (marker.end() + CREDITS_CHARACTERS if marker else LICENCE_CHARACTERS):
                held = text
                break
            around = text[: marker.start()] if marker else text
            if (marker or (state == "end" and piece is None)) and _is_known(around, state):
                end = _after_credits(text, marker.end()) if marker else len(text)
                found.add(1, text[:end], "")
                text = text[end:]
            elif state == "end":  # The book only speaks of it.
                end = text.find("\n") + 1 or len(text)
                yield text[:end]
                text = text[end:]
            state = "book"


def _is_known(text: str, state: str) -> bool:
    """Whether what stands before a START line, or after an END line, is what Project Gutenberg puts there."""
    if state == "start":
        return not text.strip() or bool(_header.search(text))
    rest = "\n".join(line for line in text.split("\n") if not _end_of_book.match(line))
    return not rest.strip() or bool(_licence.search(rest) or _header.search(rest))


def _is_marked(text: str) -> bool:
    return "GUTENBERG" in text or "Gutenberg" in text or "SMALL PRINT" in text


def _after_credits(text: str, position: int) -> int:
    while match := _credits.match(text, position):
        position = match.end()
    return position


RULES = (Rule("gutenberg", without_licence),)
