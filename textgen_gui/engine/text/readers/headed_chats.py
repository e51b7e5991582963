"""Chats of iMessage, Signal and Zoom as plain text: what is told of a message stands in lines of its own before it.

They are written by imessage-exporter, by sigtop and by Zoom itself.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, dropwhile, pairwise, takewhile, zip_longest

from .fields import Document, Export
from .reading import INVISIBLE

LINES = 200  # looked at
FIELDS = ("name", "time", "text")

Messages = Iterator[tuple[str, str, str]]  # name, time and words

_apple_time = r"[A-Z][a-z]{2} \d\d, \d{4} {1,2}\d{1,2}:\d\d:\d\d [AP]M"
_apple_begins = re.compile(rf"({_apple_time})(?: \(Read by .+\))?")
_apple_notice = re.compile(rf"{_apple_time} \S.*")
_apple_liked = re.compile(r"\s*\S.* by .+|\s*Sticker from .+: .+")
_apple_edit = re.compile(r"Edited .{1,60} later: ")
_apple_told = re.compile(
    r"This message responded to an earlier message\.|SharePlay Message"
    r"|Sent with (?:Confetti|Echo|Fireworks|Balloons|Heart|Lasers|Shooting Start?|Sparkles|Spotlight|Slam|Loud|Gentle"
    r"|Invisible Ink)"
)
_apple_picture = re.compile(
    r"(?:~?/|[A-Za-z]:\\|attachments/).+\.\w{2,5}|Attachment missing!|Sticker from .+: .+"
    r"|.{1,60} (?:deleted|unsent) (?:a message|this message part)[.!]"
)
_signal_field = re.compile(r"(?:Sent|Received|Delivered|Read|Attachment|Reaction|Edited|Version): (.*)")
_zoom_begins = re.compile(
    r"(?P<time>\d\d:\d\d:\d\d)(?:\s+From\s+(?P<by>.{1,80}?)(?:\s+to\s+.{1,80}?)?\s*:|\t(?P<name>[^\t:]{1,80}):)"
    r"\s*(?P<said>.*)"
)
_zoom_notice = re.compile(r"Reacted to [\"“].*[\"”] with \S+|Removed an? .{1,20} reaction from [\"“].*[\"”]", re.DOTALL)
_zoom_reply = re.compile(r"Replying to [\"“].*[\"”]")


def export_of(head: str) -> Callable[[Iterator[str]], Export] | None:
    """What makes documents of the lines of a text that begins like one of them; None for another text."""
    first, *lines = head.lstrip(INVISIBLE + " \n").split("\n", LINES)
    if _is_apple([first, *lines]):
        return lambda lines: _export("an iMessage chat", _apple_messages, lines)
    if first.startswith("Conversation: ") and {"Type: incoming", "Type: outgoing"} & set(lines):
        return lambda lines: _export("a Signal chat", _signal_messages, lines)
    begun = sum(bool(_zoom_begins.fullmatch(line)) for line in (first, *lines))
    if _zoom_begins.fullmatch(first) and ("\tFrom " in first or " From " in first or begun > 1):
        return lambda lines: _export("a Zoom chat", _zoom_messages, lines)
    return None


def _is_apple(lines: Sequence[str]) -> bool:
    """One's own messages are those of “Me”; in others somebody says something twice. A diary has no names."""
    begun = (at for at, line in enumerate(lines[:-1]) if _apple_begins.fullmatch(line))
    names = [lines[at + 1].strip() for at in begun]
    begins = _apple_begins.fullmatch(lines[0]) or _apple_notice.fullmatch(lines[0])
    return bool(begins and all(names)) and ("Me" in names or len({*names}) < len(names))


def _export(name: str, messages: Callable[[Iterator[str], Counter[str]], Messages], lines: Iterator[str]) -> Export:
    left_out = Counter[str]()

    def documents() -> Iterator[Document]:
        for message in messages(lines, left_out):
            if message[2]:
                yield [dict(zip(FIELDS, message, strict=True))]

    return Export(name, FIELDS, FIELDS[2:], documents(), ": ", left_out)


def _apple_messages(lines: Iterator[str], left_out: Counter[str]) -> Messages:
    """A line for the time, one for the name, the words. What answers a message stands in it as well, indented."""
    time = name = ""
    said = list[str]()
    for line in chain(lines, (None,)):
        begins = _apple_begins.fullmatch(line) if line is not None else None
        is_apart = not name or (said and not said[-1].strip())  # and not within a message
        is_notice = line is not None and not begins and is_apart and _apple_notice.fullmatch(line)
        if line is None or begins or is_notice:
            if name:
                yield name, time, _apple_words(said, left_out)
            left_out["notice"] += bool(is_notice)
            time, name, said = begins[1] if begins else "", "", []
        elif not name:
            name = line.strip() if time else ""
        else:
            said.append(line)


def _apple_words(lines: Sequence[str], left_out: Counter[str]) -> str:
    """Without lists of who liked it, and without answers, which follow as messages of their own."""
    words, is_list, is_answer = list[str](), False, False
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        begins_list = line in ("Tapbacks:", "Reactions:") and _apple_liked.fullmatch(following)
        is_list = bool(begins_list) or (is_list and bool(line.strip()))
        is_answer = bool(_apple_begins.fullmatch(line.strip())) or (is_answer and (line[:4].isspace() or not line))
        is_picture = bool(_apple_picture.fullmatch(line))
        left_out["picture or deleted message"] += is_picture and not is_list
        if not (is_list or is_answer or is_picture or _apple_told.fullmatch(line)):
            words.append(line)
    edits = [number for number, line in enumerate(words) if _apple_edit.match(line)]
    words = words[edits[-1] :] if edits else words
    return _apple_edit.sub("", "\n".join(words)).replace("\ufffc", "").strip()


def _signal_messages(lines: Iterator[str], left_out: Counter[str]) -> Messages:
    """Fields, an empty line, the words. What kind of message it is tells whether somebody said it."""
    name, kind, said, waiting = "", "", list[str](), ""
    for line, following in pairwise(chain(lines, ("", "Type: ", "Sent: "))):
        begins = waiting or ((not said or not said[-1].strip()) and following.startswith("Sent: "))
        if line.startswith("Type: ") and begins:
            if kind in ("incoming", "outgoing"):
                yield name, *_signal_words(said, left_out)
            left_out["notice"] += kind not in ("", "incoming", "outgoing")
            name, kind, said, waiting = waiting.removeprefix("From: "), line.removeprefix("Type: "), [], ""
            continue
        if waiting:
            said.append(waiting)
        waiting = line if line.startswith("From: ") else ""
        if not waiting:
            said.append(line)


def _signal_words(lines: Sequence[str], left_out: Counter[str]) -> tuple[str, str]:
    """The time and the words of a message: of its versions the newest, without what it quotes."""
    fields, body = _parted(lines)
    if body and body[0].startswith("| Version: "):
        versions = takewhile(lambda line: line.startswith("|"), body)
        newest = [line[1:].removeprefix(" ") for line in versions]
        older = next((at for at, line in enumerate(newest[1:], 1) if line.startswith("Version: ")), len(newest))
        fields, body = _parted([*fields, *newest[:older]])
    if body and body[0].startswith("> From: "):
        body = list(dropwhile(lambda line: line.startswith(">"), body))
    left_out["picture or deleted message"] += sum(field.startswith("Attachment: ") for field in fields)
    time = next((field.removeprefix("Sent: ") for field in fields if field.startswith("Sent: ")), "")
    return time, "\n".join(body).strip()


def _parted(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """The fields at the beginning, and what stands behind the empty line that ends them."""
    each = list(lines)
    count = next((at for at, line in enumerate(each) if not _signal_field.fullmatch(line)), len(each))
    return each[:count], each[count + 1 :]


def _zoom_messages(lines: Iterator[str], left_out: Counter[str]) -> Messages:
    """Time, name and words in one line, or the words below, behind a tab."""
    name, time, said = "", "", list[str]()
    for line in chain(lines, (None,)):
        begins = _zoom_begins.fullmatch(line) if line is not None else None
        if line is None or begins:
            words = "\n".join(said[1:] if said and _zoom_reply.fullmatch(said[0]) else said).strip()
            is_notice = bool(_zoom_notice.fullmatch(words))
            left_out["notice"] += is_notice
            if name and not is_notice:
                yield name, time, words
        if begins:
            name, time = (begins["by"] or begins["name"]).strip(), begins["time"]
            said = [begins["said"]] if begins["said"] else []
        elif line is not None:
            said.append(line.removeprefix("\t").removesuffix("\r"))
