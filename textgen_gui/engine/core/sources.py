"""The texts of a project: where they came from, what is kept of each, and how project.toml lists them."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import schema
from .atomic_io import read_text
from .config import PrepareConfig, TextConfig
from .errors import ProjectError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Source:
    """One text of the project: its file below texts/, where it came from, and how to read it."""

    file: str
    origin: str
    options: TextConfig = field(default_factory=TextConfig)


@dataclass(frozen=True, slots=True)
class CleanText:
    """A text as models will read it, kept so that the user's file is read only once."""

    folder: Path

    @property
    def text_file(self) -> Path:
        return self.folder / "text.txt"

    @property
    def documents_file(self) -> Path:
        return self.folder / "documents.bin"

    @property
    def sketches_file(self) -> Path:
        return self.folder / "sketches.bin"

    @property
    def about_file(self) -> Path:
        return self.folder / "text.toml"

    def tokens_folder(self, tokenizer: str) -> Path:
        return self.folder / f"tokens-{tokenizer}"


def read_toml(path: Path, advice: str) -> dict[str, Any]:
    """Raises ProjectError with the line that is wrong, and ``advice`` what to do about it."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as problem:
        raise ProjectError(f"{path} cannot be read: {problem}. {advice}") from problem


def source_from(entry: Mapping[str, Any]) -> Source:
    """Raises ConfigError for settings that there are not."""
    plain = {key: value for key, value in entry.items() if key not in ("file", "origin")}
    options: TextConfig = schema.from_table(TextConfig, plain, "sources.")
    schema.check(options)
    return Source(str(entry["file"]), str(entry.get("origin", "")), options)


def project_toml(name: str, sources: Iterable[Source], config: PrepareConfig) -> str:
    lines = [
        f"format = {FORMAT}",
        f"name = {schema.toml_value(name)}",
        "",
        "[prepare]",
        schema.to_toml(config, "prepare."),
    ]
    for source in sources:
        lines += ["[[sources]]", f"file = {schema.toml_value(source.file)}"]
        lines += [f"origin = {schema.toml_value(source.origin)}"]
        changed = schema.differing(TextConfig(), source.options)
        lines += [*(f"{key} = {schema.toml_value(value)}" for key, value in changed.items()), ""]
    return "\n".join(lines)
