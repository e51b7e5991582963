"""Reads a checkpoint of TensorFlow, as gpt-2-simple and OpenAI wrote GPT-2 (tensor_bundle.proto, table/format).

The index is a table of names and messages of protocol buffers, in the format of LevelDB; the numbers lie one after the
other in a second file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from ..core.errors import ModelError
from ..core.protobuf import fields, varint

FLOAT = 1  # DT_FLOAT of types.proto
FOOTER = 48  # bytes, of which the last eight say what kind of file it is
MAGIC = bytes.fromhex("57fb808b247547db")


@dataclass(slots=True)
class Entry:
    """Where the numbers of a tensor lie."""

    type: int = FLOAT
    shape: tuple[int, ...] = ()
    shard: int = 0
    offset: int = 0
    size: int = 0


def read_tensors(index: Path) -> dict[str, torch.Tensor]:
    """All tensors of floats by name, but those of an optimizer. Raises ModelError for what is no such checkpoint."""
    try:
        entries = [(name, entry) for name, entry in _entries(index.read_bytes()) if entry.type == FLOAT]
        shards = sorted(index.parent.glob(f"{index.stem}.data-*"))
        return {
            name: _tensor(shards[entry.shard], entry)
            for name, entry in entries
            if entry.shape and not re.search(r"(^|/)(Adam\w*|Momentum|RMSProp\w*|global_step)(_\d+)?($|/)", name)
        }
    except (OSError, ValueError, IndexError) as problem:
        raise ModelError(f"{index} cannot be read as a checkpoint of TensorFlow. It is damaged.") from problem


def _tensor(file: Path, entry: Entry) -> torch.Tensor:
    with file.open("rb") as content:
        content.seek(entry.offset)
        return torch.frombuffer(bytearray(content.read(entry.size)), dtype=torch.float32).reshape(entry.shape)


def _entries(table: bytes) -> Iterator[tuple[str, Entry]]:
    if table[-8:] != MAGIC:
        raise ValueError("This is no table.")
    at = len(table) - FOOTER
    for _ in range(2):  # where the list of other things begins and ends, of which we need nothing
        _, at = varint(table, at)
    offset, at = varint(table, at)
    size, _ = varint(table, at)
    for _, place in _pairs(table, offset, size):
        begin, after = varint(place, 0)
        for name, message in _pairs(table, begin, varint(place, after)[0]):
            if name:  # the first, without one, describes the whole
                yield name.decode("utf-8"), _entry(message)


def _pairs(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Names and values of a block. A name says how many letters it shares with the one before it."""
    if table[offset + size] != 0:
        raise ValueError("This table is packed.")
    block = table[offset : offset + size]
    end = size - 4 - 4 * int.from_bytes(block[-4:], "little")  # after it come the places of names that share nothing
    name, at = b"", 0
    while at < end:
        shared, at = varint(block, at)
        own, at = varint(block, at)
        length, at = varint(block, at)
        name = name[:shared] + block[at : at + own]
        yield name, block[at + own : at + own + length]
        at += own + length


def _entry(message: bytes) -> Entry:
    made = Entry()
    for field in fields(message):
        match field.number, field.value:
            case 1, int(value):
                made.type = value
            case 2, bytes(value):
                made.shape = tuple(_sizes(value))
            case 3, int(value):
                made.shard = value
            case 4, int(value):
                made.offset = value
            case 5, int(value):
                made.size = value
    return made


def _sizes(shape: bytes) -> Iterator[int]:
    for dimension in fields(shape):
        if dimension.number == 2 and isinstance(dimension.value, bytes):
            yield next((f.value for f in fields(dimension.value) if f.number == 1 and isinstance(f.value, int)), 0)
