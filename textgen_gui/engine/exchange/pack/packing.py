"""Writes the folder with which a run trains elsewhere."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from ...core import atomic_io, events, gate, manifest
from ...core.control import Ask, Stopped, until
from ...core.errors import ProjectError
from ...core.events import Event
from ...core.model_forms import PackFor
from ...core.names import safe_name
from ...core.project import Checkpoint, Project, Run
from ...core.sources import Listing
from ...models import checkpoint as checkpoints
from ...models.base import folder_of, named_by
from ...text.dataset import Prepared
from ...text.staleness import learnt_by
from ...training.budget import settled
from ...training.initial_model import copy_base, damage_of_start, start_folder
from .launchers import Launcher, launcher
from .pack_file import PackFile, packed_run
from .pins import pins
from .wheel import write_wheel


def packing(run: Run, destination: PackFor, path: Path, stop: Ask) -> Iterator[Event]:
    """The last event is Exported. Raises ProjectError for a path that exists or a run that cannot be trained."""
    path = path.resolve()
    atomic_io.sweep(path.parent)
    _refuse_existing(path)
    if safe_name(path.name) != path.name:
        raise ProjectError(f"“{path.name}” cannot be the name of a folder everywhere. Choose another one.")
    with atomic_io.refusals(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    prepared = learnt_by(run, run.config())
    return _packing(run, prepared, launcher(destination, path.name, run.name), path, stop)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise ProjectError(f"{path} exists already. Choose another name for the folder.")


def _packing(run: Run, prepared: Prepared, launching: Launcher, path: Path, stop: Ask) -> Iterator[Event]:
    yield events.Progressed("Packing", 0, 0, 0.0)
    newest, doubts = checkpoints.newest_good(run)
    doubts += damage_of_start(run, run.config()) if newest is None else []
    yield from map(events.Warned, doubts)
    try:
        with atomic_io.refusals(path), run.lock(), atomic_io.temporary_folder(path.parent) as pack:
            settled(run, newest)
            there = packed_run(pack, run.name)
            there.folder.mkdir(parents=True)
            files = [run.config_file, run.events_file, run.samples_file]
            for file in until((file for file in files if file.exists()), stop):
                shutil.copyfile(file, there.folder / file.name)
            for folder in (prepared.folder, *(one.folder for one in _needed(run, newest))):
                _copy(folder, pack / "project" / folder.relative_to(run.project.folder), stop)
            _copy_start(run, there, prepared, stop)
            there.project.save(Listing(run.project.name, prepare=run.project.prepare_config()))
            write_wheel(pack)
            for name, text in launching.files.items():
                (pack / name).write_text(text, encoding="utf-8", newline="\n")
            (pack / "requirements.txt").write_text("\n".join(pins()) + "\n", encoding="utf-8")
            (pack / "README.txt").write_text("\n".join(launching.steps) + "\n", encoding="utf-8")
            _identity(run).write(pack)
            _compare(run.project, pack / "project", stop)
            _refuse_existing(path)  # it may have come meanwhile
            atomic_io.publish_new(pack, path)
    except Stopped:
        return
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    proof = "Everything in it was compared with what is here."
    yield events.Exported(str(path), size, proof, launching.steps)


def _needed(run: Run, newest: Checkpoint | None) -> list[Checkpoint]:
    """The newest one, and those of earlier generations, from which it goes on learning."""
    if newest is None:
        return []
    return [newest, *(one for one in checkpoints.last_of_each(run).values() if one.step < newest.step)]


def _identity(run: Run) -> PackFile:
    return PackFile(str(run.project.folder.resolve()), run.name, manifest.sha256(run.config_file))


def _copy_start(run: Run, there: Run, prepared: Prepared, stop: Ask) -> None:
    """The model that it begins with, where it has not learnt yet, or always needs it."""
    config, named = run.config(), named_by(there)
    if named and manifest.damaged(folder_of(run), named[-1].files):
        folder = start_folder(run.project, config.start.model)
        copy_base(folder, folder_of(there), prepared.tokenizer(), named[-1].files)
    elif folder_of(run).exists():
        _copy(folder_of(run), folder_of(there), stop)
    elif config.start.model and not there.checkpoints():
        folder = start_folder(run.project, config.start.model)
        copy_base(folder, folder_of(there), prepared.tokenizer())


def _copy(folder: Path, to: Path, stop: Ask) -> None:
    """Raises ProjectError for a link: a stranger's project could lead to what is to leave with no pack."""
    for file in until(sorted(path for path in folder.rglob("*") if path.is_file()), stop):
        target = to / file.relative_to(folder)
        gate.inside(folder, *file.relative_to(folder).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _compare(project: Project, packed: Path, stop: Ask) -> None:
    """Raises ProjectError where something is not as it is here: the disk of a stick may be broken."""
    for file in until([path for path in packed.rglob("*") if path.is_file()], stop):
        original = project.folder / file.relative_to(packed)
        is_made = (
            file.name == project.file.name or not original.exists()
        )  # without texts; the model that it begins with
        if not is_made and checkpoints.sha256(file) != checkpoints.sha256(original):
            raise ProjectError(f"{file.name} could not be copied as it is. Look at the disk, or choose another one.")
