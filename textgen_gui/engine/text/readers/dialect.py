"""How a table is written: what parts its cells, and whether quotation marks are signs of the table or of its text."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

ROWS, LINES = 100, 400  # looked at
NO_DELIMITER = "\x1f"  # of a table with a single column: whatever its sign, it stands in no text
# So many of the rows have the usual number of cells in a table; else what seem to be cells are parts of sentences,
# where a space follows each comma.
ROWS_ALIKE, IN_SENTENCES = 0.5, 0.95
_announced = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_escaped = re.compile(r'(?<!\\)\\"')


@dataclass(frozen=True, slots=True)
class Dialect:
    """``announced``: the first line says what parts the cells, and is no row. ``escaped``: a quotation mark inside a
    cell is written with a backslash before it. ``spaced``: a space stands before the mark that opens a cell."""

    delimiter: str
    quoted: bool = True
    escaped: bool = False
    announced: bool = False
    spaced: bool = False

    @property
    def quoting(self) -> Literal[0, 3]:
        return csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE

    def doubled(self, line: str) -> str:
        """The line with quotation marks inside cells as the csv module expects them."""
        return _escaped.sub('""', line) if self.escaped and '\\"' in line else line


def find(head: str, candidates: str) -> Dialect:
    """The dialect in which the first rows of a table have the same number of cells most often."""
    head = "\n".join(head.replace("\0", "").split("\n", LINES)[:LINES])
    if match := _announced.match(head):
        return _of_sign(head[match.end() :], match[1], announced=True)
    dialects = [_of_sign(head, sign) for sign in candidates]
    best = max(dialects, key=lambda dialect: _regular(_rows(head, dialect)).rank)
    in_sentences = len(_in_sentence(best.delimiter).findall(head)) == head.count(best.delimiter)
    in_sentences = in_sentences and ('"' not in head or not _is_proper(head, best.delimiter))
    share = _regular(_rows(head, best)).share
    return best if share >= (IN_SENTENCES if in_sentences else ROWS_ALIKE) else _of_sign(head, NO_DELIMITER)


def _of_sign(head: str, sign: str, announced: bool = False) -> Dialect:
    quoted = Dialect(sign, announced=announced, spaced=_is_spaced(head, sign))
    if '"' not in head:
        return quoted
    bare = Dialect(sign, quoted=False, announced=announced)
    rows, plain = _regular(_rows(head, quoted)), _regular(_rows(head, bare))
    escaped = replace(quoted, escaped=True)
    has_quoted_cells = head.startswith('"') or f'{sign}"' in head or '\n"' in head
    if '\\"' in head and has_quoted_cells and _regular(_rows(head, escaped)).share >= max(rows.share, plain.share):
        return escaped
    if sign == NO_DELIMITER:
        return quoted if _is_proper(head, sign) else bare
    if plain.width > 1 and plain.share >= rows.share and not _consistent(head, sign):
        return bare
    return quoted


def _in_sentence(sign: str) -> "re.Pattern[str]":
    """The sign as it stands in sentences: before a space, perhaps with quotation marks between."""
    return re.compile(rf'{re.escape(sign)}"?(?=[ \n]|\Z)')


def _is_proper(head: str, sign: str) -> bool:
    """Whether nothing stands behind the quotation mark that closes a cell."""
    try:
        for _ in csv.reader((f"{line}\n" for line in head.split("\n")), delimiter=sign, strict=True):
            pass
    except csv.Error as problem:
        return "unexpected end" in str(problem)  # the head is only the beginning
    return True


@dataclass(frozen=True, slots=True)
class _Regular:
    """How regular rows are: their usual width, the share of rows that have it, and the cells in them."""

    width: int
    share: float
    cells: int

    @property
    def rank(self) -> tuple[bool, float, int]:
        return self.cells > 0, round(self.share, 1), self.cells


def _regular(rows: Sequence[Sequence[str]]) -> _Regular:
    widths = Counter(map(len, rows))
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return _Regular(1, 1.0, 0)
    width = max(wide, key=lambda width: wide[width] * width)
    return _Regular(width, wide[width] / len(rows), wide[width] * width)


def _rows(head: str, dialect: Dialect) -> list[list[str]]:
    lines = (dialect.doubled(f"{line}\n") for line in head.split("\n"))
    try:
        reader = csv.reader(
            lines, delimiter=dialect.delimiter, quoting=dialect.quoting, skipinitialspace=dialect.spaced
        )
        return list(islice(filter(None, reader), ROWS))
    except csv.Error:
        return []


def _is_spaced(head: str, sign: str) -> bool:
    """Whether all marks behind a space open cells, and none of them a word of a sentence."""
    end = re.escape(sign)
    opened = rf'{end} "(?!")'
    count = len(re.findall(opened, head)) if f'{sign} "' in head else 0
    return 0 < count == len(re.findall(rf'{opened}(?:[^"]|"")*"[ \t]*(?={end}|\n|\Z)', head))


def _consistent(head: str, sign: str) -> bool:
    """Whether every cell that begins with a quotation mark ends with one, and those inside it are written twice."""
    cells = (cell for line in head.split("\n") for cell in line.split(sign) if cell.startswith('"'))
    return all(
        len(cell) > 1 and cell.endswith('"') and '"' not in cell[1:-1].replace('""', "").replace('\\"', "")
        for cell in map(str.rstrip, cells)
    )
