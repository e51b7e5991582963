"""Lines of prose that were broken at a width, as old books on the web are, become paragraphs again."""

import re

SHORTEST, LONGEST = 45, 90  # letters of a line that was broken because it was full
RAGGED = 24  # letters by which such lines differ: no more than a long word and its neighbour


def joined(text: str) -> str:
    """Paragraphs of full lines in one line each; verse, lists and all else stay as they are."""
    return "".join(_joined(part) for part in re.split(r"(\n[ \t]*\n\s*)", text))


def _joined(paragraph: str) -> str:
    lines = paragraph.split("\n")
    full = [len(line.rstrip()) for line in lines[:-1]]
    if not full or min(full) < SHORTEST or max(full) > LONGEST or max(full) - min(full) > RAGGED:
        return paragraph
    return " ".join([line.strip() for line in lines[:-1]] + [lines[-1].lstrip()])
