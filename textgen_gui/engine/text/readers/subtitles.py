"""Subtitles, .srt and .vtt: what is said, without numbers, times and signs for the screen."""

import html
import re
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from ...core.config import TextConfig
from ...core.errors import TextError
from . import encoding
from .marked import lines_of
from .reading import Input, Reading
from .text import decoded, started

AT_ONCE = 50  # milliseconds after a cue in which the next one still goes on with it
SHORT = 100  # milliseconds; nobody reads what is shown so briefly
# Some programs write no fraction, or write it or the arrow in another way.
_clock = r"(?:(\d+):\s?)?(\d{1,2}):\s?(\d{2})(?:\s?[.,:;，]\s?(\d{1,3}))?"
_times = re.compile(rf"\s*{_clock}\s*[-–—]+\s?>\s*{_clock}")
_sign = re.compile(
    r"</?(?:i|b|u|s|c|v|font|ruby|rt|lang)\b[^<>]*>|<c\.[^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}|\{[a-z]:[^{} ]*\}",
    re.IGNORECASE,
)
_begun = re.compile(r"\d+\n\d+:[\d:.,]*(?:\s*-.*)?")  # the next cue, of which only this is there
_voice = re.compile(r"<v[ .]", re.IGNORECASE)  # with a name behind it
_timed_word = re.compile(r"<\d\d:\d\d")


class _Cue(NamedTuple):
    """The lines that are shown together, and from when to when, in milliseconds."""

    start: int
    end: int
    lines: list[str]

    @property
    def is_timed(self) -> bool:
        """Whether its words have times of their own, or nobody could read it: a machine shows what it hears."""
        return self.end - self.start <= SHORT or any(map(_timed_word.search, self.lines))


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no text, or has no times."""
    found = encoding.find(file, options.encoding)
    reading = started(format, found)
    lines = list(lines_of(decoded(file, found.encoding, reading)))
    cues = list(_cues(iter(lines)))
    if not cues and any(map(str.strip, lines)):
        raise TextError(f"{file.name} has no times as subtitles have them. If it is a plain text, name it .txt.")
    return reading, _document(cues, reading)


def _document(cues: Sequence[_Cue], reading: Reading) -> Iterator[str | None]:
    rolls = 2 * sum(_repeats(*two) and len(two[1].lines) == 2 for two in pairwise(cues)) > len(cues)
    last, before = "", _Cue(0, 0, [])
    for cue in cues:
        # Captions of machines roll: each repeats the line before, and adds words. People say things twice.
        is_rolling = rolls and len(cue.lines) == 2
        again = last if _repeats(before, cue) and (is_rolling or before.is_timed or cue.is_timed) else ""
        for line in map(_words, cue.lines):
            if line and line != again:
                yield f"\n{line}" if last else line
            last, again = line or last, "" if line else again
        before = cue
    if any(map(_voice.search, chain.from_iterable(cue.lines for cue in cues))):
        reading.warnings.append("Who speaks is not learnt.")
    if cues and (not cues[-1].lines or _begun.fullmatch("\n".join(cues[-1].lines[-2:]))):
        reading.warnings.append("It breaks off before its end, so a part of it may be missing.")
    yield None


def _repeats(before: _Cue, cue: _Cue) -> bool:
    """Whether it shows the last line of the one before still, at once."""
    shown, was_shown = list(filter(None, map(_words, cue.lines))), list(filter(None, map(_words, before.lines)))
    return bool(shown) and was_shown[-1:] == shown[:1] and len(shown) < 3 and cue.start <= before.end + AT_ONCE


def _words(line: str) -> str:
    plain = _sign.sub("", line) if "<" in line or "{" in line else line
    return html.unescape(plain).strip()


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
        if ">" in line and (match := _times.match(line)):
            if numbered is None:
                numbered = last.lstrip("\ufeff").isdigit()
            if cue:
                # The number of the next one, and not a number that is said.
                if cue.lines and last.isdigit() and (numbered or (above and not before)):
                    cue.lines.pop()
                yield cue
            cue = _Cue(_milliseconds(*match.groups()[:4]), _milliseconds(*match.groups()[4:]), [])
        elif cue and line.strip():
            cue.lines.append(line)
        elif cue and cue.lines and of_the_web:
            yield cue
            cue = None
        before, above = above, line.strip()
        last = above or last
    if cue:  # a blank line ends also one without words
        yield cue if cue.lines or above else cue._replace(lines=[""])


def _milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    whole = 60 * (60 * int(hours or 0) + int(minutes)) + int(seconds)
    return 1000 * whole + int((fraction or "0").ljust(3, "0"))
