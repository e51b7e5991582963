"""What exports of messengers, networks and assistants hold besides messages that are plain and whole."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from . import Read, read

ONE, TWO, THREE = "Are you coming to the lake?", "Only if the weather holds.", "Bring the blue kettle please."


def export(folder: Path, value: Any, name: str = "a.json") -> Read:
    lines = "\n".join(map(json.dumps, value)) if name.endswith(".jsonl") else json.dumps(value)
    prefix = "window.YTD.part0 = " if name.endswith(".js") else ""
    (folder / name).write_text(prefix + lines, encoding="utf-8")
    return read(folder / name)


def test_telegram_with_messages_that_it_cannot_export_and_rich_ones(tmp_path: Path) -> None:
    def message(text: str, **more: Any) -> dict[str, Any]:
        return {"id": 1, "type": "message", "date": "2024-05-01T10:00:00", "from": "Ada", "text": text, **more}

    rich = {"blocks": [{"type": "heading", "text": TWO}, {"type": "list", "items": [{"text": [THREE[:5], THREE[5:]]}]}]}
    messages = [message(ONE), {"id": 2, "type": "unsupported"}, message("", rich_message=rich)]
    messages.append({"id": 3, "type": "message", "date": "2024-05-01", "from": "Ada", "rich_message": {"text": ONE}})
    found = export(tmp_path, {"name": "Ada", "type": "personal_chat", "id": 1, "messages": messages})
    assert found.documents == [ONE, f"{TWO}\n{THREE}", ONE]
    assert "Telegram" in found.warnings and "1 unsupported message" in found.warnings


def test_what_facebook_and_instagram_write_themselves(tmp_path: Path) -> None:
    notices: list[dict[str, Any]] = [
        {"content": "Ada added Ben to the group.", "type": "Subscribe", "users": [{"name": "Ben"}]},
        {"content": "You sent an attachment.", "share": {"link": "https://example.com"}},
        {"content": TWO, "share": {"link": "https://example.com"}},
    ]
    messages = [
        {"sender_name": "Ada", "timestamp_ms": n, **each} for n, each in enumerate([{"content": ONE}, *notices])
    ]
    found = export(tmp_path, {"participants": [], "messages": messages})
    assert found.documents == [ONE, TWO] and "2 notices" in found.warnings


@pytest.mark.parametrize("name", ["direct-messages-group.js", "direct-message-group-part1.js"])
def test_messages_of_groups_on_twitter(tmp_path: Path, name: str) -> None:
    said = [{"messageCreate": {"senderId": "1", "text": text, "createdAt": "x"}} for text in (TWO, ONE)]
    found = export(tmp_path, [{"dmConversation": {"messages": [*said, {"joinConversation": {}}]}}], name)
    assert found.documents == [ONE, TWO] and "Twitter" in found.warnings


def test_signs_that_reddit_writes_as_entities(tmp_path: Path) -> None:
    found = export(tmp_path, [{"subreddit": "a", "body": f"&gt; {ONE}\n\n{TWO} &amp; so"}] * 2, "a.jsonl")
    assert found.documents[0] == f"> {ONE}\n\n{TWO} & so"


def chatgpt(folder: Path, *said: tuple[str, dict[str, Any], str]) -> Read:
    nodes = {
        str(n): {
            "parent": str(n - 1) if n else None,
            "message": {"author": {"role": role}, "content": content, "recipient": recipient},
        }
        for n, (role, content, recipient) in enumerate(said)
    }
    return export(folder, [{"mapping": nodes, "current_node": str(len(said) - 1)}], "conversations.json")


def spoken(text: str) -> dict[str, Any]:
    return {"content_type": "text", "parts": [text]}


def test_what_chatgpt_says_to_its_tools_and_where_it_names_its_sources(tmp_path: Path) -> None:
    sources = "It is deep \ue200cite\ue202turn0search1\ue202turn0news2\ue201, said【12†source】 "
    named = 'in \ue200entity\ue202["city","Lübeck","a town"]\ue201.'
    found = chatgpt(
        tmp_path,
        ("user", spoken(ONE), "all"),
        ("assistant", spoken('{"prompt": "a lake"}'), "dalle.text2im"),
        ("assistant", spoken(sources + named), "all"),
    )
    assert found.documents == [f"{ONE}\nIt is deep, said in Lübeck."] and "1 message to a tool" in found.warnings


def test_claude_does_not_say_that_a_program_could_not_show_it(tmp_path: Path) -> None:
    parts = [
        {"type": "text", "text": TWO},
        {"type": "tool_use", "input": {"content": "x"}},
        {"type": "text", "text": THREE},
    ]
    text = f"{TWO}\n```\nThis block is not supported on your current device yet.\n```\n{THREE}"
    messages = [
        {"sender": "human", "text": ONE, "content": []},
        {"sender": "assistant", "text": text, "content": parts},
    ]
    assert export(tmp_path, [{"chat_messages": messages}]).documents == [f"{ONE}\n{TWO}\n{THREE}"]


def test_what_claude_wrote_as_a_page_of_its_own_is_learnt(tmp_path: Path) -> None:
    page = {"command": "create", "title": "Lake", "content": f"# The lake\n\n{THREE}"}
    parts: list[dict[str, Any]] = [
        {"type": "thinking", "thinking": "NO"},
        {"type": "text", "text": TWO},
        {"type": "tool_use", "name": "artifacts", "input": page},
        {"type": "tool_result", "name": "artifacts", "content": [{"type": "text", "text": "NO"}]},
        {"type": "tool_use", "name": "artifacts", "input": {"command": "update", "old_str": "NO", "new_str": "NO"}},
        {"type": "tool_use", "name": "web_search", "input": {"query": "NO"}},
    ]
    messages = [{"sender": "human", "text": ONE, "content": ONE}, {"sender": "assistant", "text": "", "content": parts}]
    found = export(tmp_path, [{"chat_messages": messages}])
    assert found.documents == [f"{ONE}\n{TWO}\n# The lake\n\n{THREE}"]
    for counted in ("1 thought", "1 answer of a tool", "1 change of a page", "1 message to a tool"):
        assert counted in found.warnings


def test_what_stands_below_photos_on_facebook(tmp_path: Path) -> None:
    photos = [
        {"media": {"uri": "a.jpg", "title": "NO", "description": words}} for words in (ONE, TWO, "caf\u00c3\u00a9")
    ]
    posts = [{"timestamp": 1, "title": "NO", "data": [{"post": ONE}], "attachments": [{"data": photos}]}]
    assert export(tmp_path, posts).documents == [ONE, TWO, "café"]
    posts[0]["attachments"] = [{"data": [{"media": {"description": {"text": "NO"}}}]}]
    assert export(tmp_path, posts).documents == [ONE], "what is no text is passed over"


def test_what_is_forwarded_on_discord(tmp_path: Path) -> None:
    author = {"name": "ada"}
    messages = [
        {"type": "Default", "content": ONE, "author": author},
        {"type": "Default", "content": "", "author": author, "forwardedMessage": {"content": TWO}},
    ]
    found = export(tmp_path, {"messages": messages})
    assert found.documents == [ONE, TWO] and "without words" not in found.warnings


def test_a_day_of_slack(tmp_path: Path) -> None:
    who = {"real_name": "Ada Lee", "display_name": "ada"}
    words = f"<@U1> &amp; <@U2|ben>, <!here>: {ONE} <https://example.com/a|The map> <https://example.com> <#C1|lake>"
    messages = [
        {"type": "message", "ts": "1.1", "user": "U1", "user_profile": who, "text": words, "blocks": [{"text": "NO"}]},
        {"type": "message", "ts": "1.2", "user": "U2", "subtype": "channel_join", "text": "<@U2> has joined NO"},
        {"type": "message", "ts": "1.3", "user": "U2", "text": f"<@U9> 3 &lt; 4. {TWO}"},
    ]
    found = export(tmp_path, messages)
    shown = f"@Ada Lee & @ben, @here: {ONE} The map https://example.com lake"
    assert found.documents == [shown, f"@somebody 3 < 4. {TWO}"] and "1 service message" in found.warnings


def test_notes_of_keep_are_what_their_owner_wrote(tmp_path: Path) -> None:
    """And not what a shop says about itself, to which a note leads."""
    advert = {"description": "NO " * 40, "title": "NO", "url": "https://example.com"}
    note = {
        "isTrashed": False,
        "userEditedTimestampUsec": 1,
        "title": "Lake",
        "textContent": ONE,
        "annotations": [advert],
    }
    assert export(tmp_path, note).documents == [f"Lake\n{ONE}"]
    items = [{"text": TWO, "textHtml": "<p>NO</p>", "isChecked": True}, {"text": THREE, "isChecked": False}]
    listed = {"isTrashed": False, "userEditedTimestampUsec": 1, "title": "", "listContent": items}
    found = export(tmp_path, [*[listed] * 50, {**note, "isTrashed": True}, {"textContent": ONE}])
    assert found.documents == [*[f"{TWO}\n{THREE}"] * 50, ONE] and "1 deleted note" in found.warnings


def test_messages_that_only_call_a_tool(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": ONE},
        {"role": "assistant", "tool_calls": [{"function": {"name": "a"}}]},
        {"role": "assistant", "content": TWO},
    ]
    assert export(tmp_path, [{"messages": messages}] * 2, "a.jsonl").documents == [f"{ONE}\n{TWO}"] * 2


def test_an_old_chat_of_sillytavern(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [{"user_name": "You", "character_name": "Ada", "create_date": "x"}]
    lines += [{"name": "Ada", "is_user": n % 2, "send_date": n, "mes": text} for n, text in enumerate((ONE, TWO))]
    found = export(tmp_path, lines, "a.jsonl")
    assert found.documents == [f"{ONE}\n{TWO}"] and "SillyTavern" in found.warnings


def test_telegram_with_a_message_that_does_not_say_what_it_is(tmp_path: Path) -> None:
    messages = [{"type": "message", "date": "2024", "from": "Ada", "text": ONE}] * 50
    found = export(tmp_path, {"name": "Ada", "messages": [*messages, {"date": "2024", "text": TWO}]})
    assert found.documents == [ONE] * 50 and "1 service message" in found.warnings


def test_a_mark_of_quotes_without_end_is_read_once(tmp_path: Path) -> None:
    start = time.monotonic()
    mark = "\ue200entity\ue202" + '\\"' * 30_000 + "\ue201"
    node = {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": [ONE + mark]}}}
    assert export(tmp_path, [{"mapping": {"a": node}, "current_node": "a"}]).documents == [ONE]
    assert time.monotonic() - start < 3
