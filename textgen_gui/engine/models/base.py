"""The model that LoRA adds to: it lies once in base/ of its run, and each checkpoint names it by its hashes.

Such a checkpoint holds what was learnt, some megabytes, and no weights to write with. ``model.load`` joins the two.
"""

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..core import atomic_io, bounded, gate, manifest
from ..core.errors import CheckpointError, DamagedError
from ..core.model_folder import BASE
from ..core.project import Run
from . import tensors

NAME, FOLDER = BASE, "base"  # in a checkpoint; in a run
LEARNT = "training/weights.safetensors"


@dataclass(frozen=True, slots=True)
class Base:
    """``files``: what it has to hold. ``rank``: of the matrices that were learnt."""

    folder: Path
    files: manifest.Listed
    rank: int

    @property
    def is_there(self) -> bool:
        return bool(self.files) and all((self.folder / name).is_file() for name in self.files)

    def refuse_damaged(self) -> None:
        """Raises DamagedError unless it is the very model that was added to."""
        damaged = manifest.damaged(self.folder, self.files) if self.files else (FOLDER,)
        if damaged:
            raise DamagedError(
                f"{self.folder / damaged[0]} is damaged or gone, and this checkpoint holds only what was learnt beside "
                "it. Copy it back, or resume the run: that copies the model again if it is still there."
            )


def folder_of(run: Run) -> Path:
    """Raises ProjectError where it, or something in it, is a link to somewhere else."""
    folder = gate.inside(run.folder, FOLDER)
    for file in atomic_io.entries(folder):
        gate.inside(folder, file.name)
    return folder


def weights_folder(folder: Path) -> Path:
    """Where the weights lie that a model's folder writes with."""
    named = named_in(folder)
    return named.folder if named else folder


def named_in(checkpoint: Path) -> Base | None:
    """None for a folder that is whole. Raises CheckpointError for one that cannot be read."""
    if not (checkpoint / NAME).is_file():
        return None
    try:
        said = bounded.read_json(checkpoint / NAME, bounded.LISTS)
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in said["files"].items()}
        rank = int(said["lora"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as problem:
        raise CheckpointError(f"{checkpoint / NAME} cannot be read. Choose another model.") from problem
    if not all(map(gate.is_plain, files)):
        raise CheckpointError(f"{checkpoint / NAME} names files that lie elsewhere. It was not loaded.")
    return Base(folder_of(Run(checkpoint.resolve().parent.parent)), files, rank)


def named_by(run: Run) -> list[Base]:
    """What those of its checkpoints add to that can be read, the newest last."""
    found = []
    for checkpoint in run.checkpoints():
        with contextlib.suppress(CheckpointError):
            found.append(named_in(checkpoint.folder))
    return [named for named in found if named]


def name_in(checkpoint: Path, files: manifest.Listed, rank: int) -> None:
    """Writes into the checkpoint which model it adds to. ``files``: as they were when it began to learn."""
    manifest.write_json(checkpoint / NAME, {"lora": rank, "files": files})


def deciding(base: Path) -> manifest.Listed:
    """The files of a base by which a model writes as it does; what else lies there may be written anew."""
    return {name: one for name, one in listed(base).items() if name == "config.json" or name.endswith(".safetensors")}


def listed(base: Path) -> manifest.Listed:
    """What a base has to hold. Earlier versions copied a checkpoint's manifest, of which only weights are here."""
    listing = manifest.listed(base)
    is_copied = any(name.startswith("training/") for name in listing)
    return {name: one for name, one in listing.items() if not is_copied or re.fullmatch(r"[^/]+\.safetensors", name)}


def learnt(checkpoint: Path, rank: int) -> dict[str, Tensor]:
    """What the checkpoint adds. Raises CheckpointError where no matrix is as long as the rank."""
    file = checkpoint / LEARNT
    try:
        bounded.open_file(file).close()  # which refuses a pipe, for which native code would wait
        sides = [side for header in tensors.headers(file).values() for side in header.shape]
        if 0 < rank <= max(sides, default=0):
            return load_file(file)
    except (OSError, SafetensorError) as problem:
        raise CheckpointError(f"{file} cannot be read. Choose another model.") from problem
    raise CheckpointError(f"{checkpoint / NAME} does not fit {file.name}. Choose another model.")
