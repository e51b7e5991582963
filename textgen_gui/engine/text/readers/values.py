"""What lies in a JSON value, whatever its shape: nothing here raises where something else is there than expected."""

from collections.abc import Iterable, Iterator
from typing import Any

of_text = ("text", "entities", "text_entities")  # the text itself, and its styles


def as_text(value: Any) -> str:
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def content(value: Any) -> str:
    """What a message says: a string, or a list of parts of which some are text."""
    if isinstance(value, list):
        return "\n".join(
            p if isinstance(p, str) else as_text(p.get("text")) for p in value if isinstance(p, str) or at(p, "text")
        )
    return as_text(value)


def styled(value: Any, between: str = "") -> str:
    """A text that is written as pieces, each with a style of its own, or as blocks with such texts inside."""
    if isinstance(value, list):
        return between.join(filter(None, (styled(piece, between) for piece in value)))
    if not isinstance(value, dict):
        return as_text(value)
    texts = [styled(value.get("text"))]
    if between:
        texts += [
            styled(held, between) for name, held in value.items() if isinstance(held, list) and name not in of_text
        ]
    return "\n".join(filter(None, texts))


def dicts(values: Any) -> Iterator[dict[str, Any]]:
    if isinstance(values, dict | str) or not isinstance(values, Iterable):
        return iter(())
    return (value for value in values if isinstance(value, dict))


def at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
