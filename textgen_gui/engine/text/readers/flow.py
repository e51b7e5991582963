"""The lines of an office document, put together while its tree is walked: paragraphs, and rows of tables as lines."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from .reading import shrunk

Style = TypeVar("Style")


class Flow:
    """Paragraphs may hold boxes with paragraphs of their own, and rows may hold tables: what is inside comes out whole.

    A box comes before the paragraph that it hangs on; an inner table parts the row around it.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._paragraphs: list[list[str]] = []
        self._rows: list[list[str] | None] = []  # None: a row of which an inner table has parted all there is
        self._carried = ""

    @property
    def in_paragraph(self) -> bool:
        return bool(self._paragraphs)

    def add(self, text: str) -> None:
        if self._paragraphs:
            self._paragraphs[-1].append(text)

    def add_words(self, text: str) -> None:
        """Text in which white space only parts words, as in a web page."""
        text = shrunk(text)
        if text[:1] == " " and self._paragraphs:
            before = next((part for part in reversed(self._paragraphs[-1]) if part), "")
            text = text.lstrip(" ") if before[-1:] in ("", " ", "\t", "\n") else text
        self.add(text)

    def start_paragraph(self) -> None:
        self._paragraphs.append([self._carried])
        self._carried = ""

    def end_paragraph(self, joined: bool = False) -> None:
        """``joined``: its end was deleted, so that it goes on in the next paragraph."""
        text = "".join(self._paragraphs.pop())
        if joined:
            self._carried = text
        elif self._rows:
            if text or self._rows[-1] is not None:  # nothing behind an inner table is no cell
                self._rows[-1] = [*(self._rows[-1] or ()), text]
        else:
            self.lines.append(text)

    def start_row(self) -> None:
        if self._rows:
            self._part_row()
        self._rows.append([])

    def _part_row(self) -> None:
        """An inner table begins: what the row holds so far is a line of its own, if it is anything."""
        if "".join(self._rows[-1] or ()):
            self.lines.append("\t".join(self._rows[-1] or ()).strip("\t"))
        self._rows[-1] = None

    def end_row(self, deleted: bool = False) -> None:
        row = self._rows.pop()
        if row is not None and not (deleted and not "".join(row)):
            self.lines.append("\t".join(row))


def described(left_out: Iterable[tuple[int, str, str]]) -> list[str]:
    """One sentence for what was left out on purpose: how many, its name, and the name of many. None for nothing."""
    words = [f"{count:,} {one if count == 1 else many}" for count, one, many in left_out if count]
    return [f"Left out: {', '.join(words)}."] if words else []


def hiding(shown: Mapping[Style, bool], based: Mapping[Style, Style]) -> frozenset[Style]:
    """Styles that show nothing: those that say so, and those made of them that do not say otherwise."""
    hidden = {style for style, is_shown in shown.items() if not is_shown}
    while more := {style for style, base in based.items() if base in hidden} - hidden:
        hidden |= more
    return frozenset(hidden)
