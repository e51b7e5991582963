"""The file that generate writes into."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from textgen_gui.cli.exit_code import ExitCode
from textgen_gui.cli.output_file import SLOW_S, OutputFile
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.project import Run

from ..engine.runs import ENVIRONMENT
from .test_cli import run


def output(path: Path, overwrite: bool = False) -> OutputFile:
    def write(target: Path) -> None:
        target.write_text("new")

    return OutputFile(path, overwrite, write)


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_no_plain_file_is_never_written(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "novel.txt").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.txt").symlink_to(tmp_path / "novel.txt")
    for name in ("pipe", "link.txt", "", "..", "missing/a.txt"):
        with pytest.raises(ProjectError):
            output(tmp_path / name, overwrite).check()
    with pytest.raises(ProjectError, match="is a folder"):
        output(Path(), overwrite).check()
    assert (tmp_path / "novel.txt").read_text() == "mine"


def test_what_exists_is_replaced_only_when_asked(tmp_path: Path) -> None:
    novel = tmp_path / "novel.txt"
    novel.write_text("mine")
    with pytest.raises(ProjectError, match=r"novel\.txt exists already\. .*--overwrite"):
        output(novel).check()
    output(novel, overwrite=True).check()
    file = output(novel, overwrite=True)
    file.update(0)
    assert novel.read_text() == "new"


def test_a_name_that_is_known_late_takes_a_free_one(tmp_path: Path) -> None:
    (tmp_path / "00000007.txt").write_text("mine")
    file = output(tmp_path / "{seed}.txt")
    file.check()
    file.update(7)
    assert (tmp_path / "00000007.txt").read_text() == "mine" and (tmp_path / "00000007 2.txt").read_text() == "new"


@pytest.mark.parametrize(("since_s", "written"), [(60, "aa"), (0, "a")])
def test_a_slow_moment_holds_nothing_back_and_a_slow_disk_and_a_long_file_take_a_rest(
    tmp_path: Path, since_s: float, written: str
) -> None:
    texts: list[str] = []
    paces = iter([(2 * SLOW_S, 0.0), (0.0, 2 * SLOW_S), (0.0, 0.0)])

    def write(target: Path) -> None:
        waits, computes = next(paces)
        time.sleep(waits)  # stands for a disk that is busy with something else
        until = time.thread_time() + computes
        while time.thread_time() < until:
            pass
        target.write_text("".join(texts))

    file = OutputFile(tmp_path / "o.txt", False, write, _began=time.monotonic() - since_s)
    for text in "aaa":
        texts.append(text)
        file.update(1)
    assert file.path.read_text() == written
    file.finish()
    assert file.path.read_text() == "aaa"


def test_nothing_is_written_over_a_novel(trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    novel = tmp_path / "novel.txt"
    novel.write_text("mine")
    few = ["generate", trained.folder, "--seed", "1", "--max-new-tokens", "5", "--to-file", novel]
    code, _, err = run(capsys, *few)
    assert code == ExitCode.ERROR and "exists already" in err and novel.read_text() == "mine"
    assert run(capsys, *few, "--overwrite")[0] == ExitCode.DONE and novel.read_text() != "mine"


def test_empty_texts_are_left_out_and_counted(trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["--regex", " *", "--n", "3", "--max-new-tokens", "2", "--to-file", tmp_path / "o.jsonl"]
    code, _, err = run(capsys, "generate", trained.folder, *ask)
    assert code == ExitCode.DONE and "3 of 3 texts were empty" in err and not (tmp_path / "o.jsonl").exists()
    (tmp_path / "o.jsonl").write_text("mine")
    code, _, err = run(capsys, "generate", trained.folder, *ask, "--overwrite")
    assert f"{tmp_path / 'o.jsonl'} is as it was." in err and (tmp_path / "o.jsonl").read_text() == "mine"


@pytest.mark.slow
def test_a_kill_leaves_the_texts_that_were_finished(trained: Run, tmp_path: Path) -> None:
    file = tmp_path / "o.jsonl"
    ask = ["--n", "1000", "--max-new-tokens", "60", "--min-new-tokens", "60", "--to-file", file]
    command = [sys.executable, "-m", "textgen_gui", "generate", trained.folder, *ask, "--json"]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, env=ENVIRONMENT, text=True) as process:
        assert process.stdout
        finished = 0
        deadline = time.monotonic() + 120
        for line in process.stdout:
            finished += '"TextGenerated"' in line
            if finished >= 40 or time.monotonic() > deadline:
                break
        process.send_signal(signal.SIGKILL)
    lines = file.read_text(encoding="utf-8").rstrip("\n").split("\n")  # a text may hold other ends of lines
    assert len(lines) >= 20 and all(line.startswith("{") and line.endswith("}") for line in lines)
