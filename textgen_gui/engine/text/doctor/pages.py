"""Page numbers and running heads: found in a first pass over the text, taken out in the second."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from .rule import Finding, PageLine, Rule

NOTED_LINES = 200_000  # page numbers and running heads of one text, about 40 MB
SHORT_LINE = 80  # characters; running heads are shorter
ENOUGH_PAGES = 5  # so many numbers or heads must follow each other


class Line(NamedTuple):
    """A line with something on it; two without follow the last. ``gap`` before it: 1 blank or no line, 2 a new page."""

    start: int
    end: int
    text: str
    gap: int
    page: int


edge = Line(0, 0, "", 1, 0)
_page_number = re.compile(
    r"(?P<word>(?i:page|pagina|página|seite|[ps]\.) ?)?[-–—\[(|~ ]*"
    r"(?:(?P<digits>\d{1,5})|(?P<small>[ivxlcdm]{1,10})|(?P<large>[IVXLCDM]{1,10}))"
    r"[-–—\])|~ ]*(?P<of>(?i:of|/|von|de|sur) ?\d{1,5})?",
    re.ASCII,
)
_numbered_head = re.compile(r"(\d{1,5})\s+(\D{3,})|(\D{3,}?)\s+(\d{1,5})", re.ASCII)
_letter = re.compile(r"[^\W\d_]")
_roman = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}


def lines_of(pieces: Iterator[str]) -> Iterator[Line]:
    position, page, gap = 0, 0, 1
    for piece in pieces:
        for line in piece.splitlines(keepends=True):
            text, new_page = line.strip(), "\f" in line
            if text:
                yield Line(position, position + len(line), text, gap, page)
                gap = 0
            page += new_page
            gap = 2 if new_page else gap if text else max(gap, 1)
            position += len(line)
    # The end of the document also ends its last page.
    yield from (edge._replace(gap=2 if page else 1), edge)


def page_lines_of(lines: Iterator[Line]) -> Iterator[PageLine]:
    """The lines of a document that its pages brought in, in no order."""
    rows, seen, around = _Rows(), Counter[str](), deque([edge], maxlen=4)
    for line in lines:
        around.append(line)
        if len(around) < 4 or not _is_short(around[1]):
            continue
        key = around[1].text.casefold()
        style, found = _suspect(*around)
        if found:
            rows.add(style, found)
        if key in seen or (style == key and len(seen) < NOTED_LINES):
            seen[key] += 1
    for style, row in rows.proven():
        # Names of speakers stand at the head of a page as well, but not only there.
        if 2 * len(row) >= seen[style]:
            yield from row


def _suspect(before: Line, line: Line, after: Line, beyond: Line) -> tuple[str, PageLine | None]:
    """The line if it may be a page number or a running head, and what others like it have in common."""
    at_break = 2 in (line.gap, after.gap)
    begins = line.gap or (_is_short(before) and before.gap)
    ends = after.gap or (_is_short(after) and beyond.gap)
    if not (at_break or (begins and ends and (line.gap or after.gap))):
        return "", None
    style, number, told = _number(line.text)
    rule = "page_numbers" if style else "running_heads"
    if not style:
        style, number = _head(line, before, after, at_break)
    if not style:
        return "", None
    near_break = at_break or (_is_short(before) and before.gap == 2) or (_is_short(after) and beyond.gap == 2)
    interrupts = _goes_on(before, after) or (_is_short(after) and beyond.gap > 0 and _goes_on(before, beyond))
    # A sentence that was interrupted becomes one again; else the paragraphs stay apart.
    start = before.end if interrupts and before.text else line.start
    end = after.start if after.text and (interrupts or line.gap == 1) else line.end
    return style, PageLine(start, end, rule, number, line.page if near_break else 0, interrupts or told)


def _head(line: Line, before: Line, after: Line, at_break: bool) -> tuple[str, int]:
    """The words of a running head and the number of its page, in whatever way pages are counted there."""
    if found := _numbered_head.fullmatch(line.text):
        return (found[2] or found[3]).casefold(), int(found[1] or found[4])
    number = line.page if at_break else _number(before.text)[1] or _number(after.text)[1]
    return (line.text.casefold(), number) if _letter.search(line.text) and (at_break or number) else ("", 0)


def _is_short(line: Line) -> bool:
    return 0 < len(line.text) < SHORT_LINE


def _goes_on(before: Line, after: Line) -> bool:
    """Whether a sentence goes on from one line to the other: by a small letter, or in scripts that know no others."""
    first, last = after.text[:1], before.text[-1:]
    return first.islower() or (first.isalpha() and last.isalpha() and first.lower() == first.upper())


def _number(text: str) -> tuple[str, int, bool]:
    """How a page number is written, its value, and whether words tell that it is one; an empty style if it is none."""
    found = _page_number.fullmatch(text) if len(text) <= 30 else None
    if not found:
        return "", 0, False
    style = next(name for name in ("digits", "small", "large") if found[name])
    values = [_roman[letter] for letter in (found["small"] or found["large"] or "").lower()]
    roman = sum(-one if one < after else one for one, after in pairwise([*values, 0]))
    return style, int(found["digits"] or roman), bool(found["word"] or found["of"])


class _Rows:
    """Suspects in rows of rising numbers, with text between them. What belongs to no row is soon forgotten."""

    def __init__(self) -> None:
        self._open: dict[str, list[list[PageLine]]] = {}
        self._closed: list[tuple[str, list[PageLine]]] = []
        self._held = 0

    def add(self, style: str, line: PageLine) -> None:
        if self._held >= NOTED_LINES:
            return
        self._held += 1
        rows = self._open.setdefault(style, [])
        for index in reversed(range(len(rows))):
            last = rows[index][-1]
            if 0 < line.number - last.number <= 5 and line.start - last.end >= 40:
                rows.append(rows.pop(index))
                rows[-1].append(line)
                return
        rows.append([line])
        if len(rows) > 16:
            self._close(style, rows.pop(0))

    def _close(self, style: str, row: list[PageLine]) -> None:
        if _is_proven(row):
            self._closed.append((style, row))
        else:
            self._held -= len(row)

    def proven(self) -> list[tuple[str, list[PageLine]]]:
        for style, rows in self._open.items():
            for row in rows:
                self._close(style, row)
        return self._closed


def _is_proven(row: list[PageLine]) -> bool:
    """Chapters and poems are numbered too. But they never interrupt a sentence, nor begin on every page."""
    proofs = row[0].proven + sum(line.proven or _keeps_step(last, line) for last, line in pairwise(row))
    return len(row) >= ENOUGH_PAGES and 3 * proofs >= len(row)


def _keeps_step(last: PageLine, line: PageLine) -> bool:
    return 0 < line.number - last.number == line.page - last.page <= 2


def without(lines: list[PageLine], pieces: Iterator[str], findings: dict[str, Finding]) -> Iterator[str]:
    position, waiting = 0, deque(lines)
    for piece in pieces:
        kept, here, end = [], position, position + len(piece)
        while waiting and waiting[0].start < end:
            line = waiting[0]
            kept.append(piece[here - position : max(here, line.start) - position])
            here = min(end, max(here, line.end))
            if line.end > end:
                break
            waiting.popleft()
            start, stop = max(0, line.start - position), here - position
            before, after = piece[max(0, start - 80) : start], piece[stop : stop + 80]
            findings[line.rule].add(1, before + piece[start:stop] + after, before + after)
        yield "".join((*kept, piece[here - position :]))
        position = end


RULES = (Rule("page_numbers", None, notes=True), Rule("running_heads", None, notes=True))
