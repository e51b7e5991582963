"""What the user means by a model: ``--from`` and all who take one ask here."""

import re
from pathlib import Path

from .errors import ProjectError
from .library import STARTER, find_model
from .model_folder import refuse_to_convert_unasked
from .project import Checkpoint, Project, Run, find
from .run_numbers import number_of

_hub_name = re.compile(r"[\w.-]+/[\w.-]+")


def find_any(chosen: str, base: Path) -> Run | Checkpoint:
    """What the user means by a model: a name of the library, a run, a checkpoint, a model's folder, or a file in it.

    ``base``: what a path is relative to. Raises ProjectError that says how to get one which is not here.
    """
    known = find_model(chosen)
    if known:
        return Checkpoint(known.folder)
    path = _where_now(base / chosen)
    if path.is_file():
        refuse_to_convert_unasked(path)
    if path.exists():
        return find(path.parent if path.is_file() else path)
    if not _could_be_name(chosen, path):
        return find(path)
    if chosen == STARTER:
        raise ProjectError("This copy of the program has no starter in it. Begin from scratch, or with another model.")
    raise ProjectError(
        f"There is no model “{chosen}” here yet. Fetch it first, under Models or by: textgen-gui fetch {chosen}"
    )


def runs_of_number(folder: Path) -> list[Run]:
    """Those that have the number of a run's folder: a run keeps it when it gets another name."""
    number = number_of(folder.name)
    return [run for run in Project(folder.parent.parent).runs() if run.number == number]


def _where_now(path: Path) -> Path:
    """The same in a run that got another name since."""
    for folder in (path, *path.parents):
        if folder.parent.name == "runs" and not folder.exists():
            found = runs_of_number(folder)
            return found[0].folder / path.relative_to(folder) if len(found) == 1 else path
    return path


def whole_name(chosen: str | Path) -> str:
    """The same model for a reader who works in another folder: a path becomes a whole one. What is no path here stays
    as it is: a name, or a run of the project that it is for.
    """
    name, path = str(chosen), Path(chosen)
    return str(path.resolve()) if path.exists() and not find_model(name) else name


def _could_be_name(chosen: str, path: Path) -> bool:
    """Of a model that is not here: ``publisher/model`` where there is no folder ``publisher``."""
    return chosen == STARTER or bool(_hub_name.fullmatch(chosen) and not path.parent.exists())
