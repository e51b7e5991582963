"""Characters that nobody sees, and letters that are written in two ways."""

import re
import unicodedata
from collections.abc import Iterator

from ...core import line_ends
from .rule import Finding, Notes, Rule, composed

# The joiners U+200C and U+200D and the variation selectors are no noise: emoji, Persian and Indic need them.
_invisible = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffc\ufffe\uffff]"  # a class beyond U+FFFF would be many times slower
)
_control = re.compile("[\0-\x08\x0e-\x1f\x7f]")
_right_to_left = re.compile("[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")
_direction_marks = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_parted_by_zero_width = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer
_odd_line_end = re.compile(f"((?<=\n)\f+|\f+(?=\n))|\f+|\r\n?|[{line_ends.ODD}]")


def visible(piece: str) -> str:
    if not (_control if piece.isascii() else _invisible).search(piece):
        return piece
    kept = _direction_marks if _right_to_left.search(piece) else ""
    kept += "\u200b" if _parted_by_zero_width.search(piece) else ""
    # A soft hyphen at a line end parts a word for good: it becomes the hyphen that it looked like.
    return _invisible.sub(lambda found: found[0] if found[0] in kept else "", piece.replace("\xad\n", "-\n"))


def without_invisible(pieces: Iterator[str], notes: Notes, found: Finding) -> Iterator[str]:
    for piece in pieces:
        mended = visible(piece)
        if mended != piece:
            found.add(max(1, len(piece) - len(mended)), piece, mended)
        yield mended


def in_one_form(pieces: Iterator[str], notes: Notes, found: Finding) -> Iterator[str]:
    last = "\n"
    for piece in pieces:
        mended, count = piece, 0
        if any(odd in piece for odd in "\f\r" + line_ends.ODD):
            # A form feed beside a line end adds none, and the piece before may have ended in one.
            mended, count = _odd_line_end.subn(lambda odd: "" if odd[1] else "\n", last + piece)
            mended = mended[1:]
        if not unicodedata.is_normalized("NFC", mended):
            count += sum(not unicodedata.is_normalized("NFC", line) for line in mended.split("\n"))
            mended = composed(mended)
        if count:
            found.add(count, piece, mended)
        last = piece[-1:] or last
        yield mended


RULES = (Rule("invisible", without_invisible), Rule("unicode", in_one_form))
