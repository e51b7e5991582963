"""Chats of LINE and KakaoTalk as plain text: the day stands in a line of its own, a message behind time and name."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from .fields import Document, Export
from .reading import INVISIBLE

_clock = r"(?:(?:午前|午後|上午|下午|오전|오후)\s?)?\d{1,2}:\d\d(?:\s?[AaPp]\.?[Mm]\.?)?"
LINES = 200  # looked at


@dataclass(frozen=True, slots=True)
class Kind:
    """``begins``: a chat, in its first line. ``message``: time, name and words; ``notice``: what nobody said."""

    name: str
    begins: "re.Pattern[str]"
    day: "re.Pattern[str]"
    message: "re.Pattern[str]"
    notice: "re.Pattern[str]"
    instead: "re.Pattern[str]"  # of a picture, or of what was taken back


KINDS = (
    Kind(
        "a LINE chat",
        re.compile(r"\[LINE\] "),
        re.compile(r"\d{4}[/.-]\d{1,2}[/.-]\d{1,2}\W.{1,12}|\w{2,9}, \d{1,2}/\d{1,2}/\d{4}"),
        re.compile(rf"({_clock})\t([^\t]*)\t(.*)"),
        re.compile(rf"{_clock}\t[^\t]*"),
        re.compile(r"\[[^\[\]\n]{1,20}\]|☎.*", re.DOTALL),
    ),
    Kind(
        "a KakaoTalk chat",
        re.compile(r".{0,80}(?:카카오톡 대화|KakaoTalk Chats)"),
        re.compile(r"-{5,} (.+) -{5,}|\d{4}년 \d{1,2}월 \d{1,2}일 \w{3}|\w+, \w+ \d{1,2}, \d{4}"),
        re.compile(
            rf"(?:\[(?P<name>.{{1,60}}?)\] \[(?P<time>{_clock})\] "
            rf"|(?P<at>(?:\d{{4}}년 \d{{1,2}}월 \d{{1,2}}일|\w{{3}} \d{{1,2}}, \d{{4}} at) {_clock}), "
            r"(?P<by>.{1,60}?) : )"
            r"(?P<said>.*)"
        ),
        re.compile(
            r".{1,60}님[이을] (?:.{1,60}[을를] )?(?:들어왔|나갔|초대했|내보냈)습니다\.?"
            r"|.{1,60} (?:joined|left) this chatroom\.|.{1,60} invited .{1,60} to this chatroom\."
        ),
        re.compile(
            r"(?:사진|동영상|이모티콘|음성메시지|삭제된 메시지입니다|Photos?|Videos?|Emoticons?|Voice Note"
            r"|This message was deleted)(?: \d+(?:장|개)?)?\.?"
        ),
    ),
)


def kind_of(head: str) -> Kind | None:
    """Which of them a text begins like."""
    first, *lines = head.lstrip(INVISIBLE + " \n").split("\n", LINES)
    is_chat = (kind for kind in KINDS if kind.begins.match(first) and any(map(kind.message.fullmatch, lines)))
    return next(is_chat, None)


def export(lines: Iterator[str], kind: Kind) -> Export:
    fields, left_out = ("name", "time", "text"), Counter[str]()

    def documents() -> Iterator[Document]:
        for name, time, said in _messages(lines, kind, left_out):
            text = said[1:-1] if "\n" in said and said[:1] == said[-1:] == '"' else said
            if kind.instead.fullmatch(text.strip()):
                left_out["picture or deleted message"] += 1
            elif text.strip():
                yield [dict(zip(fields, (name.strip(), time, text.strip()), strict=True))]

    return Export(kind.name, fields, fields[2:], documents(), ": ", left_out)


def _messages(lines: Iterator[str], kind: Kind, left_out: Counter[str]) -> Iterator[tuple[str, str, str]]:
    """Name, time and words of each; a message may have many lines."""
    day, name, time, said = "", "", "", list[str]()
    for line in chain(lines, [None]):
        match = kind.message.fullmatch(line) if line is not None else None
        is_day, is_notice = line and kind.day.fullmatch(line), line and kind.notice.fullmatch(line)
        if said and (line is None or match or is_day or is_notice):
            yield name, time, "\n".join(said)
            said = []
        if match:
            clock, name, words = _parts(match)
            time, said = f"{day} {clock}".strip(), [words]
        elif is_day:
            day = line.strip("- ") if line else ""
        elif is_notice:
            left_out["notice"] += 1
        elif said and line is not None:
            said.append(line)


def _parts(match: "re.Match[str]") -> tuple[str, str, str]:
    named = match.groupdict()
    if not named:
        return match[1], match[2], match[3]
    return named["time"] or named["at"], named["name"] or named["by"], named["said"]
