"""A project is a folder that a person can read. Every path on disk is made here, and nowhere else.

My Novel/
  project.toml               format, name, sources, prepare settings
  texts/                     the user's files, copied in
  prepared/bpe-1000/         tokenizer.json, train.bin, val.bin, prepared.toml
  prepared/texts/            each text as it was read and cleaned, so that it is read only once
  runs/001 first try/        run.toml, events.jsonl, samples.txt, checkpoints/step-000500/
  generated/                 kept texts
"""

import os
import re
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from . import atomic_io, events, schema
from .config import PrepareConfig, RunConfig, TextConfig
from .errors import ProjectError

FORMAT = 1
text_formats = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".odt": "odt",
    ".epub": "epub",
    ".pdf": "pdf",
}
_archive_of_twitter = re.compile(r"(?:tweets?|note-tweets?|direct-messages?)(?:-part\d+)?\.js", re.IGNORECASE)
packed_formats = ("text", "markdown", "csv", "tsv", "json", "jsonl", "html")  # also read with .gz at the end


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A complete Hugging Face folder, a manifest of its files, and in training/ what only resuming needs."""

    folder: Path

    @property
    def step(self) -> int:
        return int(self.folder.name.removeprefix("step-"))

    @property
    def manifest_file(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def optimizer_file(self) -> Path:
        return self.folder / "training" / "optimizer.safetensors"

    @property
    def run(self) -> "Run | None":
        """The run it belongs to; None for a model folder from elsewhere."""
        run = Run(self.folder.parent.parent)
        return run if run.config_file.exists() else None


@dataclass(frozen=True, slots=True)
class Run:
    """One training run: what was asked, what happened, and the models that came of it."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def project(self) -> "Project":
        return Project(self.folder.parent.parent)

    @property
    def config_file(self) -> Path:
        return self.folder / "run.toml"

    @property
    def events_file(self) -> Path:
        return self.folder / "events.jsonl"

    @property
    def samples_file(self) -> Path:
        return self.folder / "samples.txt"

    @property
    def checkpoints_folder(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def lock_file(self) -> Path:
        return self.folder / ".lock"

    @property
    def notes_file(self) -> Path:
        return self.folder / "notes.txt"

    def notes(self) -> str:
        """What the user wrote about this run."""
        return read_text(self.notes_file) if self.notes_file.exists() else ""

    def rename(self, name: str) -> "Run":
        """Keeps its number. Raises ProjectError while it trains, or when the disk refuses."""
        number = self.name.partition(" ")[0]
        renamed = Run(self.folder.with_name(f"{number} {safe_name(name) or 'run'}"))
        if renamed.folder == self.folder:
            return self
        if renamed.folder.exists():
            raise ProjectError(f"There is a run “{renamed.name}” already. Choose another name.")
        with self.lock():
            pass  # nobody trains it; Windows does not rename a folder in which a file is open
        with atomic_io.refusals(self.folder):
            self.folder.rename(renamed.folder)
        return renamed

    def delete(self, to_bin: Callable[[Path], bool]) -> None:
        """Raises ProjectError while it trains, or when the system has no bin for this folder."""
        with self.lock():
            pass
        if not to_bin(self.folder):
            raise ProjectError(f"“{self.name}” could not be moved to the bin. Delete its folder by hand: {self.folder}")

    def checkpoints(self) -> list[Checkpoint]:
        """All checkpoints, ordered by step, never by clock."""
        found = (Checkpoint(path) for path in self.checkpoints_folder.glob("step-*") if path.is_dir())
        return sorted((c for c in found if c.folder.name[5:].isdigit()), key=lambda c: c.step)

    def checkpoint(self, step: int) -> Checkpoint:
        return Checkpoint(self.checkpoints_folder / f"step-{step:06d}")

    def config(self) -> RunConfig:
        """Raises ConfigError that names the file and the setting when somebody edited it into nonsense."""
        loaded: RunConfig = schema.load(RunConfig, read_text(self.config_file), f"{self.name}/run.toml")
        return loaded

    def lock(self) -> IO[bytes]:
        return atomic_io.acquire(
            self.lock_file,
            f"The run “{self.name}” is already being trained by another window or program. Stop it there first.",
        )


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


@dataclass(frozen=True, slots=True)
class Source:
    """One text of the project: its file below texts/, where it came from, and how to read it."""

    file: str
    origin: str
    options: TextConfig = field(default_factory=TextConfig)


@dataclass(frozen=True, slots=True)
class Project:
    """The project folder. Holds no state: what it answers is what is on the disk now."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "project.toml"

    @property
    def lock_file(self) -> Path:
        return self.folder / ".lock"

    @property
    def texts_folder(self) -> Path:
        return self.folder / "texts"

    @property
    def prepared_folder(self) -> Path:
        return self.folder / "prepared"

    @property
    def runs_folder(self) -> Path:
        return self.folder / "runs"

    @property
    def generated_folder(self) -> Path:
        return self.folder / "generated"

    @property
    def draft_file(self) -> Path:
        return self.folder / "draft.json"

    @property
    def styles_file(self) -> Path:
        return self.generated_folder / "styles.toml"

    def styles(self) -> dict[str, dict[str, Any]]:
        """The user's own ways to write, by name. Raises ProjectError when the file was edited into nonsense."""
        if not self.styles_file.exists():
            return {}
        try:
            return tomllib.loads(read_text(self.styles_file))
        except tomllib.TOMLDecodeError as problem:
            raise ProjectError(
                f"{self.styles_file} cannot be read: {problem}. Correct that line, or delete it."
            ) from problem

    @property
    def name(self) -> str:
        return str(self._table().get("name", self.folder.name))

    def exists(self) -> bool:
        return self.file.exists()

    def sources(self) -> list[Source]:
        listed = self._table().get("sources", [])
        return [_source(entry) for entry in listed]

    def fields(self) -> list[str]:
        """The names of all columns that are learnt by name, in their order."""
        names = (name for source in self.sources() if source.options.fields for name in source.options.columns)
        return list(dict.fromkeys(names))

    def prepare_config(self) -> PrepareConfig:
        config: PrepareConfig = schema.from_table(PrepareConfig, self._table().get("prepare", {}), "prepare.")
        schema.check(config)
        return config

    def text_file(self, source: Source) -> Path:
        return self.texts_folder / source.file

    @property
    def clean_folder(self) -> Path:
        return self.prepared_folder / "texts"

    def clean_text(self, key: str) -> CleanText:
        return CleanText(self.clean_folder / key)

    def relative(self, path: Path) -> str:
        """The path as events and files name it: relative to the project folder, with forward slashes."""
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else str(path)

    def add_texts(self, paths: Iterable[Path], stop: Callable[[], bool]) -> Iterator[events.Event]:
        """Copies files and the files of folders below texts/ and lists them; a file added before is taken in anew.

        What cannot be taken in is told as a Warned event, and the others are taken all the same.
        """
        known, others = texts_below(paths)
        sources = {source.origin: source for source in self.sources()}
        started = time.monotonic()
        try:
            for number, path in enumerate(known):
                if stop():
                    break
                yield events.Progressed("Copying texts", number, len(known), time.monotonic() - started)
                try:
                    address = address_of(path)
                    taken = [source.file for source in sources.values()]
                    source = sources.get(address) or Source(self._free_name(path, taken), address)
                    atomic_io.copy(path, self.text_file(source))
                    sources[address] = source
                except ProjectError as problem:
                    if _readable(path):
                        raise
                    yield events.Warned(f"{as_unicode(path)} cannot be read ({problem.__cause__}). It was left out.")
        finally:
            self._save(sources.values(), self.prepare_config())
        for path in others:
            yield events.Warned(f"{as_unicode(path.name)} was left out: it has no format that this program reads.")

    def sources_from(self, paths: Iterable[Path]) -> list[Source]:
        """Those sources that are these files, or files in these folders."""
        places = [Path(address_of(path)) for path in paths]
        return [s for s in self.sources() if any(Path(s.origin).is_relative_to(place) for place in places)]

    def remove_text(self, source: Source) -> None:
        """Takes a text out of the project. The copy below texts/ goes, the user's own file stays."""
        self._save([kept for kept in self.sources() if kept.file != source.file], self.prepare_config())
        with atomic_io.refusals(self.text_file(source)):
            self.text_file(source).unlink(missing_ok=True)

    def set_options(self, files: Iterable[str], options: TextConfig) -> None:
        """How some of the texts are read from now on."""
        schema.check(options)
        chosen = set(files)
        changed = [replace(s, options=options) if s.file in chosen else s for s in self.sources()]
        self._save(changed, self.prepare_config())

    def set_prepare_config(self, config: PrepareConfig) -> None:
        schema.check(config)
        self._save(self.sources(), config)

    def runs(self) -> list[Run]:
        found = (Run(path) for path in self.runs_folder.glob("[0-9]*") if path.is_dir())
        return sorted(found, key=lambda run: int(re.match(r"\d+", run.name)[0]))  # type: ignore[index]

    def write_run(self, config: RunConfig, name: str = "") -> Run:
        """Writes runs/NNN name/run.toml. Everything that trains starts from such a folder."""
        schema.check(config)
        numbers = [int(re.match(r"\d+", run.name)[0]) for run in self.runs()]  # type: ignore[index]
        title = safe_name(name) or "run"
        run = Run(self.runs_folder / f"{max(numbers, default=0) + 1:03d} {title}")
        with atomic_io.new_folder(run.folder) as folder:
            atomic_io.write_text(folder / run.config_file.name, schema.to_toml(config))
        return run

    def generated_file(self, words: str) -> Path:
        """A new name in generated/, from the time and the first words of the text."""
        title = safe_name(" ".join(words.split()[:5]))[:40] or "text"
        return _free(self.generated_folder / f"{time.strftime('%Y-%m-%d %H.%M.%S')} {title}.txt")

    def lock(self) -> IO[bytes]:
        """Held by a window as long as the project is open, and by the command line while it changes texts."""
        return atomic_io.acquire(
            self.lock_file,
            f"The project “{self.name}” is open in another window or program. Close it there first, then try again.",
        )

    def _free_name(self, path: Path, taken: list[str]) -> str:
        base, ending, number = safe_name(path.stem) or "text", path.suffix.lower(), 2
        name = base + ending
        while name in taken or (self.texts_folder / name).exists():
            name, number = f"{base} {number}{ending}", number + 1
        return name

    def _table(self) -> dict[str, Any]:
        try:
            table = tomllib.loads(read_text(self.file))
        except tomllib.TOMLDecodeError as problem:
            raise ProjectError(f"{self.file} cannot be read: {problem}. Correct that line and try again.") from problem
        if table.get("format", FORMAT) != FORMAT:
            raise ProjectError(f"{self.folder} was made by a newer version of this program. Update it to open it.")
        return table

    def _save(self, sources: Iterable[Source], config: PrepareConfig) -> None:
        atomic_io.write_text(self.file, _project_toml(self.name, sources, config))


def create(folder: Path, name: str = "") -> Project:
    """A new, empty project in ``folder``, which may exist if it is no project yet."""
    project = Project(folder.resolve())
    if project.exists():
        raise ProjectError(f"{folder} already is a project. Open it instead.")
    with atomic_io.refusals(folder):
        project.texts_folder.mkdir(parents=True, exist_ok=True)
    atomic_io.write_text(project.file, _project_toml(name or folder.name, [], PrepareConfig()))
    return project


def open(folder: Path) -> Project:
    """The project in ``folder``. Raises ProjectError when there is none, or it cannot be read."""
    project = Project(folder.resolve())
    if not project.exists():
        raise ProjectError(f"{folder} is no project: it has no project.toml. Choose another folder or make a new one.")
    project.sources()
    return project


def free_folder(folder: Path) -> Path:
    """The folder itself, or its name with a number when something is there already."""
    return _free(folder)


def text_format(path: Path) -> tuple[str, bool]:
    """The format by the file's name ("" for none that can be read), and whether it is packed with gzip."""
    packed = path.suffix.lower() == ".gz"
    if _archive_of_twitter.fullmatch(path.name):
        return "json", False
    kind = text_formats.get((path.with_suffix("") if packed else path).suffix.lower(), "")
    return ("" if packed and kind not in packed_formats else kind), packed


def texts_below(paths: Iterable[Path], limit: int = 10_000) -> tuple[list[Path], list[Path]]:
    """Dropped files and the files of dropped folders: those whose format is known, and the others.

    Links are not followed and only regular files are taken, so a loop or a device cannot hold it up.
    Raises ProjectError above ``limit`` files.
    """
    known: list[Path] = []
    others: list[Path] = []
    for path in paths:
        files = sorted(p for p in path.rglob("*") if not p.is_symlink()) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                (known if text_format(file)[0] else others).append(file)
            elif not file.is_dir():
                others.append(file)
        if len(known) > limit:
            raise ProjectError(f"{path} holds more than {limit:,} texts. Add its folders one at a time.")
    return known, others


def find(path: Path) -> "Run | Checkpoint":
    """What the user means by RUN or CHECKPOINT. Raises ProjectError when it is neither."""
    path = path.resolve()
    if (path / "run.toml").exists():
        return Run(path)
    if (path / "config.json").exists():
        return Checkpoint(path)
    raise ProjectError(f"{path} is neither a run nor a checkpoint. Give a folder below runs/, or one with a model.")


def find_run(path: Path) -> Run:
    run = Run(path.resolve())
    if not run.config_file.exists():
        raise ProjectError(f"{path} is no run: it has no run.toml. Make one with “textgen-gui new PROJECT”.")
    return run


def _source(entry: Mapping[str, Any]) -> Source:
    plain = {key: value for key, value in entry.items() if key not in ("file", "origin")}
    options: TextConfig = schema.from_table(TextConfig, plain, "sources.")
    schema.check(options)
    return Source(str(entry["file"]), str(entry.get("origin", "")), options)


def address_of(path: Path) -> str:
    """The whole path of a user's file, by which it is known again."""
    return as_unicode(path.resolve())


def as_unicode(path: Path | str) -> str:
    """A path or name that any file can hold: bytes that are no UTF-8 are written as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def safe_name(name: str) -> str:
    """A name that every file system takes: no separators, control characters, or dots and spaces at its ends."""
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]', "_", name).strip(" .")
    while len(plain.encode("utf-8", "replace")) > 120:
        plain = plain[:-1]
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", plain)
    return f"_{plain}" if reserved else plain.encode("utf-8", "replace").decode()


def read_text(path: Path) -> str:
    """Raises ProjectError when the file is missing or is no UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as problem:
        raise ProjectError(f"{path} does not exist. Choose another folder.") from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise ProjectError(f"{path} cannot be read ({problem}).") from problem


def _readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def _free(path: Path) -> Path:
    number, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.stem} {number}{path.suffix}")
        number += 1
    return free


def _project_toml(name: str, sources: Iterable[Source], config: PrepareConfig) -> str:
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
