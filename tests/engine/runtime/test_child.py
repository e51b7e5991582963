"""A process for strangers' files: its words come back, and whatever else it does ends as one sentence."""

import contextlib
import itertools
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from textgen_gui.engine.core.control import Ask, Stopped
from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.runtime import child
from textgen_gui.engine.runtime.child import ChildError, run_in_child
from textgen_gui.engine.runtime.confine import Limits
from textgen_gui.engine.runtime.task import Task

from ...conftest import never
from ..runs import python
from . import child_tasks as tasks

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux holds it")


def named(task: Callable[..., Iterator[Any]]) -> str:
    return f"{task.__module__}:{task.__name__}"


def called(
    function: Callable[..., Iterator[Any]],
    *arguments: Any,
    limits: Limits | None = None,
    writable: Path | None = None,
    stop: Ask = never,
) -> list[Any]:
    return list(run_in_child(named(function), *arguments, about="odd.bin", stop=stop, limits=limits, writable=writable))


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    before = {child.pid for child in psutil.Process().children()}
    yield
    assert {child.pid for child in psutil.Process().children()} <= before


def test_what_it_yields_comes_back() -> None:
    assert called(tasks.count, 3) == [1, 2, 3]


def test_nothing_that_it_prints_comes_between() -> None:
    assert called(tasks.shout) == ["heard"]


def test_no_code_of_the_current_folder_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "psutil", "numpy", "sitecustomize", "textgen_gui"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit(7)\n")
    monkeypatch.chdir(tmp_path)
    assert called(tasks.count, 3) == [1, 2, 3] and not (tmp_path / "ran").exists()


def test_its_refusals_are_ours() -> None:
    with pytest.raises(TextError, match="This is no text"):
        called(tasks.refuse)


def test_a_failure_is_a_sentence_and_its_details_stay_for_the_log() -> None:
    with pytest.raises(ChildError, match=r"odd\.bin could not be read\. It is damaged") as caught:
        called(tasks.fail)
    assert "ZeroDivisionError: a bug" in caught.value.__notes__[0]


@pytest.mark.parametrize("task", [tasks.crash, tasks.leave, tasks.abort], ids=["segfault", "exit", "abort"])
def test_a_crash_is_a_sentence(task: Callable[[], Iterator[int]]) -> None:
    with pytest.raises(ChildError, match=r"odd\.bin .* crash"):
        called(task)


def test_a_hang_is_a_sentence() -> None:
    with pytest.raises(ChildError, match=r"odd\.bin .* far longer"):
        called(tasks.sleep, limits=Limits(silent_s=1))


def test_a_computer_that_slept_blames_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """On some systems the clock goes on while the lid is closed; the process could not."""
    looks = itertools.count()
    monkeypatch.setattr(child, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 3600 * (next(looks) > 6)))
    assert called(tasks.rest, limits=Limits(silent_s=30)) == ["rested"]


def test_endless_work_is_a_sentence() -> None:
    with pytest.raises(ChildError, match=r"odd\.bin .* far longer"):
        called(tasks.spin, limits=Limits(cpu_s=2))


def test_greed_is_a_sentence_and_takes_no_more_than_it_may() -> None:
    largest = 0

    def watch() -> bool:
        nonlocal largest
        with contextlib.suppress(psutil.Error):
            largest = max([largest, *(child.memory_info().rss for child in psutil.Process().children())])
        return False

    with pytest.raises(ChildError, match=r"odd\.bin .* memory"):
        called(tasks.hoard, limits=Limits(memory=300_000_000), stop=watch)
    assert largest < 1_000_000_000


def test_a_flood_of_words_is_a_sentence() -> None:
    with pytest.raises(ChildError, match=r"odd\.bin could not be read"):
        called(tasks.tell_too_much)


def test_a_stop_ends_it_at_once() -> None:
    happened = run_in_child(named(tasks.sleep), about="odd.bin", stop=lambda: bool(heard))
    heard: list[str] = []
    started = time.monotonic()
    with pytest.raises(Stopped):
        for word in happened:
            heard.append(word)
    assert heard == ["asleep"] and time.monotonic() - started < 10


def test_who_waits_is_told_again_and_again() -> None:
    happened = run_in_child(named(tasks.sleep), about="odd.bin", stop=never)
    assert [next(happened) for _ in range(3)] == ["asleep"] * 3
    happened.close()  # type: ignore[attr-defined]  # it is a generator; the process must not outlive it


def test_it_writes_where_it_may(tmp_path: Path) -> None:
    called(tasks.write, str(tmp_path / "made.txt"), writable=tmp_path)
    assert (tmp_path / "made.txt").read_text(encoding="utf-8") == "written"


@linux
def test_it_writes_nowhere_else_but_reads(tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    other = tmp_path / "other.txt"
    other.write_text("mine", encoding="utf-8")
    with pytest.raises(ChildError):
        called(tasks.write, str(other), writable=tmp_path / "free")
    assert called(tasks.read, str(other), writable=tmp_path / "free") == ["mine"]


@linux
def test_it_writes_no_more_than_it_may(tmp_path: Path) -> None:
    with pytest.raises(ChildError):
        called(tasks.write, str(tmp_path / "made.txt"), writable=tmp_path, limits=Limits(output=3))


def test_it_has_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(ChildError) as caught:
        called(tasks.connect, server.getsockname()[1])
    assert "PermissionError" in caught.value.__notes__[0]


@linux
def test_it_has_no_network_behind_the_back_of_python() -> None:
    assert called(tasks.connect_without_python, 0) == [-1]


@linux
def test_it_starts_no_program() -> None:
    with pytest.raises(ChildError) as caught:
        called(tasks.start_program)
    assert "PermissionError" in caught.value.__notes__[0]


@linux
def test_it_changes_neither_rights_nor_times_of_files_and_no_other_process(tmp_path: Path) -> None:
    mine = tmp_path / "thesis.txt"
    mine.write_text("three years of work")
    before = mine.stat()
    with python("-c", "input()", pipe_in=True) as other:
        found = dict(called(tasks.harm, str(tmp_path), other.pid))
        assert other.poll() is None and psutil.Process(other.pid).rlimit(psutil.RLIMIT_CPU)[0] != 1
        other.kill()
    assert len(found) == 14 and not any(found.values()), found
    after = mine.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_size) == (before.st_mode, before.st_mtime_ns, before.st_size)


@linux
def test_it_can_do_what_it_needs_itself(tmp_path: Path) -> None:
    assert called(tasks.live, str(tmp_path), os.getpid(), writable=tmp_path) == ["there"]


@pytest.mark.skipif(sys.platform == "win32", reason="nobody is told there")
def test_it_leaves_where_whoever_started_it_was_gone_before_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked of it may lie in the pipe already, and would be worked at to its end."""
    with python("-c", "") as gone:
        gone.wait()
    monkeypatch.setattr("os.getpid", lambda: gone.pid)
    left = child.Child()
    monkeypatch.undo()
    left.begin(Task(named(tasks.spin), (), "odd"))
    assert not psutil.wait_procs([left._watched], timeout=20)[1]
    left.end()


def test_it_leaves_with_whoever_started_it() -> None:
    """Also when it has nothing to say, by which it would find out that nobody listens."""
    asking = (
        "from textgen_gui.engine.runtime.child import run_in_child\n"
        f"for word in run_in_child({named(tasks.spin)!r}, about='odd', stop=lambda: False): print(word, flush=True)"
    )
    with python("-c", asking) as killed:
        assert killed.stdout and killed.stdout.readline()
        (left,) = psutil.Process(killed.pid).children()
        killed.kill()
        assert not psutil.wait_procs([left], timeout=20)[1]
