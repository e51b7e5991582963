"""Exports that people bring from their messengers, networks and assistants, known by their shape.

Each becomes documents of messages, and a message is a table of named texts, so that names and times can be chosen too.
"""

import html
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .fields import Document, Export, Message

_roles = ("user", "assistant", "system", "developer", "tool", "function")
_silent_roles = _roles[2:]  # what they say, nobody said


def recognised(value: Any) -> Export | None:
    """The export that a JSON value is; None for none that is known."""
    return next((export for know in _known if (export := know(value)) is not None), None)


class Said(NamedTuple):
    """A message of a chat."""

    name: str
    time: str
    text: str


def _telegram(value: Any) -> Export | None:
    chats = _at(value, "chats", "list") or ([value] if _at(value, "messages") else [])
    messages = [m for chat in _dicts(chats) for m in _dicts(chat.get("messages"))]
    if not messages or not all({"type", "text", "date"} <= m.keys() for m in messages[:50]):
        return None
    return _chat("a Telegram export", ("from", "date", "text"), messages, _telegram_message)


def _telegram_message(message: Mapping[str, Any]) -> Said | str:
    if message.get("type") != "message":
        return "service message"
    text = message.get("text")
    pieces = text if isinstance(text, list) else [text]
    joined = "".join(_text(piece.get("text") if isinstance(piece, dict) else piece) for piece in pieces)
    return _said(message.get("from"), message.get("date"), joined)


def _facebook_chat(value: Any) -> Export | None:
    messages = list(_dicts(_at(value, "messages")))
    if not messages or not all("sender_name" in m and "timestamp_ms" in m for m in messages[:50]):
        return None
    # The newest comes first.
    ordered = sorted(messages, key=lambda m: m["timestamp_ms"] if isinstance(m["timestamp_ms"], int) else 0)
    return _chat(
        "a Facebook or Instagram conversation",
        ("sender_name", "timestamp_ms", "content"),
        ordered,
        lambda m: _said(m.get("sender_name"), m.get("timestamp_ms"), _text(m.get("content"))),
    )


def _facebook_posts(value: Any) -> Export | None:
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    posts = list(_dicts(value))
    if not posts or not all("timestamp" in p or "string_map_data" in p for p in posts[:50]):
        return None
    names = {key for post in posts[:50] for key in post}
    if not names & {"comment", "data", "string_map_data"} or "mapping" in names:
        return None
    found = [_facebook_texts(post) for post in posts]
    if not any(found):
        return None
    documents = ([message] for messages in found for message in messages)
    fields = ("post", "comment")
    return Export("Facebook or Instagram posts and comments", fields, fields, documents)


def _facebook_texts(post: Mapping[str, Any]) -> list[Message]:
    texts = [("comment", post.get("comment")), ("comment", _at(post, "string_map_data", "Comment", "value"))]
    for entry in _dicts(post.get("data")):
        texts += [("post", entry.get("post")), ("comment", _at(entry, "comment", "comment"))]
    return [{name: text} for name, text in texts if isinstance(text, str) and text.strip()]


def _discord(value: Any) -> Export | None:
    messages = list(_dicts(_at(value, "messages")))
    if not messages or not all("content" in m and isinstance(m.get("author"), dict) for m in messages[:50]):
        return None
    return _chat("a Discord export", ("author.name", "timestamp", "content"), messages, _discord_message)


def _discord_message(message: Mapping[str, Any]) -> Said | str:
    if message.get("type", "Default") not in ("Default", "Reply", 0, 19):
        return "service message"
    name = message["author"].get("nickname") or message["author"].get("name")
    return _said(name, message.get("timestamp"), _text(message.get("content")))


def _twitter(value: Any) -> Export | None:
    tweets = [entry.get("tweet", entry) for entry in _dicts(value)]
    if not tweets or not all(isinstance(t, dict) and "full_text" in t for t in tweets[:50]):
        return None
    # X writes the three signs that HTML reserves as entities.
    fields = ("created_at", "full_text")
    documents = ([{name: html.unescape(_text(tweet.get(name))) for name in fields}] for tweet in tweets)
    return Export("an archive of Twitter (X)", fields, ("full_text",), documents)


def _chatgpt(value: Any) -> Export | None:
    talks = list(_dicts(value if isinstance(value, list) else [value]))
    if not talks or not all(isinstance(talk.get("mapping"), dict) for talk in talks[:50]):
        return None
    return _talks("a ChatGPT export", ("role", "text"), talks, _chatgpt_messages)


def _chatgpt_messages(talk: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The branch that was seen last: from its end back to the root, never the answers that were thrown away."""
    nodes, branch = talk["mapping"], list[Mapping[str, Any]]()
    name = talk.get("current_node") or _last_leaf(nodes)
    while isinstance(node := nodes.get(name), dict) and len(branch) <= len(nodes):
        branch.append(node)
        name = node.get("parent")
    for node in reversed(branch):
        message = node.get("message")
        if not isinstance(message, dict) or _at(message, "metadata", "is_visually_hidden_from_conversation"):
            continue
        content = message.get("content")
        if isinstance(content, dict) and content.get("content_type") in ("text", "multimodal_text"):
            parts = (p if isinstance(p, str) else _text(_at(p, "text")) for p in content.get("parts") or ())
            yield _text(_at(message, "author", "role")), "\n".join(part for part in parts if part)


def _last_leaf(nodes: Mapping[str, Any]) -> str:
    name = next((key for key, node in nodes.items() if isinstance(node, dict) and not node.get("parent")), "")
    for _ in nodes:
        children = _at(nodes.get(name), "children")
        if not children:
            break
        name = children[-1]
    return name


def _claude(value: Any) -> Export | None:
    talks = list(_dicts(value if isinstance(value, list) else [value]))
    if not talks or not all(isinstance(talk.get("chat_messages"), list) for talk in talks[:50]):
        return None
    return _talks("a Claude export", ("sender", "text"), talks, _claude_messages)


def _claude_messages(talk: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for message in _dicts(talk["chat_messages"]):
        yield _text(message.get("sender")), _text(message.get("text")) or _content(message.get("content"))


def _sharegpt(value: Any) -> Export | None:
    talks = list(_dicts(value if isinstance(value, list) else [value]))
    for name in ("conversations", "conversation", "messages", "chat"):
        for speaker, said in (("from", "value"), ("role", "content"), ("role", "value"), ("from", "content")):
            if talks and all(_are_messages(talk.get(name), speaker, said) for talk in talks[:50]):
                what = "ShareGPT conversations" if speaker == "from" else "chat messages"
                return _talks(what, (speaker, said), talks, _by_fields(name, speaker, said))
    if _are_messages(value, "role", "content") and all(message["role"] in _roles for message in value):
        return _talks(
            "chat messages", ("role", "content"), [{"messages": value}], _by_fields("messages", "role", "content")
        )
    return None


def _are_messages(value: Any, speaker: str, said: str) -> bool:
    messages = value[:50] if isinstance(value, list) else []
    return bool(messages) and all(isinstance(m, dict) and speaker in m and said in m for m in messages)


def _by_fields(name: str, speaker: str, said: str) -> Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]:
    return lambda talk: ((_text(m.get(speaker)), _content(m.get(said))) for m in _dicts(talk.get(name)))


def _sillytavern(value: Any) -> Export | None:
    lines = list(_dicts(value))
    said = [line for line in lines if "mes" in line]
    if not said or not all("is_user" in line or "name" in line for line in said):
        return None
    return sillytavern(iter(lines))


def sillytavern(lines: Iterable[Any]) -> Export:
    """One chat, a line a message. ``mes`` is the answer that was taken; the rejected swipes beside it are not read."""
    fields, left_out = ("name", "send_date", "mes"), Counter[str]()

    def documents() -> Iterator[Document]:
        document = []
        for line in _dicts(lines):
            if line.get("is_system"):
                left_out["hidden message"] += 1
            elif "mes" in line:
                swipes = line.get("swipes")
                left_out["rejected swipe"] += max(0, len(swipes) - 1) if isinstance(swipes, list) else 0
                document.append({name: _text(line.get(name)) for name in fields})
        yield document

    return Export("a SillyTavern chat", fields, ("mes",), documents(), ": ", left_out)


def _reddit(value: Any) -> Export | None:
    listings = value if isinstance(value, list) else [value]
    if not listings or not all(_at(listing, "kind") == "Listing" for listing in listings):
        return None
    return reddit(entry for listing in listings for entry in _reddit_entries(listing))


def _reddit_entries(listing: Any) -> Iterator[Mapping[str, Any]]:
    """Posts and comments, each comment followed by its replies."""
    waiting = [listing]
    while waiting:
        thing = waiting.pop()
        data = _at(thing, "data")
        if _at(thing, "kind") == "Listing":
            waiting += reversed(list(_dicts(_at(data, "children"))))
        elif isinstance(data, dict) and ("body" in data or "selftext" in data):
            yield data
            waiting.append(data.get("replies"))


def reddit(entries: Iterable[Any]) -> Export:
    fields, left_out = ("author", "created_utc", "title", "selftext", "body"), Counter[str]()

    def documents() -> Iterator[Document]:
        for entry in _dicts(entries):
            texts = {name: _text(entry.get(name)) for name in fields}
            for name in ("selftext", "body"):
                if texts[name].strip() in ("[deleted]", "[removed]"):
                    left_out["deleted text"] += 1
                    texts[name] = ""
            yield [texts]

    return Export("posts and comments of Reddit", fields, fields[2:], documents(), "\n", left_out)


def _listed(value: Any) -> Export | None:
    """Lists whose records say what they are; the same as lines of a file are recognised by ``by_record``."""
    records = value if isinstance(value, list) else []
    return by_record(records[:50], records) if records else None


def by_record(first: list[Any], records: Iterable[Any]) -> Export | None:
    """The export that a file of records is, by its first ones. Takes ``records`` only as its documents are taken."""
    dicts = [record for record in first if isinstance(record, dict)]
    if not dicts or len(dicts) < len(first):
        return None
    if "chat_metadata" in dicts[0] or all("mes" in d and "is_user" in d for d in dicts):
        return sillytavern(records)
    if all("subreddit" in d and ("selftext" in d or "body" in d) for d in dicts):
        return reddit(records)
    for know in (_chatgpt, _claude, _sharegpt):
        if know is _sharegpt and all({"role", "content"} <= d.keys() for d in dicts):
            continue  # a file of lines that are messages by themselves
        if export := know(dicts):
            return _each(export, know, records)
    return None


def _each(export: Export, know: Callable[[Any], Export | None], records: Iterable[Any]) -> Export:
    left_out: Counter[str] = Counter()

    def documents() -> Iterator[Document]:
        for record in records:
            if one := know([record]):
                yield from one.documents
                left_out.update(one.left_out)

    return Export(export.name, export.fields, export.learnt, documents(), export.between, left_out)


_known = (
    _telegram,
    _facebook_chat,
    _discord,
    _chatgpt,
    _claude,
    _sharegpt,
    _facebook_posts,
    _twitter,
    _reddit,
    _sillytavern,
    _listed,
)


def _chat(
    name: str,
    fields: tuple[str, str, str],
    messages: Iterable[Mapping[str, Any]],
    read: Callable[[Mapping[str, Any]], Said | str],
) -> Export:
    """Each message is a document; ``fields`` are its name, time and text in the file.

    ``read`` returns the message, or the name of what it is instead.
    """
    left_out: Counter[str] = Counter()

    def documents() -> Iterator[Document]:
        for each in messages:
            found = read(each)
            if isinstance(found, str):
                left_out[found] += 1
            elif not found.text.strip():
                left_out["message without words"] += 1
            else:
                yield [dict(zip(fields, found, strict=True))]

    return Export(name, fields, fields[2:], documents(), ": ", left_out)


def _talks(
    name: str,
    fields: tuple[str, str],
    talks: Iterable[Mapping[str, Any]],
    read: Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]],
) -> Export:
    """Each conversation with an assistant is a document; what nobody said, such as its instructions, is left out."""
    left_out: Counter[str] = Counter()

    def documents() -> Iterator[Document]:
        for talk in talks:
            document = []
            for speaker, text in read(talk):
                if speaker in _silent_roles:
                    left_out[f"{speaker} message"] += bool(text.strip())
                elif text.strip():
                    document.append(dict(zip(fields, (speaker, text), strict=True)))
            yield document

    return Export(name, fields, fields[1:], documents(), ": ", left_out)


def _said(name: Any, time: Any, text: str) -> Said:
    return Said(_text(name), _text(time), text)


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def _content(value: Any) -> str:
    """What a message says: a string, or a list of parts of which some are text."""
    if isinstance(value, list):
        return "\n".join(
            p if isinstance(p, str) else _text(p.get("text")) for p in value if isinstance(p, str) or _at(p, "text")
        )
    return _text(value)


def _dicts(values: Any) -> Iterator[dict[str, Any]]:
    if isinstance(values, dict | str) or not isinstance(values, Iterable):
        return iter(())
    return (value for value in values if isinstance(value, dict))


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
