"""Records, .json and .jsonl: each is a document, made of the chosen fields. A list of plain strings is one too."""

import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from ...core.config import TextConfig
from ...core.errors import TextError
from . import encoding
from .fields import choose, field_token, longest
from .reading import Input, Reading, cut, without_surrogates
from .text import decoded, started

LOOKED_AT = 200  # records, to find out what they are like
LARGEST_FILE = 256_000_000  # bytes of a .json, which has to be read as a whole
LONGEST_LINE = 64_000_000  # characters of a .jsonl
DEEPEST = 64  # nested lists and objects


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no JSON, or has no such field."""
    found = encoding.find(file, options.encoding)
    reading = started(format, found)
    pieces = decoded(file, found.encoding, reading)
    records = _lines(file, pieces, reading) if format == "jsonl" else _whole(file, pieces)
    first = list(islice(records, LOOKED_AT))
    flat = [dict(_flat(record)) for record in first]
    names = list(dict.fromkeys(name for record in flat for name in record))
    reading.columns = tuple(name for name in names if name)
    if options.columns:
        chosen = [names[choose(file.name, column, names)] for column in options.columns]
    else:
        chosen = [names[longest([[record.get(name, "") for record in flat] for name in names])]] if names else []
    tokens = {name: field_token(name) if options.fields else "" for name in chosen}
    return reading, _documents(chain(first, records), tokens, reading)


def _flat(record: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Names, with dots for what lies inside, and texts. A record that is a plain string has the name ""."""
    if isinstance(record, dict):
        for key, value in record.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(record, list):
        texts = [text for item in record for _, text in _flat(item) if text]
        yield name, "\n".join(texts)
    elif record is not None:
        yield name, record if isinstance(record, str) else json.dumps(record)


def _whole(file: Input, pieces: Iterable[str]) -> Iterator[Any]:
    whole, size = io.StringIO(), 0
    for piece in pieces:
        size += len(piece)
        if size > LARGEST_FILE:
            raise TextError(
                f"{file.name} is larger than {LARGEST_FILE // 1_000_000} MB. Save it as JSON lines (.jsonl), "
                "which can be of any size."
            )
        whole.write(piece)
    try:
        value = _parsed(whole.getvalue())
    except ValueError as problem:
        raise TextError(
            f"{file.name} is no proper JSON ({problem}). Mend that place, or save it as plain text."
        ) from problem
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list)]
        value = lists[0] if len(lists) == 1 else [value]
    yield from value if isinstance(value, list) else [value]


def _lines(file: Input, pieces: Iterable[str], reading: Reading) -> Iterator[Any]:
    good, bad, first_bad, number = 0, 0, 0, 0
    waiting: list[str] = []
    size = 0
    for piece in chain(pieces, ["\n"]):
        *whole, rest = piece.split("\n")
        for line in whole:
            number += 1
            text = "".join([*waiting, line]).strip()
            waiting, size = [], 0
            if not text:
                continue
            try:
                yield _parsed(text)
                good += 1
            except ValueError:
                bad, first_bad = bad + 1, first_bad or number
        waiting.append(rest)
        size += len(rest)
        if size > LONGEST_LINE:
            raise TextError(
                f"{file.name} has a line of more than {LONGEST_LINE // 1_000_000} million characters. "
                "JSON lines hold one record a line; save it as .json instead."
            )
    if bad > good:
        raise TextError(f"{file.name} is no JSON lines file: line {first_bad:,} and {bad - 1:,} others are no records.")
    if bad:
        reading.warnings.append(f"{bad:,} lines are no proper JSON and were left out, the first is line {first_bad:,}.")


def _parsed(text: str) -> Any:
    """Raises ValueError, also for what is nested so deeply that no person wrote it."""
    depth = deepest = 0
    for letter in text if text.count("[") + text.count("{") > DEEPEST else "":
        if letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    if deepest > 10 * DEEPEST:
        raise ValueError(f"nested more than {10 * DEEPEST} deep")
    try:
        return json.loads(text)
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem


def _documents(records: Iterable[Any], tokens: dict[str, str], reading: Reading) -> Iterator[str | None]:
    """Fields below each other, or with ``tokens`` each behind its own."""
    blank = lone = 0
    between = "" if any(tokens.values()) else "\n"
    for record in records:
        flat = dict(_flat(record))
        texts = (before + flat[name] for name, before in tokens.items() if flat.get(name, "").strip())
        text, count = without_surrogates(between.join(texts))
        lone += count
        if not text.strip():
            blank += 1
            continue
        yield from cut(text.replace("\r\n", "\n").replace("\r", "\n"))
        yield None
    if blank:
        reading.warnings.append(f"{blank:,} records have no text in the chosen fields and were left out.")
    if lone:
        reading.warnings.append(f"{lone:,} halves of characters could not be read; each was replaced by “\ufffd”.")
