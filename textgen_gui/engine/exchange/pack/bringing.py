"""Brings home what a packed run has learnt elsewhere: checkpoints, its curve and its samples."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from ...core import atomic_io, event_log, events, manifest
from ...core.control import Ask
from ...core.errors import CheckpointError, ProjectError
from ...core.events import Event
from ...core.library import size_of
from ...core.project import Checkpoint, Project, Run
from ...models import base
from ...models import checkpoint as checkpoints
from .pack_file import PackFile, packed_run


def bringing(pack: Path, home: Path | None, stop: Ask) -> Iterator[Event]:
    """CheckpointSaved for each that came home, then RunBrought. ``home``: the project, where it has moved.

    Raises ProjectError for a folder that is no pack, a project that is not there, or a run that went on here as well.
    """
    known = PackFile.read(pack)
    run, there = _run_at_home(known, home), packed_run(pack, known.run)
    if not there.exists():
        raise ProjectError(f"{pack} has no run “{known.run}” in it any more. Copy the whole folder back.")
    return _bringing(run, there, stop)


def _run_at_home(known: PackFile, home: Path | None) -> Run:
    """By its settings and its name; by the settings alone where it has got another name."""
    project = Project(home or Path(known.project))
    if not project.exists():
        where = "" if home else " Say where it is now: --project FOLDER."
        raise ProjectError(f"The project {project.folder}, to which this run belongs, is not there.{where}")
    runs = [run for run in project.runs() if run.exists()]
    alike = [run for run in runs if manifest.sha256(run.config_file) == known.config]
    found = [run for run in alike if run.name == known.run] or alike
    if len(found) != 1:
        many = "several runs" if found else "no run"
        raise ProjectError(f"{project.folder} has {many} with the settings of “{known.run}”, and none of that name.")
    return found[0]


def _bringing(run: Run, there: Run, stop: Ask) -> Iterator[Event]:
    with run.lock():
        _refuse_two_histories(run, there)
        brought = 0
        _bring_base(run, there)
        _bring_history(run, there)  # first: what is stopped or killed in between goes on the next time
        for checkpoint in there.checkpoints():
            if stop():
                return
            own = run.checkpoint(checkpoint.step)
            if own.folder.exists():
                continue
            try:
                _bring(checkpoint, own)
            except CheckpointError as problem:
                yield events.Warned(f"Left out: {problem}")
                continue
            brought += 1
            yield events.CheckpointSaved(own.step, run.project.relative(own.folder))
        newest = _newest(run)
    told = f"“{run.name}” is at step {newest:,} now." if brought else f"Nothing new: it is at step {newest:,}."
    yield events.RunBrought(run.project.relative(run.folder), brought, newest, told)


def _newest(run: Run) -> int:
    return max((one.step for one in run.checkpoints()), default=0)


def _refuse_two_histories(run: Run, there: Run) -> None:
    """What was learnt here since it was packed must not be mixed with what was learnt there.

    Told by the steps that both know of, for either record may have been copied while it was still being written.
    """
    newest = _newest(run)
    if _is_same(run.checkpoint(newest), there.checkpoint(newest)):
        return
    own, other = _steps(run), _steps(there)
    if any(step <= newest and other.get(step, done) != done for step, done in own.items()):
        raise ProjectError(
            f"“{run.name}” went on here as well since it was packed. Keep one of the two: copy the project, delete in "
            "the copy what was learnt here, and bring the run home into the copy with --project."
        )


def _is_same(one: Checkpoint, other: Checkpoint) -> bool:
    files = one.manifest_file, other.manifest_file
    return all(file.exists() for file in files) and len(set(map(manifest.sha256, files))) == 1


def _steps(run: Run) -> dict[int, tuple[float, float]]:
    """Loss and time of each: no two histories have the same times."""
    done = event_log.read(run.events_file, events.StepDone)
    return {event.step: (event.loss, event.elapsed_s) for event in done if isinstance(event, events.StepDone)}


def _bring(checkpoint: Checkpoint, own: Checkpoint) -> None:
    """Whole or absent. Raises CheckpointError for one that is not as it was saved, here or there."""
    checkpoints.verify(checkpoint)
    needed = sum(file.stat().st_size for file in checkpoint.folder.rglob("*") if file.is_file())
    own.folder.parent.mkdir(exist_ok=True)
    atomic_io.check_space(own.folder.parent, needed)
    with atomic_io.new_folder(own.folder) as coming:
        shutil.copytree(checkpoint.folder, coming, symlinks=True, ignore=_links, dirs_exist_ok=True)
        checkpoints.verify(Checkpoint(coming))


def _bring_base(run: Run, there: Run) -> None:
    """What LoRA added to there, where this run has not the very same: its checkpoints are nothing without it."""
    own, coming_from = base.folder_of(run), base.folder_of(there)
    named = base.named_by(there)
    if not named or (own.exists() and not any(manifest.damaged(own, one.files) for one in named)):
        return
    if not manifest.is_whole(coming_from):
        raise ProjectError(f"{coming_from} is damaged. Copy the whole folder back once more.")
    atomic_io.check_space(run.folder, size_of(coming_from))
    with atomic_io.new_folder(own) as coming:
        shutil.copytree(coming_from, coming, symlinks=True, ignore=_links, dirs_exist_ok=True)


def _links(folder: str, names: list[str]) -> list[str]:
    """They may lead anywhere, and no checkpoint has any."""
    return [name for name in names if Path(folder, name).is_symlink()]


def _bring_history(run: Run, there: Run) -> None:
    """Where the run there knows more than what belongs to the checkpoints that are here."""
    newest, last = _newest(run), max(_steps(there), default=0)
    if last < newest or (last == newest and _size(there.events_file) <= _size(run.events_file)):
        return
    with atomic_io.Batch() as batch:
        for file, own in ((there.events_file, run.events_file), (there.samples_file, run.samples_file)):
            if file.exists():
                atomic_io.check_space(own.parent, file.stat().st_size)
                with batch.new(own) as coming:
                    shutil.copyfile(file, coming)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
