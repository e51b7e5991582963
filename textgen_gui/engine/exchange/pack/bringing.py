"""Brings home what a packed run has learnt elsewhere: checkpoints, its curve and its samples."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from ...core import atomic_io, events
from ...core.control import Ask
from ...core.errors import CheckpointError, ProjectError
from ...core.events import Event
from ...core.project import Checkpoint, Project, Run
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
    return _bringing(run, there, known.step, stop)


def _run_at_home(known: PackFile, home: Path | None) -> Run:
    """By its settings: it may have got another name."""
    project = Project(home or Path(known.project))
    if not project.exists():
        where = "" if home else " Say where it is now: --project FOLDER."
        raise ProjectError(f"The project {project.folder}, to which this run belongs, is not there.{where}")
    for run in project.runs():
        if run.exists() and hashlib.sha256(run.config_file.read_bytes()).hexdigest() == known.config:
            return run
    raise ProjectError(f"{project.folder} has no run with the settings of “{known.run}” any more.")


def _bringing(run: Run, there: Run, packed_step: int, stop: Ask) -> Iterator[Event]:
    with run.lock():
        _refuse_two_histories(run, there, packed_step)
        brought = 0
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
        newest = max((one.step for one in run.checkpoints()), default=0)
        if brought:
            _bring_history(run, there)
    told = (
        f"“{run.name}” is at step {newest:,} now." if brought else f"Nothing new: “{run.name}” is at step {newest:,}."
    )
    yield events.RunBrought(run.project.relative(run.folder), brought, newest, told)


def _refuse_two_histories(run: Run, there: Run, packed_step: int) -> None:
    """What was learnt here since it was packed must not be mixed with what was learnt there."""
    for own in run.checkpoints():
        theirs = there.checkpoint(own.step)
        is_other = theirs.manifest_file.exists() and _digest(theirs) != _digest(own)
        unknown = own.step > packed_step and not theirs.folder.exists() and own.step > _newest(there)
        if is_other or unknown:
            raise ProjectError(
                f"“{run.name}” went on here as well, and has a step {own.step:,} of its own. "
                "Keep one of the two: copy the project and bring the run home into the copy."
            )


def _newest(run: Run) -> int:
    return max((one.step for one in run.checkpoints()), default=0)


def _digest(checkpoint: Checkpoint) -> str:
    """Of the weights, which do not depend on when and where they were saved."""
    return checkpoints.sha256(checkpoint.folder / "model.safetensors")


def _bring(checkpoint: Checkpoint, own: Checkpoint) -> None:
    """Whole or absent. Raises CheckpointError for one that is not as it was saved, here or there."""
    checkpoints.verify(checkpoint)
    needed = sum(file.stat().st_size for file in checkpoint.folder.rglob("*") if file.is_file())
    own.folder.parent.mkdir(exist_ok=True)
    atomic_io.check_space(own.folder.parent, needed)
    with atomic_io.new_folder(own.folder) as coming:
        shutil.copytree(checkpoint.folder, coming, dirs_exist_ok=True)
        checkpoints.verify(Checkpoint(coming))


def _bring_history(run: Run, there: Run) -> None:
    for file, own in ((there.events_file, run.events_file), (there.samples_file, run.samples_file)):
        if file.exists():
            atomic_io.write_bytes(own, file.read_bytes())
