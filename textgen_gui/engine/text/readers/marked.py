"""Text files with an order of their own: what begins and ends a message or document is no part of it.

Chats of WhatsApp, LINE, KakaoTalk, iMessage, Signal, Zoom and Discord, Kindle's clippings, and the files for
gpt-2-simple and aitextgen: known by how they begin.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from ...core.config import TextConfig
from . import dated_chats, headed_chats, whatsapp
from .fields import Document, Export, learn
from .reading import INVISIBLE, PIECE_CHARACTERS, Input, Reading, cut

SEPARATOR = "=========="  # between Kindle's clippings
LONGEST_TOKEN = len("<|startoftext|>")

_token = re.compile(r"<\|(?:startoftext|endoftext)\|>")
_ends_of_documents = re.compile(r"<\|endoftext\|>\s*(?:\n|\Z|<\|startoftext\|>)")
_discord_begins = re.compile(r"\[(\d{1,4}[-/.]\w{1,4}[-/.]\d{1,4},? [^\]\n]{4,16})\] (.{1,80}?)(?: \(pinned\))?")
_range = re.compile(r"(\d+)(?:[-–](\d+))?")
_limit = re.compile(r"<[^<>\n]+>")  # what stands for a passage that the publisher does not give away
_discord_list = re.compile(r"\{(?:Attachments|Embed|Stickers|Reactions|Inline Emoji)\}")


def read(
    head: str, pieces: Iterable[str], file: Input, options: TextConfig, reading: Reading
) -> Iterator[str | None] | None:
    """The documents of a text that begins so; None, and nothing taken, for a text without an order of its own."""
    if has_tokens(head):
        reading.warnings.append("Read as documents between <|startoftext|> and <|endoftext|>, which are left out.")
        return between_tokens(pieces)
    to_export = export_of(head)
    return learn(to_export(pieces), file, options, reading) if to_export else None


def export_of(head: str) -> Callable[[Iterable[str]], Export] | None:
    """What makes documents of the pieces of a text that begins so; None for a text without an order of its own."""
    if whatsapp.is_chat(head):
        return lambda pieces: whatsapp.export(lines_of(pieces))
    if kind := dated_chats.kind_of(head):
        return lambda pieces: dated_chats.export(lines_of(pieces), kind)
    if to_export := headed_chats.export_of(head):
        return lambda pieces: to_export(lines_of(pieces))
    if head.startswith("==========") and "\nGuild: " in head and "\nChannel: " in head:
        return lambda pieces: _discord(lines_of(pieces))
    if _is_clippings(head):
        return lambda pieces: _kindle(lines_of(pieces))
    return None


def has_tokens(head: str) -> bool:
    """Whether documents stand between the tokens of gpt-2-simple or aitextgen."""
    return head.lstrip(INVISIBLE + " \n\t").startswith("<|startoftext|>") or bool(_ends_of_documents.search(head))


def between_tokens(pieces: Iterable[str]) -> Iterator[str | None]:
    """The documents between tokens that say where a document starts and ends. Of any length, in bounded memory."""
    rest, begun = "", False
    for piece in chain(pieces, (None,)):
        *whole, rest = _token.split(rest + (piece or ""))
        if piece is None:
            whole, rest = [*whole, rest], ""
        for document in whole:
            text = document.rstrip("\n") if begun else document.strip("\n")
            if begun or text.strip():
                yield from cut(text)
                yield None
            begun = False
        # What may be the beginning of a token waits, and so do line ends, which may be the last of the document.
        ready = rest[: max(0, len(rest) - LONGEST_TOKEN)].rstrip("\n")
        if len(ready) > PIECE_CHARACTERS:
            yield from cut(ready if begun else ready.lstrip("\n"))
            rest, begun = rest[len(ready) :], True


def lines_of(pieces: Iterable[str]) -> Iterator[str]:
    """The lines of a text without their ends."""
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from whole
    if rest:
        yield rest


def _discord(lines: Iterator[str]) -> Export:
    """What DiscordChatExporter writes as plain text: a line for time and name, the message, lists in braces."""
    fields, left_out = ("name", "time", "text"), Counter[str]()

    def documents() -> Iterator[Document]:
        name = time = ""
        said, is_text = list[str](), False
        for line in chain(lines, ("=" * 62,)):
            match = _discord_begins.fullmatch(line)
            if match or line.startswith("=" * 62):
                text = "\n".join(said).strip()
                if text:
                    yield [dict(zip(fields, (name, time, text), strict=True))]
                elif name:
                    left_out["message without words"] += 1
                time, name = (match[1], match[2]) if match else ("", "")
                said, is_text = [], match is not None
            elif _discord_list.fullmatch(line):
                is_text = False
            elif is_text:
                said.append(line)

    return Export("a Discord export", fields, fields[2:], documents(), ": ", left_out)


def _is_clippings(head: str) -> bool:
    lines = head.split("\n", 2)
    return len(lines) == 3 and lines[1].lstrip(INVISIBLE).startswith(("- ", "– ")) and f"\n{SEPARATOR}" in lines[2]


def _kindle(lines: Iterator[str]) -> Export:
    fields, left_out = ("title", "place", "text"), Counter[str]()

    def documents() -> Iterator[Document]:
        title = place = text = ""  # the newest; it waits, as the next may be the same one made longer or shorter
        for its_title, its_place, said in _clippings(lines, left_out):
            is_within = its_title == title and bool(text) and (said in text or text in said)
            is_same = is_within and _is_one_place(place, its_place)
            left_out["older form of a clipping"] += is_same
            if text and not is_same:
                yield [dict(zip(fields, (title, place, text), strict=True))]
            title, place, text = its_title, its_place, said if not is_same or len(said) > len(text) else text
        if text:
            yield [dict(zip(fields, (title, place, text), strict=True))]

    return Export("clippings from a Kindle", fields, fields[2:], documents(), "\n", left_out)


def _is_one_place(one: str, other: str) -> bool:
    """Whether two clippings are of one kind, a highlight or a note of one's own, and lie over each other."""
    places = [place.rpartition("|")[0] or place for place in (one, other)]  # without the day
    kinds = [_range.sub("#", place) for place in places]
    ranges = [[_ends(match) for match in _range.finditer(place)] for place in places]
    return kinds[0] == kinds[1] and all(a[0] <= b[1] and b[0] <= a[1] for a, b in zip(*ranges, strict=True))


def _ends(match: "re.Match[str]") -> tuple[int, int]:
    """The first and the last number of a range, of which the last may be cut short: 1070-72."""
    first, last = match[1], match[2] or match[1]
    return int(first), int(first[: max(0, len(first) - len(last))] + last)


def _clippings(lines: Iterator[str], left_out: Counter[str]) -> Iterator[tuple[str, str, str]]:
    """Title, place and words of each."""
    clipping = list[str]()
    for line in chain(lines, (SEPARATOR,)):
        if line.strip() != SEPARATOR:
            clipping.append(line)
            continue
        title, place, *text = [*clipping, "", ""]
        clipping = []
        said = "\n".join(text).strip()
        if _limit.fullmatch(said):
            left_out["clipping beyond the limit of its book"] += 1
        elif said:
            yield title.strip(INVISIBLE + " "), place.lstrip(INVISIBLE + "-– ").rstrip(), said
        else:
            left_out["bookmark"] += bool(place)
