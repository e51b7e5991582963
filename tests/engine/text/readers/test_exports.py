"""What people bring from messengers, networks and assistants: recognised, said, and nothing but their words learnt."""

import json
from pathlib import Path
from typing import Any

import pytest

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.text.readers.prose import amount

from . import REPORTS, Read, read

WORDS = ["Are you coming to the lake?", "Only if the weather holds.", "Bring the blue kettle please."]


def export(folder: Path, value: Any, name: str = "a.json", options: TextConfig | None = None) -> Read:
    lines = "\n".join(map(json.dumps, value)) if name.endswith(".jsonl") else json.dumps(value)
    (folder / name).write_text(lines, encoding="utf-8")
    return read(folder / name, options)


def test_telegram() -> None:
    found = read(REPORTS / "telegram" / "result.json")
    given = json.loads((REPORTS / "telegram" / "result.json").read_text(encoding="utf-8"))["messages"]
    expected = [
        "".join(piece if isinstance(piece, str) else piece["text"] for piece in message["text"])
        for message in given
        if message["type"] == "message"
    ]
    assert found.documents == [text for text in expected if text]
    assert found.warnings.startswith("Read as a Telegram export. Learnt: “text”. Not learnt: “from”, “date”.")


def test_a_telegram_export_of_all_chats(tmp_path: Path) -> None:
    link = [{"type": "link", "text": "there"}, "."]
    chats = [
        {"name": "A", "id": 1, "messages": [{"type": "message", "text": ["See ", *link], "date": "2024", "from": "B"}]},
        {"name": "C", "id": 2, "messages": [{"type": "service", "text": "", "date": "2024", "action": "joined"}]},
    ]
    found = export(tmp_path, {"about": "This is long and says what it is.", "chats": {"about": "x", "list": chats}})
    assert found.documents == ["See there."] and "Left out: 1 service message." in found.warnings
    found = export(tmp_path, {"chats": {"list": chats}}, options=TextConfig(columns=("from", "text")))
    assert found.documents == ["B: See there."]


def test_letters_that_facebook_garbles_are_mended_unasked(tmp_path: Path) -> None:
    found = read(REPORTS / "facebook" / "comments.json")
    assert found.documents[0] == "Ça va être génial ce soir, j’apporte le gâteau 🎂"
    assert len(found.documents) == 9 and "garbled" not in found.warnings and "Facebook" in found.warnings
    said, name = "Déjà vu, “naïve” façade 🎂", "Zoë"
    for letters in (said.encode().decode("latin-1"), said):  # as it writes them, and in case it ever mends it
        message = {"sender_name": name.encode().decode("latin-1"), "timestamp_ms": 1, "content": letters}
        options = TextConfig(columns=("sender_name", "content"))
        assert export(tmp_path, {"messages": [message]}, options=options).documents == [f"{name}: {said}"]


@pytest.mark.parametrize("since_2021", [True, False])
def test_facebook_as_web_pages(tmp_path: Path, since_2021: bool) -> None:
    block, name, time, text = (
        ("_a6-g", "_a6-h", "_a6-o", "_a6-p") if since_2021 else ("_2lej", "_2lek", "_2lem", "_2let")
    )

    def said(who: str, *parts: str) -> str:
        words = "".join(f"<div>{part}</div>" for part in ("", *parts, "<ul><li>❤Ben</li></ul>"))
        content = f'<div class="_3-95 {text}"><div>{words}</div></div>' if parts else ""
        when = f'<div class="_3-94 {time}">May 12, 2025 2:40:00 PM</div>'
        begin = f'<div class="pam _3-95 _2ph- {block} uiBoxWhite noborder">'
        return f'{begin}<h2 class="_3-95 {name} _a6-i">{who}</h2>{content}{when}</div>'

    link, film = '<a href="https://e.org">https://e.org</a>', "<video>Click for video: x</video>"
    talk = [said("Anna", f"{WORDS[1]}<br>{WORDS[2]}"), said("Anna", "Anna sent a photo.", "<img src='a.jpg'>")]
    talk += [said("Ben", "", link), said("Ben", film), said("Anna", "Liked a message"), said("Ben", WORDS[0], link)]
    head = f"<html><head><style>{30_000 * 'a'}</style></head>"
    page = f"{head}<body>{said('Participants: Anna')}{''.join(talk)}</body></html>"
    (tmp_path / "message_1.html").write_text(page, encoding="utf-8")
    found = read(tmp_path / "message_1.html")
    assert found.documents == [WORDS[0], f"{WORDS[1]}\n{WORDS[2]}"], "the newest comes first"
    assert "Left out: 3 messages without words, 2 notices." in found.warnings
    named = read(tmp_path / "message_1.html", TextConfig(columns=("from", "text")))
    assert named.documents[0] == f"Ben: {WORDS[0]}"


def test_a_page_of_facebook_without_messages_is_a_page(tmp_path: Path) -> None:
    block = '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">'
    page = f'<html><body>{block}<h2 class="_a6-h">{WORDS[0]}</h2><div class="_a6-p"></div></div></body></html>'
    (tmp_path / "posts_1.html").write_text(page, encoding="utf-8")
    assert read(tmp_path / "posts_1.html").documents == [WORDS[0]]


def test_facebook_conversations_begin_with_the_oldest(tmp_path: Path) -> None:
    messages: list[dict[str, Any]] = [
        {"sender_name": "Ann", "timestamp_ms": 1000 - n, "content": text} for n, text in enumerate(reversed(WORDS))
    ]
    messages.append({"sender_name": "Ben", "timestamp_ms": 5, "photos": [{"uri": "messages/inbox/a/photos/1.jpg"}]})
    found = export(tmp_path, {"participants": [{"name": "Ann"}], "messages": messages, "title": "Ann", "magic": []})
    assert found.documents == WORDS and "1 message without words" in found.warnings


def test_facebook_posts_and_instagram_comments(tmp_path: Path) -> None:
    posts = [
        {"timestamp": 1, "data": [{"post": WORDS[0]}, {"update_timestamp": 2}], "title": "Ann updated her status."}
    ]
    assert export(tmp_path, posts).documents == [WORDS[0]]
    value: Any = {
        "comments_v2": [{"timestamp": 1, "data": [{"comment": {"timestamp": 1, "comment": WORDS[1]}}], "title": "A"}]
    }
    assert export(tmp_path, value).documents == [WORDS[1]]
    value = [
        {"media_list_data": [], "string_map_data": {"Comment": {"value": WORDS[2]}, "Media Owner": {"value": "b"}}}
    ]
    assert export(tmp_path, value).documents == [WORDS[2]]


def test_discord() -> None:
    found = read(REPORTS / "discord" / "general.json")
    given = json.loads((REPORTS / "discord" / "general.json").read_text(encoding="utf-8"))["messages"]
    assert found.documents == [message["content"] for message in given if message["content"]]
    assert "Discord" in found.warnings and "Learnt: “content”" in found.warnings


@pytest.mark.parametrize("prefix", ["window.YTD.tweets.part0 = ", "window.YTD.tweet.part1 =", ""])
def test_twitter(tmp_path: Path, prefix: str) -> None:
    tweets = [
        {
            "tweet": {
                "id_str": str(10**18 + n),
                "full_text": f"{text} &amp; so",
                "created_at": "Wed Oct 10 20:19:24 +0000 2018",
            }
        }
        for n, text in enumerate(WORDS)
    ]
    (tmp_path / "tweets.js").write_text(prefix + json.dumps(tweets, indent=1))
    found = read(tmp_path / "tweets.js")
    assert found.documents == [f"{text} & so" for text in WORDS] and "Twitter" in found.warnings


def test_a_long_tweet_is_a_note(tmp_path: Path) -> None:
    notes = [
        {"noteTweet": {"noteTweetId": "1", "createdAt": "x", "core": {"text": f"{text} &amp; so"}}} for text in WORDS
    ]
    found = json_file(tmp_path, "note-tweet.js", notes)
    assert found.documents == [f"{text} & so" for text in WORDS] and "Twitter" in found.warnings


def test_chats_under_the_names_of_those_who_wrote_are_all_learnt(tmp_path: Path) -> None:
    """Of a whole history one chat was learnt."""
    chats = {who: [{"From": who, "Content": f"{text} {who}"} for text in WORDS] for who in ("ann", "bob", "cleo")}
    found = json_file(tmp_path, "chat_history.json", chats)
    assert [text for text in found.documents if "bob" in text] == [f"{text} bob" for text in WORDS]
    assert len(found.documents) == 3 * len(WORDS)


def test_other_programs_are_no_texts() -> None:
    from textgen_gui.engine.core.project import text_format

    assert text_format(Path("jquery.js"))[0] == "" and text_format(Path("tweets-part2.js"))[0] == "json"


def node(name: str, parent: str | None, children: list[str], role: str, *parts: Any) -> dict[str, Any]:
    message = {"author": {"role": role}, "content": {"content_type": "text", "parts": list(parts)}, "metadata": {}}
    return {"id": name, "parent": parent, "children": children, "message": message if role else None}


def test_chatgpt(tmp_path: Path) -> None:
    nodes = [
        node("root", None, ["s"], ""),
        node("s", "root", ["q"], "system", "You are helpful."),
        node("q", "s", ["bad", "good"], "user", WORDS[0], {"asset_pointer": "file://x"}),
        node("bad", "q", [], "assistant", "A thrown away answer."),
        node("good", "q", [], "assistant", WORDS[1]),
    ]
    talk = {
        "title": "Lake",
        "mapping": {each["id"]: each for each in nodes},
        "current_node": "good",
        "create_time": 1.5,
    }
    found = export(tmp_path, [talk, {**talk, "current_node": None}], "conversations.json")
    assert found.documents == [f"{WORDS[0]}\n{WORDS[1]}"] * 2
    assert "ChatGPT" in found.warnings and "2 system messages" in found.warnings
    named = export(tmp_path, [talk], options=TextConfig(columns=("role", "text")))
    assert named.documents == [f"user: {WORDS[0]}\nassistant: {WORDS[1]}"]


def test_claude(tmp_path: Path) -> None:
    messages = [
        {"uuid": "1", "sender": "human", "text": WORDS[0], "content": [{"type": "text", "text": WORDS[0]}]},
        {
            "uuid": "2",
            "sender": "assistant",
            "text": "",
            "content": [{"type": "text", "text": WORDS[1]}, {"type": "x"}],
        },
    ]
    found = export(tmp_path, [{"uuid": "a-b", "name": "Lake", "chat_messages": messages}])
    assert found.documents == [f"{WORDS[0]}\n{WORDS[1]}"] and "Claude" in found.warnings


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_sharegpt_and_messages(tmp_path: Path, name: str) -> None:
    talk = [
        {"from": "system", "value": "Be kind."},
        {"from": "human", "value": WORDS[0]},
        {"from": "gpt", "value": WORDS[1]},
    ]
    found = export(tmp_path, [{"id": "a_0", "conversations": talk}] * 3, name)
    assert found.documents == [f"{WORDS[0]}\n{WORDS[1]}"] * 3 and "ShareGPT" in found.warnings
    messages = [
        {"role": "user", "content": [{"type": "text", "text": WORDS[0]}]},
        {"role": "assistant", "content": WORDS[1]},
    ]
    found = export(tmp_path, [{"messages": messages}] * 3, name)
    assert found.documents == [f"{WORDS[0]}\n{WORDS[1]}"] * 3 and "chat messages" in found.warnings
    if name == "a.json":
        assert export(tmp_path, messages).documents == [f"{WORDS[0]}\n{WORDS[1]}"]


def test_sillytavern_without_rejected_swipes(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"user_name": "Ann", "character_name": "Captain", "create_date": "2024-5-1", "chat_metadata": {}},
        {"name": "Captain", "is_user": False, "mes": WORDS[0], "swipes": ["A rejected one.", WORDS[0]], "swipe_id": 1},
        {"name": "Ann", "is_user": True, "mes": WORDS[1]},
        {"name": "Note", "is_user": False, "is_system": True, "mes": "A hidden one."},
    ]
    found = export(tmp_path, lines, "a.jsonl")
    assert found.documents == [f"{WORDS[0]}\n{WORDS[1]}"]
    assert (
        "SillyTavern" in found.warnings
        and "1 rejected swipe" in found.warnings
        and "1 hidden message" in found.warnings
    )


def test_reddit(tmp_path: Path) -> None:
    def thing(kind: str, **data: Any) -> dict[str, Any]:
        return {"kind": kind, "data": {"author": "ann", "created_utc": 1.0, "permalink": "/r/a/b/c", **data}}

    def listing(*children: Any) -> dict[str, Any]:
        return {"kind": "Listing", "data": {"after": None, "children": list(children)}}

    reply = thing("t1", body=WORDS[2], replies="")
    comments = listing(thing("t1", body=WORDS[1], replies=listing(reply)), thing("t1", body="[deleted]", replies=""))
    found = export(tmp_path, [listing(thing("t3", title="A question", selftext=WORDS[0])), comments])
    assert found.documents == [f"A question\n{WORDS[0]}", WORDS[1], WORDS[2]]
    assert "Reddit" in found.warnings and "1 deleted text" in found.warnings
    lines = [{"subreddit": "a", "author": "b", "body": text, "link_id": "t3_abc"} for text in WORDS]
    assert export(tmp_path, lines, "a.jsonl").documents == WORDS


def test_alpaca() -> None:
    found = read(REPORTS / "alpaca.json")
    assert found.documents[0] == "Name 2 things that float.\nWood, cork and 2 ducks float well on calm water."
    assert found.warnings == "Read as instructions and answers. Learnt: “instruction”, “input”, “output”."


# --- shapes that nobody knows


LINK = "https://example.com/a/very/long/address/that/is/longer/than/the/text/of/it?with=parameters&and=more"


@pytest.mark.parametrize(
    ("value", "documents"),
    [
        ({"body": WORDS[0], "tags": ["x"]}, [WORDS[0]]),
        ({"title": "t", "body": WORDS[0], "authors": ["Ann Bee", "Carl Dee"], "links": [LINK]}, [WORDS[0]]),
        ({"meta": {"count": 3}, "items": [{"words": w, "link": LINK} for w in WORDS]}, WORDS),
        ({"data": {"posts": [{"id": n, "story": w} for n, w in enumerate(WORDS)]}, "paging": {"next": LINK}}, WORDS),
        ({f"-N{n}xyz": {"said": w, "at": "2024-05-01T10:00:00Z"} for n, w in enumerate(WORDS)}, WORDS),
        (
            [
                {"a": {"b": {"c": w}}, "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
                for w in WORDS
            ],
            WORDS,
        ),
        ([{"said": w, "html": f"<div class='message'><p>{w}</p></div>"} for w in WORDS], WORDS),
        (
            [{"said": w, "by": "Sent from my telephone, which is why it is so short and odd."} for w in WORDS * 2],
            WORDS * 2,
        ),
        ([{"name": "A long name of somebody or other, honestly", "text": w} for w in WORDS], WORDS),
        ([{"text": w, "entities": [{"type": "plain", "value": w * 3}]} for w in WORDS], WORDS),
        ({"rows": [{"word": "kettle", "meaning": w} for w in WORDS], "columns": ["word", "meaning"]}, WORDS),
        (WORDS, WORDS),
        ({f"chapter-{n}": w for n, w in enumerate(WORDS)}, WORDS),
        ([[n, "2024-05-01", w] for n, w in enumerate(WORDS)], WORDS),
        ([[WORDS[0], WORDS[1]], [WORDS[1], WORDS[2]]], [f"{WORDS[0]}\n{WORDS[1]}", f"{WORDS[1]}\n{WORDS[2]}"]),
        ([{"wid": f"a{n}b", "utt": w, "who": "speaker two"} for n, w in enumerate(WORDS)], WORDS),
        ({"feed": {"entry": [{"published": "2024-05-01", "note": w, "guid": LINK} for w in WORDS]}}, WORDS),
        ([{"path": "/home/ann/texts/of/mine/one.txt", "contents": w, "sha1": "a" * 40} for w in WORDS], WORDS),
        ({"version": "1.0 of the export format", "entries": [{"text": w, "uuid": "A1-B2"} for w in WORDS]}, WORDS),
        ([{"review": w, "summary": "Good", "reviewerName": "Ann Bee", "helpful": [0, 1]} for w in WORDS], WORDS),
        (
            [{"lat": 1.5, "words": w, "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"} for w in WORDS],
            WORDS,
        ),
    ],
)
def test_the_text_is_found_in_unknown_shapes(tmp_path: Path, value: Any, documents: list[str]) -> None:
    assert export(tmp_path, value).documents == documents


def test_what_is_chosen_and_what_is_not_is_said(tmp_path: Path) -> None:
    found = export(tmp_path, [{"id": 1, "by": {"name": "Ann"}, "words": WORDS[0]}])
    assert found.warnings == "Learnt: “words”. Not learnt: “id”, “by.name”."
    found = export(tmp_path, {"posts": [{"words": w} for w in WORDS], "replies": [{"words": WORDS[0]}]})
    assert found.documents == WORDS and "not learnt: “replies”" in found.warnings


def test_lines_of_json_in_a_file_called_json(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("\n".join(json.dumps({"id": n, "text": w}) for n, w in enumerate(WORDS)))
    assert read(tmp_path / "a.json").documents == WORDS


def test_other_fields_of_an_export_can_be_chosen(tmp_path: Path) -> None:
    lines = [{"subreddit": "boats", "author": "b", "body": text, "link_id": f"t3_{n}"} for n, text in enumerate(WORDS)]
    found = export(tmp_path, lines, "a.jsonl", TextConfig(columns=("link_id", "body")))
    assert found.documents[1] == f"t3_1\n{WORDS[1]}"


SAID = ["The lake was still.", "Nobody had seen the boat.", "Come at seven."]


def json_file(folder: Path, name: str, value: Any) -> Read:
    prefix = "window.YTD.part0 = " if name.endswith(".js") else ""
    (folder / name).write_text(prefix + json.dumps(value), encoding="utf-8")
    return read(folder / name)


def test_telegram_tells_of_polls_and_takes_chats_that_were_left(tmp_path: Path) -> None:
    one = {"type": "message", "date": "2024-05-01", "from": "Ada"}
    chats = [{"messages": [{**one, "text": text}, {**one, "text": "", "poll": {"question": "When?"}}]} for text in SAID]
    found = json_file(tmp_path, "result.json", {"chats": {"list": chats[:2]}, "left_chats": {"list": chats[2:]}})
    assert found.documents == SAID and "3 polls" in found.warnings


def test_telegram_as_pages(tmp_path: Path) -> None:
    name, date = '<div class="from_name">Ada </div>', '<div class="pull_right date details" title="1 May">10:00</div>'
    messages = [
        '<div class="message service"><div class="body details">1 May 2024</div></div>',
        f'<div class="message default clearfix" id="m1"><div class="initials">A</div>{date}{name}'
        '<div class="text">One <b>bold</b>.<br>Two.</div></div>',
        f'<div class="message default clearfix joined">{date}<div class="media_wrap"></div></div>',
        f'<div class="message default clearfix joined">{date}<div class="text">Three.</div></div>',
    ]
    (tmp_path / "messages.html").write_text(f'<div class="history">{"".join(messages)}</div>')
    found = read(tmp_path / "messages.html")
    assert found.documents == ["One bold.\nTwo.", "Three."]
    assert "1 service message, 1 message without words" in found.warnings
    named = read(tmp_path / "messages.html", TextConfig(columns=("from", "text"))).documents
    assert named == ["Ada: One bold.\nTwo.", "Ada: Three."]
    forwarded = '<div class="forwarded body"><div class="from_name">News</div><div class="text">Of others.</div></div>'
    whole = f'<div class="message default clearfix"><div class="body">{date}{name}{forwarded}</div></div>'
    (tmp_path / "messages.html").write_text(f'<div class="history">{whole}{messages[-1]}</div>')
    named = read(tmp_path / "messages.html", TextConfig(columns=("from", "text"))).documents
    assert named == ["Ada: Of others.", "Ada: Three."], "what she writes next is not of whom she forwarded"


def test_facebook_conversations_of_today_and_what_it_writes_itself(tmp_path: Path) -> None:
    locked = [{"senderName": "Ada", "timestamp": 9 - n, "text": text, "media": []} for n, text in enumerate(SAID)]
    found = json_file(tmp_path, "Ben_1.json", {"participants": ["Ada"], "messages": locked})
    assert found.documents == SAID[::-1] and "Facebook" in found.warnings
    messages = [{"sender_name": "Ada", "timestamp_ms": n, "content": text} for n, text in enumerate(SAID)]
    messages.append({"sender_name": "Ada", "timestamp_ms": 8, "content": "Reacted x to your message "})
    messages.append({"sender_name": "Ada", "timestamp_ms": 9, "content": "Ada sent a photo.", "photos": [{"uri": "a"}]})
    messages += [{"sender_name": "Ada", "timestamp_ms": 10, "photos": [{"uri": "a"}]} for _ in range(2)]
    found = json_file(tmp_path, "message_1.json", {"messages": messages})
    assert found.documents == SAID and "2 notices, 2 messages without words" in found.warnings


def test_instagram_posts_with_one_picture_and_with_many(tmp_path: Path) -> None:
    one, two, three = SAID
    posts = [
        {"media": [{"uri": "a.jpg", "creation_timestamp": 1, "title": one}]},
        {"media": [{"uri": "b.jpg", "creation_timestamp": 1, "title": ""}] * 2, "title": two, "creation_timestamp": 1},
        {"media": [{"uri": "b.jpg", "creation_timestamp": 1, "title": three}], "title": three},
    ]
    assert json_file(tmp_path, "posts_1.json", posts).documents == SAID


def test_messages_of_twitter_begin_with_the_oldest(tmp_path: Path) -> None:
    messages = [{"messageCreate": {"senderId": "1", "text": text, "createdAt": "x"}} for text in SAID[::-1]]
    found = json_file(tmp_path, "direct-messages.js", [{"dmConversation": {"messages": messages}}])
    assert found.documents == SAID and "Twitter" in found.warnings


def test_what_chatgpt_did_besides_is_counted(tmp_path: Path) -> None:
    def node(parent: str | None, what: str, text: str) -> dict[str, Any]:
        content = {"content_type": what, "parts": [text]}
        return {"parent": parent, "message": {"author": {"role": "assistant"}, "content": content}}

    nodes = {"a": node(None, "text", SAID[0]), "b": node("a", "code", "print()"), "c": node("b", "text", SAID[1])}
    value = [{"mapping": {**nodes, "d": node("a", "text", "Thrown away.")}, "current_node": "c"}]
    found = json_file(tmp_path, "conversations.json", value)
    assert found.documents == ["\n".join(SAID[:2])]
    assert "1 code message, 1 message of other versions" in found.warnings


def test_a_rejected_answer_is_not_taken_for_the_text(tmp_path: Path) -> None:
    talk = [{"role": "assistant", "content": "It is there."}]
    worse = [{"role": "assistant", "content": "It is there, or it is not, who knows."}]
    value = [{"prompt": "Where?", "chosen": talk, "rejected": worse}] * 2
    assert json_file(tmp_path, "pairs.json", value).documents == ["It is there."] * 2


def test_markup_of_pages_is_no_text_unless_it_was_asked_for(tmp_path: Path) -> None:
    value = [
        {"id": n, "content": {"rendered": f"<p>{text}</p>\n<p>Two &amp; three.</p>\n"}} for n, text in enumerate(SAID)
    ]
    assert json_file(tmp_path, "posts.json", value).documents == [f"{text}\n\nTwo & three." for text in SAID]
    asked = read(tmp_path / "posts.json", TextConfig(columns=("content.rendered",))).documents
    assert asked[0].startswith("<p>") and len(asked) == 3
    (tmp_path / "a.csv").write_text("id,body\n" + "".join(f'{n},"<p>{text}</p>"\n' for n, text in enumerate(SAID)))
    assert read(tmp_path / "a.csv").documents == SAID


def test_deleted_notes_are_left_out_and_counted(tmp_path: Path) -> None:
    value = [{"textContent": text, "isTrashed": n == 1} for n, text in enumerate(SAID)]
    found = json_file(tmp_path, "notes.json", value)
    assert found.documents == SAID[::2] and "1 deleted record" in found.warnings


def test_addresses_and_numbers_are_never_taken_for_a_text(tmp_path: Path) -> None:
    value = {"id": "user-AbCdEf123", "email": "ada@example.com", "plus": True, "phone_number": "+4917012345"}
    with pytest.raises(TextError, match=r"no field that reads like a text\. There are: “id”, “email”"):
        json_file(tmp_path, "user.json", value)


def test_skype(tmp_path: Path) -> None:
    quoted = (
        '<quote author="b"><legacyquote>[1] Ben: </legacyquote>You too?<legacyquote>&lt;&lt;&lt; </legacyquote></quote>'
    )
    said = ['Hello &amp; <ss type="smile">:)</ss>', f"{quoted}Yes, I do", '<partlist alt="">Ann</partlist>']
    kinds = ["RichText", "RichText", "Event/Call"]
    messages = [
        {"messagetype": kind, "content": text, "from": "8:ann", "displayName": None, "originalarrivaltime": str(n)}
        for n, (kind, text) in enumerate(zip(kinds, said, strict=True))
    ]
    found = export(tmp_path, {"userId": "8:ann", "conversations": [{"id": "8:ben", "MessageList": messages[::-1]}]})
    assert found.documents == ["Hello & :)", "You too?Yes, I do"] and "1 notice" in found.warnings
    named = read(tmp_path / "a.json", TextConfig(columns=("from", "content"))).documents
    assert named[0] == "8:ann: Hello & :)"


def test_what_was_thrown_away_in_other_notes_is_not_learnt(tmp_path: Path) -> None:
    of_standard = [{"content_type": "Note", "content": {"text": text, "trashed": text == WORDS[1]}} for text in WORDS]
    found = export(tmp_path, {"version": "004", "items": of_standard})
    assert found.documents == WORDS[::2] and "1 deleted record" in found.warnings
    notes = {"activeNotes": [{"content": WORDS[0]}], "trashedNotes": [{"content": text * 9} for text in WORDS[1:]]}
    found = export(tmp_path, notes)
    assert found.documents == WORDS[:1] and "not learnt: “trashedNotes”" in found.warnings


def test_a_diary_whose_lines_have_times_and_places_is_no_chat(tmp_path: Path) -> None:
    lines = [f"{day}.5.2024, 10:00 - {place}: we went on." for day, place in enumerate(("Berlin", "Prag", "Wien"), 1)]
    (tmp_path / "a.txt").write_text("\n".join(lines))
    assert read(tmp_path / "a.txt").text.split("\n") == lines
    lines.append("4.5.2024, 10:00 - Wien: and on.")  # whoever writes again is a person
    (tmp_path / "a.txt").write_text("\n".join(lines))
    assert "WhatsApp" in read(tmp_path / "a.txt").warnings


def test_outlines_are_read_as_deep_as_they_go(tmp_path: Path) -> None:
    """All below the first blocks was lost."""
    deep = {"string": "C", "uid": "x3"}
    blocks = [{"string": "A ((aBc-1))", "uid": "x1", "children": [{"string": "B of [[Bob]]", "children": [deep]}]}]
    roam = [{"title": "My page", "create-time": 1, "children": [*blocks, {"string": "D"}]}, {"title": "Empty"}]
    (tmp_path / "roam.json").write_text(json.dumps(roam))
    found = read(tmp_path / "roam.json")
    assert found.documents == ["A\nB of Bob\nC\nD"] and "notes of Roam or Logseq" in found.warnings
    posts = [{"title": "A post", "content": "What was asked at first.", "children": [{"content": "An answer."}]}]
    (tmp_path / "posts.json").write_text(json.dumps(posts))
    assert "What was asked" in read(tmp_path / "posts.json").text, "no outline"
    page = {"page-name": "p", "children": [{"content": "id:: 63f5\nA", "children": [{"content": "B", "children": []}]}]}
    (tmp_path / "logseq.json").write_text(json.dumps({"version": 1, "blocks": [page]}))
    assert read(tmp_path / "logseq.json").documents == ["A\nB"]


@pytest.mark.parametrize(
    "cell",
    [
        "Jan 1, 2023, 10:00:00 AM UTC",
        "2023-01-01 10:00:00 UTC",
        "https://a.de/1\nhttps://a.de/2",
        "Mozilla/5.0 (Windows NT 10.0; Win64) Gecko",
        "ANDROID_PHONE",
        "app_opened",
    ],
)
def test_what_programs_note_is_no_prose(cell: str) -> None:
    assert not amount(cell)
    assert amount(f"She wrote {cell} on the wall, and went home before breakfast.")


def test_what_a_telephone_notes_of_a_picture_is_no_text(tmp_path: Path) -> None:
    noted = {"title": "IMG_1.jpg", "photoTakenTime": {"timestamp": "1", "formatted": "Jan 1, 2023, 10:00:00 AM UTC"}}
    (tmp_path / "IMG_1.jpg.json").write_text(json.dumps({**noted, "origin": {"deviceType": "ANDROID_PHONE"}}))
    with pytest.raises(TextError):
        read(tmp_path / "IMG_1.jpg.json")
