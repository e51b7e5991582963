"""Subtitles, .srt and .vtt: what is said, without numbers, times and signs for the screen."""

import html
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from ...core.config import TextConfig
from . import encoding
from .marked import lines_of
from .reading import Input, Reading
from .text import decoded, started

AT_ONCE = 50  # milliseconds after a cue in which the next one still goes on with it
_clock = r"((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})"
_times = re.compile(rf"\s*{_clock}\s*-->\s*{_clock}")
_sign = re.compile(
    r"</?(?:i|b|u|s|c|v|font|ruby|rt|lang)\b[^<>]*>|<c\.[^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}|\{[a-z]:[^{} ]*\}",
    re.IGNORECASE,
)
_begun = re.compile(r"\d+\n\d+:[\d:.,]*(?:\s*-.*)?")  # the next cue, of which only this is there
_timed_word = re.compile(r"<\d\d:\d\d")


class _Cue(NamedTuple):
    """The lines that are shown together, and when."""

    start: str
    end: str
    lines: list[str]


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no text."""
    found = encoding.find(file, options.encoding)
    reading = started(format, found)
    return reading, _document(lines_of(decoded(file, found.encoding, reading)), reading)


def _document(lines: Iterable[str], reading: Reading) -> Iterator[str | None]:
    begun, last, end, breaks_off = False, "", "0:0,0", False
    for cue in _cues(iter(lines)):
        # Captions of machines roll: each repeats the line before and adds words with times of their own.
        repeats = last in cue.lines and begun and len(cue.lines) < 3
        goes_on = repeats and _milliseconds(cue.start) <= _milliseconds(end) + AT_ONCE
        rolling = goes_on or any(map(_timed_word.search, cue.lines))
        end, breaks_off = cue.end, not cue.lines or _begun.fullmatch("\n".join(cue.lines[-2:])) is not None
        for line in cue.lines:
            plain = _sign.sub("", line) if "<" in line or "{" in line else line
            text = html.unescape(plain).strip()
            if not text or (rolling and text == last):
                continue
            yield f"\n{text}" if begun else text
            begun, last = True, text
    if breaks_off:
        reading.warnings.append("It breaks off before its end, so a part of it may be missing.")
    yield None


def _cues(lines: Iterator[str]) -> Iterator[_Cue]:
    """The lines below each line of times.

    In .vtt a blank one ends them, and what follows is for the player; in .srt people leave lines blank within.
    """
    first = next(lines, "")
    of_the_web = first.lstrip("\ufeff").startswith("WEBVTT")
    cue: _Cue | None = None
    numbered: bool | None = None  # not known before the first times
    last, before, above = "", "", ""  # the last line that is not blank, and the two lines above this one
    for line in chain((first,), lines):
        if "-->" in line and (match := _times.match(line)):
            if numbered is None:
                numbered = last.lstrip("\ufeff").isdigit()
            if cue:
                # The number of the next one, and not a number that is said.
                if cue.lines and last.isdigit() and (numbered or (above and not before)):
                    cue.lines.pop()
                yield cue
            cue = _Cue(match[1], match[2], [])
        elif cue and line.strip():
            cue.lines.append(line)
        elif cue and cue.lines and of_the_web:
            yield cue
            cue = None
        before, above = above, line.strip()
        last = above or last
    if cue:  # a blank line ends also one without words
        yield cue if cue.lines or above else cue._replace(lines=[""])


def _milliseconds(clock: str) -> int:
    seconds = 0
    *parts, fraction = re.split("[:.,]", clock)
    for part in parts:
        seconds = 60 * seconds + int(part)
    return 1000 * seconds + int(fraction.ljust(3, "0"))
