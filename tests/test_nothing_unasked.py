"""What the program does without being asked for a model opens no connection: the system itself says so."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import story, tiny

ROOT = Path(__file__).parents[1]
_outside = re.compile(r"\b(connect|sendto|sendmsg)\(.*AF_INET6?\b")


def watched(folder: Path, *arguments: str, hub: str = "") -> list[str]:
    """The lines in which the program, or a child of it, spoke to an address of a network; no other call is held up.

    ``hub``: in place of the real one.
    """
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    trace = folder / "trace"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    done = subprocess.run(
        [strace, "--seccomp-bpf", "-f", "-qq", "-e", "trace=%network", "-o", str(trace), sys.executable, *arguments],
        cwd=ROOT,
        env={
            **environment,
            **({"HF_ENDPOINT": hub} if hub else {}),
            "TEXTGEN_GUI_HOME": str(folder / "home"),
            "QT_QPA_PLATFORM": "offscreen",
        },
        capture_output=True,
        text=True,
    )
    if "PTRACE" in done.stderr:
        pytest.skip("strace is not permitted here")
    assert done.returncode == 0, done.stderr
    return [line for line in trace.read_text().splitlines() if _outside.search(line)]


def test_that_it_would_be_seen(tmp_path: Path) -> None:
    dials = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('127.0.0.1', 9))"
    assert watched(tmp_path, "-c", dials)


def test_listing_models_asks_nobody(tmp_path: Path) -> None:
    assert watched(tmp_path, "-m", "textgen_gui", "models") == []


@pytest.mark.slow
def test_the_window_and_its_page_of_models_ask_nobody(tmp_path: Path) -> None:
    opens = (
        "from textgen_gui.cli.process import prepare_process; prepare_process()\n"
        "from textgen_gui.ui import workspace\n"  # now: a thread that is traced takes five times as long to import
        "from textgen_gui.front_door import find_device; find_device()\n"
        "from PySide6.QtCore import QTimer\n"
        "from textgen_gui.ui.app import make_application, make_window\n"
        "application, window = make_application(), None\n"
        "window = make_window(); window.show(); window.load_engine(); window.show_models()\n"
        "def leave():\n"
        "    if window.jobs.busy: return\n"
        "    timer.stop(); window.models.close(); window.leave()\n"
        "timer = QTimer(); timer.timeout.connect(leave); timer.start(100)\n"
        "application.exec()\n"
    )
    assert watched(tmp_path, "-c", opens) == []


@pytest.mark.slow
def test_preparing_and_planning_ask_nobody(tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(story(), encoding="utf-8")
    settings = [part for setting in tiny for part in ("--set", setting)]
    project = str(tmp_path / "project")
    assert watched(tmp_path, "-m", "textgen_gui", "prepare", project, str(tmp_path / "story.txt")) == []
    assert watched(tmp_path, "-m", "textgen_gui", "new", project, *settings) == []
