"""Talks as Skype exports them: what was written stands among tags for links, smileys and quotations."""

import html
import re
from collections.abc import Iterator
from typing import Any

from .values import as_text, at, dicts

WRITTEN = ("RichText", "Text")  # kinds of messages; others are calls, files and notices
fields = ("from", "originalarrivaltime", "content")
_about_quotation = re.compile(r"<legacyquote>.*?</legacyquote>", re.DOTALL)
_tag = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)


def messages_of(value: Any) -> Iterator[dict[str, Any]]:
    """Of all talks, each from its first message on; the newest comes first in the file."""
    for talk in dicts(at(value, "conversations")):
        for message in reversed(list(dicts(talk.get("MessageList")))):
            yield {**message, "from": as_text(message.get("displayName")) or as_text(message.get("from"))}


def plain(content: str) -> str:
    return html.unescape(_tag.sub("", _about_quotation.sub("", content)))
