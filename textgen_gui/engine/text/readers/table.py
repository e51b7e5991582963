"""Tables, .csv and .tsv: each row is a document, made of the chosen columns."""

import csv
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from ...core.config import TextConfig
from ...core.errors import TextError
from . import dialect, encoding, prose
from .dialect import Dialect
from .fields import choose, field_token, told, without_markup
from .reading import Input, Reading, counted, cut
from .text import decoded, started

LOOKED_AT = 200  # rows, to find out what the table is like
LARGEST_FIELD = 16_000_000  # characters
_numbers = ("id", "index", "number", "no", "nr", "n", "rank", "row")  # names of columns that number the rows
delimiters = {"csv": ",;\t|", "tsv": "\t"}


class _Column(NamedTuple):
    """A column that is learnt: its number, and what stands before its cells."""

    number: int
    token: str


class _Table(NamedTuple):
    """``width``: how many columns have a name."""

    width: int
    delimiter: str
    reading: Reading


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no text, or has no such column."""
    found = encoding.find(file, options.encoding)
    reading = started(format, found)
    head = "".join(islice(decoded(file, found.encoding, Reading(format, "")), 8))
    way = dialect.find(head, delimiters[format])
    rows = _rows(file, decoded(file, found.encoding, reading), way, reading)
    first = list(islice(rows, LOOKED_AT))
    header = _is_header(first)
    names = _names(first, header)
    body = first[1:] if header else first
    reading.columns = tuple(names)
    if options.columns:
        chosen = [choose(file.name, column, names) for column in options.columns]
    else:
        chosen = _learnt(names, body)
    reading.learnt = tuple(names[n] for n in chosen)
    reading.warnings += told(
        prose.INSTRUCTIONS if len(chosen) > 1 and not options.columns else "", reading.learnt, names
    )
    columns = [_Column(n, field_token(names[n]) if options.fields else "") for n in chosen]
    plain: Callable[[str], str] = str if options.columns else without_markup
    return reading, _documents(chain(body, rows), columns, plain, _Table(len(names), way.delimiter, reading))


def _names(rows: Sequence[Sequence[str]], header: bool) -> list[str]:
    """Of the columns: those of the header, or numbers."""
    if not header:
        return [str(n + 1) for n in range(max(map(len, rows), default=0))]
    # R writes no name above the numbers of its rows.
    is_of_r = all(len(row) == len(rows[0]) + 1 for row in rows[1:]) and prose.last_part(rows[0][0]) not in _numbers
    names = ["", *rows[0]] if is_of_r else rows[0]
    return [name.strip() if name.strip() and name not in names[:n] else str(n + 1) for n, name in enumerate(names)]


def _learnt(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    columns = [[row[n] for row in rows if n < len(row)] for n in range(len(names))]
    return prose.learnt_together(names) or ([prose.best(names, columns)] if names else [])


def _holds_rows(cell: str, delimiter: str, width: int) -> bool:
    """The first and the last line of such a cell are parts of rows, those between are whole ones."""
    _, *between, _ = cell.split("\n") if "\n" in cell else ("", cell)
    if width < 2 or not between or any(line.count(delimiter) != width - 1 for line in between):
        return False
    # Verses have commas too.
    return delimiter == "\t" or width > 2 or (len(between) > 1 and all(line[:1].isdigit() for line in between))


def _rows(file: Input, pieces: Iterable[str], way: Dialect, reading: Reading) -> Iterator[list[str]]:
    # The limit of the csv module is one for the whole program.
    csv.field_size_limit(LARGEST_FIELD)
    lines = _lines(file, pieces)
    if way.announced:
        next(lines, "")
    if way.escaped:
        lines = map(way.doubled, lines)
    ended, unclosed = list[bool](), False
    try:
        table = csv.reader(
            _told(lines, ended), delimiter=way.delimiter, quoting=way.quoting, skipinitialspace=way.spaced
        )
        line = swallowed = 0
        for row in table:
            if table.line_num > line + 2:  # only then can a cell hold a row and the ends of two
                swallowed += any(_holds_rows(cell, way.delimiter, len(row)) for cell in row)
            line, unclosed = table.line_num, bool(ended)  # it wanted more than there is before this row was whole
            if row:
                yield row
    except csv.Error as problem:
        raise (
            _too_large(file)
            if "limit" in str(problem)
            else TextError(f"{file.name} is no proper table ({problem}). Save it again as CSV, or as plain text.")
        ) from problem
    if swallowed:
        reading.warnings.append(
            f"{counted(swallowed, 'cell holds', 'cells hold')} whole rows of the table; "
            "a quotation mark may be missing. Check the preview."
        )
    elif unclosed:
        reading.warnings.append("The last row breaks off within quotation marks; a part of the table may be missing.")


def _told(lines: Iterable[str], ended: list[bool]) -> Iterator[str]:
    """The same lines; ``ended`` has something in it once more of them were wanted than there are."""
    yield from lines
    ended.append(True)


def _too_large(file: Input) -> TextError:
    return TextError(
        f"{file.name} has a cell of more than {LARGEST_FIELD // 1_000_000} million characters. "
        "A quotation mark may be missing; mend it, or save the table as plain text."
    )


def _lines(file: Input, pieces: Iterable[str]) -> Iterator[str]:
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        # NULs stop older versions of the csv module.
        *whole, rest = piece.replace("\0", "").split("\n")
        for line in whole:
            yield "".join([*waiting, line, "\n"])
            waiting, size = [], 0
        waiting.append(rest)
        size += len(rest)
        if size > 2 * LARGEST_FIELD:
            raise _too_large(file)
    if rest := "".join(waiting):
        yield rest


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: short, distinct words, no numbers, and unlike what stands below."""
    if not rows:
        return False
    names = [cell.strip() for cell in rows[0]]
    while names and not names[-1]:
        names.pop()
    names = names if all(names[:1]) else names[1:]  # pandas writes no name above the numbers of its rows
    if not names or not all(names) or any("\n" in name or len(name) > 40 for name in names):
        return False
    if any(_is_number(name) for name in names):
        return False
    known = sum(prose.last_part(name) in prose.known_names for name in names)
    if len(rows) < 2:
        return known == len(names) > 1  # a table of which nothing has been filled in
    if 2 * known > len(names):
        return True
    if len(set(names)) < len(names):
        return False
    if len(rows[0]) == 1:
        # A single column: a name is one word or two, and shorter than nearly all that follows.
        longer = sum(len(row[0]) > len(names[0]) for row in rows[1:] if row)
        return len(names[0].split()) <= 2 and names[0][-1].isalnum() and longer >= 0.9 * (len(rows) - 1)
    names = list(rows[0])
    below = [[row[n] for row in rows[1:] if n < len(row) and row[n]] for n in range(len(names))]
    if not names[0] and not all(map(_is_number, below[0])):
        return False  # nothing but numbers goes without a name
    numbers = any(cells and all(map(_is_number, cells)) for cells in below)
    longer = any(cells and statistics.median(map(len, cells)) > 2 * len(names[n]) for n, cells in enumerate(below))
    return numbers or longer


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _documents(
    rows: Iterable[Sequence[str]], columns: Sequence[_Column], plain: Callable[[str], str], table: _Table
) -> Iterator[str | None]:
    """Cells below each other, or each behind its own token. ``plain`` makes words of what may be markup."""
    blank, joined, between = 0, 0, "" if any(column.token for column in columns) else "\n"
    for row in rows:
        if len(row) > table.width and any(row[table.width :]):
            # Whoever forgot quotation marks has parted the last cell.
            joined += 1
            row = [*row[: table.width - 1], table.delimiter.join(row[table.width - 1 :])]
        texts = [
            before + (plain(cell) if "<" in cell or cell.startswith("{") else cell)
            for n, before in columns
            if n < len(row) and (cell := row[n].strip())
        ]
        if not texts:
            blank += 1
            continue
        yield from cut(between.join(texts))
        yield None
    if joined:
        words = "more cells than there are columns; the last ones were joined. Check the preview."
        table.reading.warnings.append(f"{counted(joined, 'row has', 'rows have')} {words}")
    if blank:
        words = "left out: no text in the chosen columns."
        table.reading.warnings.append(f"{counted(blank, 'row was', 'rows were')} {words}")
