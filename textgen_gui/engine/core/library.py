"""The models that are there without a project: the starter in the box, and those that were fetched or converted.

models/ in the program's own folder holds one folder a model: a Hugging Face folder, and model.toml with what is known
of it. Whatever takes a model takes its name. A folder that begins with a dot is still being filled.
"""

import os
import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .errors import CheckpointError, ProjectError
from .home import home, resources
from .project import Checkpoint, Run, find

STARTER = "starter"
_hub_name = re.compile(r"[\w.-]+/[\w.-]+")
FETCHING = ".fetching-"  # what a folder is called until all of its model is there


class Origin(StrEnum):
    """How a model came here."""

    BOX = "box"  # shipped with the program
    HUB = "hub"  # fetched by name
    CONVERTED = "converted"  # rewritten from a format that is not opened as it is


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A fetch that was cut off or stopped: fetching ``name`` again goes on from its ``bytes``."""

    name: str
    folder: Path
    bytes: int


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """``name``: what ``--from`` takes. ``source``: where it is from, for people. ``licence`` and ``languages`` are
    empty where nobody said. ``bytes``: of the whole folder.
    """

    name: str
    folder: Path
    origin: Origin
    source: str = ""
    revision: str = ""
    licence: str = ""
    languages: tuple[str, ...] = ()
    bytes: int = 0


def library_folder() -> Path:
    return home() / "models"


def folder_for(name: str) -> Path:
    """Where the model of this name belongs: ``publisher/model`` has the folder publisher--model."""
    return library_folder() / name.replace("/", "--")


def fetching_folder(name: str, revision: str) -> Path:
    """Where a model is gathered. What came of another revision is of no use, so it is part of the name."""
    return library_folder() / f"{FETCHING}{name.replace('/', '--')}@{revision[:12] or 'copy'}"


def unfinished() -> list[Unfinished]:
    return [
        Unfinished(folder.name.removeprefix(FETCHING).rpartition("@")[0].replace("--", "/"), folder, size_of(folder))
        for folder in sorted(library_folder().glob(f"{FETCHING}*@*"))
        if folder.is_dir()
    ]


def size_of(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def hub_address() -> str:
    """Where models are fetched from; HF_ENDPOINT names another one, as everywhere."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def hub_host() -> str:
    """The same as people say it: huggingface.co."""
    return urlsplit(hub_address()).netloc or hub_address()


def starter() -> LibraryModel | None:
    """The model in the box; None where it was left out."""
    folder = resources() / STARTER
    return _read(folder, STARTER, Origin.BOX) if (folder / "model.toml").is_file() else None


def library() -> list[LibraryModel]:
    """The starter first, then the others by name. A folder without model.toml is not finished, and left out."""
    own = sorted(file.parent for file in library_folder().glob("[!.]*/model.toml"))
    first = starter()
    return [*([first] if first else []), *(_read(folder, folder.name.replace("--", "/")) for folder in own)]


def find_model(name: str) -> LibraryModel | None:
    """By its name, as ``--from`` takes it."""
    return next((model for model in library() if model.name == name), None)


def name_of(folder: Path) -> str:
    """The name in the library of the model that lies there; "" for any other folder."""
    return next((model.name for model in library() if model.folder == folder), "")


def find_any(chosen: str, base: Path) -> Run | Checkpoint:
    """What the user means by a model: a name of the library, a run, a checkpoint, a model's folder, or a file in it.

    ``base``: what a path is relative to. Raises ProjectError that says how to get one which is not here.
    """
    known = find_model(chosen)
    if known:
        return Checkpoint(known.folder)
    path = base / chosen
    if path.exists():
        return find(path.parent if path.is_file() else path)
    if not _could_be_name(chosen, path):
        return find(path)
    if chosen == STARTER:
        raise ProjectError("This copy of the program has no starter in it. Begin from scratch, or with another model.")
    raise ProjectError(f"There is no model “{chosen}” here yet. Fetch it first: textgen-gui fetch {chosen}")


def whole_name(chosen: str | Path) -> str:
    """The same model for a reader who works in another folder: a name stays as it is, a path becomes a whole one."""
    name, path = str(chosen), Path(chosen)
    is_name = find_model(name) or (not path.exists() and _could_be_name(name, path))
    return name if is_name else str(path.resolve())


def _could_be_name(chosen: str, path: Path) -> bool:
    """Of a model that is not here: ``publisher/model`` where there is no folder ``publisher``."""
    return chosen == STARTER or bool(_hub_name.fullmatch(chosen) and not path.parent.exists())


def _read(folder: Path, name: str, origin: Origin = Origin.HUB) -> LibraryModel:
    try:
        known: dict[str, Any] = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
        return LibraryModel(
            name=str(known.get("name", name)),
            folder=folder,
            origin=Origin(known.get("origin", origin)),
            source=str(known.get("source", "")),
            revision=str(known.get("revision", "")),
            licence=str(known.get("licence", "")),
            languages=tuple(map(str, known.get("languages", ()))),
            bytes=size_of(folder),
        )
    except (OSError, ValueError, TypeError) as problem:
        raise CheckpointError(
            f"{folder / 'model.toml'} cannot be read. Delete the folder and fetch it again."
        ) from problem
