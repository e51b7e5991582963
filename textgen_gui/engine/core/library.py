"""The models that are there without a project: the starter in the box, and those that were fetched or converted.

models/ in the program's own folder holds one folder a model: a Hugging Face folder, and model.toml with what is known
of it. Whatever takes a model takes its name. A folder that begins with a dot is still being filled.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import bounded
from .home import home, resources
from .names import safe_name

STARTER = "starter"
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
    empty where nobody said.
    """

    name: str
    folder: Path
    origin: Origin
    source: str = ""
    revision: str = ""
    licence: str = ""
    languages: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Of the whole folder; counted when it is asked for."""
        return size_of(self.folder)


def library_folder() -> Path:
    return home() / "models"


def folder_for(name: str) -> Path:
    """Where the model of this name belongs: ``publisher/model`` has the folder publisher--model."""
    return library_folder() / name.replace("/", "--")


def fetching_folder(name: str, revision: str) -> Path:
    """Where a model is gathered. What came of another revision is of no use, so it is part of the name."""
    return library_folder() / f"{FETCHING}{name.replace('/', '--')}@{safe_name(revision)[:12] or 'copy'}"


def unfinished() -> list[Unfinished]:
    return [
        Unfinished(folder.name.removeprefix(FETCHING).rpartition("@")[0].replace("--", "/"), folder, size_of(folder))
        for folder in sorted(library_folder().glob(f"{FETCHING}*@*"))
        if folder.is_dir()
    ]


def size_of(folder: Path) -> int:
    """Bytes of all files in it. What vanishes meanwhile does not count."""
    size = 0
    for inside, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                size += Path(inside, file).stat().st_size
    return size


def hub_address() -> str:
    """Where models are fetched from; HF_ENDPOINT names another one, as everywhere."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def hub_host() -> str:
    """The same as people say it: huggingface.co."""
    return urlsplit(hub_address()).netloc or hub_address()


def starter() -> LibraryModel | None:
    """The model in the box; None where it was left out."""
    return _read(resources() / STARTER, Origin.BOX)


def library() -> list[LibraryModel]:
    """The starter first, then the others by name. A folder without model.toml is not finished, and left out, as is one
    that is ``damaged``.
    """
    return [model for model in (starter(), *map(_read, _own_folders())) if model]


def damaged() -> Iterator[str]:
    """A sentence for each folder whose model.toml cannot be read."""
    for folder in _own_folders():
        if not _read(folder):
            yield f"{folder / 'model.toml'} cannot be read. Delete the folder and fetch it again."


def _own_folders() -> list[Path]:
    return sorted(file.parent for file in library_folder().glob("[!.]*/model.toml"))


def find_model(name: str) -> LibraryModel | None:
    """By its name, as ``--from`` takes it."""
    known = starter() if name == STARTER else _read(folder_for(name))
    return known if known and known.name == name else next((model for model in library() if model.name == name), None)


def not_fetched(name: str) -> Path | None:
    """Where a model lies that fetching this name would replace, or hide, and that did not come by it: on some disks one
    of the same name in other capitals.
    """
    folder, known = folder_for(name), find_model(name)
    if known and known.origin != Origin.HUB:
        return known.folder
    there = _read(folder)
    return folder if folder.exists() and not (there and there.name == name and there.origin == Origin.HUB) else None


def name_of(folder: Path) -> str:
    """The name in the library of the model that lies there; "" for any other folder."""
    return next((model.name for model in library() if model.folder == folder), "")


def _read(folder: Path, origin: Origin = Origin.HUB) -> LibraryModel | None:
    """None where its model.toml is missing or cannot be understood: one damaged folder stops nothing else."""
    try:
        known: dict[str, Any] = bounded.read_toml(folder / "model.toml")
        return LibraryModel(
            name=str(known.get("name", folder.name.replace("--", "/"))),
            folder=folder,
            origin=Origin(known.get("origin", origin)),
            source=str(known.get("source", "")),
            revision=str(known.get("revision", "")),
            licence=str(known.get("licence", "")),
            languages=tuple(map(str, known.get("languages", ()))),
        )
    except (OSError, ValueError, TypeError):
        return None
