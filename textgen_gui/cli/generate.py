"""``generate``: writes with a model, on the terminal and into files."""

import argparse
import csv
import io
import time
from collections.abc import Iterable, Iterator
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

from ..engine.core import atomic_io, events
from ..engine.core.control import Ask
from ..engine.core.errors import ConfigError
from ..engine.core.events import Event
from ..engine.core.export_formats import ExportFormat
from ..engine.core.generation_config import GenerateConfig
from ..engine.core.schema import Choice
from ..front_door import Model, export
from . import options as shared
from .options import AddParser


def add(add_parser: AddParser) -> None:
    verb = add_parser("generate", parents=[shared.common()], help="write with a model")
    verb.add_argument("model", type=Path, metavar="RUN|CHECKPOINT")
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
    verb.add_argument("--delimiter", default="", help="stands between the texts of a .txt file; \\n is a line end")
    verb.set_defaults(run=run)


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
        return _into_table(_records(model, options.fields, config, stop), options.to_file)
    if options.temperatures:
        happened = _at_temperatures(model, options.prompt, config, _temperatures(options.temperatures), stop)
    else:
        happened = model.stream(options.prompt, config, stop=stop)
    return happened if options.to_file is None else _into_file(happened, options)


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
    for number, temperature in enumerate(temperatures):
        yield events.Progressed(f"temperature {temperature:g}", number, len(temperatures), 0)
        for event in model.stream(prompt, replace(config, temperature=temperature), stop=stop):
            if isinstance(event, events.TextPiece | events.TextGenerated):
                event = replace(event, index=number * config.n + event.index)
            if isinstance(event, events.TextGenerated):
                config = replace(config, seed=event.seed)  # the same for all, so that they can be compared
            yield event
        if stop():
            return


def _records(model: Model, asked: str, config: GenerateConfig, stop: Ask) -> Iterator[Event]:
    """``asked``: ``title=Mine,body``, with quotes around what holds a comma."""
    parts = [part.partition("=") for part in next(csv.reader([asked]))]
    given = {name.strip(): text for name, sign, text in parts if sign}
    return model.writing_records([name.strip() for name, _, _ in parts], given, config, stop)


def _into_table(happened: Iterable[Event], path: Path | None) -> Iterator[Event]:
    table = io.StringIO()
    rows = csv.writer(table)
    for event in happened:
        if isinstance(event, events.FieldsWritten):
            if not table.tell():
                rows.writerow([name for name, _ in event.fields])
            rows.writerow([text for _, text in event.fields])
        yield event
    if path is not None:
        atomic_io.write_text(path, table.getvalue())


def _into_file(happened: Iterable[Event], options: argparse.Namespace) -> Iterator[Event]:
    texts: dict[int, str] = {}
    seed = options.seed
    for event in happened:
        if isinstance(event, events.TextGenerated):
            texts[event.index], seed = options.prompt + event.text, event.seed
        yield event
    _write([texts[index] for index in sorted(texts)], _filled_in(options.to_file, seed), options.delimiter)


def _filled_in(path: Path, seed: int) -> Path:
    name = path.name.replace("{time}", time.strftime("%Y-%m-%d %H.%M.%S")).replace("{seed}", f"{seed:08d}")
    return path.with_name(name)


def _write(texts: list[str], path: Path, delimiter: str) -> None:
    """By the ending of the file; with a delimiter, or an ending that stands for no format, as plain text."""
    if delimiter or path.suffix.lower() not in [known.ending for known in ExportFormat]:
        between = delimiter.replace("\\n", "\n") or "\n\n"
        atomic_io.write_text(path, between.join(texts) + "\n")
    else:
        export(texts, path)
