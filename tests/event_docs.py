"""docs/EVENTS.md from the events themselves: ``python -m tests.event_docs`` writes it anew, a test keeps it true."""

import inspect
import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from textgen_gui.engine.core import events
from textgen_gui.engine.core.schema import Choice

FILE = Path(__file__).parents[1] / "docs" / "EVENTS.md"
types = {int: "whole number", float: "number", str: "text", bool: "true or false"}
units = {"loss": "nats a token", "bits_per_byte": "bits a byte", "tokens_per_s": "tokens a second"}

introduction = """\
# Events

Whatever takes time in this program is a generator of events: facts about what has happened, as frozen dataclasses. The
window draws them, the command line puts them into words, and a run writes them into its `events.jsonl`.

With `--json` every verb prints them as JSON, one a line, and nothing else on stdout:

```
{"event": "Evaluated", "step": 100, "loss": 3.41, "bits_per_byte": 2.61}
```

- Paths are relative to the project folder unless an event says otherwise.
- A number that is not finite is written as `null`, because JSON knows no other way.
- `Progressed` is shown but not written into `events.jsonl`.
- Names and fields stay: others read them. New events and fields may come, so skip those that you do not know.

This page is made from the code by `python -m tests.event_docs`; do not edit it by hand.
"""


def page() -> str:
    return introduction + "".join(section(kind) for kind in get_args(events.Event))


def section(kind: type[Any]) -> str:
    return "\n".join(
        (
            f"\n## {kind.__name__}\n",
            inspect.cleandoc(kind.__doc__ or "").replace("``", "`") + "\n",
            "| field | type | default |",
            "|---|---|---|",
            *rows(kind),
            "",
        )
    )


def rows(kind: type[Any]) -> Iterator[str]:
    hints = get_type_hints(kind)
    for field in fields(kind):
        unit = units.get(field.name, "seconds" if field.name.endswith("_s") else "")
        words = ", ".join(filter(None, (type_in_words(hints[field.name]), unit)))
        default = "" if field.default is MISSING else f"`{json.dumps(field.default)}`"
        yield f"| `{field.name}` | {words} | {default} |"


def type_in_words(kind: Any) -> str:
    """For example "list of [text, number] pairs"."""
    if get_origin(kind) is tuple:
        parts = [type_in_words(part) for part in get_args(kind) if part is not Ellipsis]
        return f"list of {parts[0]}s" if Ellipsis in get_args(kind) else f"[{', '.join(parts)}] pair"
    if issubclass(kind, Choice):
        return "one of " + ", ".join(f"`{choice}`" if choice else '`""`' for choice in kind)
    return types[kind]


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
