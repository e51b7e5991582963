"""Documents of Word 6 to 2003, .doc: read as if all changes had been accepted.

The format is described by Microsoft in [MS-DOC]. All texts of a document, notes and headers too, stand one behind the
other in one stream, in pieces; a table in another stream says where each of them lies.
"""

import re
import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import NamedTuple

import olefile

from ...core.config import TextConfig
from ...core.errors import TextError
from . import encoding, labels
from .fields import among
from .flow import described
from .reading import Input, Reading, cut, without_surrogates

WHAT = "Word (.doc)"
PARTS = ("text", "notes", "comments", "headers and footers")
USUAL = ("text", "notes")
LARGEST = 256_000_000  # bytes of text
WORD_97 = 193  # a version of the format; before it all was in another order, and letters had one byte
MAGIC = 0xA5DC, 0xA5EC, 0xA697, 0xA698, 0xA699
PROTECTED, OTHER_TABLE = 0x0100, 0x0200
PAGE = 512  # bytes, in which the formatting of letters is written down
BLANK = "\0\r \t"
GONE = "\0"  # stands for each letter that is left out, until all are counted
# Formatting: the number of what is said, and what it says of letters.
kinds = {0x0800: "deleted passage", 0x083C: "hidden passage", 0x6A09: "sign of a picture font"}
_many = {"sign of a picture font": "signs of picture fonts"}
_operands = (1, 1, 2, 4, 2, 2, 0, 3)  # bytes behind the number, by its three highest bits; 0: the next byte says it
_field = re.compile("[\x13\x14\x15]")
_reference = re.compile("\x02[ \t]?")
_blank = re.compile("\n{2,}")
_signs = str.maketrans({"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x0e": "\n", "\x1e": "-", "\x07": "\t"})
_control = re.compile("[\0-\x08\x0b-\x1f]")
_pictures = re.compile("[\x01\x08]")


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the document is damaged, protected or empty."""
    document = _opened(file)
    wanted = among(options.columns, PARTS) or list(USUAL)
    texts = document.texts()
    said = "\n".join(texts[name] for name in PARTS if name in wanted and texts[name])
    if not said.strip():
        pictures = " Pictures of text cannot be read." if document.has_pictures else ""
        raise TextError(f"{file.name} holds no text.{pictures}")
    others = [("comment", "comments"), ("header or footer", "headers and footers")]
    left_out = [(texts[many].count("\n") + 1, one, many) for one, many in others if texts[many] and many not in wanted]
    left_out += [(count, kind, _many.get(kind, f"{kind}s")) for kind, count in document.left_out.items()]
    learnt = tuple(name for name in PARTS if name in wanted)
    reading = Reading(format, document.encoding, warnings=described(left_out), columns=PARTS, learnt=learnt)
    if document.is_damaged:
        reading.warnings.append("It is damaged. What could be found in it was read; a part of it may be missing.")
    return reading, iter([*cut(without_surrogates(said)[0]), None])


def _opened(file: Input) -> "_Document":
    try:
        with file.open() as opened, olefile.OleFileIO(opened) as streams:
            if streams.exists("EncryptedPackage"):
                raise _protected(file)
            if not streams.exists("WordDocument"):
                raise TextError(f"{file.name} holds no text document. Open it in its program and save it as .docx.")
            body = streams.openstream("WordDocument").read(LARGEST)
            magic, version, flags = struct.unpack_from("<HH6xH", body)
            if flags & PROTECTED:
                raise _protected(file)
            if magic not in MAGIC:
                raise ValueError("no text of Word")
            if version < WORD_97:
                return _Document.before_97(file, body)
            name = "1Table" if flags & OTHER_TABLE else "0Table"
            return _Document.of_97(body, streams.openstream(name).read(LARGEST))
    except (OSError, struct.error, IndexError, ValueError, KeyError) as problem:  # olefile's own is an OSError
        raise TextError(f"{file.name} is damaged or no {WHAT} file. Open it in its program and save it again.") from (
            problem
        )


def _protected(file: Input) -> TextError:
    return TextError(f"{file.name} is protected by a password. Save it without one.")


class _Piece(NamedTuple):
    """So many letters that lie one behind the other in the stream, each of one or two bytes."""

    start: int
    letters: int
    wide: bool
    formatting: bytes = b""


@dataclass(slots=True)
class _Document:
    """``whole``: all its texts. ``lengths``: in letters, of the text, notes, headers, what is no text any more,
    comments, notes at the end, boxes and boxes of headers.
    """

    whole: str
    lengths: Sequence[int]
    encoding: str = ""
    left_out: Counter[str] = field(default_factory=Counter)
    is_damaged: bool = False

    @classmethod
    def of_97(cls, body: bytes, table: bytes) -> "_Document":
        start, size = struct.unpack_from("<II", body, 0x1A2)
        pieces = _checked(_pieces(table[start : start + size], packed=True), len(body))
        count = Counter[str]()
        marked = _Marked(body, table, count)
        whole = "".join(marked.letters(piece) for piece in pieces)
        lengths = struct.unpack_from("<8i", body, 76)
        is_damaged = min(lengths) < 0 or abs(sum(lengths) - len(whole)) > 1  # one stands behind all texts
        return cls(whole, lengths, left_out=count, is_damaged=is_damaged)

    @classmethod
    def before_97(cls, file: Input, body: bytes) -> "_Document":
        """Whose letters have one byte; which they are is not said of all the text at once."""
        first, last = struct.unpack_from("<II", body, 24)
        start, size = struct.unpack_from("<II", body, 0x160)
        is_patched = struct.unpack_from("<H", body, 10)[0] & 4
        table = body[start : start + size] if is_patched else b"\2\4\0\0\0\0\0\0\0"
        pieces = _checked(_pieces(table, packed=False), len(body))
        content = b"".join(body[p.start : p.start + p.letters] for p in pieces) or body[first:last]
        found = encoding.find(labels.Part(file.path, content=content.translate(None, bytes(range(9)))))
        name = found.encoding if len(content.decode(found.encoding, "replace")) == len(content) else "cp1252"
        return cls(content.decode(name, "replace"), struct.unpack_from("<8i", body, 0x34), name)

    @property
    def has_pictures(self) -> bool:
        return _pictures.search(self.whole) is not None

    def texts(self) -> dict[str, str]:
        """What each part says, as PARTS call them."""
        ends = [0, *accumulate(max(0, length) for length in self.lengths)]
        body, notes, headers, _, comments, at_end, boxes, _ = (self.whole[a:b] for a, b in pairwise(ends))
        return {
            "text": "\n".join(filter(None, [_plain(body), _dense(boxes)])),
            "notes": "\n".join(filter(None, map(_dense, [notes, at_end]))),
            "comments": _dense(comments),
            "headers and footers": _dense(headers),
        }


class _Marked:
    """Which letters are shown, as their formatting says: deleted and hidden ones are not."""

    def __init__(self, body: bytes, table: bytes, count: Counter[str]) -> None:
        self._body, self._count = body, count
        start, size = struct.unpack_from("<II", body, 0xFA)
        number = max(0, size - 4) // 8
        places = struct.unpack_from(f"<{number}I", table, start + 4 * (number + 1)) if number else ()
        pages = {(place & 0x3FFFFF) * PAGE for place in places}
        self._gone = list(_apart(sorted(run for page in pages for run in self._runs(page) if run[2])))
        self._ends = [end for _, end, _ in self._gone]

    def _runs(self, page: int) -> Iterator[tuple[int, int, str]]:
        """Where letters of one formatting begin and end in the stream, and their kind."""
        count = self._body[page + PAGE - 1]
        borders = struct.unpack_from(f"<{count + 1}I", self._body, page)
        for number, (start, end) in enumerate(pairwise(borders)):
            place = page + 2 * self._body[page + 4 * (count + 1) + number]
            size = self._body[place] if place > page else 0
            yield start, end, _kind(self._body[place + 1 : place + 1 + size])

    def letters(self, piece: _Piece) -> str:
        size = 2 if piece.wide else 1
        content = self._body[piece.start : piece.start + size * piece.letters]
        if piece.wide:
            letters = list(map(chr, struct.unpack(f"<{len(content) // 2}H", content[: len(content) // 2 * 2])))
        else:
            letters = list(content.decode("cp1252", "replace"))
        if kind := _kind(piece.formatting):
            self._leave_out(letters, 0, len(letters), kind)
        behind = piece.start + len(content)
        for number in range(bisect_left(self._ends, piece.start + 1), len(self._gone)):
            start, end, kind = self._gone[number]
            if start >= behind:
                break
            first, last = max(0, start - piece.start), min(end, behind) - piece.start
            self._leave_out(letters, first // size, last // size, kind)
        return "".join(letters)

    def _leave_out(self, letters: list[str], first: int, last: int, kind: str) -> None:
        self._count[kind] += bool("".join(letters[first:last]).strip(BLANK))
        letters[first:last] = [GONE] * (last - first)


def _apart(runs: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Sorted runs, of which none begins before the one before it ends."""
    behind = 0
    for start, end, kind in runs:
        if end > max(start, behind):
            yield max(start, behind), end, kind
            behind = end


def _pieces(table: bytes, packed: bool) -> Iterator[_Piece]:
    """``packed``: pieces may have letters of two bytes, and say which."""
    at, formattings = 0, list[bytes]()
    while table[at] == 1:
        size = struct.unpack_from("<H", table, at + 1)[0]
        formattings.append(table[at + 3 : at + 3 + size])
        at += 3 + size
    if table[at] != 2:
        raise ValueError("no table of pieces")
    number = (struct.unpack_from("<I", table, at + 1)[0] - 4) // 12
    borders = struct.unpack_from(f"<{number + 1}I", table, at + 5)
    for number, (begin, end) in enumerate(pairwise(borders)):
        place, formatting = struct.unpack_from("<2xIH", table, at + 5 + 4 * len(borders) + 8 * number)
        if end < begin:
            raise ValueError("pieces that overlap")
        wide = packed and not place & 0x40000000
        start = (place & 0x3FFFFFFF) // (2 if packed and not wide else 1)
        more = formattings[formatting >> 1] if formatting & 1 and formatting >> 1 < len(formattings) else b""
        yield _Piece(start, end - begin, wide, more)


def _checked(pieces: Iterable[_Piece], size: int) -> list[_Piece]:
    """A text has no more letters than its stream has bytes; with more, it is made to fill the memory."""
    known = list(pieces)
    if sum(piece.letters for piece in known) > size:
        raise ValueError("more letters than bytes")
    return known


def _kind(formatting: bytes) -> str:
    """Why letters of this formatting are not shown; "" where they are."""
    at, kind = 0, ""
    while at + 2 < len(formatting):
        name = formatting[at] | formatting[at + 1] << 8
        size = _operands[name >> 13] or formatting[at + 2] + 1
        if name in kinds:
            is_so = size > 1 or formatting[at + 2] in (1, 0x81)  # 0x81: other than its style is
            kind = kinds[name] if is_so else "" if kind == kinds[name] else kind
        at += 2 + size
    return kind


def _dense(notes: str) -> str:
    """Each a line or more, without the numbers and blank lines between them."""
    return _blank.sub("\n", _plain(_reference.sub("", notes)))


def _plain(text: str) -> str:
    """The words as a person sees them: of fields what they came to, a row of a table in a line."""
    parts, hidden, at = list[str](), list[bool](), 0
    for match in _field.finditer(text):
        if not any(hidden):
            parts.append(text[at : match.start()])
        at = match.end()
        if match[0] == "\x13":
            hidden.append(True)
        elif hidden and match[0] == "\x14":
            hidden[-1] = False
        elif hidden:
            hidden.pop()
    if not any(hidden):
        parts.append(text[at:])
    shown = "".join(parts).replace(GONE, "").replace("\x07\x07", "\n").translate(_signs)
    return _control.sub("", shown).strip("\n")
