"""Whole or absent, whatever the disk says and whenever the process dies; and a sentence for each refusal."""

import contextlib
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from textgen_gui.engine.core import atomic_io
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.project import Run

from ..calls import intercept
from ..runs import ENVIRONMENT, ROOT, finished, make_run, prepared_project, python, train_until

causes = {
    errno.ENOSPC: "The disk is full",
    errno.EROFS: "may not be written",
    errno.EIO: "Input/output error",
}
LONG = "new " * 50_000


def whole(target: Path) -> str:
    """What stands there: "", "old" or "new", and nothing in between."""
    if not target.exists():
        return ""
    if target.is_file():
        return {LONG: "new", "old": "old"}[target.read_text()]
    found = {path.relative_to(target).as_posix(): path.read_text() for path in target.rglob("*") if path.is_file()}
    if found == {"old": "old"}:
        return "old"
    assert found == {"weights": LONG, "training/state": "new"}
    return "new"


def write(target: Path) -> None:
    atomic_io.write_text(target, LONG)


def copy(target: Path) -> None:
    with atomic_io.Batch() as batch, batch.new(target) as temporary:
        shutil.copyfile(target.with_name("source"), temporary)


def make_folder(target: Path) -> None:
    with atomic_io.new_folder(target) as folder:
        (folder / "training").mkdir()
        (folder / "weights").write_text(LONG)
        (folder / "training" / "state").write_text("new")


def remove(target: Path) -> None:
    atomic_io.remove_folder(target)


def nothing(target: Path) -> None:
    pass


def old_file(target: Path) -> None:
    target.write_text("old")


def old_file_and_source(target: Path) -> None:
    target.write_text("old")
    target.with_name("source").write_text(LONG)


def old_folder(target: Path) -> None:
    target.mkdir()
    (target / "old").write_text("old")


def refuse(patch: pytest.MonkeyPatch, number: int, code: int, for_good: bool) -> Callable[[], int]:
    """The disk refuses call ``number`` with ``code``, and with ``for_good`` all that follow."""

    def before(count: int, name: str) -> None:
        if count == number or (for_good and count > number):
            raise OSError(code, os.strerror(code))

    return intercept(patch, before)


def refuse_each(
    tmp_path: Path, work: Callable[[Path], None], old: Callable[[Path], None], code: int, for_good: bool
) -> int:
    """Lets each call of ``work`` be refused in turn. Returns how many there were."""
    number, intended = 0, "" if work is remove else "new"
    while True:
        number += 1
        target = tmp_path / f"{number}" / "target"
        target.parent.mkdir()
        old(target)
        before, around = whole(target), set(target.parent.iterdir())
        problem: ProjectError | None = None
        with pytest.MonkeyPatch.context() as patch:
            calls = refuse(patch, number, code, for_good)
            try:
                work(target)
            except ProjectError as raised:
                problem = raised
            made = calls()
        if made < number:
            assert problem is None and whole(target) == intended
            return made
        if problem is None:  # then the refused call was one that only tidies up
            assert whole(target) == intended, number
            continue
        assert whole(target) in (before, intended), number
        assert str(target) in str(problem) and causes[code] in str(problem), (number, str(problem))
        if not for_good and whole(target) == before:
            assert set(target.parent.iterdir()) == around, number


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("code", causes, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize(
    ("work", "old", "least"),
    [
        (write, nothing, 5),
        (write, old_file, 5),
        (copy, old_file_and_source, 5),
        (make_folder, nothing, 15),
        (remove, old_folder, 3),
    ],
    ids=["new file", "file", "copy", "new folder", "remove"],
)
def test_whatever_the_disk_refuses_it_is_whole_or_absent(
    tmp_path: Path, work: Callable[[Path], None], old: Callable[[Path], None], least: int, code: int, for_good: bool
) -> None:
    assert refuse_each(tmp_path, work, old, code, for_good) >= least


def test_a_folder_that_is_replaced_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    refuse_each(tmp_path, make_folder, old_folder, errno.ENOSPC, for_good=False)


def test_a_replaced_folder_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    old_folder(tmp_path / "target")
    make_folder(tmp_path / "target")
    assert whole(tmp_path / "target") == "new" and [path.name for path in tmp_path.iterdir()] == ["target"]


def test_an_error_inside_the_block_leaves_the_old_folder(tmp_path: Path) -> None:
    old_folder(tmp_path / "target")
    with pytest.raises(ZeroDivisionError), atomic_io.new_folder(tmp_path / "target") as folder:
        (folder / "half").write_text("half")
        raise ZeroDivisionError
    assert whole(tmp_path / "target") == "old" and [path.name for path in tmp_path.iterdir()] == ["target"]


def test_what_is_small_and_checked_is_not_forced_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(atomic_io, "sync", synced.append)
    for size, expected in ((99, 0), (100, 3)):  # the file, its folder, and the parent
        old_folder(tmp_path / f"{size}")
        with atomic_io.new_folder(tmp_path / f"{size}", synced_from=100) as folder:
            (folder / "new").write_bytes(b"x" * size)
        assert len(synced) == expected
        assert [path.name for path in tmp_path.rglob("*")].count("new") == (1 if size == 99 else 2)
        assert not list(tmp_path.rglob("old"))


def test_everything_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut keeps what was synced, and of the rest anything: so content first, then its name, then the parent."""
    synced: set[int] = set()
    order: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        real_fsync(descriptor)
        found = os.fstat(descriptor)
        synced.add(found.st_ino)
        order.append("parent" if found.st_ino == tmp_path.stat().st_ino else "content")

    def replace(source: Path, target: Path) -> None:
        inside = [Path(source), *Path(source).rglob("*")]
        assert all(path.stat().st_ino in synced for path in inside)
        real_replace(source, target)
        order.append("rename")

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    make_folder(tmp_path / "folder")
    assert order == ["content"] * 4 + ["rename", "parent"]
    order.clear()
    write(tmp_path / "file")
    assert order == ["content", "rename", "parent"]


def test_many_files_are_whole_or_absent_together(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), atomic_io.Batch() as batch:
        for number in range(batch.MANY + 3):
            with batch.new(tmp_path / f"{number}") as temporary:
                temporary.write_text(LONG)
            assert not (tmp_path / f"{number}").exists()
            if batch.is_due:
                batch.publish()
                assert number == batch.MANY - 1 and whole(tmp_path / f"{number}") == "new"
        with batch.new(tmp_path / "last") as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(map(str, range(batch.MANY + 3)))
    assert {whole(path) for path in tmp_path.iterdir()} == {"new"}


def test_a_hundred_thousand_files_take_a_few_temporary_names_only(tmp_path: Path) -> None:
    names = set()
    for number in range(5):
        with atomic_io.new_folder(tmp_path / f"folder {number}") as folder:
            names.add(folder.name)
    with atomic_io.Batch() as batch:
        for number in range(12):
            with batch.new(tmp_path / f"{number}") as temporary:
                temporary.write_text("new")
            names.add(temporary.name)
            if number % 4 == 3:
                batch.publish()
    assert len(names) <= 4 and len(list(tmp_path.iterdir())) == 17


@pytest.mark.parametrize("fails", [False, True])
def test_a_temporary_name_of_which_something_is_left_is_not_taken_again(
    tmp_path: Path, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_folder(tmp_path / "target")
    with monkeypatch.context() as disk, contextlib.suppress(ZeroDivisionError):
        disk.setattr(shutil, "rmtree", lambda path, ignore_errors: None)  # as where another program holds it open
        with atomic_io.new_folder(tmp_path / "target") as folder:
            (folder / "half").write_text("half")
            if fails:
                raise ZeroDivisionError
    left = folder if fails else folder.with_name(f"{folder.name}-old")
    assert left.exists()
    make_folder(tmp_path / "target")
    assert left.exists() and whole(tmp_path / "target") == "new"


# --- a disk that is really full ---


def outgrow(folder: Path) -> None:
    """Runs in a child whose disk, or whose limit for one file, is smaller than what it writes."""
    file, whole_folder = folder / "file", folder / "folder"
    old_file(file)
    old_folder(whole_folder)
    works: list[tuple[Callable[[Path], None], Path]] = [(write, file), (make_folder, whole_folder)]
    for work, place in works:
        try:
            work(place)
        except ProjectError as problem:
            assert "The disk is full" in str(problem) and str(place) in str(problem), problem
        else:
            raise AssertionError(f"{place} was written to a full disk")
        assert whole(place) == "old"
    assert {path.name for path in folder.iterdir()} == {"file", "folder"}
    print("told")


def outgrow_limit(folder: Path) -> None:
    import resource  # Windows has none

    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))
    outgrow(folder)


def test_a_file_larger_than_its_limit(tmp_path: Path) -> None:
    child = python("-c", calling("outgrow_limit", tmp_path))
    output, problems = child.communicate()
    assert (child.returncode, output) == (0, "told\n"), problems


def test_a_full_disk(tmp_path: Path) -> None:
    on_small_disk(tmp_path / "small", 100, calling("outgrow", tmp_path / "small"))


def calling(name: str, *paths: Path) -> str:
    """Python code for a child that calls one of the functions here."""
    return f"from pathlib import Path; from {__name__} import {name}; {name}(*map(Path, {list(map(str, paths))!r}))"


def on_small_disk(folder: Path, kilobytes: int, code: str) -> None:
    """Runs code in a child that sees ``folder`` as a disk of its own; it prints "told" when all was as expected."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("a small disk needs Linux and unshare")
    mount = f"mount -t tmpfs -o size={kilobytes}k small {folder}"
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    folder.mkdir()
    if subprocess.run([*inside, mount], capture_output=True).returncode:
        pytest.skip("nobody may mount a small disk here")
    command = [*inside, f'{mount} && exec "$0" -c "$1"', sys.executable, code]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "told\n"), done.stdout + done.stderr


@pytest.mark.slow
def test_training_on_a_disk_that_fills_up(tmp_path: Path) -> None:
    """The run ends with a sentence, and what was saved before stays good."""
    place = prepared_project(tmp_path)
    run = make_run(place, "model.width=64", "train.mark_every=1")
    train_until(run, 1)
    taken = pages(place.folder)
    room = taken + pages(run.checkpoint(1).folder) * 3 // 2  # one more checkpoint, and half of a third
    on_small_disk(tmp_path / "small", room, calling("fill_up", run.folder, tmp_path / "small"))


@pytest.mark.slow
def test_training_with_a_limit_below_the_size_of_the_moments(tmp_path: Path) -> None:
    run = make_run(prepared_project(tmp_path), "model.width=64", "train.mark_every=1")
    child = python("-c", calling("outgrow_moments", run.folder))
    output, problems = child.communicate()
    assert (child.returncode, output) == (0, "told\n"), problems


def pages(folder: Path) -> int:
    """Kilobytes on a disk that gives whole pages."""
    return sum(-(-path.stat().st_size // 4096) * 4 for path in folder.rglob("*") if path.is_file())


def fill_up(folder: Path, small: Path) -> None:
    """Runs in a child: the project, with its first checkpoint, on the small disk."""
    shutil.copytree(folder.parents[1], small / "project")
    run = Run(small / "project" / "runs" / folder.name)
    train_into_the_wall(run)
    from textgen_gui.engine.models import checkpoint as checkpoints

    newest, refused = checkpoints.newest_good(run)
    assert newest is not None and newest.step >= 1 and not refused, refused
    print("told")


def outgrow_moments(folder: Path) -> None:
    """Runs in a child: the weights fit into the limit, the moments, twice as large, do not."""
    import resource

    run = Run(folder)
    size = run.config().model.parameters(500) * 4
    resource.setrlimit(resource.RLIMIT_FSIZE, (size * 5 // 4, size * 5 // 4))
    train_into_the_wall(run)
    assert not run.checkpoints()
    print("told")


def train_into_the_wall(run: Run) -> None:
    from ...conftest import train_all

    end = finished(train_all(run))
    assert end.outcome == "failed" and "The disk is full" in end.message, end
    assert not list(run.checkpoints_folder.glob(".new-*"))


# --- leftovers and locks ---


@pytest.mark.parametrize(("refusals", "whole"), [(3, True), (25, False)])
def test_a_virus_scanner_that_holds_a_new_file_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int, whole: bool
) -> None:
    """As on Windows, where a rename is refused as long as another program has the file open."""
    target, left, rename = tmp_path / "file", [refusals], Path.replace

    def replace(source: Path, to: Path) -> Path:
        if left[0]:
            left[0] -= 1
            raise PermissionError(errno.EACCES, "held by another program")
        return rename(source, to)

    (tmp_path / "new").write_text("new")
    monkeypatch.setattr(atomic_io, "os", SimpleNamespace(name="nt"))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(Path, "replace", replace)
    if whole:
        atomic_io._rename(tmp_path / "new", target)
        assert target.read_text() == "new"
    else:
        with pytest.raises(PermissionError):
            atomic_io._rename(tmp_path / "new", target)
        assert (tmp_path / "new").read_text() == "new" and not target.exists()


def test_sweep_takes_only_what_dead_processes_left(tmp_path: Path) -> None:
    dead = python("-c", "")
    dead.communicate()
    living = python("-c", "import sys; sys.stdin.read()", pipe_in=True)
    try:
        gone = tmp_path / f".new-{dead.pid}-aa"
        kept = [f".new-{living.pid}-aa", f".new-{os.getpid()}-aa", "step-000001", ".new-", ".new-strange", "new-1-aa"]
        for path in [gone, *(tmp_path / name for name in kept)]:
            path.mkdir()
            (path / "file").touch()
        (tmp_path / f".new-{dead.pid}-file").write_text("half")
        atomic_io.sweep(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)
        atomic_io.sweep(tmp_path / "nowhere")  # a new run has no such folder yet
    finally:
        living.communicate()


def test_training_sweeps_what_a_kill_left_beside_the_events(tmp_path: Path) -> None:
    run = make_run(prepared_project(tmp_path))
    dead = python("-c", "")
    dead.communicate()
    (run.folder / f".new-{dead.pid}-aa").write_text("half of events.jsonl")
    train_until(run, 1)
    assert not list(run.folder.glob(".new-*"))


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    """Whoever deleted it has lost something; only the one who moved it has not."""
    with pytest.raises(ProjectError, match="its folder is gone") as told:
        atomic_io.write_text(tmp_path / "gone" / "draft.json", "A page.")
    assert "Nothing was lost" not in str(told.value)


def test_sweep_knows_no_process_of_another_computer(tmp_path: Path) -> None:
    """On a drive that two of them share, the other one may be writing."""
    there, forgotten = tmp_path / ".new-999999999-0badcafe-aa", tmp_path / ".new-999999998-0badcafe-bb"
    for path in (there, forgotten):
        path.mkdir()
    os.utime(forgotten, (0, 0))
    atomic_io.sweep(tmp_path)
    assert there.exists() and not forgotten.exists()


def test_a_leftover_that_cannot_be_removed_refuses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".new-999999999-aa").mkdir()

    def refuse(path: Path) -> None:
        raise PermissionError(13, "not yours")

    monkeypatch.setattr(atomic_io, "_remove", refuse)
    atomic_io.write_text(tmp_path / "page.txt", "mine")
    assert (tmp_path / "page.txt").read_text() == "mine"


def test_what_is_put_aside_stays_in_its_place_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "styles.toml"
    file.write_text("theirs")

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(atomic_io, "sync", full)
        with pytest.raises(ProjectError):
            atomic_io.write_text(file, "mine", aside=True)
    assert file.read_text() == "theirs" and len(list(tmp_path.iterdir())) == 1
    atomic_io.write_text(file, "mine", aside=True)
    assert file.read_text() == "mine" and next(tmp_path.glob("styles 2*.toml")).read_text() == "theirs"
