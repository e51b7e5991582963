"""Notes as Roam and Logseq export them: pages of blocks, with blocks inside."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .values import as_text, at, dicts

fields = ("title", "text")
_TITLES, _WORDS = ("title", "page-name"), ("string", "content")
# Where another block is meant, a name of a program, a property; of a link only its brackets.
_marks = re.compile(r"\(\([\w-]+\)\)|\{\{.*?\}\}|^[\w-]+::.*$\n?|\[\[|\]\]", re.MULTILINE)


def pages_of(value: Any) -> list[dict[str, Any]]:
    """No page where it is no outline."""
    pages = list(dicts(at(value, "blocks") or value))
    known = (_title(page) and not _words(page) and isinstance(page.get("children", []), list) for page in pages)
    is_outline = any(_words(block) for page in pages[:50] for block in dicts(page.get("children")))
    return pages if is_outline and all(known) else []


def read(page: Mapping[str, Any]) -> dict[str, str]:
    return dict(zip(fields, (_title(page), "\n".join(_below(page))), strict=True))


def _below(block: Mapping[str, Any]) -> Iterator[str]:
    for inside in dicts(block.get("children")):
        if words := _marks.sub("", _words(inside)).strip():
            yield words
        yield from _below(inside)


def _title(page: Mapping[str, Any]) -> str:
    return next((as_text(page[name]) for name in _TITLES if page.get(name)), "")


def _words(block: Mapping[str, Any]) -> str:
    return next((as_text(block[name]) for name in _WORDS if block.get(name)), "")
