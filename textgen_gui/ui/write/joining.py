"""Lines of prose that were broken at a width, as old books on the web are, become paragraphs again."""

import itertools
import re

SHORTEST, LONGEST = 45, 90  # letters of a line that was broken because it was full
RAGGED = 24  # letters by which such lines differ: no more than a long word and its neighbour
LEAST_BROKEN = 5  # lines of a page; fewer may be as long as each other by chance
_ENDS = tuple(".,;:!?…—–-”’\"'»«)")  # of lines that somebody ended; a width breaks most lines elsewhere


def joined(text: str) -> str:
    """Paragraphs of full lines in one line each; verse, lists and all else stay as they are."""
    parts = re.split(r"(\n[ \t]*\n\s*)", text)
    prose = [_is_full(part.split("\n")) for part in parts]
    broken = [line for part, is_prose in zip(parts, prose, strict=True) if is_prose for line in part.split("\n")[:-1]]
    within = sum(not line.rstrip().endswith(_ENDS) for line in broken)
    if len(broken) < LEAST_BROKEN or within <= len(broken) / 2:
        return text
    return "".join(_in_one(part) if is_prose else part for part, is_prose in zip(parts, prose, strict=True))


def place_behind(text: str, letters: int) -> int:
    """As Qt counts places; behind so many letters, white space not counted."""
    found = next(itertools.islice(re.finditer(r"\S", text), letters - 1, None), None) if letters else None
    return len(text[: found.end() if found else 0].encode("utf-16-le", "surrogatepass")) // 2


def _is_full(lines: list[str]) -> bool:
    """Whether all but the last were broken at a width. Each line of verse begins with a capital letter."""
    full = [len(line.rstrip()) for line in lines[:-1]]
    if not full or not lines[-1].strip():  # the last is about to be written
        return False
    is_verse = len(lines) > 2 and all(line.lstrip(" \t“‘\"'»«(")[:1].isupper() for line in lines)
    return not is_verse and min(full) >= SHORTEST and max(full) <= LONGEST and max(full) - min(full) <= RAGGED


def _in_one(paragraph: str) -> str:
    lines = paragraph.split("\n")
    return " ".join([line.strip() for line in lines[:-1]] + [lines[-1].lstrip()])
