"""Formulas in a line, as people type them: 1/12, 10^3, x_(n+1)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lxml import etree


class Around(NamedTuple):
    """What stands before a part of a formula and behind it."""

    before: str
    behind: str


# What stands before each part of an element of MathML; None for a part that stands as it is.
_parts: Mapping[str, tuple[str | None, ...]] = {
    "mfrac": ("", "/"),
    "msup": (None, "^"),
    "msub": (None, "_"),
    "msubsup": (None, "_", "^"),
    "mover": (None, "^"),
    "munder": (None, "_"),
    "munderover": (None, "_", "^"),
}


def around(mark: str, words: Iterable[str]) -> Around:
    """A part of several signs is one all the same."""
    text = "".join("".join(words).split())
    return Around(f"{mark}(", ")") if text and not text.isalnum() else Around(mark, "")


class Parts:
    """What stands around the elements of MathML, while a tree is walked from its beginning to its end."""

    def __init__(self) -> None:
        self._around = dict["etree._Element", Around]()

    def before(self, element: "etree._Element") -> str:
        name = element.tag.rpartition("}")[2]
        for part, mark in zip(element, _parts.get(name, ()), strict=False):
            if mark is not None:
                self._around[part] = around(mark, part.itertext())
        if name in ("msqrt", "mroot"):
            self._around[element] = around("√", element.itertext())
        return self._around[element].before if element in self._around else ""

    def behind(self, element: "etree._Element") -> str:
        return self._around[element].behind if element in self._around else ""
