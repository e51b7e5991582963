"""Write a file or a folder so that a kill or a power cut never leaves half of it.

Order matters and is the whole point: content, fsync of content, fsync of its folder, rename, fsync of the parent.
"""

import contextlib
import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from .errors import ProjectError

TEMPORARY = ".new-"


def sync(path: Path) -> None:
    """Forces a file or a folder to the disk. Windows has no fsync for folders; there it does nothing for them."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" or path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, content: bytes) -> None:
    """Replaces the file as a whole, or leaves it as it was. Raises ProjectError when the disk refuses."""
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{uuid.uuid4().hex[:8]}")
    with refusals(path):
        try:
            temporary.write_bytes(content)
            sync(temporary)
            _rename(temporary, path)
            sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, content: str) -> None:
    write_bytes(path, content.encode("utf-8"))


def copy(source: Path, target: Path, sync_folder: bool = True) -> None:
    """Copies a user's file into the project, whole or not at all. Who copies many may sync their folder once."""
    temporary = target.with_name(f"{TEMPORARY}{os.getpid()}-{uuid.uuid4().hex[:8]}")
    with refusals(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source, temporary)
            sync(temporary)
            _rename(temporary, target)
            if sync_folder:
                sync(target.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Gives a temporary folder to fill; on a normal exit it becomes ``target``, otherwise it is gone.

    An existing ``target`` is replaced. Raises ProjectError when the disk refuses.
    """
    with refusals(target), temporary_folder(target.parent) as temporary:
        yield temporary
        publish(temporary, target)


@contextlib.contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """Gives a folder to fill that is gone after the block, unless it was published under a name."""
    parent.mkdir(parents=True, exist_ok=True)
    temporary = parent / f"{TEMPORARY}{os.getpid()}-{uuid.uuid4().hex[:8]}"
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def publish(temporary: Path, target: Path) -> None:
    """Forces the folder to the disk and gives it its name; an existing ``target`` is replaced."""
    for path in sorted(temporary.rglob("*"), reverse=True):
        sync(path)
    sync(temporary)
    _replace(temporary, target)


def _replace(temporary: Path, target: Path) -> None:
    old = temporary.with_name(temporary.name + "-old")
    if target.exists():
        _rename(target, old)
    try:
        _rename(temporary, target)
    except OSError:
        if old.exists():
            _rename(old, target)
        raise
    sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def read_text(path: Path) -> str:
    """Raises ProjectError when the file is missing or is no UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as problem:
        raise ProjectError(f"{path} does not exist. Choose another folder.") from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise ProjectError(f"{path} cannot be read ({problem}).") from problem


def readable(path: Path) -> bool:
    """Whether the file can be opened now."""
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def check_space(folder: Path, needed: int) -> None:
    """Raises ProjectError when fewer than ``needed`` bytes are free where ``folder`` lies."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ProjectError(
            f"The disk is full: saving in {folder} needs {needed / 1e6:,.1f} MB, and {free / 1e6:,.1f} MB are free. "
            "Free some space and resume; what was saved before is untouched."
        )


def remove_folder(folder: Path) -> None:
    """Renames first, so that a kill in between leaves no half folder under its own name."""
    gone = folder.with_name(f"{TEMPORARY}{os.getpid()}-{uuid.uuid4().hex[:8]}")
    with refusals(folder):
        _rename(folder, gone)
        sync(folder.parent)  # or a power cut could bring it back with some of its files
        shutil.rmtree(gone, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Removes what killed programs left behind. What a living process is still writing stays."""
    for path in folder.glob(f"{TEMPORARY}*"):
        owner = path.name.removeprefix(TEMPORARY).split("-")[0]
        if owner.isdigit() and int(owner) != os.getpid() and not _alive(int(owner)):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    if os.name == "nt":  # there os.kill(pid, 0) ends the process; better to leave the leftovers
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _rename(source: Path, target: Path) -> None:
    # Virus scanners on Windows hold new files open for a moment, so a refusal there is worth some retries.
    for attempt in range(25):
        try:
            source.replace(target)
            return
        except PermissionError:
            if os.name != "nt" or attempt == 24:
                raise
            time.sleep(0.1)


@contextlib.contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turns what the disk says into a sentence: full, read-only, or the system's own words."""
    try:
        yield
    except OSError as problem:
        raise ProjectError(refusal(path, problem)) from problem


def refusal(path: Path, problem: OSError) -> str:
    """The sentence for a disk that refused to write ``path``."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"The disk is full: {path} could not be written. Free some space and try again; nothing was lost."
    if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"{path} may not be written. Copy the project to a folder of your own and open it there."
    if problem.errno == errno.ENOENT:
        return f"{path} could not be written: its folder is gone. Put it back, or open the project where it is now."
    return f"{path} could not be written ({problem.strerror or problem}). Nothing was lost; try again."
