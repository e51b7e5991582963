"""The verb ``check``, and what the command line says where nothing can be written."""

import subprocess
import sys
from pathlib import Path

import pytest

from textgen_gui import Project
from textgen_gui.cli import main
from textgen_gui.cli.interrupts import Interrupts
from textgen_gui.cli.show import show
from textgen_gui.engine.core import events

from ..engine.core.test_manifest import rot
from ..engine.runs import ENVIRONMENT, ROOT

full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")


def test_exit_codes(prepared: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(prepared.folder)]) == 0
    assert "nothing is damaged of what can be checked" in capsys.readouterr().err
    file = next(prepared.folder.glob("prepared/[!t]*/val.bin"))
    rot(file)
    assert main(["check", str(prepared.folder)]) == 1
    said = capsys.readouterr().err
    assert f"{file.relative_to(prepared.folder).as_posix()}: It is made again" in said and "1 damaged" in said


def test_what_nobody_expected_of_the_disk_is_a_sentence(
    prepared: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(project: Project, stop: object) -> list[events.Event]:
        raise OSError(5, "Input/output error", "train.bin")

    monkeypatch.setattr(Project, "checking", refuse)
    assert main(["check", str(prepared.folder)]) == 1
    assert capsys.readouterr().err.startswith("The disk refused train.bin (Input/output error).")


def test_a_log_that_cannot_be_written_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TEXTGEN_GUI_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setattr("textgen_gui.cli._main", lambda arguments: __import__("textgen_gui.cli").cli._bug(ValueError()))
    assert main([]) == 1
    assert "The log could not be written" in capsys.readouterr().err


def test_a_folder_of_its_own_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {**ENVIRONMENT, "TEXTGEN_GUI_HOME": str(tmp_path / "file" / "home"), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "textgen_gui", "--screenshot", str(tmp_path / "x.png")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.startswith("The disk refused") and "Not a directory" in done.stderr


@full
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_behind_stdout_is_a_sentence(prepared: Project, options: list[str]) -> None:
    command = [sys.executable, "-m", "textgen_gui", "preview", str(prepared.folder / "texts" / "story.txt"), *options]
    with open("/dev/full", "w") as stdout:  # noqa: PTH123
        done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, stdout=stdout, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert "Not all that this command says could be written (No space left on device)" in done.stderr


def test_a_program_that_listens_no_more_is_no_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, words: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stdout", Gone())
    stop = Interrupts()
    assert show([events.Warned("careful")], True, stop) == 130 and stop.asked
