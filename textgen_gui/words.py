"""Numbers as people say them, always with their unit: one way everywhere, in the language of the user's numbers.

The window takes separators and digits from the system (``write_numbers_with``); the command line writes English ones.
"""

import re
from collections.abc import Callable

# Numbers of a sentence, but for those in names and paths, and all that stands in quotation marks.
_QUOTED = r"“[^”]*”|\"[^\"]*\"|‘[^’]*’|(?<!\w)'[^']*'(?!\w)"
_NUMBERS = re.compile(_QUOTED + r"|(?<![\w./\\,-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w/\\-]|[.,]\w)")


def _in_english(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}"


_write: Callable[[float, int], str] = _in_english


def write_numbers_with(write: Callable[[float, int], str] | None = None) -> None:
    """``write(value, decimals)`` gives the digits of all numbers from now on; None: as in English."""
    global _write
    _write = write or _in_english


def number(value: float, decimals: int = 0) -> str:
    """1,584; 0.83 with two decimals."""
    return _write(value, decimals)


def retold(sentence: str) -> str:
    """A sentence that the engine made of numbers, English ones whoever reads it, with numbers as the user writes them.

    Not for what was retold already, and not for names that stand in no quotation marks.
    """
    return sentence if _write is _in_english else _NUMBERS.sub(_rewritten, sentence)


def _rewritten(found: re.Match[str]) -> str:
    words = found[0]
    if not words[0].isdigit():
        return words
    whole, _, decimals = words.partition(".")
    if "," in whole or decimals or (len(whole) < 4 and whole[0] != "0"):
        return number(float(words.replace(",", "")), len(decimals))
    return "".join(number(int(digit)) for digit in whole)  # years and names have no separators


def percent(share: float) -> str:
    """83%, of a share between 0 and 1."""
    return f"{number(100 * share)}%"


def count(name: str, how_many: int, plural: str = "") -> str:
    """1 text, 2 texts, 1,584 texts. ``plural`` where an s does not do."""
    return f"{number(how_many)} {name if how_many == 1 else plural or name + 's'}"


def duration(seconds: float) -> str:
    """45 s, 12 min, 3 h 20 min."""
    if seconds < 59.5:
        return f"{number(max(0, seconds))} s"
    minutes = round(seconds / 60)
    return f"{number(minutes)} min" if minutes < 90 else f"{number(minutes // 60)} h {number(minutes % 60)} min"


def size(of_bytes: float) -> str:
    """512 bytes, 34 KB, 1.2 MB, 3.4 GB."""
    if of_bytes < 1000:
        return count("byte", round(of_bytes))
    for unit in ("KB", "MB", "GB"):
        of_bytes /= 1000
        if of_bytes < 1000:
            return f"{number(of_bytes, 0 if unit == 'KB' or of_bytes >= 100 else 1)} {unit}"
    return f"{number(of_bytes / 1000, 1)} TB"


def rough(value: float) -> str:
    """950, 12 thousand, 3.4 million."""
    if value < 1000:
        return number(value)
    return f"{number(value / 1e3)} thousand" if value < 999_500 else f"{number(value / 1e6, 1)} million"
