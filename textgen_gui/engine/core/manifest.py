"""Sizes and SHA-256 of what a folder of the program's own holds, written last: bytes that rot are noticed by them.

A folder is verified once before it is used. After that the sizes and times of its files tell that it is still the same.
"""

import functools
import hashlib
import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from . import atomic_io, bounded
from .errors import ProjectError

FORMAT = 1
NAME = "manifest.json"
BLOCK = 1 << 22

Listed = dict[str, tuple[int, str]]  # size and SHA-256 of each file, by its path in the folder
Times = tuple[tuple[str, int, int, int], ...]


def files_of(folder: Path) -> dict[str, list[int | str]]:
    """What the manifest of the folder has to list: all that lies in it now."""
    found = (path for path in folder.rglob("*") if path.is_file() and path != folder / NAME)
    # What a killed write left is none of them.
    files = sorted(path for path in found if not path.name.startswith(atomic_io.TEMPORARY))
    return {path.relative_to(folder).as_posix(): [path.stat().st_size, sha256(path)] for path in files}


def write(folder: Path) -> None:
    """Lists all that lies in the folder, of which nothing changes from now on."""
    write_json(folder / NAME, {"format": FORMAT, "files": files_of(folder)})


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    # No constants like Infinity: JSON knows none, and other programs read this too.
    plain = {key: None if item == float("inf") else item for key, item in value.items()}
    atomic_io.replace_bytes(path, (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))


def listed(folder: Path) -> Listed:
    """What the manifest says; nothing where a folder has none. Raises ProjectError when it cannot be read."""
    try:
        whole = bounded.read_json(folder / NAME, bounded.LISTS)
        return {str(name): (int(size), str(digest)) for name, (size, digest) in whole["files"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ProjectError(f"{folder / NAME} is damaged, so it cannot tell what is right in its folder.") from problem


def is_whole(folder: Path) -> bool:
    """Whether the folder is there with its manifest, and all that it lists is as it was written."""
    return (folder / NAME).exists() and not damaged(folder)


def damaged(folder: Path, listing: Listed | None = None) -> tuple[str, ...]:
    """The files that are not as they were written, or gone. ``listing``: another one than the folder's own."""
    try:
        wanted = listed(folder) if listing is None else listing
    except ProjectError:
        return (NAME,)
    return _damaged_once(folder, tuple(sorted(wanted.items())), _times(folder, wanted))


def _times(folder: Path, names: Mapping[str, object]) -> Times:
    known = []
    for name in sorted(names):
        try:
            about = (folder / name).stat()
            known.append((name, about.st_ino, about.st_size, about.st_mtime_ns))
        except FileNotFoundError:
            known.append((name, 0, -1, 0))
    return tuple(known)


@functools.lru_cache(maxsize=64)
def _damaged_once(folder: Path, wanted: tuple[tuple[str, tuple[int, str]], ...], times: Times) -> tuple[str, ...]:
    sizes = {name: size for name, _, size, _ in times}
    return tuple(n for n, (size, digest) in wanted if sizes[n] != size or sha256(folder / n) != digest)


def sha256(path: Path) -> str:
    """Raises OSError; UnfitError for a device, which has no end."""
    with bounded.open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashing(path: Path) -> Generator[int, None, str]:
    """The SHA-256 of a large file, block by block; yields how many bytes were read."""
    whole = hashlib.sha256()
    with bounded.open_file(path) as file:
        while block := file.read(BLOCK):
            whole.update(block)
            yield len(block)
    return whole.hexdigest()
