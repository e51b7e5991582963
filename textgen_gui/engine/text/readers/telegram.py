"""Chats of Telegram as the pages that it exports unless it is asked for JSON."""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from ...core.config import TextConfig
from . import markup
from .fields import Document, Export, learn
from .reading import Input, Reading

MESSAGE = '<div class="message default clearfix'
_name = etree.XPath(".//div[@class='from_name'][not(ancestor::div[contains(@class, 'forwarded')])]")  # nor whose it was
FIELDS = ("from", "date", "text")


def read(page: str, file: Input, options: TextConfig, reading: Reading) -> Iterator[str | None]:
    left_out: Counter[str] = Counter()
    export = Export("a Telegram export", FIELDS, FIELDS[2:], _messages(page, left_out), ": ", left_out)
    return learn(export, file, options, reading)


def _messages(page: str, left_out: Counter[str]) -> Iterator[Document]:
    """A message without a name is of whoever wrote the one before."""
    name, root = "", markup.parsed(page)
    for message in () if root is None else root.iterfind(".//div[@class]"):
        classes = message.get("class", "").split()
        if "message" not in classes:
            continue
        if "service" in classes:
            left_out["service message"] += 1
            continue
        found = {"from_name": next(iter(_name(message)), None), "text": message.find(".//div[@class='text']")}
        time = message.find(".//div[@title]")
        texts = {key: "" if each is None else markup.words_in(each, Counter()) for key, each in found.items()}
        name = texts["from_name"] or name
        if not texts["text"]:
            left_out["message without words"] += 1
            continue
        values = name, "" if time is None else time.get("title", ""), texts["text"]
        yield [dict(zip(FIELDS, values, strict=True))]
