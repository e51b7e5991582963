"""A project is a folder that a person can read. Every path on disk is made here, and nowhere else.

My Novel/
  project.toml               format, name, sources, prepare settings
  texts/                     the user's files, copied in
  removed/                   texts that were taken out, for a while
  prepared/bpe-1000-1a2b3c4d/  tokenizer.json, train.bin, val.bin, prepared.toml; named after its content, never changed
  prepared/texts/            each text as it was read and cleaned, so that it is read only once
  runs/001 first try/        run.toml, events.jsonl, samples.txt, checkpoints/step-000500/
  generated/                 kept texts, each with a receipt beside it
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import atomic_io, bounded, events, run_numbers, schema, sources, text_changes
from .atomic_io import read_text
from .config import PrepareConfig, RunConfig, TextConfig
from .control import Ask
from .errors import ProjectError
from .gate import inside, is_folder
from .lock import Lock
from .model_folder import refuse_to_convert_unasked
from .names import as_unicode, free_folder, safe_name, title_of
from .schema import Changes
from .sources import CleanText, Listing, RemovedText, Source
from .text_formats import text_format, text_formats, texts_below

__all__ = [
    "Checkpoint",
    "CleanText",
    "Project",
    "RemovedText",
    "Run",
    "Source",
    "create",
    "find",
    "find_run",
    "free_folder",
    "open",
    "read_text",
    "safe_name",
    "text_format",
    "text_formats",
    "texts_below",
]

STYLES, NOTES = "styles.toml", "notes.txt"
NUMBERING_S = 10.0  # longer than any run folder takes to be written
_step = re.compile(r"step-[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A Hugging Face folder (with LoRA without its weights), a manifest, and in training/ what only resuming needs."""

    folder: Path

    @property
    def step(self) -> int:
        """0 for a model folder from elsewhere."""
        return int(self.folder.name.removeprefix("step-")) if _step.fullmatch(self.folder.name) else 0

    @property
    def manifest_file(self) -> Path:
        return inside(self.folder, "manifest.json")

    @property
    def optimizer_file(self) -> Path:
        return inside(self.folder, "training", "optimizer.safetensors")

    @property
    def run(self) -> "Run | None":
        """The run it belongs to; None for a model folder from elsewhere."""
        run = Run(self.folder.parent.parent)
        return run if run.exists() else None


@dataclass(frozen=True, slots=True)
class Run:
    """One training run: what was asked, what happened, and the models that came of it."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def number(self) -> int:
        return run_numbers.number_of(self.name) or 0

    @property
    def project(self) -> "Project":
        return Project(self.folder.parent.parent)

    @property
    def config_file(self) -> Path:
        return inside(self.folder, "run.toml")

    def exists(self) -> bool:
        return os.path.lexists(self.folder / "run.toml")

    @property
    def events_file(self) -> Path:
        return inside(self.folder, "events.jsonl")

    @property
    def samples_file(self) -> Path:
        return inside(self.folder, "samples.txt")

    @property
    def checkpoints_folder(self) -> Path:
        return inside(self.folder, "checkpoints")

    @property
    def lock_file(self) -> Path:
        return inside(self.folder, ".lock")

    @property
    def notes_file(self) -> Path:
        return inside(self.folder, NOTES)

    def notes(self) -> str:
        """What the user wrote about this run. Raises ProjectError for what is no text."""
        file = self.notes_file
        return read_text(file, bounded.NOTES) if file.exists() else ""

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
        run_numbers.spend(self.number, self.project.spent_file)
        if not to_bin(self.folder):
            raise ProjectError(f"“{self.name}” could not be moved to the bin. Delete its folder by hand: {self.folder}")

    def checkpoints(self) -> list[Checkpoint]:
        """All checkpoints, ordered by step, never by clock."""
        found = (path for path in atomic_io.entries(self.checkpoints_folder) if _step.fullmatch(path.name))
        return sorted((Checkpoint(path) for path in found if is_folder(path)), key=lambda c: c.step)

    def checkpoint(self, step: int) -> Checkpoint:
        return Checkpoint(inside(self.folder, "checkpoints", f"step-{step:06d}"))

    def config(self) -> RunConfig:
        """Raises ConfigError that names the file and the setting when somebody edited it into nonsense."""
        loaded: RunConfig = schema.load(
            RunConfig, read_text(self.config_file, bounded.SETTINGS), f"{self.name}/run.toml"
        )
        return loaded

    def lock(self) -> Lock:
        return Lock(
            self.lock_file,
            f"The run “{self.name}” is already being trained by another window or program. Stop it there first.",
        )


@dataclass(frozen=True, slots=True)
class Project:
    """The project folder. Holds no state: what it answers is what is on the disk now."""

    folder: Path

    @property
    def file(self) -> Path:
        return inside(self.folder, "project.toml")

    @property
    def lock_file(self) -> Path:
        return inside(self.folder, ".lock")

    @property
    def texts_folder(self) -> Path:
        return inside(self.folder, "texts")

    @property
    def prepared_folder(self) -> Path:
        return inside(self.folder, "prepared")

    @property
    def runs_folder(self) -> Path:
        return inside(self.folder, "runs")

    @property
    def spent_file(self) -> Path:
        return inside(self.folder, "runs", ".spent")

    @property
    def generated_folder(self) -> Path:
        return inside(self.folder, "generated")

    @property
    def draft_file(self) -> Path:
        return inside(self.folder, "draft.json")

    @property
    def styles_file(self) -> Path:
        return inside(self.folder, "generated", STYLES)

    def styles(self) -> dict[str, dict[str, Any]]:
        """The user's own styles of writing, by name. Raises ProjectError when the file was edited into nonsense."""
        return sources.read_styles(self.styles_file) if self.styles_file.exists() else {}

    @property
    def name(self) -> str:
        return self.listing().name

    def exists(self) -> bool:
        return os.path.lexists(self.folder / "project.toml")

    def sources(self) -> list[Source]:
        return list(self.listing().sources)

    def fields(self) -> list[str]:
        """The names of all columns that are learnt by name, in their order."""
        names = (name for source in self.sources() if source.options.fields for name in source.options.columns)
        return list(dict.fromkeys(names))

    def prepare_config(self) -> PrepareConfig:
        return self.listing().prepare

    def prepared_folders(self) -> list[Path]:
        """All folders of token files, by name; without those that are still being written."""
        found = (folder for folder in atomic_io.entries(self.prepared_folder) if (folder / "prepared.toml").exists())
        return sorted(one for one in found if is_folder(one) and not one.name.startswith(atomic_io.TEMPORARY))

    def prepared(self, name: str) -> Path:
        """A folder of token files, by the name that a run has of it."""
        return inside(self.folder, "prepared", name)

    def text_file(self, source: Source) -> Path:
        return inside(self.folder, "texts", source.file)

    @property
    def removed_folder(self) -> Path:
        return inside(self.folder, "removed")

    def removed_file(self, source: Source) -> Path:
        return inside(self.folder, "removed", source.file)

    @property
    def clean_folder(self) -> Path:
        return inside(self.folder, "prepared", "texts")

    def clean_text(self, key: str) -> CleanText:
        return CleanText(inside(self.folder, "prepared", "texts", key))

    def relative(self, path: Path) -> str:
        """The path as events and files name it: relative to the project folder, with forward slashes."""
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else str(path)

    def add_texts(
        self, paths: Iterable[Path], stop: Ask, changes: Changes[TextConfig] | None = None
    ) -> Iterator[events.Event]:
        """Copies files, and those of folders, and lists them with ``changes`` of how they are read: text_changes.py."""
        return text_changes.add(self, paths, stop, changes)

    def sources_from(self, paths: Iterable[Path]) -> list[Source]:
        """Those sources that are these files, or files in these folders."""
        given = {Path(as_unicode(path.resolve())) for path in paths}
        origins = ((source, Path(source.origin)) for source in self.sources())
        return [source for source, path in origins if not given.isdisjoint((path, *path.parents))]

    def remove_texts(self, sources: Iterable[Source]) -> None:
        """Takes texts out of the project, with one change of its list; they can be put back for a while."""
        text_changes.remove(self, sources)

    def put_back(self, files: Iterable[str]) -> None:
        """Removed texts come back as they were. Raises ProjectError for those whose file is gone."""
        text_changes.put_back(self, files)

    def set_options(self, files: Iterable[str], options: TextConfig) -> None:
        """How some of the texts are read from now on."""
        schema.check(options)
        self._settle(files, lambda _: options)

    def change_options(self, files: Iterable[str], changes: Changes[TextConfig]) -> None:
        """Some settings of how some of the texts are read; each keeps its others."""
        schema.check(changes.config)
        self._settle(files, changes.on)

    def switch_rule(self, files: Iterable[str], name: str, on: bool) -> None:
        """A rule of the text doctor for some of the texts, whatever is chosen for all."""
        clean = self.prepare_config().clean
        self._settle(files, lambda options: options.with_rule(name, on, clean))

    def _settle(self, files: Iterable[str], change: Callable[[TextConfig], TextConfig]) -> None:
        chosen, listing = set(files), self.listing()
        changed = (replace(s, options=change(s.options)) if s.file in chosen else s for s in listing.sources)
        self.save(replace(listing, sources=tuple(changed)))

    def set_prepare_config(self, config: PrepareConfig) -> None:
        schema.check(config)
        self.save(replace(self.listing(), prepare=config))

    def runs(self) -> list[Run]:
        found = (path for path in atomic_io.entries(self.runs_folder) if run_numbers.number_of(path.name) is not None)
        return sorted((Run(path) for path in found if is_folder(path)), key=lambda run: (run.number, run.name))

    def write_run(self, config: RunConfig, name: str = "") -> Run:
        """Writes runs/NNN name/run.toml. Everything that trains starts from such a folder."""
        schema.check(config)
        content = schema.to_toml(config)
        bounded.refuse_longer(content, bounded.SETTINGS, "What is set for this run (shorten its prompts)")
        with atomic_io.refusals(self.runs_folder):
            self.runs_folder.mkdir(parents=True, exist_ok=True)
        # Whoever looks for the next number at the same time must wait, or both would write the same folder.
        busy = f"Another program is making a run in “{self.name}”. Wait until it is done, then try again."
        with Lock(inside(self.folder, "runs", ".lock"), busy, NUMBERING_S):
            atomic_io.sweep(self.runs_folder)
            number = run_numbers.next_number((run.number for run in self.runs()), self.spent_file)
            run = Run(inside(self.folder, "runs", f"{number:03d} {safe_name(name) or 'run'}"))
            with atomic_io.refusals(run.folder), atomic_io.temporary_folder(self.runs_folder) as folder:
                atomic_io.write_text(folder / run.config_file.name, content)
                atomic_io.publish_new(folder, run.folder)
        return run

    def generated_file(self, words: str) -> Path:
        """A new name in generated/, from the time and the first words of the text."""
        return free_folder(self.generated_folder / f"{time.strftime('%Y-%m-%d %H.%M.%S')} {title_of(words)}.txt")

    def lock(self) -> Lock:
        """Held by a window as long as the project is open, and by the command line while it changes texts."""
        return Lock(
            self.lock_file,
            f"The project “{self.name}” is open in another window or program. Close it there first, then try again.",
        )

    def listing(self) -> Listing:
        """What project.toml says. Raises ProjectError or ConfigError when it was edited into nonsense."""
        return sources.load(self.file)

    def save(self, listing: Listing) -> None:
        sources.save(self.file, listing)


def create(folder: Path, name: str = "") -> Project:
    """A new, empty project in ``folder``, which may exist if it is no project yet."""
    project = Project(folder.resolve())
    if project.exists():
        raise ProjectError(f"{folder} already is a project. Open it instead.")
    with atomic_io.refusals(folder):
        project.texts_folder.mkdir(parents=True, exist_ok=True)
    project.save(Listing(name or folder.name))
    return project


def open(folder: Path) -> Project:
    """The project in ``folder``. Raises ProjectError when there is none, or it cannot be read."""
    if not (project := Project(folder.resolve())).exists():
        raise ProjectError(f"{folder} is no project: it has no project.toml. Choose another folder or make a new one.")
    project.listing()
    return project


def find(path: Path) -> "Run | Checkpoint":
    """What the user means by RUN or CHECKPOINT. Raises ProjectError or CheckpointError when it is neither."""
    path = _resolved(path)
    if (path / "run.toml").exists():
        return Run(path)
    if (path / "config.json").exists():
        return Checkpoint(path)
    refuse_to_convert_unasked(path)
    raise ProjectError(f"{path} is neither a run nor a checkpoint. Give a folder below runs/, or one with a model.")


def find_run(path: Path) -> Run:
    if not (run := Run(_resolved(path))).exists():
        raise ProjectError(f"{path} is no run: it has no run.toml. Make one with “textgen-gui new PROJECT”.")
    return run


def _resolved(path: Path) -> Path:
    """Where the user's path leads. Raises ProjectError for what a project has of runs and checkpoints elsewhere."""
    named = Path(os.path.normpath(path.absolute()))
    for runs in (folder for folder in named.parents if folder.name == "runs"):
        if (runs.parent / "project.toml").exists():
            return inside(runs.parent.resolve(), *named.relative_to(runs.parent).parts)
    return path.resolve()
