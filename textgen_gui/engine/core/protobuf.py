"""Reads messages in the wire format of protocol buffers, without knowing what they mean."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """``value``: a number, or the bytes of a text, of another message or of a float."""

    number: int
    value: int | bytes


def fields(message: bytes) -> Iterator[Field]:
    """In their order. Raises ValueError for what is no message."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        match key & 7:
            case 0:
                number, at = varint(message, at)
                yield Field(key >> 3, number)
                continue
            case 1:
                size = 8
            case 2:
                size, at = varint(message, at)
            case 5:
                size = 4
            case _:
                raise ValueError("This is no message of protocol buffers.")
        if size > len(message) - at:
            raise ValueError("This message of protocol buffers is cut.")
        yield Field(key >> 3, message[at : at + size])
        at += size


def varint(content: bytes, at: int) -> tuple[int, int]:
    """The number that begins at ``at``, and where the next thing begins. Raises ValueError when it does not end."""
    number = shift = 0
    while at < len(content) and shift < 64:
        number |= (content[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if content[at - 1] < 0x80:
            return number, at
    raise ValueError("A number does not end.")
