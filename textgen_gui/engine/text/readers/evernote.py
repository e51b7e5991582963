"""Notes of Evernote, .enex: each is a document. Pictures and other files in them are passed over."""

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from ...core.config import TextConfig
from . import markup
from .archive import damaged
from .fields import Document, Export, learn
from .reading import Input, Reading

WHAT = "Evernote (.enex)"
FIELDS = ("title", "created", "text")
_encrypted = re.compile(r"<en-crypt\b.*?</en-crypt>", re.DOTALL)


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the file is damaged before its first note ends."""
    reading, left_out = Reading(format, ""), Counter[str]()
    notes = _notes(file, reading, left_out)
    return reading, learn(Export("notes", FIELDS, ("text",), notes, "\n", left_out), file, options, reading)


def _notes(file: Input, reading: Reading, left_out: Counter[str]) -> Iterator[Document]:
    known = 0
    with file.open() as opened:
        usual = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": True}
        try:
            for _, note in etree.iterparse(opened, tag=("note", "resource"), **usual):
                if note.tag == "resource":
                    left_out["attachment"] += 1
                else:
                    known += 1
                    yield [{name: _said(note, name, left_out) for name in FIELDS}]
                note.clear()  # a file of many pictures needs the memory of one of them
        except etree.XMLSyntaxError as problem:
            if not known:
                raise damaged(file, WHAT) from problem
            reading.warnings.append("It breaks off before its end, so a part of it may be missing.")


def _said(note: "etree._Element", name: str, left_out: Counter[str]) -> str:
    written = note.findtext("content" if name == "text" else name) or ""
    if name != "text":
        return written.strip()
    page, encrypted = _encrypted.subn("", written)
    left_out["encrypted passage"] += encrypted
    unseen = Counter[str]()
    text = markup.to_text(page, unseen) or ""
    left_out["part that is not shown"] += unseen.total()
    return "\n".join([text, *(task.text or "" for task in note.iterfind("task/title"))]).strip("\n")
