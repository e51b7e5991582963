"""Two encodings in one file, as when texts of different programs were put together: told apart by lines.

A line that is UTF-8 is read so; the others are in the encoding that stands after the plus sign: “utf-8+cp1252”.
"""

from collections.abc import Iterator
from typing import BinaryIO

from .letters import marks_of_prose

LONGEST_LINE = 16_000_000  # bytes
SAMPLES, SAMPLE_BYTES = 12, 32 * 1024
FEWEST_UTF8, SHARE_UTF8 = 3, 0.02  # lines; by chance a few bytes of another encoding may be UTF-8
LETTERS = 0.97  # of the signs beyond ASCII that the other encoding gives

UTF8 = "utf-8"


def name_of(other: str) -> str:
    return f"{UTF8}+{other}"


def other_in(name: str) -> str:
    """The second encoding of a mixture, "" for an encoding that is none."""
    return name.removeprefix(f"{UTF8}+") if name.startswith(f"{UTF8}+") else ""


def foreign_lines(opened: BinaryIO, size: int) -> bytes:
    """Lines that are not UTF-8 in a file of which others are; empty where all are the same, or some are damaged.

    Looks at samples from the whole file. ``size`` in bytes, 0 where only the start can be read.
    """
    utf8, foreign = 0, list[bytes]()
    whole = size <= SAMPLES * SAMPLE_BYTES
    starts = [0] if whole else [n * (size - SAMPLE_BYTES) // (SAMPLES - 1) for n in range(SAMPLES)]
    length = SAMPLE_BYTES if len(starts) > 1 else max(size, SAMPLE_BYTES)
    for start in starts:
        if start:
            opened.seek(start)
        lines = opened.read(length).split(b"\n")
        for line in lines[1:-1] if len(starts) > 1 else lines:
            if line.isascii():
                continue
            text = line.decode(UTF8, "replace")
            bad = text.count("\ufffd")
            if not bad:
                utf8 += 1
            elif 2 * bad > len(text) - len(text.encode("ascii", "ignore")):
                foreign.append(line)
    return b"\n".join(foreign) if utf8 >= max(FEWEST_UTF8, SHARE_UTF8 * len(foreign)) else b""


def is_prose(foreign: bytes, encoding: str) -> bool:
    """Whether the lines make sense in that encoding, so that they are more than damaged UTF-8."""
    beyond = [letter for letter in foreign.decode(encoding, "replace") if letter > "\x7f"]
    usual = sum((letter.isalpha() and letter not in "ÿþ") or letter in marks_of_prose for letter in beyond)
    return usual >= LETTERS * len(beyond)


def decoded(opened: BinaryIO, name: str) -> Iterator[tuple[str, bool]]:
    """Each line with its end as it will be, and whether it was in the other encoding."""
    other = other_in(name)
    while line := opened.readline(LONGEST_LINE):
        try:
            text, foreign = line.decode(UTF8), False
        except UnicodeDecodeError:
            text, foreign = line.decode(other, "replace"), True
        yield text.replace("\r\n", "\n").replace("\r", "\n"), foreign
