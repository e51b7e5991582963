"""Exports that people bring from their messengers, networks and assistants, known by their shape.

Each becomes documents of messages, and a message is a table of named texts, so that names and times can be chosen too.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from . import outlines, skype, slack
from .assistants import chatgpt, claude, sharegpt, sillytavern, sillytavern_of
from .fields import Document, Export, Message
from .values import as_text, at, dicts, styled

_fields_of_facebook = ("sender_name", "timestamp_ms", "content"), ("senderName", "timestamp", "text")
_media_of_facebook = ("photos", "videos", "audio_files", "gifs", "files", "share", "sticker", "call_duration", "media")
_types_of_telegram = ("message", "service", "unsupported")
reaction = re.compile(r"(?:Reacted \S+ to your message|Liked a message) ?")  # of Facebook, where nothing was said


def recognised(value: Any) -> Export | None:
    """The export that a JSON value is; None for none that is known."""
    return next((export for know in _known if (export := know(value)) is not None), None)


class Said(NamedTuple):
    """A message of a chat."""

    name: str
    time: str
    text: str

    @classmethod
    def of(cls, name: Any, time: Any, text: str) -> "Said":
        return cls(as_text(name), as_text(time), text)


def _telegram(value: Any) -> Export | None:
    every = [*dicts(at(value, "chats", "list")), *dicts(at(value, "left_chats", "list"))]
    messages = [m for chat in every or dicts([value]) for m in dicts(chat.get("messages"))]
    if not messages or not all(m.get("type") in _types_of_telegram for m in messages[:50]):
        return None
    if not any({"text", "date"} <= m.keys() for m in messages):
        return None
    return _chat("a Telegram export", ("from", "date", "text"), messages, _telegram_message)


def _telegram_message(message: Mapping[str, Any]) -> Said | str:
    if message.get("type") != "message":
        return f"{as_text(message.get('type')) or 'service'} message"
    if "poll" in message:
        return "poll"
    text = styled(message.get("text")) or styled(message.get("rich_message"), "\n")
    return Said.of(message.get("from"), message.get("date"), text)


def _facebook_chat(value: Any) -> Export | None:
    messages = list(dicts(at(value, "messages")))
    for fields in _fields_of_facebook:
        if messages and all(set(fields[:2]) <= m.keys() for m in messages[:50]):
            # The newest comes first.
            ordered = sorted(messages, key=lambda m: m[fields[1]] if isinstance(m.get(fields[1]), int) else 0)
            return _chat("a Facebook or Instagram conversation", fields, ordered, _facebook_message(*fields))
    return None


def _facebook_message(name: str, time: str, text: str) -> Callable[[Mapping[str, Any]], Said | str]:
    def read(message: Mapping[str, Any]) -> Said | str:
        words = (_ungarbled(as_text(message.get(each))) for each in (name, time, text))
        said = Said(*words)
        is_note = any(map(message.get, _media_of_facebook)) and said.text.startswith((f"{said.name} ", "You sent "))
        is_note = is_note or message.get("type") in ("Subscribe", "Unsubscribe")
        return "notice" if is_note or reaction.fullmatch(said.text) else said

    return read


def _facebook_posts(value: Any) -> Export | None:
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    posts = list(dicts(value))
    times = {"timestamp", "creation_timestamp", "string_map_data", "media"}
    if not posts or not all(times & post.keys() for post in posts[:50]):
        return None
    found = [_facebook_texts(post) for post in posts]
    if not any(found):
        return None
    names = {key for post in posts[:50] for key in post}
    of_instagram = "media" in names and any(
        "creation_timestamp" in m for p in posts[:50] for m in dicts(p.get("media"))
    )
    if (not names & {"comment", "data", "string_map_data"} and not of_instagram) or "mapping" in names:
        return None
    documents = ([message] for messages in found for message in messages)
    fields = ("post", "comment")
    return Export("Facebook or Instagram posts and comments", fields, fields, documents)


def _facebook_texts(post: Mapping[str, Any]) -> list[Message]:
    texts = [("comment", post.get("comment")), ("comment", at(post, "string_map_data", "Comment", "value"))]
    for entry in dicts(post.get("data")):
        texts += [("post", entry.get("post")), ("comment", at(entry, "comment", "comment"))]
    shown = (entry for attached in dicts(post.get("attachments")) for entry in dicts(attached.get("data")))
    captions = [("post", as_text(at(entry, "media", "description"))) for entry in shown]
    texts += [one for one in dict.fromkeys(captions) if one not in texts]
    if media := list(
        dicts(post.get("media"))
    ):  # of Instagram: the words stand beside the pictures, or with the only one
        titles = (each.get("title") for each in (post, *media))
        texts += [("post", title) for title in dict.fromkeys(title for title in titles if isinstance(title, str))]
    return [{name: _ungarbled(text)} for name, text in texts if isinstance(text, str) and text.strip()]


def _ungarbled(text: str) -> str:
    """Facebook writes each byte of UTF-8 as a letter. What was not written so is hardly ever UTF-8 by chance."""
    try:
        return text if text.isascii() else text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _discord(value: Any) -> Export | None:
    messages = list(dicts(at(value, "messages")))
    if not messages or not all("content" in m and isinstance(m.get("author"), dict) for m in messages[:50]):
        return None
    return _chat("a Discord export", ("author.name", "timestamp", "content"), messages, _discord_message)


def _discord_message(message: Mapping[str, Any]) -> Said | str:
    if message.get("type", "Default") not in ("Default", "Reply", 0, 19):
        return "service message"
    name = message["author"].get("nickname") or message["author"].get("name")
    text = as_text(message.get("content")) or as_text(at(message, "forwardedMessage", "content"))
    return Said.of(name, message.get("timestamp"), text)


def _slack(value: Any) -> Export | None:
    messages = slack.messages_of(value)
    names = slack.names_of(messages)

    def read(message: Mapping[str, Any]) -> Said | str:
        if as_text(message.get("subtype")) not in slack.SPOKEN:
            return "service message"
        who = as_text(message.get("user"))
        name = names.get(who) or as_text(message.get("username")) or who
        return Said(name, as_text(message.get("ts")), slack.plain(as_text(message.get("text")), names))

    return _chat("an export of Slack", slack.fields, messages, read) if messages else None


def _skype(value: Any) -> Export | None:
    messages = list(skype.messages_of(value))

    def read(message: Mapping[str, Any]) -> Said | str:
        if message.get("messagetype") not in skype.WRITTEN:
            return "notice"
        name, time, content = (as_text(message.get(field)) for field in skype.fields)
        return Said(name, time, skype.plain(content))

    known = messages and all({"messagetype", "content"} <= message.keys() for message in messages[:50])
    return _chat("an export of Skype", skype.fields, messages, read) if known else None


def _keep(value: Any) -> Export | None:
    notes = list(dicts(value if isinstance(value, list) else [value]))
    if not notes or not all({"userEditedTimestampUsec", "isTrashed"} <= note.keys() for note in notes[:50]):
        return None
    fields, left_out = ("title", "text"), Counter[str]()

    def documents() -> Iterator[Document]:
        for note in notes:
            if note.get("isTrashed"):
                left_out["deleted note"] += 1
                continue
            items = "\n".join(as_text(item.get("text")) for item in dicts(note.get("listContent")))
            texts = as_text(note.get("title")), as_text(note.get("textContent")) or items
            yield [dict(zip(fields, texts, strict=True))]

    return Export("notes of Google Keep", fields, fields, documents(), "\n", left_out)


def _outline(value: Any) -> Export | None:
    pages = outlines.pages_of(value)
    documents = ([outlines.read(page)] for page in pages)
    return Export("notes of Roam or Logseq", outlines.fields, ("text",), documents) if pages else None


def _twitter(value: Any) -> Export | None:
    tweets = [_tweet(entry) for entry in dicts(value)]
    if not tweets or not all(isinstance(t, dict) and "full_text" in t for t in tweets[:50]):
        return None
    # X writes the three signs that HTML reserves as entities.
    fields = ("created_at", "full_text")
    documents = ([{name: html.unescape(as_text(tweet.get(name))) for name in fields}] for tweet in tweets)
    return Export("an archive of Twitter (X)", fields, ("full_text",), documents)


def _tweet(entry: Mapping[str, Any]) -> Any:
    """A long one is a note, and says the same by other names."""
    if isinstance(note := entry.get("noteTweet"), dict):
        return {"created_at": note.get("createdAt"), "full_text": at(note, "core", "text")}
    return entry.get("tweet", entry)


def _reddit(value: Any) -> Export | None:
    listings = value if isinstance(value, list) else [value]
    if not listings or not all(at(listing, "kind") == "Listing" for listing in listings):
        return None
    return reddit(entry for listing in listings for entry in _reddit_entries(listing))


def _reddit_entries(listing: Any) -> Iterator[Mapping[str, Any]]:
    """Posts and comments, each comment followed by its replies."""
    waiting = [listing]
    while waiting:
        thing = waiting.pop()
        data = at(thing, "data")
        if at(thing, "kind") == "Listing":
            waiting += reversed(list(dicts(at(data, "children"))))
        elif isinstance(data, dict) and ("body" in data or "selftext" in data):
            yield data
            waiting.append(data.get("replies"))


def reddit(entries: Iterable[Any]) -> Export:
    fields, left_out = ("author", "created_utc", "title", "selftext", "body"), Counter[str]()

    def documents() -> Iterator[Document]:
        for entry in dicts(entries):
            # Reddit writes the three signs that HTML reserves as entities.
            texts = {name: html.unescape(as_text(entry.get(name))) for name in fields}
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
    if _begins_chat(dicts):
        return sillytavern(records)
    if all("subreddit" in d and ("selftext" in d or "body" in d) for d in dicts):
        return reddit(records)
    for know in (chatgpt, claude, sharegpt):
        if know is sharegpt and all({"role", "content"} <= d.keys() for d in dicts):
            continue  # a file of lines that are messages by themselves
        if export := know(dicts):
            return _each(export, know, records)
    return None


def _begins_chat(lines: list[dict[str, Any]]) -> bool:
    """Whether lines are a chat of SillyTavern; the first one may say whose it is."""
    said = lines[1:] if {"user_name", "character_name"} <= lines[0].keys() else lines
    return "chat_metadata" in lines[0] or (bool(said) and all("mes" in d and "is_user" in d for d in said))


def _each(export: Export, know: Callable[[Any], Export | None], records: Iterable[Any]) -> Export:
    left_out: Counter[str] = Counter()

    def documents() -> Iterator[Document]:
        for record in records:
            if one := know([record]):
                yield from one.documents
                left_out.update(one.left_out)

    return Export(export.name, export.fields, export.learnt, documents(), export.between, left_out)


def _twitter_messages(value: Any) -> Export | None:
    talks = [at(entry, "dmConversation", "messages") for entry in dicts(value)]
    if not talks or not all(isinstance(talk, list) for talk in talks):
        return None
    fields = ("senderId", "createdAt", "text")
    messages = [m["messageCreate"] for talk in talks for m in reversed(talk) if at(m, "messageCreate")]
    # The newest comes first.
    return _chat("messages of Twitter (X)", fields, messages, lambda m: Said.of(*(as_text(m.get(f)) for f in fields)))


_known = (
    _telegram,
    _facebook_chat,
    _discord,
    _slack,
    _skype,
    _keep,
    _outline,
    chatgpt,
    claude,
    sharegpt,
    _facebook_posts,
    _twitter,
    _twitter_messages,
    _reddit,
    sillytavern_of,
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
