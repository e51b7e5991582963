"""Write a file or a folder so that a kill or a power cut never leaves half of it.

Order matters and is the whole point: content, fsync of content, fsync of its folder, rename, fsync of the parent.
"""

import contextlib
import functools
import hashlib
import os
import platform
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from . import bounded
from .disk_errors import refusal as refusal
from .disk_errors import refusals as refusals
from .errors import ProjectError
from .names import free_folder

TEMPORARY = ".new-"
_own = re.compile(r"\.new-([0-9]{1,10})-([0-9a-f]{8}-)?[0-9a-z]+(-old)?")
FORGOTTEN_S = 24 * 3600  # without a write: what another computer left behind
SYNCED_AT_ONCE = 16  # a disk writes down many files in one go when it is asked for them together
_free: list[str] = []  # temporary names that nothing has any more


def sync(path: Path) -> None:
    """Forces a file or a folder to the disk. Windows has no fsync for folders; there it does nothing for them."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" or path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(paths: Collection[Path]) -> None:
    """Forces many files or folders to the disk, twenty times as fast as one after the other."""
    is_ending = not threading.main_thread().is_alive()  # Python starts no thread for others any more
    if len(paths) < 2 or is_ending:
        for path in paths:
            sync(path)
        return
    with ThreadPoolExecutor(min(SYNCED_AT_ONCE, len(paths))) as pool:
        list(pool.map(sync, paths))


def _temporary(folder: Path) -> Path:
    """A name that nothing there has. Old ones are taken first: Python puts each new part of a path into one table, and
    making that larger, after some 350,000 parts, holds up all threads.
    """
    with contextlib.suppress(IndexError):
        return folder / _free.pop()
    return folder / f"{TEMPORARY}{os.getpid()}-{_here()}-{uuid.uuid4().hex[:8]}"


def _give_back(temporary: Path) -> None:
    """Unless the disk refused to remove it, or what it replaced."""
    if not os.path.lexists(temporary) and not os.path.lexists(_replaced(temporary)):
        _free.append(temporary.name)


def _replaced(temporary: Path) -> str:
    return f"{temporary}-old"


@functools.cache
def _here() -> str:
    """Where the number of a process means something: this computer, and of containers this one."""
    numbered_by = Path("/proc/self/ns/pid")
    where = platform.node(), numbered_by.stat().st_ino if numbered_by.exists() else 0
    return hashlib.sha256(repr(where).encode()).hexdigest()[:8]


def write_bytes(path: Path, content: bytes, *, aside: bool = False) -> None:
    """Replaces the file as a whole, or leaves it as it was. Raises ProjectError when the disk refuses.

    ``aside``: what is there gets another name first, as it could not be read.
    """
    with refusals(path):
        replace_bytes(path, content, aside=aside)
        sweep(path.parent)


def replace_bytes(path: Path, content: bytes, *, aside: bool = False) -> None:
    """The same for a folder that is not published yet; a link is replaced, not followed. Raises OSError."""
    temporary = _temporary(path.parent)
    try:
        temporary.write_bytes(content)
        sync(temporary)
        moved = put_aside(path.parent, path.name) if aside else None
        try:
            _rename(temporary, path)
        except OSError:
            if moved and moved.exists():
                _rename(moved, path)
            raise
        sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, content: str, *, aside: bool = False) -> None:
    write_bytes(path, content.encode("utf-8"), aside=aside)


@contextlib.contextmanager
def new_folder(target: Path, *, synced_from: int = 0) -> Iterator[Path]:
    """Gives a temporary folder to fill; on a normal exit it becomes ``target``, otherwise it is gone.

    An existing ``target`` is replaced. ``synced_from``: with fewer bytes in its files it is not forced to the disk, for
    what is checked before it is used and can be made again. Raises ProjectError when the disk refuses.
    """
    with refusals(target), temporary_folder(target.parent) as temporary:
        yield temporary
        if synced_from and sum(entry.stat().st_size for entry in os.scandir(temporary)) < synced_from:
            if old := _put(temporary, target):
                shutil.rmtree(old, ignore_errors=True)
        else:
            publish(temporary, target)


@contextlib.contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """Gives a folder to fill that is gone after the block, unless it was published under a name."""
    parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(parent)
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        _give_back(temporary)


def publish(temporary: Path, target: Path) -> None:
    """Forces the folder to the disk and gives it its name; an existing ``target`` is replaced."""
    _publish([(temporary, target)])


def publish_new(temporary: Path, target: Path) -> None:
    """The same, but raises OSError where there is one before that is not empty."""
    _force([temporary])
    _rename(temporary, target)
    sync(target.parent)


def _publish(renamed: list[tuple[Path, Path]]) -> None:
    """Content first, then the folders it lies in, then names, then the folders that hold the names."""
    _force([temporary for temporary, _ in renamed])
    replaced = [old for temporary, target in renamed if (old := _put(temporary, target))]
    sync_all({target.parent for _, target in renamed})
    for old in replaced:
        shutil.rmtree(old, ignore_errors=True)


def _force(temporaries: Iterable[Path]) -> None:
    inside = [path for temporary in temporaries for path in (temporary, *temporary.rglob("*"))]
    sync_all([path for path in inside if not path.is_dir()])
    sync_all([path for path in inside if path.is_dir()])


def _put(temporary: Path, target: Path) -> Path | None:
    """Gives it its name. Returns the folder that had this name before, under a name of its own; a file is replaced."""
    if not target.is_dir():
        _rename(temporary, target)
        return None
    old = Path(_replaced(temporary))
    _rename(target, old)
    try:
        _rename(temporary, target)
    except OSError:
        _rename(old, target)
        raise
    return old


class Batch:
    """Many files that are written one by one and get their names together, which is many times as fast.

    Each is whole or absent all the same. What was written is published when ``is_due`` says so, and at the end of the
    block, also where it ends early. ``before`` is called first; where it raises, nothing is published.
    """

    MANY, LONG_S = 256, 2.0

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self._before = before
        self._written: list[tuple[Path, Path]] = []
        self._since = time.monotonic()

    @property
    def is_due(self) -> bool:
        return len(self._written) >= self.MANY or (bool(self._written) and time.monotonic() - self._since > self.LONG_S)

    @contextlib.contextmanager
    def new(self, target: Path) -> Iterator[Path]:
        """Gives a temporary name to write to. Raises ProjectError when the disk refuses."""
        temporary = _temporary(target.parent)
        with refusals(target), contextlib.ExitStack() as undo:
            target.parent.mkdir(parents=True, exist_ok=True)
            undo.callback(_remove, temporary)
            yield temporary
            undo.pop_all()
        self._written.append((temporary, target))

    def publish(self) -> None:
        """Raises ProjectError when the disk refuses; what has no name yet is gone then."""
        written, self._written, self._since = self._written, [], time.monotonic()
        if not written:
            return
        with refusals(written[0][1]), contextlib.ExitStack() as undo:
            for temporary, _ in written:
                undo.callback(_remove, temporary)
            self._before()
            _publish(written)
            undo.pop_all()
        for temporary, _ in written:
            _give_back(temporary)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.publish()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def read_text(path: Path, most: int = bounded.LISTS) -> str:
    """Raises ProjectError when the file is missing, is no UTF-8, or has more than ``most`` bytes."""
    try:
        return bounded.read_text(path, most)
    except FileNotFoundError as problem:
        if not path.parent.is_dir():
            words = f"{path} cannot be read: its folder is gone. Put it back, or open the project where it is now."
            raise ProjectError(words) from problem
        raise ProjectError(f"{path} does not exist. Choose another folder.") from problem
    except (OSError, ValueError) as problem:
        raise ProjectError(f"{path} cannot be read ({problem}).") from problem


def put_aside(folder: Path, name: str) -> Path:
    """What is called so, be it a link or a pipe, gets another name, so that nothing is written over it.

    Raises ProjectError when the disk refuses. Where there is nothing of that name nothing happens.
    """
    named, now = folder / name, time.strftime("%Y-%m-%d %H.%M.%S")
    aside = free_folder(named.with_name(f"{named.stem} {now}{named.suffix}"))
    with refusals(aside):
        if os.path.lexists(named):
            named.rename(aside)
    return aside


def entries(folder: Path) -> list[Path]:
    """What lies in the folder; nothing where it is missing. Raises ProjectError when it cannot be read."""
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as problem:
        raise ProjectError(f"{folder} cannot be read ({problem.strerror}). Check that it may be opened.") from problem


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
            "Free some space and try again; what was saved before is untouched."
        )


def remove_folder(folder: Path) -> None:
    """Raises ProjectError when the disk refuses."""
    remove_folders([folder])


def remove_folders(folders: Iterable[Path]) -> None:
    """Renames first, so that a kill in between leaves no half folder under its own name."""
    gone = []
    for folder in folders:
        with refusals(folder):
            gone.append(_temporary(folder.parent))
            _rename(folder, gone[-1])
    if gone:
        with refusals(folder):
            sync_all({path.parent for path in gone})  # or a power cut could bring them back with some of their files
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Removes what killed programs left behind. What a living process is still writing stays, wherever that runs."""
    for path in folder.glob(f"{TEMPORARY}*"):
        named = _own.fullmatch(path.name)
        if named and int(named[1]) != os.getpid():
            with contextlib.suppress(OSError):  # whatever stays there harms nobody
                is_here = named[2] in (None, f"{_here()}-")  # earlier versions did not say where
                if not _alive(int(named[1])) if is_here else time.time() - os.lstat(path).st_mtime > FORGOTTEN_S:
                    _remove(path)


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
