"""Chats of iMessage, Signal and Zoom: what people wrote, without times, names and what programs say about it."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig

from . import read

IMESSAGE = """May 17, 2022  5:29:42 PM
Me
Are we still on for Thursday?

May 17, 2022  5:31:01 PM (Read by you after 1 hour, 49 seconds)
Sample Contact
Yes! Six at the harbour

I cannot wait
Tapbacks:
    Loved by Me
    May 18, 2022 10:00:00 AM
    Me
    Which harbour?

May 18, 2022 10:00:00 AM
Me
Which harbour?
This message responded to an earlier message.

May 18, 2022 10:01:00 AM You renamed the conversation to Dinner

May 18, 2022 10:02:00 AM
+14155550134
/Users/x/Library/Messages/Attachments/ab/IMG 0001.heic
The old one
Sent with Gentle

May 18, 2022 10:03:00 AM
Me
May 18, 2022 10:03:00 AM Fnie
Edited 5 seconds later: Fine
Reactions:
Liked by Sample Contact

May 18, 2022 10:04:00 AM
Me
You unsent a message!

"""
SIGNAL = """Conversation: Ann (+4912345)

From: You
Type: outgoing
Sent: Wed, 30 Jul 2025 09:17:39 +0200
Reaction: ❤ from Ann

This is what I wrote.

And a second line.
From: nobody

From: Ann (+4912345)
Type: incoming
Sent: Wed, 30 Jul 2025 09:18:00 +0200
Received: Wed, 30 Jul 2025 09:18:01 +0200
Attachment: a.jpg (image/jpeg, 1234 bytes)

> From: You
> Sent: Wed, 30 Jul 2025 09:17:39 +0200
>
> This is what I wrote.

I have read it.

Type: group-v2-change
Sent: Wed, 30 Jul 2025 09:19:00 +0200
Received: unknown

From: You
Type: outgoing
Sent: Wed, 30 Jul 2025 09:20:00 +0200
Edited: 2 versions

| Version: 2
| Sent: Wed, 30 Jul 2025 09:21:00 +0200
|
| Good night
|
| Version: 1
| Sent: Wed, 30 Jul 2025 09:20:00 +0200
|
| Godo night

"""
ZOOM = """10:02:15 From  Jane Doe  to  Everyone:
\tHello: all
\tof you
10:02:40 From Ann (host) to Jane Doe(Direct Message) : Welcome
10:03:01 From Bob to Everyone:
\tReplying to "Hello: all"
\t
\tGood morning
10:03:05 From Jane Doe to Everyone:
\tReacted to "Good morning" with 👍
"""
CLOUD = "00:58:04\tAlex:\tDepends on your style.\r\n00:58:20\tAnn B:\tDid you see it?\r\n"


@pytest.mark.parametrize(
    ("content", "said", "name", "told"),
    [
        (
            IMESSAGE,
            [
                "Are we still on for Thursday?",
                "Yes! Six at the harbour\n\nI cannot wait",
                "Which harbour?",
                "The old one",
                "Fine",
            ],
            "an iMessage chat",
            "1 notice, 2 picture or deleted messages",
        ),
        (
            SIGNAL,
            ["This is what I wrote.\n\nAnd a second line.\nFrom: nobody", "I have read it.", "Good night"],
            "a Signal chat",
            "1 picture or deleted message",
        ),
        (ZOOM, ["Hello: all\nof you", "Welcome", "Good morning"], "a Zoom chat", "1 notice"),
        (CLOUD, ["Depends on your style.", "Did you see it?"], "a Zoom chat", "Not learnt: “name”, “time”."),
    ],
)
def test_what_people_wrote_is_read(tmp_path: Path, content: str, said: list[str], name: str, told: str) -> None:
    (tmp_path / "chat.txt").write_text(content, encoding="utf-8", newline="")
    found = read(tmp_path / "chat.txt")
    assert found.documents == said
    assert f"Read as {name}." in found.warnings and told in found.warnings, found.warnings


def test_times_and_names_can_be_learnt_too(tmp_path: Path) -> None:
    options = TextConfig(columns=("name", "time", "text"))
    wanted = {
        IMESSAGE: "+14155550134: May 18, 2022 10:02:00 AM: The old one",
        SIGNAL: "You: Wed, 30 Jul 2025 09:20:00 +0200: Good night",
        ZOOM: "Bob: 10:03:01: Good morning",
        CLOUD: "Ann B: 00:58:20: Did you see it?",
    }
    for content, document in wanted.items():
        (tmp_path / "chat.txt").write_text(content, encoding="utf-8")
        assert document in read(tmp_path / "chat.txt", options).documents


HEAD = "May 17, 2022  5:29:42 PM\nMe\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            f"{HEAD}A poem:\n    roses are red\n    violets too\nend\n",
            ["A poem:\n    roses are red\n    violets too\nend"],
        ),
        (f"{HEAD}Reactions:\nnone so far, but wait\n\n", ["Reactions:\nnone so far, but wait"]),
        (f"{HEAD}The log says\nMay 17, 2022  5:00:00 PM server started\nand so on\n", None),
        (f"May 17, 2022  5:00:00 PM You renamed the conversation to Us\n\n{HEAD}Hello\n", ["Hello"]),
        (
            "Conversation: Ann\n\nFrom: You\nType: outgoing\nSent: Wed\n\nPacking list\n\nType: socks\nColour: any",
            ["Packing list\n\nType: socks\nColour: any"],
        ),
        (
            '10:02:15 From Ann to Everyone:\n\tReacted to "x" and wrote an answer\n10:03:00 From Bob to Ann:\n\tHi\n',
            ['Reacted to "x" and wrote an answer', "Hi"],
        ),
    ],
)
def test_no_words_of_a_message_are_taken_for_what_programs_say(
    tmp_path: Path, content: str, said: list[str] | None
) -> None:
    (tmp_path / "chat.txt").write_text(content, encoding="utf-8")
    whole = content.removeprefix(HEAD).strip()
    assert read(tmp_path / "chat.txt").documents == (said or [whole])


@pytest.mark.parametrize(
    "content",
    [
        "Jan 05, 2023  9:00:00 AM\nToday I woke up early.\nThen I slept.\n\nJan 06, 2023  9:00:00 AM\nRain.\n",
        "May 17, 2022 was a Tuesday.\nWe went to the sea.",
        "May 17, 2022  5:29:42 PM\n\nIt was late when I began this diary.",
        "Conversation: a novel\n\nType: unknown\nFrom: here on she was silent.",
        "10:02:15\nFrom the hill we saw the town: it burnt.",
        "10:02:15 the first runner: Ann.",
    ],
)
def test_what_only_begins_like_them_is_a_text(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text(content, encoding="utf-8")
    assert read(tmp_path / "a.txt").text == content
