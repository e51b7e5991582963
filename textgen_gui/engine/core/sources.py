"""The texts of a project: where they came from, what is kept of each, and how project.toml lists them."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import atomic_io, bounded, gate, schema
from .atomic_io import read_text
from .config import PrepareConfig, TextConfig
from .errors import ConfigError, ProjectError

FORMAT = 1
USUAL = TextConfig()


@dataclass(frozen=True, slots=True)
class Source:
    """One text of the project: its file below texts/, where it came from, and how to read it."""

    file: str
    origin: str
    options: TextConfig = USUAL

    def __post_init__(self) -> None:
        """Each path that is made of it looks its name up in Python's table of names, which is made anew, in a tenth of
        a second, when it has taken in some hundred thousand of them; in there it stays as long as this does.
        """
        object.__setattr__(self, "file", sys.intern(self.file))

    @property
    def folder(self) -> str:
        """The one it came from, as that computer writes it."""
        return self.origin[: max(self.origin.rfind("/"), self.origin.rfind("\\"), 0)]


@dataclass(frozen=True, slots=True)
class RemovedText:
    """A text that was taken out, its number in the list at that time, and the UTC time as ISO 8601 writes it.

    Its file waits in the project's folder "removed", and can be put back.
    """

    source: Source
    position: int
    removed_at: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What project.toml says."""

    name: str
    sources: tuple[Source, ...] = ()
    prepare: PrepareConfig = field(default_factory=PrepareConfig)
    removed: tuple[RemovedText, ...] = ()


@dataclass(frozen=True, slots=True)
class CleanText:
    """A text as models will read it, kept so that the user's file is read only once."""

    folder: Path

    @property
    def text_file(self) -> Path:
        return gate.inside(self.folder, "text.txt")

    @property
    def documents_file(self) -> Path:
        return gate.inside(self.folder, "documents.bin")

    @property
    def sketches_file(self) -> Path:
        return gate.inside(self.folder, "sketches.bin")

    @property
    def about_file(self) -> Path:
        return gate.inside(self.folder, "text.toml")

    def tokens_folder(self, tokenizer: str) -> Path:
        return gate.inside(self.folder, f"tokens-{tokenizer}")


def read_toml(path: Path, advice: str, most: int = bounded.LISTS) -> dict[str, Any]:
    """Raises ProjectError with the line that is wrong, and ``advice`` what to do about it."""
    try:
        return bounded.parse_toml(read_text(path, most))
    except ValueError as problem:
        raise ProjectError(f"{path} cannot be read: {problem}. {advice}") from problem


def read_styles(path: Path) -> dict[str, dict[str, Any]]:
    """The user's own styles of writing, by name. Raises ProjectError."""
    advice = "Correct that line, or delete it."
    found = read_toml(path, advice, bounded.SETTINGS)
    if other := next((name for name, style in found.items() if not isinstance(style, dict)), ""):
        raise ProjectError(f"{path} cannot be read: “{other}” is no style, written [{other}]. {advice}")
    return found


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of a file it is: every change makes another one."""

    file: int
    written_at: int
    size: int

    @classmethod
    def of(cls, path: Path) -> "Version":
        about = path.stat()
        return cls(about.st_ino, about.st_mtime_ns, about.st_size)


# A list of thousands of texts takes seconds to be parsed, and is asked for again and again.
_known: dict[Path, tuple[Version, Listing]] = {}


def load(path: Path) -> Listing:
    """Raises ProjectError for a file that cannot be read, ConfigError for settings that there are not."""
    try:
        version = Version.of(path)
    except OSError:
        version = None
    known = _known.get(path)
    if known and known[0] == version:
        return known[1]
    listing = _listing(path)
    if version:
        _remember(path, version, listing)
    return listing


def save(path: Path, listing: Listing) -> None:
    """Raises ProjectError when the disk refuses."""
    content = _toml(listing)
    bounded.refuse_longer(content, bounded.LISTS, "The list of so many texts (join short ones into larger files first)")
    atomic_io.write_text(path, content)
    _remember(path, Version.of(path), listing)


def _remember(path: Path, version: Version, listing: Listing) -> None:
    _known.clear()  # one project is open at a time
    _known[path] = version, listing


def _listing(path: Path) -> Listing:
    table = read_toml(path, "Correct that line and try again.")
    if table.get("format", FORMAT) != FORMAT:
        raise ProjectError(f"{path.parent} was made by a newer version of this program. Update it to open it.")
    try:
        known = _Table(**schema.fitted(_Table, table))
        prepare: PrepareConfig = schema.from_table(PrepareConfig, known.prepare, "prepare.")
        schema.check(prepare)
        return Listing(
            name=known.name or path.parent.name,
            sources=tuple(map(_source_from, known.sources)),
            prepare=prepare,
            removed=tuple(map(_removed_from, known.removed)),
        )
    except (ValueError, ConfigError) as problem:
        raise ConfigError(f"{path}: {problem} Correct that line and try again.") from problem


@dataclass(frozen=True, slots=True)
class _Table:
    """project.toml as it is written."""

    name: str = ""
    prepare: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[Mapping[str, Any], ...] = ()
    removed: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One text in it; the last two for a removed one."""

    file: str = ""
    origin: str = ""
    position: int = 0
    removed_at: str = ""


def _source_from(entry: Mapping[str, Any]) -> Source:
    """Raises ConfigError for settings that there are not, ValueError for a name that leads out of the folder."""
    known = _Entry(**schema.fitted(_Entry, entry))
    if not gate.is_plain(known.file):
        raise ValueError(f"{schema.shown(known.file)} cannot be the file of a text.")
    plain = {key: value for key, value in entry.items() if key not in _Entry.__dataclass_fields__}
    options: TextConfig = schema.from_table(TextConfig, plain, "sources.") if plain else USUAL
    schema.check(options)
    return Source(known.file, known.origin, options)


def _removed_from(entry: Mapping[str, Any]) -> RemovedText:
    known = _Entry(**schema.fitted(_Entry, entry))
    return RemovedText(_source_from(entry), known.position, known.removed_at)


def _toml(listing: Listing) -> str:
    lines = [
        f"format = {FORMAT}",
        f"name = {schema.toml_value(listing.name)}",
        "",
        "[prepare]",
        schema.to_toml(listing.prepare, "prepare."),
    ]
    for source in listing.sources:
        lines += ["[[sources]]", *_source_lines(source), ""]
    for text in listing.removed:
        when = schema.toml_value(text.removed_at)
        lines += ["[[removed]]", *_source_lines(text.source), f"position = {text.position}", f"removed_at = {when}", ""]
    return "\n".join(lines)


def _source_lines(source: Source) -> list[str]:
    changed = {} if source.options is USUAL else schema.differing(USUAL, source.options)
    known = {"file": source.file, "origin": source.origin, **changed}
    return [f"{key} = {schema.toml_value(value)}" for key, value in known.items()]
