"""What lies in a project's folder at one moment, read at once: windows show this and never read the disk themselves."""

import functools
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from . import event_log, library, notes
from .config import PrepareConfig, RunConfig
from .errors import EngineError, ProjectError
from .events import Outcome, RunFinished
from .library import LibraryModel
from .project import NOTES, Checkpoint, Project, RemovedText, Run, Source
from .run_numbers import without_number

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """``config`` is None where run.toml cannot be read; ``problem`` says why, and what else cannot be. ``plan``: what
    planning it has said. ``learnt_out``: it ended before its last step, as nothing was gained any more. ``title``: what
    people call it, without its number where no other run is called so.
    """

    run: Run
    config: RunConfig | None
    checkpoints: tuple[Checkpoint, ...]
    notes: str = ""
    problem: str = ""
    plan: str = ""
    learnt_out: bool = False
    title: str = ""

    @property
    def step(self) -> int:
        return self.checkpoints[-1].step if self.checkpoints else 0

    @property
    def is_finished(self) -> bool:
        if self.config is None:
            return False
        return self.learnt_out or self.step >= self.config.train.steps > 0

    @property
    def is_stopped(self) -> bool:
        return self.config is not None and bool(self.checkpoints) and not self.is_finished


@dataclass(frozen=True, slots=True)
class ProjectSnapshot:
    """``sizes``: the bytes of each text by its file. ``fields``: the columns that are learnt by name. ``runs``: in the
    order of their numbers. ``styles``: the user's own settings for writing, by name; ``styles_problem``: why there are
    none. ``models``: those of the library, which belong to no project. ``removed``: texts that can be put back.
    ``grouped``: whether any texts belong together. ``folders``: whether they come from more than one; ``places``: how
    many texts stand before each. Both are made with the rest, as a window that made them for a hundred thousand would
    not answer meanwhile.
    """

    name: str
    sources: tuple[Source, ...]
    sizes: Mapping[str, int]
    prepare: PrepareConfig
    fields: tuple[str, ...]
    runs: tuple[RunSnapshot, ...]
    styles: Mapping[str, Mapping[str, Any]]
    styles_problem: str = ""
    models: tuple[LibraryModel, ...] = ()
    removed: tuple[RemovedText, ...] = ()
    grouped: bool = False
    folders: bool = field(init=False, repr=False, compare=False)
    places: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folders", len({source.folder for source in self.sources}) > 1)
        object.__setattr__(self, "places", {source.file: place for place, source in enumerate(self.sources)})

    def of_run(self, run: Run) -> RunSnapshot | None:
        return next((known for known in self.runs if known.run.folder == run.folder), None)

    def title(self, run: Run) -> str:
        """Also of a run that is not listed yet, or no more."""
        known = self.of_run(run)
        return known.title if known else without_number(run.name)


def snapshot(project: Project) -> ProjectSnapshot:
    """Raises ProjectError when the project cannot be read any more."""
    listing = project.listing()
    try:
        styles, problem = project.styles(), ""
    except EngineError as refusal:
        styles, problem = {}, str(refusal)
    return ProjectSnapshot(
        name=listing.name,
        sources=listing.sources,
        grouped=any(source.options.group for source in listing.sources),
        sizes={source.file: _size(project, source) for source in listing.sources},
        prepare=listing.prepare,
        fields=tuple(project.fields()),
        runs=tuple(_runs(project)),
        styles=styles,
        styles_problem=problem,
        models=tuple(library.library()),
        removed=listing.removed,
    )


def _size(project: Project, source: Source) -> int:
    try:
        return project.text_file(source).stat().st_size
    except (ProjectError, OSError):  # it is no file, or somebody deleted it
        return 0


def _runs(project: Project) -> Iterator[RunSnapshot]:
    runs = project.runs()
    called = Counter(without_number(run.name) for run in runs)
    for run in runs:
        name = without_number(run.name)
        yield replace(_of_run(run), title=name if called[name] == 1 else run.name)


def _of_run(run: Run) -> RunSnapshot:
    problems: list[str] = []
    config = _or_none(lambda: _config_of(run), problems)
    checkpoints = _or_none(lambda: tuple(run.checkpoints()), problems) or ()
    there = _names(run)
    noted = (_or_none(run.notes, problems) or "") if NOTES in there else ""
    plan = (_or_none(lambda: notes.plan(run), []) or "") if notes.PLAN in there else ""  # a run is as good without
    return RunSnapshot(run, config, checkpoints, noted, " ".join(problems), plan, _has_learnt_out(run, config))


def _names(run: Run) -> Collection[str]:
    """What lies in its folder; where that is not known, all that is looked for, so that the look says why."""
    try:
        return os.listdir(run.folder)  # noqa: PTH208 (names, of hundreds of runs)
    except OSError:
        return (NOTES, notes.PLAN)


def _has_learnt_out(run: Run, config: RunConfig | None) -> bool:
    """Only with patience: whoever gives a run more steps in its run.toml wants it to go on."""
    if config is None or config.train.patience == 0:
        return False
    last = event_log.last(run.events_file)
    return isinstance(last, RunFinished) and last.outcome is Outcome.FINISHED


def _or_none(read: Callable[[], T], problems: list[str]) -> T | None:
    """One broken file of a run keeps nothing else from being seen."""
    try:
        return read()
    except (EngineError, OSError) as problem:
        problems.append(str(problem))
        return None


def _config_of(run: Run) -> RunConfig:
    about = run.config_file.stat()
    return _config(run, about.st_mtime_ns, about.st_size)


@functools.lru_cache(maxsize=1024)
def _config(run: Run, written_at: int, size: int) -> RunConfig:
    """Parsed once for each version of the file: a project is looked at anew at every checkpoint."""
    return run.config()
