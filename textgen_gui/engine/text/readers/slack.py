"""A day of a channel, as Slack exports it: who wrote what, with names and links as people see them."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .values import as_text, at, dicts

SPOKEN = ("", "bot_message", "file_share", "me_message", "reply_broadcast", "thread_broadcast")  # kinds of messages
fields = ("user", "ts", "text")
_mark = re.compile(r"<([@#!]?)([^<>|\s]+)(?:\|([^<>]*))?>")


def messages_of(value: Any) -> list[dict[str, Any]]:
    """All messages of a file; none where it is no export of Slack."""
    messages = list(dicts(value))
    known = all(message.get("type") == "message" and {"ts", "text"} <= message.keys() for message in messages[:50])
    return messages if known else []


def names_of(messages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What people are called, by their ids, as far as they have written here."""
    named = ((as_text(m.get("user")), as_text(at(m, "user_profile", "real_name"))) for m in messages)
    return {user: name for user, name in named if name}


def plain(text: str, names: Mapping[str, str]) -> str:
    """Without its marks; Slack writes the three signs that HTML reserves as entities."""

    def shown(mark: "re.Match[str]") -> str:
        kind, what, label = mark.groups()
        if kind == "@":
            return "@" + (label or names.get(what, "somebody"))
        return label or (f"@{what.partition('^')[0]}" if kind == "!" else what.removeprefix("mailto:"))

    return html.unescape(_mark.sub(shown, text))
