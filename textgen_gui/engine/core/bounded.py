"""The one way to open a file that a stranger may have made: a regular file, and no larger than its kind may be.

A pipe never makes anybody wait, a device is never read, and what is parsed is not nested without end.
"""

import json
import os
import stat
import tomllib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

from .errors import ProjectError

MB = 1_000_000
SETTINGS = 1 * MB  # run.toml, styles.toml, model.toml, state.json
NOTES = 140_000  # one line, of which the window's field takes 32,767 letters of up to four bytes
LISTS = 64 * MB  # project.toml, prepared.toml, manifest.json: a hundred thousand texts
TEXTS = 1_000 * MB  # a text that somebody gives to be looked at
WRITINGS = 64 * MB  # the page, kept texts and their receipts
LINE = 300_000  # of events.jsonl, of which the longest hold a sample
ENDLESS = 100 * MB  # of a line

_PLAINLY = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)


class UnfitError(OSError):
    """Something is there, but not what it should be: no regular file, or too large a one."""

    def __str__(self) -> str:
        return str(self.strerror)


def open_file(path: Path) -> BufferedReader:
    """Raises OSError when it is not there or may not be read, UnfitError for a pipe, a device or a folder."""
    descriptor = os.open(path, os.O_RDONLY | _PLAINLY)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnfitError(0, "it is no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def read_bytes(path: Path, most: int) -> bytes:
    """Raises OSError; UnfitError for a file of more than ``most`` bytes."""
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise UnfitError(0, f"it is larger than {most:,} bytes", str(path))
        content = file.read(size + 1)
    if len(content) > size:  # as what the system makes up, which has no end that anybody could know
        raise UnfitError(0, "it is longer than its size says", str(path))
    return content


def read_text(path: Path, most: int = LISTS) -> str:
    """UTF-8, with line ends as in Python. Raises OSError, or ValueError for another encoding."""
    text = read_bytes(path, most).decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def lines(path: Path, most: int = LINE) -> Iterator[str]:
    """The lines of a file with their ends; those of more than ``most`` bytes are not. Raises OSError; UnfitError for
    a line that does not end, as in a file that takes no room on the disk.
    """
    with open_file(path) as file:
        while line := file.readline(most + 1):
            if len(line) <= most:
                yield line.decode("utf-8", "replace")
                continue
            over = 0
            while line and not line.endswith(b"\n"):
                line = file.readline(most)
                over += len(line)
                if over > ENDLESS:
                    raise UnfitError(0, "a line of it does not end", str(path))


def refuse_longer(content: str, most: int, what: str) -> None:
    """Before it is written: what is larger could not be read again. Raises ProjectError."""
    if len(content) > most // 4:
        refuse_larger(len(content.encode("utf-8", "replace")), most, what)


def refuse_larger(size: int, most: int, what: str) -> None:
    """The same of so many bytes that are written, but not published yet."""
    if size > most:
        raise ProjectError(f"{what} would take more than {most // MB:,} MB, so it was not written.")


def parse_json(text: str | bytes) -> Any:
    """Raises ValueError, with the line that is wrong."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ValueError(_what_is_wrong(problem)) from problem


def parse_toml(text: str) -> dict[str, Any]:
    """Raises ValueError, with the line that is wrong."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ValueError(_what_is_wrong(problem)) from problem


def read_json(path: Path, most: int = SETTINGS) -> Any:
    """Raises OSError or ValueError."""
    return parse_json(read_bytes(path, most))


def read_toml(path: Path, most: int = SETTINGS) -> dict[str, Any]:
    """Raises OSError or ValueError."""
    return parse_toml(read_text(path, most))


def _what_is_wrong(problem: ValueError | RecursionError) -> str:
    match problem:
        case RecursionError():
            return "it is nested too deeply"
        case json.JSONDecodeError() | tomllib.TOMLDecodeError() | UnicodeDecodeError():
            return str(problem)
        case _:
            return "a number in it has too many digits"
