"""Subtitles, .srt and .vtt: what is said, without numbers, times and signs for the screen."""

import html
import re
from collections.abc import Iterable, Iterator

from ...core.config import TextConfig
from . import encoding
from .marked import lines_of
from .reading import Input, Reading
from .text import decoded, started

_time = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}")
_sign = re.compile(r"</?(?:i|b|u|s|c|v|font|ruby|rt|lang)\b[^<>]*>|<c\.[^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}", re.IGNORECASE)
_timed_word = re.compile(r"<\d\d:\d\d")


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no text."""
    found = encoding.find(file, options.encoding)
    reading = started(format, found)
    return reading, _document(lines_of(decoded(file, found.encoding, reading)))


def _document(lines: Iterable[str]) -> Iterator[str | None]:
    begun, last = False, ""
    for cue in _cues(lines):
        # Captions of machines roll: each repeats the line before and adds words with times of their own.
        rolling = any(map(_timed_word.search, cue)) or (last in cue and begun and len(cue) < 3)
        for line in cue:
            text = html.unescape(_sign.sub("", line)).strip()
            if not text or (rolling and text == last):
                continue
            yield f"\n{text}" if begun else text
            begun, last = True, text
    yield None


def _cues(lines: Iterable[str]) -> Iterator[list[str]]:
    """The lines below each line of times, up to a blank one; what stands elsewhere is for the player."""
    cue: list[str] | None = None
    for line in lines:
        if _time.match(line):
            if cue:
                if cue[-1].strip().isdigit():  # the number of the next one, where the blank line is missing
                    cue.pop()
                yield cue
            cue = []
        elif cue is not None:
            if line.strip():
                cue.append(line)
            elif cue:
                yield cue
                cue = None
    if cue:
        yield cue
