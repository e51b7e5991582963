"""Which column of a table, or which field of a record, holds the text."""

import difflib
import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ...core import bounded
from ...core.config import TextConfig
from ...core.errors import TextError
from .flow import described
from .reading import PIECE_CHARACTERS, Input, Reading, counted, cut, without_surrogates

_preposition = re.compile(r"( of | to | without )")
_names = "p|div|span|a|b|i|u|em|strong"
_markup = re.compile(
    rf"<(?:{_names}|h[1-6]|ul|ol|blockquote|article|section|table|figure|br|html|!doctype)\b.*>\s*",
    re.IGNORECASE | re.DOTALL,
)
_marked_up = re.compile(rf"<br\s*/?>|</(?:{_names})>", re.IGNORECASE)  # what is compared in a program has neither
_line_end = re.compile(r"<br\s*/?>|</(?:p|div)>", re.IGNORECASE)
_tag = re.compile(rf"""</?(?:{_names})(?:\s+[\w-]+=(?:"[^"]*"|'[^']*'))*\s*>""", re.IGNORECASE)
NAMED = 12  # fields that are told by name

Message = dict[str, str]
Document = list[Message]


@dataclass(frozen=True, slots=True)
class Export:
    """``learnt``: the fields that are learnt unless others are chosen; ``between`` stands between those of one message.

    ``left_out`` counts by name what was not taken; it is complete when the last document has been.
    """

    name: str
    fields: tuple[str, ...]
    learnt: tuple[str, ...]
    documents: Iterator[Document]
    between: str = "\n"
    left_out: Counter[str] = field(default_factory=Counter)


def field_token(name: str) -> str:
    """What stands before a column that is learnt by name."""
    return f"<|{name}|>"


def choose(file: str, wanted: str, names: Sequence[str]) -> int:
    """The index of the column that the user named, by name or by number. Raises TextError that names the nearest."""
    plain = [name.strip().casefold() for name in names]
    if wanted.strip().casefold() in plain:
        return plain.index(wanted.strip().casefold())
    if wanted.strip().isdigit() and 0 < int(wanted) <= len(names):
        return int(wanted) - 1
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    words = f"Did you mean “{near[0]}”?" if near else f"There are: {', '.join(names[:20])}."
    raise TextError(f"{file} has no column “{wanted}”. {words}")


def among(wanted: Sequence[str], names: Sequence[str]) -> list[str]:
    """Those of the wanted names that there are. What is chosen for a whole folder does not stop its other formats."""
    plain = {name.casefold(): name for name in names}
    return [plain[name.strip().casefold()] for name in wanted if name.strip().casefold() in plain]


def learn(
    export: Export, file: Input, options: TextConfig, reading: Reading, strict: bool = False
) -> Iterator[str | None]:
    """The chosen fields of an export as documents. Says what it was taken for, what is learnt and what is not.

    ``strict`` raises TextError for a chosen field that there is not; otherwise the usual ones are learnt then.
    """
    fields = export.fields
    reading.columns = tuple(name for name in fields if name)
    if options.columns and strict:
        chosen = [fields[choose(file.name, column, fields)] for column in options.columns]
    else:
        chosen = among(options.columns, fields) or list(export.learnt)
    if strict and any(fields) and not chosen:
        raise TextError(f"{file.name} has no field that reads like a text. There are: {listed(fields)}. Choose one.")
    reading.learnt = tuple(filter(None, chosen))
    reading.warnings += told(export.name, chosen, fields)
    tokens = {name: field_token(name) if options.fields else "" for name in chosen}
    return _documents(export, tokens, str if options.columns else without_markup, reading)


def told(name: str, chosen: Sequence[str], fields: Sequence[str]) -> list[str]:
    """What was recognised, which fields are learnt, and which are not. Nothing where there is no choice."""
    others = [field for field in fields if field not in chosen]
    words = [f"Read as {name}."] if name else []
    if (others or name) and any(chosen):
        words.append(f"Learnt: {listed(chosen)}.")
    if others:
        words.append(f"Not learnt: {listed(others)}.")
    return [" ".join(words)] if words else []


def listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(f"“{name}”" for name in names[:NAMED]) + more


def _many(name: str) -> str:
    """The plural, where what follows the noun stays as it is: messages without words."""
    noun, preposition, more = _preposition.split(name, 1) if _preposition.search(name) else (name, "", "")
    return f"{noun}s{preposition}{more}"


def without_markup(text: str) -> str:
    """The words of a field that is a piece of a page, as programs for pages export them, or that has tags in it; or
    that YouTube has packed in pieces. Others as they are.
    """
    if text.startswith('{"text"'):
        return _unpacked(text)
    if _markup.fullmatch(text):
        from . import markup  # only for the few fields that need it

        return markup.to_text(text, Counter()) or ""
    if not _marked_up.search(text):
        return text
    return html.unescape(_tag.sub("", _line_end.sub("\n", text)))


def _unpacked(text: str) -> str:
    try:
        pieces = bounded.parse_json(f"[{text}]")
    except ValueError:
        return text
    said = [piece["text"] for piece in pieces if isinstance(piece, dict) and isinstance(piece.get("text"), str)]
    return "".join(said) if len(said) == len(pieces) else text


def _documents(
    export: Export, tokens: dict[str, str], plain: Callable[[str], str], reading: Reading
) -> Iterator[str | None]:
    """Fields below each other, or with ``tokens`` each behind its own. ``plain`` makes words of what may be markup."""
    blank = lone = 0
    between = "" if any(tokens.values()) else export.between
    for document in export.documents:
        messages = []
        for fields in document:
            texts = [
                before + (plain(said) if "<" in said else said)
                for name, before in tokens.items()
                if (said := fields.get(name, "")) and not said.isspace()
            ]
            messages.append(between.join(texts))
        text, count = without_surrogates("\n".join(filter(None, messages)))
        lone += count
        if not text.strip():
            blank += 1
            continue
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if len(text) <= PIECE_CHARACTERS:
            yield text
        else:
            yield from cut(text)
        yield None
    if blank:
        reading.warnings.append(
            f"{counted(blank, 'record was', 'records were')} left out: no text in the chosen fields."
        )
    reading.warnings += described((count, name, _many(name)) for name, count in export.left_out.items())
    if lone:
        halves = counted(lone, "half of a character", "halves of characters")
        reading.warnings.append(f"{halves} could not be read and became “\ufffd”.")
