"""Which column of a table, or which field of a record, holds the text."""

import difflib
from collections.abc import Sequence

from ...core.errors import TextError


def field_token(name: str) -> str:
    """What stands before a column that is learnt by name."""
    return f"<|{name}|>"


def choose(file: str, wanted: str, names: Sequence[str]) -> int:
    """The index of the column that the user named, by name or by number. Raises TextError that names the nearest."""
    plain = [name.strip().casefold() for name in names]
    if wanted.strip().casefold() in plain:
        return plain.index(wanted.strip().casefold())
    if wanted.strip().isdigit() and 0 < int(wanted) <= len(names):
        return int(wanted) - 1
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    words = f"Did you mean “{near[0]}”?" if near else f"There are: {', '.join(names[:20])}."
    raise TextError(f"{file} has no column “{wanted}”. {words}")


def longest(columns: Sequence[Sequence[str]]) -> int:
    """The column with most text in it, but not one of numbers."""
    return max(range(len(columns)), key=lambda n: sum(len(cell) for cell in columns[n] if not cell.strip().isdigit()))
