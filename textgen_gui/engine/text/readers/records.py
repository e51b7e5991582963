"""Records, .json and .jsonl: each is a document, made of the chosen fields. A list of plain strings is one too."""

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from ...core.config import TextConfig
from ...core.errors import TextError
from . import encoding, exports, prose
from .fields import Document, Export, among, learn, listed
from .reading import Input, Reading, counted
from .text import decoded, started

LOOKED_AT = 200  # records, to find out what they are like
LARGEST_FILE = 256_000_000  # bytes of a .json, which has to be read as a whole
LONGEST_LINE = 64_000_000  # characters of a .jsonl
DEEPEST = 64  # nested lists and objects
DELETED = frozenset(("isTrashed", "trashed", "isDeleted", "is_deleted", "deleted"))  # fields that say it is
FEW_KEYS = 3  # an object of fewer objects is one record

_bin = re.compile(r"trash|deleted", re.IGNORECASE)  # names of lists that hold what was thrown away
_next_value = re.compile(r"[\s,]*(?=[^\s,])")
_assignment = re.compile(r"\s*(?:window\.)?[\w.]+(?:\[[^\]]*\])?\s*=\s*(?=[\[{])")
_nested = frozenset((dict, list))
_brackets = re.compile(r"[\[\]{}]")
_decode = json.JSONDecoder().decode


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the content is no JSON, or has no such field."""
    found = encoding.find(file, options.encoding)
    reading = started(format, found)
    pieces = decoded(file, found.encoding, reading)
    if format == "jsonl":
        records = _lines(file, pieces, reading)
        first = list(islice(records, LOOKED_AT))
        export = _fitting(exports.by_record(first, chain(first, records)), options)
    else:
        value = _whole(file, pieces)
        export = _fitting(exports.recognised(value), options)
        records, left_out = (iter(()), []) if export else _records_of(value)
        first = list(islice(records, LOOKED_AT))
        if left_out:
            reading.warnings.append(f"Beside the records there is more, which is not learnt: {listed(left_out)}.")
    return reading, learn(export or _unknown(chain(first, records), first), file, options, reading, strict=True)


def _fitting(export: Export | None, options: TextConfig) -> Export | None:
    """The export, unless fields were chosen that only its plain records have."""
    return export if export and len(among(options.columns, export.fields)) == len(options.columns) else None


def _unknown(records: Iterable[Any], first: Sequence[Any]) -> Export:
    """Records of an unknown shape: learnt is what is most likely prose, or what is usually learnt together."""
    as_table = _rows_alike(first)
    flat = [flatten(numbered(record) if as_table else record) for record in first]
    columns = _columns(flat)
    names = list(columns)
    learnt = [names[n] for n in prose.learnt_together(names)]
    cells = list(columns.values())
    if names and not learnt and (not any(names) or not prose.is_only_about(names, cells)):
        learnt = [names[prose.best(names, cells)]]
    left_out: Counter[str] = Counter()

    def documents() -> Iterator[Document]:
        for record in records:
            if isinstance(record, dict) and _is_deleted(record):
                left_out["deleted record"] += 1
            else:
                yield [flatten(numbered(record) if as_table else record)]

    name = prose.INSTRUCTIONS if len(learnt) > 1 else ""
    return Export(name, tuple(names), tuple(learnt), documents(), left_out=left_out)


def _is_deleted(record: dict[str, Any]) -> bool:
    """By itself or, as in Standard Notes, by its content."""
    held = record.get("content")
    return any(each.get(name) is True for each in (record, held) if isinstance(each, dict) for name in DELETED)


def _rows_alike(records: Sequence[Any]) -> bool:
    """Whether records are the rows of a table: lists of one length, of which some cells are no prose."""
    lists = [record for record in records if isinstance(record, list)]
    if not lists or len(lists) < len(records) or len(set(map(len, lists))) > 1 or len(lists[0]) < 2:
        return False
    columns = zip(*lists, strict=True)
    return any(not any(isinstance(cell, str) and prose.amount(cell) for cell in column) for column in columns)


def numbered(record: Any) -> Any:
    """A row as a record whose fields are named by number."""
    return {str(n): cell for n, cell in enumerate(record, 1)} if isinstance(record, list) else record


def flatten(record: Any) -> dict[str, str]:
    """Names, with dots for what lies inside, and texts. A record that is a plain string has the name "".

    What stands in a list goes to the same name, below each other.
    """
    if isinstance(record, dict) and _nested.isdisjoint(map(type, record.values())):
        items = record.items()
        return {name: value if type(value) is str else json.dumps(value) for name, value in items if value is not None}
    texts: dict[str, list[str]] = {}
    waiting: list[tuple[str, Any]] = [("", record)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed([(f"{name}.{key}" if name else str(key), inside) for key, inside in value.items()])
        elif isinstance(value, list):
            waiting += [(name, item) for item in reversed(value)]
        elif value is not None:
            texts.setdefault(name, []).append(_as_text(value))
    return {name: inside[0] if len(inside) == 1 else "\n".join(filter(None, inside)) for name, inside in texts.items()}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _columns(flat: Iterable[dict[str, str]]) -> dict[str, list[str]]:
    """The cells of each field, where there are any: each of many records may have fields of its own."""
    columns: dict[str, list[str]] = {}
    for record in flat:
        for name, cell in record.items():
            columns.setdefault(name, []).append(cell)
    return columns


def _records_of(value: Any) -> tuple[Iterator[Any], list[str]]:
    """The records in a JSON value, and the names of what stands beside them.

    A list inside an object holds the records where most of the prose is in it; else the object is one record.
    """
    left_out: list[str] = []
    for _ in range(DEEPEST):
        if not isinstance(value, dict):
            break
        if len(value) >= FEW_KEYS and (_alike(list(value.values())) or _are_texts(value)):
            value = list(value.values())  # records or texts under their ids
            break
        lists = [item for item in value.values() if isinstance(item, list)]
        if FEW_KEYS <= len(lists) == len(value) and _alike(list(chain.from_iterable(lists))):
            value = list(chain.from_iterable(lists))  # chats under the names of those who wrote
            break
        inside = {name: item for name, item in value.items() if isinstance(item, dict | list)}
        amounts = {name: _prose_in(item) for name, item in inside.items()}
        kept = [name for name in amounts if not _bin.search(name)] or list(amounts)
        richest = max(kept, key=lambda name: amounts[name], default=None)
        beside = {name: item for name, item in value.items() if name not in inside}
        own = _prose_in(beside)
        if richest is None or amounts[richest] <= own or not _holds_records(inside[richest]):
            break
        left_out += [name for name, item in beside.items() if isinstance(item, str) and prose.score(name, [item])]
        left_out += [name for name, amount in amounts.items() if name != richest and amount]
        value = inside[richest]
    return iter(value if isinstance(value, list) else [value]), left_out


def _holds_records(value: Any) -> bool:
    """Whether there is a list in it, so that it is more than a part of one record."""
    if isinstance(value, dict):
        return (len(value) >= FEW_KEYS and _alike(list(value.values()))) or any(map(_holds_records, value.values()))
    return isinstance(value, list) and len(value) > 0


def _are_texts(value: dict[str, Any]) -> bool:
    """Whether an object holds nothing but texts, under names that are not those of a record."""
    if any(prose.last_part(name) in prose.known_names for name in value):
        return False
    return all(isinstance(text, str) and " " in text and prose.amount(text) > 0 for text in value.values())


def _alike(values: Sequence[Any]) -> bool:
    """Whether all of them are objects with the same names, as the records of a table are."""
    if not values or not all(isinstance(value, dict) and value for value in values):
        return False
    usual = set(values[0])
    return all(2 * len(usual & value.keys()) >= len(usual | value.keys()) for value in values)


def _prose_in(value: Any) -> float:
    """How much prose a value holds, by the fields of its first records."""
    records = value[:LOOKED_AT] if isinstance(value, list) else [value]
    flat = [flatten(record) for record in records]
    scores = [prose.score(name, cells) for name, cells in _columns(flat).items()]
    return max(scores, default=0.0) * (len(value) / len(records) if isinstance(value, list) and records else 1)


def _whole(file: Input, pieces: Iterable[str]) -> Any:
    whole, size = io.StringIO(), 0
    for piece in pieces:
        size += len(piece)
        if size > LARGEST_FILE:
            raise TextError(
                f"{file.name} is larger than {LARGEST_FILE // 1_000_000} MB. Save it as JSON lines (.jsonl), "
                "which can be of any size."
            )
        whole.write(piece)
    # An archive of Twitter is a program: it gives a name to what it holds.
    text = whole.getvalue()
    if match := _assignment.match(text):
        text = text[match.end() :]
    try:
        return _parsed(text)
    except json.JSONDecodeError as problem:
        if problem.msg == "Extra data" and (values := _one_after_another(text)):
            return values
        raise TextError(
            f"{file.name} is no proper JSON ({problem}). Mend that place, or save it as plain text."
        ) from problem
    except ValueError as problem:
        raise TextError(
            f"{file.name} is no proper JSON ({problem}). Mend that place, or save it as plain text."
        ) from problem


def _one_after_another(text: str) -> list[Any]:
    """The values of a file of JSON lines, whatever its name says; none when one of them is not whole."""
    decoder, position, values = json.JSONDecoder(), 0, list[Any]()
    while match := _next_value.match(text, position):
        try:
            value, position = decoder.raw_decode(text, match.end())
        except ValueError:
            return []
        values.append(value)
    return values


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
        lines = counted(bad, "line was", "lines were")
        reading.warnings.append(f"{lines} left out: no proper JSON; the first is line {first_bad:,}.")


def _parsed(text: str) -> Any:
    """Raises ValueError, also for what is nested so deeply that no person wrote it."""
    if text.count("[") + text.count("{") > DEEPEST and _depth(text) > 10 * DEEPEST:
        raise ValueError(f"nested more than {10 * DEEPEST} deep")
    try:
        return _decode(text)
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in _brackets.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
