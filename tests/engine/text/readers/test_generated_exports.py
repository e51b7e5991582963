"""Exports as their publishers describe them, with random words: each is recognised, and only words are learnt."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from . import read

Made = tuple[str, str, list[str], str]  # name of the file, its content, the documents, a word of what it is called

_words = [
    "lake",
    "boat",
    "kettle",
    "morning",
    "rain",
    "window",
    "letter",
    "mill",
    "attic",
    "bread",
    "dog",
    "garden",
    "river",
    "bell",
    "lamp",
    "road",
]


class Writer:
    """Random sentences, names, times and ids."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def said(self) -> str:
        count = self.random.randint(4, 30)
        return " ".join(self.random.choices(_words, k=count)).capitalize() + self.random.choice(
            [".", "?", "!\nYes.", " …"]
        )

    def many(self) -> list[str]:
        return [f"{self.said()} {n}" for n in range(self.random.randint(3, 12))]

    def talk(self) -> list[str]:
        return [f"{self.said()} {n}" for n in range(2 * self.random.randint(1, 4))]

    def name(self) -> str:
        return self.random.choice(["Ann", "Ben Bee", "Çelik", "+49 170 123", "山田"])

    def id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def link(self) -> str:
        return f"https://example.com/{self.id()}/{self.id()}?a={self.id()}"

    def time(self, n: int) -> str:
        return f"2024-05-{n % 28 + 1:02}T1{n % 10}:00:00.000Z"


def telegram(w: Writer) -> Made:
    said = w.many()
    messages: list[dict[str, Any]] = []
    for n, text in enumerate(said):
        start, rest = text[:5], text[5:]
        styled = [start, {"type": "bold", "text": rest}] if w.random.random() < 0.5 else text
        entities = [{"type": "plain", "text": start}, {"type": "bold", "text": rest}]
        messages.append({"id": n, "type": "message", "date": w.time(n), "from": w.name(), "from_id": f"user{n}"})
        messages[-1] |= {"text": styled, "text_entities": entities}
        messages.append(
            {"id": -n, "type": "service", "date": w.time(n), "actor": w.name(), "action": "pin", "text": ""}
        )
        messages.append(
            {"id": n, "type": "message", "date": w.time(n), "from": w.name(), "photo": "(File)", "text": ""}
        )
    return (
        "result.json",
        json.dumps({"name": w.name(), "type": "personal_chat", "id": 1, "messages": messages}),
        said,
        "Telegram",
    )


def whatsapp(w: Writer) -> Made:
    said = [text.replace("\n", " ") for text in w.many()]
    lines = [f"0{n % 9 + 1}/05/24, 13:{n:02} - {w.name()}: {text}" for n, text in enumerate(said)]
    lines.insert(1, "01/05/24, 13:00 - Messages and calls are end-to-end encrypted.")
    lines.insert(3, "01/05/24, 13:00 - Ann: <Media omitted>")
    return "chat.txt", "\n".join(lines) + "\n", said, "WhatsApp"


def facebook(w: Writer) -> Made:
    said = w.many()
    messages = [
        {"sender_name": w.name(), "timestamp_ms": 1714550400000 + n, "content": text, "is_geoblocked_for_viewer": False}
        for n, text in enumerate(said)
    ]
    value = {"participants": [{"name": w.name()}], "messages": messages[::-1], "title": "A", "thread_path": "inbox/a_1"}
    return "message_1.json", json.dumps(value), said, "Facebook"


def instagram_comments(w: Writer) -> Made:
    said = w.many()
    value = [
        {
            "media_list_data": [{"uri": w.link()}],
            "string_map_data": {
                "Comment": {"value": text},
                "Media Owner": {"value": w.name()},
                "Time": {"timestamp": 1714550400 + n},
            },
        }
        for n, text in enumerate(said)
    ]
    return "post_comments_1.json", json.dumps(value), said, "Instagram"


def discord(w: Writer) -> Made:
    said = w.many()
    messages = [
        {
            "id": w.id(),
            "type": w.random.choice(["Default", "Reply"]),
            "timestamp": w.time(n),
            "content": text,
            "author": {"id": w.id(), "name": w.name(), "avatarUrl": w.link()},
            "attachments": [{"url": w.link(), "fileName": "a.png"}],
            "embeds": [{"title": "A page about many things", "url": w.link(), "description": "long words " * 30}],
        }
        for n, text in enumerate(said)
    ]
    messages.append({**messages[0], "type": "ChannelPinnedMessage", "content": "Pinned a message."})
    return "general.json", json.dumps({"guild": {"id": "1"}, "messages": messages, "messageCount": 9}), said, "Discord"


def twitter(w: Writer) -> Made:
    said = w.many()
    tweets = [
        {
            "tweet": {
                "edit_info": {"initial": {"editTweetIds": [w.id()], "editableUntil": w.time(n)}},
                "source": '<a href="http://twitter.com/download/iphone" rel="nofollow">Twitter for iPhone</a>',
                "entities": {"urls": [{"url": w.link()}]},
                "full_text": text,
                "id_str": w.id(),
                "created_at": "Wed Oct 10 20:19:24 +0000 2018",
            }
        }
        for n, text in enumerate(said)
    ]
    return "tweets.js", "window.YTD.tweets.part0 = " + json.dumps(tweets, indent=2), said, "Twitter"


def chatgpt(w: Writer) -> Made:
    talks, documents = [], []
    for _ in range(3):
        said, nodes, parent = w.talk(), dict[str, Any](), "root"
        nodes["root"] = {"id": "root", "message": None, "parent": None, "children": []}
        for n, text in enumerate(said):
            for rejected in (True, False):
                key = w.id()
                content = {"content_type": "text", "parts": ["A thrown away answer." if rejected else text]}
                message = {"id": key, "author": {"role": "assistant" if n % 2 else "user"}, "content": content}
                nodes[key] = {"id": key, "message": message | {"metadata": {}}, "parent": parent, "children": []}
                nodes[parent]["children"].append(key)
            parent = key
        talks.append({"title": "A talk", "create_time": 1.5, "mapping": nodes, "current_node": parent})
        documents.append("\n".join(said))
    return "conversations.json", json.dumps(talks), documents, "ChatGPT"


def claude(w: Writer) -> Made:
    talks = [w.talk() for _ in range(3)]
    value = [
        {
            "uuid": w.id(),
            "name": "A talk",
            "chat_messages": [
                {"uuid": w.id(), "sender": ("human", "assistant")[n % 2], "text": text, "created_at": w.time(n)}
                for n, text in enumerate(said)
            ],
        }
        for said in talks
    ]
    return "conversations.json", json.dumps(value), ["\n".join(said) for said in talks], "Claude"


def sillytavern(w: Writer) -> Made:
    said = w.talk()
    lines: list[dict[str, Any]] = [
        {"user_name": "Ann", "character_name": "Ben", "chat_metadata": {"note_prompt": "Be"}}
    ]
    for n, text in enumerate(said):
        swipes = {"swipes": ["A rejected answer.", text], "swipe_id": 1, "extra": {"model": "m"}} if n % 2 else {}
        lines.append({"name": w.name(), "is_user": not n % 2, "send_date": "May 1, 2024", "mes": text, **swipes})
    return "chat.jsonl", "\n".join(map(json.dumps, lines)), ["\n".join(said)], "SillyTavern"


def reddit(w: Writer) -> Made:
    said = w.many()
    lines = [
        {
            "id": w.id(),
            "subreddit": "boats",
            "author": "ann",
            "created_utc": 1714550400,
            "body": text,
            "permalink": w.link(),
        }
        for text in said
    ]
    return "comments.jsonl", "\n".join(map(json.dumps, lines)), said, "Reddit"


def alpaca(w: Writer) -> Made:
    triples = [(w.said(), w.random.choice(["", w.said()]), w.said()) for _ in range(5)]
    value = [{"instruction": a, "input": b, "output": c} for a, b, c in triples]
    return "alpaca.json", json.dumps(value), ["\n".join(filter(None, triple)) for triple in triples], "instructions"


def sharegpt(w: Writer) -> Made:
    talks = [w.talk() for _ in range(4)]
    value = [
        {
            "id": w.id(),
            "conversations": [{"from": ("human", "gpt")[n % 2], "value": text} for n, text in enumerate(said)],
        }
        for said in talks
    ]
    return "sharegpt.json", json.dumps(value), ["\n".join(said) for said in talks], "ShareGPT"


def messages(w: Writer) -> Made:
    talks = [w.talk() for _ in range(4)]
    value = [
        {"messages": [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(said)]}
        for said in talks
    ]
    return "train.jsonl", "\n".join(map(json.dumps, value)), ["\n".join(said) for said in talks], "chat messages"


def kindle(w: Writer) -> Made:
    said = w.many()
    clippings = (
        f"A Book (Bee, Ann)\r\n- Your Highlight on Location {n} | Added on Monday, 1 May 2024\r\n\r\n{text}\r\n==========\r\n"
        for n, text in enumerate(said)
    )
    return "My Clippings.txt", "".join(clippings), said, "Kindle"


makers: list[Callable[[Writer], Made]] = [
    telegram,
    whatsapp,
    facebook,
    instagram_comments,
    discord,
    twitter,
    chatgpt,
    claude,
    sillytavern,
    reddit,
    alpaca,
    sharegpt,
    messages,
    kindle,
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("make", makers, ids=lambda make: make.__name__)
def test_an_export_is_recognised_and_its_words_are_learnt(
    tmp_path: Path, make: Callable[[Writer], Made], seed: int
) -> None:
    name, content, documents, called = make(Writer(seed))
    (tmp_path / name).write_bytes(content.encode())
    found = read(tmp_path / name)
    assert found.documents == documents
    assert "Read as" in found.warnings and called in found.warnings
