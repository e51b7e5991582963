"""What lies in a project's folder at one moment, read at once: windows show this and never read the disk themselves."""

from dataclasses import dataclass

from .config import PrepareConfig, RunConfig
from .errors import EngineError
from .project import Checkpoint, Project, Run, Source


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """``config`` is None where run.toml cannot be read; ``problem`` says why."""

    run: Run
    config: RunConfig | None
    checkpoints: tuple[Checkpoint, ...]
    problem: str = ""

    @property
    def step(self) -> int:
        return self.checkpoints[-1].step if self.checkpoints else 0

    @property
    def is_finished(self) -> bool:
        return self.config is not None and self.step >= self.config.train.steps > 0


@dataclass(frozen=True, slots=True)
class ProjectSnapshot:
    """``fields``: the columns that are learnt by name. ``runs``: in order of their numbers."""

    name: str
    sources: tuple[Source, ...]
    prepare: PrepareConfig
    fields: tuple[str, ...]
    runs: tuple[RunSnapshot, ...]

    def of_run(self, run: Run) -> RunSnapshot | None:
        return next((known for known in self.runs if known.run.folder == run.folder), None)


def snapshot(project: Project) -> ProjectSnapshot:
    """Raises ProjectError when the project cannot be read any more."""
    runs = tuple(_of_run(run) for run in project.runs())
    return ProjectSnapshot(
        project.name, tuple(project.sources()), project.prepare_config(), tuple(project.fields()), runs
    )


def _of_run(run: Run) -> RunSnapshot:
    checkpoints = tuple(run.checkpoints())
    try:
        return RunSnapshot(run, run.config(), checkpoints)
    except EngineError as problem:
        return RunSnapshot(run, None, checkpoints, str(problem))
