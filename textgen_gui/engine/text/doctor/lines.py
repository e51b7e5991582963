"""Words broken at line ends, and paragraphs broken into lines."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, pairwise

from ..readers.reading import PIECE_CHARACTERS
from .letters import visible
from .pages import Line, edge
from .rule import Finding, Notes, Rule, composed

NOTED_CHARACTERS = 16_000_000  # so much of a text teaches its words and its width
NOTED_WORDS = 200_000  # different ones, about 20 MB
NARROWEST, WIDEST = 30, 200  # columns in which prose is wrapped; narrower lines are verse or lists

_word = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_last_word = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*\Z")
_break = re.compile(r"(?<=[^\W\d_])[-\u2010]\n[ \t]*([^\W\d_]++)(\S*)([ \t]*\n?)")
_blank_lines = re.compile(r"((?:\A|\n)(?:[ \t]*\n)+)")
_own_line = re.compile(r"[ \t]|[-*•+]\s|\(?\d{1,3}[.)]\s|\(?[a-z]\)\s")  # indented, or of a list
_columns = re.compile(r"\t|\S {3,}\S|\|.*\|")
_spaceless = re.compile("[\u0e00-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


@dataclass(slots=True)
class Learning:
    """What a text has taught so far. ``steps`` add up to the number of line ends that each width explains."""

    left: int = NOTED_CHARACTERS
    words: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    steps: list[int] = field(default_factory=lambda: [0] * (WIDEST + 32))

    def from_words(self, pieces: Iterator[str]) -> Iterator[str]:
        for piece in pieces:
            if self.left > 0:
                self._count(_break.sub("- ", composed(visible(piece))).casefold())
                self.left -= len(piece)
            yield piece

    def _count(self, text: str) -> None:
        for part, times in Counter(text.split()).items():
            for word in () if part[-1] == "-" else _word.findall(part):  # half a word is no word
                if len(self.words) < NOTED_WORDS or word in self.words:
                    self.words[word] += times

    def from_lines(self, lines: Iterator[Line]) -> Iterator[Line]:
        before = edge
        for line in lines:
            length = len(before.text)
            if not line.gap and self.left > 0 and 0 < length < WIDEST:
                # Wrapping at a width leaves no room for the word that begins the next line.
                self.steps[length] += 1
                self.steps[length + 1 + min(30, len(line.text.split(None, 1)[0]))] -= 1
                self.lines += 1
            before = line
            yield line

    def width(self) -> int:
        """The width that explains most line ends; 0 if it explains less than half of them, as in verse."""
        explained = list(accumulate(self.steps))
        best = max(range(NARROWEST, WIDEST), key=explained.__getitem__)
        return best if 2 * explained[best] > max(self.lines, 10) else 0


def with_whole_words(pieces: Iterator[str], notes: Notes, found: Finding) -> Iterator[str]:
    waiting = ""
    for piece in pieces:
        text = _break.sub(partial(_whole_word, notes, found), waiting + piece)
        # A word that is broken at the end waits for its other half.
        end = text.rfind("\n", 0, -1) + 1 if text.endswith(("-\n", "\u2010\n")) else len(text)
        waiting = text[end:]
        yield text[:end]
    yield waiting


def _whole_word(notes: Notes, found: Finding, broken: re.Match[str]) -> str:
    """What stands for a hyphen, a line end and the second half of a word; itself when nothing tells how to join it."""
    first_half = _last_word.search(broken.string, max(0, broken.start() - 64), broken.start())
    left = first_half[0] if first_half else ""
    right, punctuation, white = broken.groups()
    hyphen = _hyphen(left, right, punctuation, notes.words)
    if hyphen is None:
        return broken[0]
    # The line now ends after the word. If paragraphs become one line, it need not: a broken word proves wrapping.
    line_end = "\n" if "\n" in white or not notes.width else " "
    joined = hyphen + right + punctuation + (line_end if white else "")
    found.add(1, left + broken[0], left + joined)
    return joined


def _hyphen(left: str, right: str, punctuation: str, words: Counter[str]) -> str | None:
    """What joins the halves, as the text writes the word elsewhere: nothing or a hyphen; None when nothing tells."""
    first, last = composed(left.casefold()), composed(right.casefold())
    whole, hyphened = words[first + last], words[f"{first}-{last}"]
    if whole and whole >= hyphened:
        return ""
    are_words = min(len(first), len(last)) > 2 and first in words and last in words
    if hyphened or are_words or "-" in left or punctuation[:1] == "-":
        return "-"
    return "" if right[0].islower() else None


def unwrapped(pieces: Iterator[str], notes: Notes, found: Finding) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *parts, rest = _blank_lines.split(rest + piece)
        yield "".join(_in_one_line(part, notes.width, found) for part in parts)
        if len(rest) > 4 * PIECE_CHARACTERS:  # no paragraph is that long
            yield rest
            rest = ""
    yield _in_one_line(rest, notes.width, found)


def _in_one_line(paragraph: str, width: int, found: Finding) -> str:
    lines = paragraph.strip("\n").split("\n")
    if len(lines) < 2 or not width or not _is_wrapped(lines, width) or _columns.search(paragraph):
        return paragraph
    joined = lines[0].rstrip()
    for line in lines[1:]:
        dash = joined[-1] in "-‐—" and not joined[-2:-1].isspace()
        joined += ("" if dash or (_spaceless.match(joined[-1]) and _spaceless.match(line)) else " ") + line.strip()
    found.add(1, paragraph, joined)
    return joined + paragraph[len(paragraph.rstrip("\n")) :]


def _is_wrapped(lines: list[str], width: int) -> bool:
    """Whether every line ends because the next word had no room."""
    if _own_line.match(lines[0].lstrip()) or any(_own_line.match(line) for line in lines[1:]):
        return False
    return all(
        len(line.rstrip()) + 1 + len(after.split(None, 1)[0]) > width - width // 12 for line, after in pairwise(lines)
    )


RULES = (Rule("hyphens", with_whole_words, notes=True), Rule("unwrap", unwrapped, notes=True))
