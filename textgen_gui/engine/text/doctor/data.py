"""Data that is no text: packed code, and pictures written as letters."""

import re
from collections.abc import Iterator

from .rule import Finding, Notes, Rule

LONG_RUN = 1000  # characters without white space

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
    """A quick look: a long run covers one of these stretches wholly."""
    half = LONG_RUN // 2
    starts = range(0, len(piece) - half + 1, half)
    return any(piece.find(" ", n, n + half) < 0 and piece.find("\n", n, n + half) < 0 for n in starts)


def _is_data(run: str) -> bool:
    """Base64, hexadecimal or packed code: not a row of dashes, not a gene, not a script that needs no spaces."""
    plain = len(run.encode("ascii", "ignore"))
    return plain > 0.9 * len(run) and len(set(run)) >= 16 and any(digit in run for digit in "0123456789")


RULES = (Rule("long_runs", without_long_runs),)
