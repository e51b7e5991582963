"""A run goes to another machine and comes home, with the same bytes as one that stayed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from textgen_gui.engine.core import event_log, events, library
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.model_forms import PackFor
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.exchange.pack import notebook
from textgen_gui.engine.exchange.pack.bringing import bringing
from textgen_gui.engine.exchange.pack.packing import packing
from textgen_gui.engine.exchange.pack.pins import pins
from textgen_gui.engine.models.checkpoint import sha256

from ...conftest import never, train_all
from ..runs import make_run, prepared_project, train_until


@pytest.fixture
def home(tmp_path: Path) -> Project:
    return prepared_project(tmp_path / "home")


def packed(run: Run, to: Path, destination: PackFor = PackFor.SLURM) -> Run:
    *_, exported = packing(run, destination, to, never)
    assert isinstance(exported, events.Exported) and Path(exported.path) == to and exported.steps
    return Run(to / "project" / "runs" / run.name)


def brought(pack: Path, home: Path | None = None) -> events.RunBrought:
    *_, last = bringing(pack, home, never)
    assert isinstance(last, events.RunBrought)
    return last


def weights(run: Run) -> dict[int, str]:
    return {checkpoint.step: sha256(checkpoint.folder / "model.safetensors") for checkpoint in run.checkpoints()}


def test_stopped_there_brought_home_and_finished_it_has_the_bytes_of_one_that_stayed(
    home: Project, tmp_path: Path
) -> None:
    alone, far = make_run(home), make_run(home)
    train_all(alone)
    there = packed(far, tmp_path / "pack")
    train_until(there, 6)
    half = brought(tmp_path / "pack")
    assert half.checkpoints and half.step == there.checkpoints()[-1].step < 12
    train_all(there)
    assert brought(tmp_path / "pack").step == 12
    assert weights(far)[12] == weights(alone)[12]
    assert far.samples_file.read_text() == alone.samples_file.read_text()
    assert brought(tmp_path / "pack").checkpoints == 0


def test_one_that_learns_from_others_takes_them_along(home: Project, tmp_path: Path) -> None:
    alone, far = (make_run(home, "train.generations=3") for _ in range(2))  # the first two end at 2 and 5
    train_all(alone)
    train_until(far, 10)
    there = packed(far, tmp_path / "pack")
    train_all(there)
    assert brought(tmp_path / "pack").step == 12
    assert weights(far)[12] == weights(alone)[12]


def test_what_went_on_here_as_well_is_not_mixed(home: Project, tmp_path: Path) -> None:
    run = make_run(home)
    train_until(run, 4)
    there = packed(run, tmp_path / "pack")
    train_until(run, 8)
    train_all(there)
    before = weights(run)
    with pytest.raises(ProjectError, match="went on here as well"):
        brought(tmp_path / "pack")
    assert weights(run) == before


def test_stopped_on_its_way_home_it_comes_the_next_time(home: Project, tmp_path: Path) -> None:
    """Also where a version before left a checkpoint without its record, or with that of steps which were repeated."""
    run = make_run(home)
    there = packed(run, tmp_path / "pack")
    train_all(there)
    first, *others = there.checkpoints()
    asked = iter([False])
    happened = list(bringing(tmp_path / "pack", None, lambda: next(asked, True)))
    assert others and happened
    assert [one.step for one in run.checkpoints()] == [first.step]
    done = [event for event in event_log.read(there.events_file) if isinstance(event, events.StepDone)]
    repeated = "".join(event_log._line(replace(event, elapsed_s=event.elapsed_s + 1)) for event in done)
    for record in ("", repeated):
        run.events_file.write_text(record)
        shutil.copytree(run.project.folder, tmp_path / "again")
        assert brought(tmp_path / "pack", tmp_path / "again").step == 12
        again = Run(tmp_path / "again" / "runs" / run.name)
        assert weights(again) == weights(there) and again.events_file.read_text() == there.events_file.read_text()
        shutil.rmtree(tmp_path / "again")


def test_what_was_copied_while_it_still_trained_is_made_whole_by_the_next_copy(home: Project, tmp_path: Path) -> None:
    """The record came before the checkpoint, and is shorter."""
    run = make_run(home)
    there = packed(run, tmp_path / "pack")
    train_until(there, 8)
    whole = there.events_file.read_text().splitlines(keepends=True)
    shutil.copytree(tmp_path / "pack", tmp_path / "early")
    early = Run(tmp_path / "early" / "project" / "runs" / run.name)
    early.events_file.write_text("".join(whole[: len(whole) // 2]) + whole[-1][:20])
    assert brought(tmp_path / "early").step == there.checkpoints()[-1].step
    train_all(there)
    assert brought(tmp_path / "pack").step == 12 and run.events_file.read_text() == there.events_file.read_text()


def test_a_pack_that_never_trained_changes_nothing_of_what_was_learnt_here(home: Project, tmp_path: Path) -> None:
    run = make_run(home)
    train_until(run, 4)
    packed(run, tmp_path / "pack")
    train_all(run)
    before, record = weights(run), run.events_file.read_text()
    assert "Nothing new" in brought(tmp_path / "pack").message
    assert run.events_file.read_text() == record and weights(run) == before


def test_a_checkpoint_that_was_damaged_on_its_way_stays_out(home: Project, tmp_path: Path) -> None:
    run = make_run(home)
    there = packed(run, tmp_path / "pack")
    train_all(there)
    file = there.checkpoints()[-1].folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    told = list(bringing(tmp_path / "pack", None, never))
    assert any(isinstance(event, events.Warned) and "damaged" in event.message for event in told)
    assert 12 not in weights(run) and weights(run)


def test_the_model_that_it_begins_with_goes_along(
    home: Project, tmp_path: Path, starter: library.LibraryModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = prepared_project(tmp_path / "other", vocabulary=400)
    tokens = ["start.model=starter", "model.width=32", "model.context=64"]
    alone, far = (make_run(place, *tokens) for _ in range(2))
    there = packed(far, tmp_path / "pack")
    train_all(alone)
    monkeypatch.setattr(library, "starter", lambda: None)
    train_all(there)
    assert brought(tmp_path / "pack").step == 12 and weights(far)[12] == weights(alone)[12]


def test_links_in_a_pack_lead_nowhere(home: Project, tmp_path: Path) -> None:
    run = make_run(home)
    there = packed(run, tmp_path / "pack")
    train_all(there)
    (tmp_path / "secret").write_text("mine")
    (there.checkpoints()[-1].folder / "more").symlink_to(tmp_path / "secret")
    assert brought(tmp_path / "pack").step == 12
    assert not (run.checkpoint(12).folder / "more").exists()


def test_what_a_link_leads_to_does_not_leave_with_a_pack(home: Project, tmp_path: Path) -> None:
    run = make_run(home)
    train_until(run, 4)
    (tmp_path / "secret").write_text("mine")
    (run.checkpoints()[-1].folder / "more").symlink_to(tmp_path / "secret")
    with pytest.raises(ProjectError, match="more is a link to somewhere else"):
        packed(run, tmp_path / "pack")
    assert not (tmp_path / "pack").exists()


@pytest.mark.parametrize("name", ["..", "../../../elsewhere/runs/001 test", "", "/"])
def test_the_name_of_a_run_in_a_pack_leads_nowhere_else(home: Project, tmp_path: Path, name: str) -> None:
    run = make_run(home)
    packed(run, tmp_path / "pack")
    shutil.copytree(home.folder, tmp_path / "elsewhere")
    file = tmp_path / "pack" / "pack.toml"
    file.write_text(file.read_text().replace(f'run = "{run.name}"', f'run = "{name}"'))
    with pytest.raises(ProjectError, match="is no name of something in"):
        brought(tmp_path / "pack")


def test_what_a_killed_packing_left_is_swept(home: Project, tmp_path: Path) -> None:
    left = tmp_path / "elsewhere" / ".new-4194303-0badcafe"  # no process has this number
    left.mkdir(parents=True)
    list(packing(make_run(home), PackFor.SLURM, tmp_path / "elsewhere" / "pack", never))
    assert [path.name for path in left.parent.iterdir()] == ["pack"]


def test_what_came_under_its_name_meanwhile_is_not_replaced(home: Project, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    happened = packing(make_run(home), PackFor.SLURM, pack, never)
    next(happened)
    pack.mkdir()
    (pack / "my chapters.txt").write_text("mine")
    with pytest.raises(ProjectError, match="exists already"):
        list(happened)
    assert [path.name for path in pack.iterdir()] == ["my chapters.txt"]
    assert not list(tmp_path.glob(".new-*"))


def test_bad_input_is_a_sentence(home: Project, tmp_path: Path) -> None:
    run = make_run(home)
    with pytest.raises(ProjectError, match="exists already"):
        packing(run, PackFor.SLURM, tmp_path, never)
    with pytest.raises(ProjectError, match="cannot be the name"):
        packing(run, PackFor.SLURM, tmp_path / "a:b", never)
    with pytest.raises(ProjectError):
        bringing(tmp_path, None, never)
    packed(run, tmp_path / "pack")
    moved = home.folder.rename(tmp_path / "moved")
    with pytest.raises(ProjectError, match="--project"):
        bringing(tmp_path / "pack", None, never)
    assert brought(tmp_path / "pack", moved).checkpoints == 0
    shutil.rmtree(moved / "prepared")
    with pytest.raises(ProjectError, match="is gone"):
        packing(Run(moved / "runs" / run.name), PackFor.SLURM, tmp_path / "another", never)
    assert not (tmp_path / "another").exists()


def test_every_version_is_said(home: Project, tmp_path: Path) -> None:
    said = dict(line.split("==") for line in pins())
    assert {"torch", "transformers", "accelerate", "safetensors", "jinja2"} <= set(said)
    assert "+" not in said["torch"] and "pyside6-essentials" not in said


@pytest.fixture
def cluster(home: Project, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A pack with an environment that is ready, in which training is a program that waits until it is to stop."""
    packed(make_run(home), tmp_path / "pack")
    programs = tmp_path / "pack" / "env" / "bin"
    programs.mkdir(parents=True)
    (programs.parent / "ready").touch()
    trains = "#!/bin/sh\ntrap 'echo saved >> told; exit 130' TERM\necho began >> told\nwhile :; do sleep 0.1; done\n"
    for name, text in (("accelerate", trains), ("scontrol", '#!/bin/sh\necho "$@" >> told\n')):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return tmp_path / "pack", {**os.environ, "PATH": path, "SLURM_JOB_ID": "77"}


@pytest.mark.skipif(sys.platform == "win32", reason="a cluster has a shell")
def test_slurm_asks_it_to_save_and_puts_it_into_the_queue_again(cluster: tuple[Path, dict[str, str]]) -> None:
    pack, environment = cluster
    job = subprocess.Popen(["bash", "job.slurm"], cwd=pack, env=environment)
    deadline = time.monotonic() + 20
    while not (pack / "told").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    job.send_signal(signal.SIGUSR1)
    assert job.wait(20) == 0
    assert (pack / "told").read_text().split("\n") == ["began", "saved", "requeue 77", ""]


def test_the_other_two_are_files_that_can_be_read(home: Project, tmp_path: Path) -> None:
    run = make_run(home)
    packed(run, tmp_path / "colab", PackFor.COLAB)
    read = json.loads((tmp_path / "colab" / "train.ipynb").read_text())
    for cell in read["cells"][1:]:
        compile(cell["source"], "cell", "exec")
    packed(run, tmp_path / "docker", PackFor.DOCKER)
    assert "pip install" in (tmp_path / "docker" / "Dockerfile").read_text()


@pytest.mark.slow
def test_the_notebook_trains_on_and_keeps_in_drive_what_it_has(home: Project, tmp_path: Path) -> None:
    """The cells as a script, killed as a disconnect does, with a folder for Drive and the program from its wheel."""
    alone, far = make_run(home, "train.steps=400"), make_run(home, "train.steps=400")
    train_all(alone)
    there = packed(far, tmp_path / "drive" / "my run", PackFor.COLAB)
    (wheel,) = (tmp_path / "drive" / "my run").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    here, _, train = notebook.cells("my run", far.name)
    (tmp_path / "cells.py").write_text(here + train)
    environment = {
        **os.environ,
        "TEXTGEN_GUI_DRIVE": str(tmp_path / "drive"),
        "TEXTGEN_GUI_HERE": str(tmp_path / "content"),
        "PYTHONPATH": str(tmp_path / "installed"),
        "OMP_NUM_THREADS": "1",
    }
    cells = [sys.executable, str(tmp_path / "cells.py")]
    first = subprocess.Popen(cells, env=environment, cwd=tmp_path, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not there.checkpoints():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for process in [psutil.Process(first.pid), *psutil.Process(first.pid).children(recursive=True)]:
        process.kill()
    first.communicate()
    subprocess.run(cells, env=environment, cwd=tmp_path, check=True, capture_output=True)
    assert brought(tmp_path / "drive" / "my run").step == 400
    assert weights(far)[400] == weights(alone)[400]
