"""``generate``: writes with a model, on the terminal and into files."""

import argparse
import csv
import io
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

from .. import words
from ..engine.core import atomic_io, events, schema
from ..engine.core.control import Ask
from ..engine.core.errors import ConfigError, ProjectError
from ..engine.core.events import Event
from ..engine.core.export_formats import ExportFormat
from ..engine.core.generation_config import GenerateConfig
from ..engine.core.schema import Choice
from ..front_door import Model, export
from . import options as shared
from .options import AddParser
from .output_file import OutputFile


def add(add_parser: AddParser) -> None:
    verb = add_parser("generate", parents=[shared.common()], help="write with a model")
    verb.add_argument("model", metavar="MODEL", help=shared.MODEL)
    verb.add_argument("--prompt", default="", help="what the text begins with")
    for field in fields(GenerateConfig):
        _add_option(verb, field)
    verb.add_argument(
        "--temperatures", metavar="X,Y,…", default="", help="the same prompt and seed at each of these temperatures"
    )
    verb.add_argument(
        "--fields", metavar="NAME=TEXT,NAME,…", default="", help="write the named columns that have no text here"
    )
    verb.add_argument(
        "--to-file",
        type=Path,
        metavar="PATH",
        help=f"write the texts into this file: {', '.join(known.ending for known in ExportFormat)}; "
        "{time} and {seed} are filled in",
    )
    verb.add_argument(
        "--overwrite",
        action="store_true",
        help="replace that file if it exists, as soon as there is a text: it stays where nothing is written",
    )
    verb.add_argument("--delimiter", default="", help="stands between the texts of a .txt file; \\n is a line end")
    verb.set_defaults(run=run, heading=heading)


def _add_option(verb: argparse.ArgumentParser, field: "Field[Any]") -> None:
    name, about = "--" + field.name.replace("_", "-"), field.metadata["help"].replace("%", "%%")
    if isinstance(field.default, bool):
        verb.add_argument(name, action=argparse.BooleanOptionalAction, default=field.default, help=about)
    elif isinstance(field.default, tuple):
        verb.add_argument(name, action="append", default=[], help=about + " Can be given several times.")
    elif isinstance(field.default, Choice):
        kind = type(field.default)
        verb.add_argument(name, type=kind, choices=tuple(kind), default=field.default, help=about)
    else:
        verb.add_argument(name, type=type(field.default), default=field.default, help=about)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    model, config = Model.load(options.model), _config(options)
    if options.fields:
        config = replace(config, seed=config.seed or secrets.randbelow(2**31 - 1) + 1)  # {seed} names it
        return _into_table(_records(model, options.fields, config, stop), options, config.seed)
    if options.temperatures:
        happened = _at_temperatures(model, options.prompt, config, _temperatures(options.temperatures), stop)
    else:
        happened = model.stream(options.prompt, config, stop=stop)
    return happened if options.to_file is None else _into_file(happened, options)


def heading(options: argparse.Namespace, index: int) -> str:
    """Texts at several temperatures say theirs."""
    if not options.temperatures or options.fields:
        return ""
    temperature, number = divmod(index, options.n)
    which = f", text {number + 1} of {options.n}" if options.n > 1 else ""
    return f"--- temperature {_temperatures(options.temperatures)[temperature]:g}{which} ---"


def _config(options: argparse.Namespace) -> GenerateConfig:
    values = {field.name: getattr(options, field.name) for field in fields(GenerateConfig)}
    plain: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return GenerateConfig(**plain)


def _temperatures(asked: str) -> list[float]:
    try:
        return [float(number) for number in asked.split(",")]
    except ValueError as problem:
        raise ConfigError(
            f"--temperatures {asked}: write numbers with commas between, for example 0.7,1.0."
        ) from problem


def _at_temperatures(
    model: Model, prompt: str, config: GenerateConfig, temperatures: list[float], stop: Ask
) -> Iterator[Event]:
    for temperature in temperatures:  # or an impossible one would be refused only after all before it
        schema.check(replace(config, temperature=temperature))
    told: set[Event] = set()  # not once for each temperature
    for number, temperature in enumerate(temperatures):
        yield events.Progressed(f"temperature {temperature:g}", number, len(temperatures), 0)
        for event in model.stream(prompt, replace(config, temperature=temperature), stop=stop):
            if isinstance(event, events.TextPiece | events.TextGenerated):
                event = replace(event, index=number * config.n + event.index)
            if isinstance(event, events.TextGenerated):
                config = replace(config, seed=event.seed)  # the same for all, so that they can be compared
            if event in told:
                continue
            if isinstance(event, events.Warned):
                told.add(event)
            yield event
        if stop():
            return


def _records(model: Model, asked: str, config: GenerateConfig, stop: Ask) -> Iterator[Event]:
    """``asked``: ``title=Mine,body``, with quotes around what holds a comma."""
    parts = [part.partition("=") for part in next(csv.reader([asked]))]
    given = {name.strip(): text for name, sign, text in parts if sign}
    return model.writing_records([name.strip() for name, _, _ in parts], given, config, stop)


def _into_table(happened: Iterator[Event], options: argparse.Namespace, seed: int) -> Iterator[Event]:
    rows = list[dict[str, str]]()
    file = _output_file(options, lambda path: _write_rows(rows, path), (ExportFormat.TABLE, ExportFormat.JSON_LINES))

    def saved() -> Iterator[Event]:
        for event in happened:
            if isinstance(event, events.FieldsWritten):
                rows.append(dict(event.fields))
                if file:
                    file.update(seed)
            yield event

    return _to_the_end(saved(), file)


def _into_file(happened: Iterator[Event], options: argparse.Namespace) -> Iterator[Event]:
    texts: dict[int, str] = {}
    in_order = lambda: [texts[index] for index in sorted(texts)]  # noqa: E731
    formats = (ExportFormat.TEXT, ExportFormat.MARKDOWN) if options.delimiter else tuple(ExportFormat)
    file = _output_file(options, lambda path: _write(in_order(), path, options.delimiter), formats)
    assert file

    def saved() -> Iterator[Event]:
        empty = 0
        for event in happened:
            if isinstance(event, events.TextGenerated):
                if event.text.strip():
                    texts[event.index] = options.prompt + event.text
                    file.update(event.seed)
                else:
                    empty += 1
            yield event
        if empty:
            every, were = (
                words.count("text", empty + len(texts)),
                "was empty and is" if empty == 1 else "were empty and are",
            )
            stays = f" {options.to_file} is as it was." if not texts and options.to_file.exists() else ""
            yield events.Warned(f"{empty:,} of {every} {were} not in the file.{stays}")

    return _to_the_end(saved(), file)


def _output_file(
    options: argparse.Namespace, write: Callable[[Path], None], formats: Iterable[ExportFormat]
) -> OutputFile | None:
    """Raises ProjectError when the file must not be written, or its ending says something else than it would hold."""
    if options.to_file is None:
        return None
    endings = [known.ending for known in formats]
    ending = options.to_file.suffix[1:]
    if ending.isalnum() and not ending.isdigit() and options.to_file.suffix.lower() not in endings:
        raise ProjectError(f"--to-file {options.to_file}: choose a name that ends in {', '.join(endings)}.")
    file = OutputFile(options.to_file, options.overwrite, write)
    file.check()
    return file


def _to_the_end(happened: Iterator[Event], file: OutputFile | None) -> Iterator[Event]:
    """The same events; however they end, what was finished is in the file."""
    try:
        yield from happened
    finally:
        if file:
            file.finish()


def _write(texts: list[str], path: Path, delimiter: str) -> None:
    """By the ending of the file; with a delimiter, or without an ending, as plain text."""
    if delimiter or path.suffix.lower() not in [known.ending for known in ExportFormat]:
        between = delimiter.replace("\\n", "\n") or "\n\n"
        atomic_io.write_text(path, between.join(texts) + "\n")
    else:
        export(texts, path)


def _write_rows(rows: Sequence[Mapping[str, str]], path: Path) -> None:
    if path.suffix.lower() == ExportFormat.JSON_LINES.ending:
        atomic_io.write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        return
    table = io.StringIO()
    csv.writer(table).writerows([list(rows[0]), *(list(row.values()) for row in rows)])
    atomic_io.write_text(path, table.getvalue())
