"""FictionBook, .fb2: the text of the book as a page, its notes after it."""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from ...core.config import TextConfig
from ...core.errors import TextError
from . import labels, markup
from .archive import damaged
from .fields import among
from .flow import described
from .reading import Input, Reading, about_unreadable, cut

WHAT = "FictionBook (.fb2)"
PARTS = ("text", "notes")
LARGEST = 512_000_000  # bytes, most of which are pictures
# What its elements are called in a page; those that are not named are called alike, or are letters in a line.
_page_names = {
    "title": "h1",
    "subtitle": "h2",
    "epigraph": "blockquote",
    "cite": "blockquote",
    "annotation": "blockquote",
    "poem": "blockquote",
    "stanza": "blockquote",
    "v": "div",
    "text-author": "div",
    "empty-line": "hr",
    "style": "span",
    "image": "img",
}


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the book is damaged beyond reading, or empty."""
    wanted = among(options.columns, PARTS) or list(PARTS)
    with file.open() as opened:
        page = labels.decode(file, opened.read(LARGEST), options.encoding)
    root = whole = markup.as_xml(page.text)
    root = markup.as_xml(page.text, recover=True) if root is None else root
    if root is None or next(root.iterchildren("{*}body"), None) is None:
        raise damaged(file, WHAT)
    left_out, texts = Counter[str](), {name: list[str]() for name in PARTS}
    for body in root.iterchildren("{*}body"):
        texts["notes" if body.get("name") else "text"].append(markup.words_in(_as_page(body), left_out))
    text = "\n\n".join(text for name in PARTS if name in wanted for text in texts[name] if text)
    if not text:
        raise TextError(f"{file.name} holds no text.")
    learnt = tuple(name for name in PARTS if name in wanted)
    reading = Reading(format, page.found.encoding, columns=PARTS, learnt=learnt)
    if whole is None:
        reading.warnings.append("It is damaged. What could be found in it was read; a part of it may be missing.")
    reading.warnings += [page.found.warning] if page.found.warning else []
    reading.warnings += about_unreadable(page.replaced)
    notes = 0 if "notes" in wanted else len([text for text in texts["notes"] if text])
    seen = ((left_out[name], *words) for name, words in markup.seen.items())
    reading.warnings += described([(notes, "part with notes", "parts with notes"), *seen])
    return reading, iter([*cut(text), None])


def _as_page(body: "etree._Element") -> "etree._Element":
    """The same with the names of a page; numbers that only point to a note stand for nothing."""
    for element in body.iter(etree.Element):
        name = etree.QName(element).localname
        is_reference = name == "a" and element.get("type") == "note"
        element.tag = "rp" if is_reference else _page_names.get(name, name)  # rp: nothing that is shown
    return body
