"""A bus that takes a call and never answers."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from textgen_gui.ui.parts import desktop_bus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there is such a bus")

telling = """
import os, socket, sys, time
from textgen_gui.ui import alerts
from textgen_gui.ui.app import make_application
from textgen_gui.ui.parts.launcher import show_share
from PySide6.QtWidgets import QWidget
application = make_application()
if sys.argv[1:]:
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = sys.argv[1]  # it falls silent only now
begun = time.monotonic()
show_share(0.42)
alerts.Alerts(QWidget()).tell("Finished.")
print(time.monotonic() - begun)
"""


@pytest.fixture
def silent() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as bus:
        bus.bind(f"{folder}/bus")
        bus.listen(8)
        yield f"unix:path={folder}/bus"


@pytest.mark.parametrize("later", [False, True])
def test_the_window_waits_for_no_silent_bus(silent: str, later: bool) -> None:
    environment = {**os.environ, desktop_bus.ADDRESS: "disabled:" if later else silent}
    command = [sys.executable, "-c", telling, *[silent][: int(later)]]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=40, check=True)
    assert float(told.stdout) < 5


def test_which_bus_is_silent(silent: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for address, expected in (
        (silent, True),
        (f"{silent},guid=0123;unix:path=/nowhere", True),
        ("unix:path=/nowhere", False),
        ("unix:abstract=nobody-is-here", False),
        ("tcp:host=localhost,port=1", False),
        (desktop_bus.NOWHERE, False),
        ("rubbish", False),
    ):
        monkeypatch.setenv(desktop_bus.ADDRESS, address)
        assert desktop_bus.is_silent() == expected, address
    monkeypatch.delenv(desktop_bus.ADDRESS)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(silent.partition("=")[2]).parent))
    assert desktop_bus.is_silent(), "it is looked for there too"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert not desktop_bus.is_silent()


def test_a_bus_that_was_silent_once_is_not_waited_for_again(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each percent of a training would wait for it, on the thread of the window."""
    monkeypatch.setenv(desktop_bus.ADDRESS, silent)
    assert desktop_bus.is_silent(0.01)
    begun = time.monotonic()
    assert desktop_bus.is_silent(30)
    assert time.monotonic() - begun < 10


@pytest.mark.skipif(not shutil.which("dbus-run-session"), reason="there is no message bus of a desktop")
def test_a_real_bus_is_not_silent() -> None:
    asked = "from textgen_gui.ui.parts import desktop_bus; print(desktop_bus.is_silent(5.0))"
    command = ["dbus-run-session", "--", sys.executable, "-c", asked]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout == "False\n"
