"""Conversations, posts and comments of Facebook and Instagram as the pages that they export unless asked for JSON."""

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from ...core.config import TextConfig
from . import markup
from .exports import reaction
from .fields import Export, learn
from .reading import Input, Reading

FIELDS = ("from", "date", "text")
# Their style sheet may be longer than all else, so a page is known by the first of its blocks.
page_of = re.compile(r"""<div class="pam [^"]*\b(?:_a6-g|_2lej) uiBoxWhite noborder""").search
_shows = etree.XPath("boolean(descendant::a | descendant::img | descendant::audio | descendant::video)")
_aside = " or ".join(f"ancestor::{name}" for name in ("a", "ul", "audio", "video"))
_own_words = etree.XPath(f"boolean(descendant::text()[normalize-space() and not({_aside})])")
_classes = ("_a6-h", "_a6-o", "_a6-p"), ("_2lek", "_2lem", "_2let")  # of today, and until 2021: as in FIELDS


def read(page: str, file: Input, options: TextConfig, reading: Reading) -> Iterator[str | None] | None:
    """None for a page on which nobody has written anything: a list of friends, or of pictures."""
    left_out: Counter[str] = Counter()
    try:
        messages = [*_messages(page, left_out)]
    except RecursionError:
        return None
    if not messages:
        return None
    documents = ([message] for message in reversed(messages))  # the newest comes first
    name = "a Facebook or Instagram export"
    return learn(Export(name, FIELDS, FIELDS[2:], documents, ": ", left_out), file, options, reading)


def _messages(page: str, left_out: Counter[str]) -> Iterator[dict[str, str]]:
    root = markup.parsed(page)
    for block in () if root is None else root.iterfind(".//div[@class]"):
        if not {"_a6-g", "_2lej"} & _classes_of(block):
            continue
        name, time, content = (_part(block, number) for number in range(len(FIELDS)))
        who, when = ("" if part is None else markup.words_in(part, Counter()) for part in (name, time))
        said = _said(content)
        if content is None or not said:
            left_out["message without words"] += 1
        elif reaction.fullmatch(said) or (_shows(content) and said.startswith((f"{who} sent ", "You sent "))):
            left_out["notice"] += 1
        else:
            yield dict(zip(FIELDS, (who, when, said), strict=True))


def _classes_of(element: "etree._Element") -> set[str]:
    return set(element.get("class", "").split())


def _part(block: "etree._Element", number: int) -> "etree._Element | None":
    wanted = {classes[number] for classes in _classes}
    return next((each for each in block.iterfind(".//*[@class]") if wanted & _classes_of(each)), None)


def _said(part: "etree._Element | None") -> str:
    """The words of a message: the first that stands there. Links, films and who liked it stand behind in lists."""
    while part is not None and len(part) == 1 and part[0].tag == "div" and not (part.text or "").strip():
        part = part[0]
    if part is None:
        return ""
    said = (part,) if part.find("div") is None else part.iterfind("div")
    return next((markup.words_in(each, Counter()) for each in said if _own_words(each)), "")
