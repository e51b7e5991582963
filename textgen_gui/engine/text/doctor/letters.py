"""Characters that nobody sees, letters that are written in two ways, and data that is no text."""

import re
import unicodedata
from collections.abc import Iterator

from .kinds import Finding, Notes, composed

LONG_RUN = 1000  # characters without white space

# The joiners U+200C and U+200D and the variation selectors are no noise: emoji, Persian and Indic need them.
_invisible = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffc\ufffe\uffff]"  # a class beyond U+FFFF would be many times slower
)
_control = re.compile("[\0-\x08\x0e-\x1f\x7f]")
_right_to_left = re.compile("[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")
_direction_marks = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_parted_by_zero_width = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer
_odd_line_end = re.compile("((?<=\n)\f+|\f+(?=\n))|\f+|\r\n?|[\v\x85\u2028\u2029]")


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
        if any(odd in piece for odd in "\f\r\v\x85\u2028\u2029"):
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


_long_run = re.compile(rf"(?<!\S)\S{{{LONG_RUN + 1},}}|\A\S+")


def without_long_runs(pieces: Iterator[str], notes: Notes, found: Finding) -> Iterator[str]:
    inside = False  # what was taken out reached the end of the piece before
    for piece in pieces:
        if inside or _may_hold_run(piece):
            end = 0
            kept = []
            for run in _long_run.finditer(piece):
                goes_on = inside and run.start() == 0
                if (goes_on and run[0].isascii()) or (len(run[0]) > LONG_RUN and _is_data(run[0])):
                    kept.append(piece[end : run.start()])
                    found.add(len(run[0]), run[0], "")
                    end = run.end()
            inside = end == len(piece)
            piece = "".join((*kept, piece[end:]))
        yield piece


def _may_hold_run(piece: str) -> bool:
    """A quick look: a long run covers one of these places wholly."""
    half = LONG_RUN // 2
    places = range(0, len(piece) - half + 1, half)
    return any(piece.find(" ", at, at + half) < 0 and piece.find("\n", at, at + half) < 0 for at in places)


def _is_data(run: str) -> bool:
    """Base64, hexadecimal or packed code: not a row of dashes, not a gene, not a script that needs no spaces."""
    plain = len(run.encode("ascii", "ignore"))
    return plain > 0.9 * len(run) and len(set(run)) >= 16 and any(digit in run for digit in "0123456789")
