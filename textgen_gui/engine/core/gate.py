"""The gate through which every path of a project goes, so that no project reaches outside of its own folder.

A project may come from a stranger. Below its folder there are files and folders only: no links, pipes or devices, and
no name leads out of it. The folder itself may lie behind a link.
"""

import os
import stat
from pathlib import Path

from .errors import ProjectError

_JUNCTION: int = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 0)  # what Windows has besides links; 0 elsewhere
_NOT_NAMES = ("", ".", "..")
_NOT_IN_NAMES = frozenset("/\\\0:" if os.name == "nt" else "/\\\0")


def inside(folder: Path, *names: str) -> Path:
    """What is called so in the folder, whether it is there or not. Raises ProjectError where that lies elsewhere."""
    path = str(folder)
    for name in names:
        if not is_plain(name):
            raise ProjectError(f"“{name}” is no name of something in {path}, so it is not used.")
        path = f"{path}{os.sep}{name}"  # as text: a look at a project asks for hundreds
        _refuse_detour(path)
    return folder.joinpath(*names)


def is_plain(name: str) -> bool:
    """Whether this is the name of one thing in a folder, on every system."""
    return name not in _NOT_NAMES and _NOT_IN_NAMES.isdisjoint(name)


def is_folder(path: Path) -> bool:
    """A folder itself, not a link to one."""
    found = _found(path)
    return found is not None and stat.S_ISDIR(found.st_mode) and not _is_link(found)


def is_file(path: Path) -> bool:
    """A regular file itself, not a link to one."""
    found = _found(path)
    return found is not None and stat.S_ISREG(found.st_mode) and not _is_link(found)


def _found(path: Path | str) -> os.stat_result | None:
    """None where there is nothing. Raises ProjectError where nobody can know."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as problem:
        raise ProjectError(f"{path} cannot be read ({problem}). Check that it may be opened.") from problem


def _refuse_detour(path: str) -> None:
    found = _found(path)
    if found is None or stat.S_ISREG(found.st_mode) or (stat.S_ISDIR(found.st_mode) and not _is_link(found)):
        return
    if _is_link(found):
        raise ProjectError(
            f"{path} is a link to somewhere else. A project is read and changed in its own folder only: "
            "put there what it leads to, or remove the link."
        )
    raise ProjectError(f"{path} is neither a file nor a folder, so it is not used. Remove it.")


def _is_link(found: os.stat_result) -> bool:
    return stat.S_ISLNK(found.st_mode) or (_JUNCTION > 0 and getattr(found, "st_reparse_tag", 0) == _JUNCTION)
