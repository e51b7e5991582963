"""Texts made of named fields, like title and body: the model writes those that are missing, between their marks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..core import events
from ..core.generation_config import GenerateConfig
from ..text.readers.fields import field_token
from .session import WritingSession


def marked(fields: Sequence[tuple[str, str]]) -> str:
    """A document of fields; those without a text are left out."""
    return "".join(f"{field_token(name)}{text.strip()}" for name, text in fields if text.strip())


def write_fields(
    session: WritingSession,
    asked: Sequence[str],
    given: Mapping[str, str],
    config: GenerateConfig,
    stop: Callable[[], bool],
) -> Iterator[events.Event]:
    """``config.n`` records with the fields ``asked`` for, in this order; those that are ``given`` stay as they are.

    What is given should come first, because the model has read each field after those before it.
    """
    stops = ("<|", *config.stop_texts)
    for number in range(config.n):
        record: list[tuple[str, str]] = []
        for name in asked:
            if name in given:
                record.append((name, given[name]))
                continue
            one = replace(config, stop_texts=stops)
            prompt = marked(record) + field_token(name)
            for event in session.write(prompt, one, stop, only=range(number, number + 1)):
                if isinstance(event, events.TextGenerated):
                    record.append((name, event.text.strip()))
                    config = replace(config, seed=event.seed)
            if stop():
                return
        yield events.FieldsWritten(number, tuple(record))
