"""Locks: of two windows or programs only one holds a file, and nobody holds it after a death."""

import errno
import os
import signal
import threading
from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.lock import Lock

from ..runs import python


def test_a_lock_ends_with_the_process_that_holds_it(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from textgen_gui.engine.core.lock import Lock
with Lock(Path({str(tmp_path / ".lock")!r}), "busy"):
    print("held", flush=True)
    sys.stdin.read()
"""
    holder = python("-c", code, pipe_in=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(ProjectError, match="busy"):
            Lock(tmp_path / ".lock", "busy")
        holder.send_signal(signal.SIGKILL)
        assert holder.wait() == -signal.SIGKILL
        with Lock(tmp_path / ".lock", "busy"), pytest.raises(ProjectError, match="busy"):
            Lock(tmp_path / ".lock", "busy")  # within one process too
        Lock(tmp_path / ".lock", "busy").close()
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_lock_in_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refused(*arguments: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(ProjectError, match=r"may not be written\. Copy the project"):
        Lock(tmp_path / ".lock", "busy")


def test_a_lock_is_let_go_on_another_thread(tmp_path: Path) -> None:
    lock = Lock(tmp_path / ".lock", "busy")
    other = threading.Thread(target=lock.close)
    other.start()
    other.join()
    Lock(tmp_path / ".lock", "busy").close()


def test_a_lock_that_nobody_knows_any_more_is_free(tmp_path: Path) -> None:
    lock = Lock(tmp_path / ".lock", "busy")
    del lock
    Lock(tmp_path / ".lock", "busy").close()


def test_a_lock_is_held_against_other_threads_and_closing_twice_does_no_harm(tmp_path: Path) -> None:
    said: list[str] = []

    def attempt() -> None:
        try:
            Lock(tmp_path / ".lock", "busy")
        except ProjectError as problem:
            said.append(str(problem))

    with Lock(tmp_path / ".lock", "busy") as lock:
        other = threading.Thread(target=attempt)
        other.start()
        other.join()
    assert said == ["busy"]
    lock.close()
    with Lock(tmp_path / ".lock", "busy"):
        lock.close()  # what it let go belongs to another one now
        with pytest.raises(ProjectError, match="busy"):
            Lock(tmp_path / ".lock", "busy")


def test_who_waits_gets_it_when_it_is_let_go(tmp_path: Path) -> None:
    lock = Lock(tmp_path / ".lock", "busy")
    threading.Timer(0.1, lock.close).start()
    Lock(tmp_path / ".lock", "busy", 30).close()


def test_a_lock_brings_no_folder_back_that_was_deleted(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="its folder is gone"):
        Lock(tmp_path / "runs" / "001 gone" / ".lock", "busy")
    assert list(tmp_path.iterdir()) == []
