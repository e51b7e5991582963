"""Talks with assistants, as ChatGPT, Claude and SillyTavern export them, and as they are collected for training."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .fields import Document, Export
from .values import as_text, at, content, dicts

_roles = ("user", "assistant", "system", "developer", "tool", "function")
_silent_roles = _roles[2:]  # what they say, nobody said

# Where an answer names its sources, programs show a button.
_source = re.compile(
    r"\s?\ue200(?!entity)[^\ue200\ue201]*\ue201|\ue200(entity[^\ue200\ue201]*)\ue201|\s?【[^【】\n]{0,80}†[^【】\n]{0,80}】"
)
_quoted = re.compile(r'"((?:[^"\\]|\\.)*)("?)')

_unsaid = {"thinking": "thought", "tool_use": "message to a tool", "tool_result": "answer of a tool"}  # by Claude

Said = tuple[str, str]  # who, and what
Read = Callable[[Mapping[str, Any], Counter[str]], Iterable[Said]]  # a talk, and what is left out of it


def chatgpt(value: Any) -> Export | None:
    talks = list(dicts(value if isinstance(value, list) else [value]))
    if not talks or not all(isinstance(talk.get("mapping"), dict) for talk in talks[:50]):
        return None
    return _talks("a ChatGPT export", ("role", "text"), talks, _chatgpt_messages)


def _chatgpt_messages(talk: Mapping[str, Any], left_out: Counter[str]) -> Iterator[Said]:
    """The branch that was seen last: from its end back to the root, never the answers that were thrown away."""
    nodes, branch = talk["mapping"], dict[str, Mapping[str, Any]]()
    name = as_text(talk.get("current_node")) or _last_leaf(nodes)
    while isinstance(node := nodes.get(name), dict) and name not in branch:
        branch[name] = node
        name = as_text(node.get("parent"))
    for node in reversed(branch.values()):
        yield from _chatgpt_message(node, left_out)
    others = (_chatgpt_message(node, Counter()) for key, node in nodes.items() if key not in branch)
    left_out["message of other versions"] += sum(any(text.strip() for _, text in other) for other in others)


def _chatgpt_message(node: Any, left_out: Counter[str]) -> Iterator[Said]:
    message = at(node, "message")
    held, role = at(message, "content"), as_text(at(message, "author", "role"))
    if not isinstance(held, dict) or at(message, "metadata", "is_visually_hidden_from_conversation"):
        return
    what = as_text(held.get("content_type"))
    if role == "assistant" and message.get("recipient", "all") not in ("all", None):
        left_out["message to a tool"] += 1
    elif what in ("text", "multimodal_text"):
        parts = (p if isinstance(p, str) else as_text(at(p, "text")) for p in held.get("parts") or ())
        yield role, _source.sub(_named, "\n".join(part for part in parts if part))
    else:
        left_out[f"{what.replace('_', ' ')} message"] += 1


def _named(source: "re.Match[str]") -> str:
    """What is shown of a mark within an answer: of a person or a town its name, of a source nothing."""
    kind, _, values = (source[1] or "").partition("\ue202")
    # The mark at the end may be missing, so that quotes without end are passed once, and not once from each of them.
    names = [found[1] for found in _quoted.finditer(values) if found[2]]
    return names[1] if kind == "entity" and len(names) > 1 else ""


def _last_leaf(nodes: Mapping[str, Any]) -> str:
    name = next((key for key, node in nodes.items() if isinstance(node, dict) and not node.get("parent")), "")
    for _ in nodes:
        children = at(nodes.get(name), "children")
        if not children:
            break
        name = children[-1]
    return name


def claude(value: Any) -> Export | None:
    talks = list(dicts(value if isinstance(value, list) else [value]))
    if not talks or not all(isinstance(talk.get("chat_messages"), list) for talk in talks[:50]):
        return None
    return _talks("a Claude export", ("sender", "text"), talks, _claude_messages)


def _claude_messages(talk: Mapping[str, Any], left_out: Counter[str]) -> Iterator[Said]:
    for message in dicts(talk["chat_messages"]):
        left_out["attachment"] += len(list(dicts(message.get("attachments")))) + len(list(dicts(message.get("files"))))
        # Where a message has parts, its text also says what its program could not show of them.
        held = message.get("content")
        parts = [_claude_part(part, left_out) for part in held] if isinstance(held, list) else [as_text(held)]
        yield as_text(message.get("sender")), "\n".join(filter(None, parts)) or as_text(message.get("text"))


def _claude_part(part: Any, left_out: Counter[str]) -> str:
    """Its words. What it wrote as a page of its own is among them, as it was first or written anew."""
    kind = as_text(at(part, "type"))
    if kind == "tool_use" and at(part, "name") == "artifacts":
        left_out["change of a page"] += at(part, "input", "command") == "update"
        return as_text(at(part, "input", "content"))
    if kind in _unsaid:
        left_out[_unsaid[kind]] += 1
        return ""
    return as_text(at(part, "text")) if isinstance(part, dict) else as_text(part)


def sharegpt(value: Any) -> Export | None:
    talks = list(dicts(value if isinstance(value, list) else [value]))
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
    are = bool(messages) and all(isinstance(m, dict) and speaker in m for m in messages)
    return are and any(said in m for m in messages) and all(said in m or "tool_calls" in m for m in messages)


def _by_fields(name: str, speaker: str, said: str) -> Read:
    return lambda talk, _: ((as_text(m.get(speaker)), content(m.get(said))) for m in dicts(talk.get(name)))


def sillytavern_of(value: Any) -> Export | None:
    lines = list(dicts(value))
    said = [line for line in lines if "mes" in line]
    if not said or not all("is_user" in line or "name" in line for line in said):
        return None
    return sillytavern(iter(lines))


def sillytavern(lines: Iterable[Any]) -> Export:
    """One chat, a line a message. ``mes`` is the answer that was taken; the rejected swipes beside it are not read."""
    fields, left_out = ("name", "send_date", "mes"), Counter[str]()

    def documents() -> Iterator[Document]:
        document = []
        for line in dicts(lines):
            if line.get("is_system"):
                left_out["hidden message"] += 1
            elif "mes" in line:
                swipes = line.get("swipes")
                left_out["rejected swipe"] += max(0, len(swipes) - 1) if isinstance(swipes, list) else 0
                document.append({name: as_text(line.get(name)) for name in fields})
        yield document

    return Export("a SillyTavern chat", fields, ("mes",), documents(), ": ", left_out)


def _talks(name: str, fields: tuple[str, str], talks: Iterable[Mapping[str, Any]], read: Read) -> Export:
    """Each conversation with an assistant is a document; what nobody said, such as its instructions, is left out."""
    left_out: Counter[str] = Counter()

    def documents() -> Iterator[Document]:
        for talk in talks:
            document = []
            for speaker, text in read(talk, left_out):
                if speaker in _silent_roles:
                    left_out[f"{speaker} message"] += bool(text.strip())
                elif text.strip():
                    document.append(dict(zip(fields, (speaker, text), strict=True)))
            yield document

    return Export(name, fields, fields[1:], documents(), ": ", left_out)
