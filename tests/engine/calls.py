"""File-system calls, counted, so that a test can fail or die at each of them in turn."""

import builtins
import io
import os
from collections.abc import Callable
from typing import Any

import pytest

# pathlib, shutil and transformers all look these up at the time of the call. io.open and builtins.open are two names.
changing: list[tuple[Any, str]] = [
    (os, "open"),
    (os, "write"),
    (os, "fsync"),
    (os, "replace"),
    (os, "rename"),
    (os, "mkdir"),
    (os, "unlink"),
    (os, "rmdir"),
    (io, "open"),
    (builtins, "open"),
    *([(os, "sendfile")] if hasattr(os, "sendfile") else []),  # how shutil.copyfile writes
]


def intercept(
    patch: pytest.MonkeyPatch,
    before: Callable[[int, str], None],
    after: Callable[[int, str, tuple[Any, ...]], None] = lambda number, name, arguments: None,
    places: list[tuple[Any, str]] = changing,
    reads: bool = True,
) -> Callable[[], int]:
    """Calls ``before`` and ``after`` around each real call, numbered from 1. Returns how to ask for their number.

    ``after`` comes for a refused call too. Without ``reads``, opening for reading is left alone and not counted.
    """
    count = 0

    def wrap(real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            if not reads and name == "open" and not _writes(*arguments, **named):
                return real(*arguments, **named)
            count += 1
            mine = count
            before(mine, name)
            try:
                return real(*arguments, **named)
            finally:
                after(mine, name, arguments)

        return call

    for module, name in places:
        patch.setattr(module, name, wrap(getattr(module, name), name))
    return lambda: count


def _writes(path: Any, mode: Any = "r", *arguments: Any, **named: Any) -> bool:
    """Whether it opens for writing: os.open says so in flags, the others in letters."""
    if isinstance(mode, int):
        return bool(mode & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return any(letter in mode for letter in "wax+")
