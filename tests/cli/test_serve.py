"""``serve``: bad input is a sentence and exit code 1; a polite kill closes the door."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from textgen_gui.cli import main
from textgen_gui.engine.core import library

from ..engine.runs import ENVIRONMENT, ROOT


def test_bad_input_is_a_sentence(
    tmp_path: Path, little_starter: library.LibraryModel, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(little_starter.folder)
    (tmp_path / "empty").touch()
    (tmp_path / "short").write_text("1234")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments, words in (
            ([model, "--port", port], f"Port {port} cannot be used"),
            ([model, "--port", "99999"], "Port 99999 cannot be used"),
            ([model, "--key-file", str(tmp_path / "none")], "No key can be read"),
            ([model, "--key-file", str(tmp_path / "empty")], "There is no key"),
            ([model, "--port", "0", "--key-file", str(tmp_path / "short")], "at least 16"),
            ([str(tmp_path)], "neither a run nor a checkpoint"),
        ):
            assert main(["serve", *arguments]) == 1
            assert words in capsys.readouterr().err


@pytest.mark.slow
def test_it_serves_until_it_is_asked_to_stop(little_starter: library.LibraryModel) -> None:
    """And then ends at once, whoever says nothing, keeps a connection or waits for the end of a long text."""
    command = [sys.executable, "-m", "textgen_gui", "serve", str(little_starter.folder), "--port", "0", "--json"]
    ended_before = os.times()
    serving = subprocess.Popen(command, env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert serving.stdout
    opened = json.loads(serving.stdout.readline())
    address = opened["address"].removeprefix("http://")
    host, _, port = address.partition(":")
    said = {"Authorization": f"Bearer {opened['key']}", "Content-Type": "application/json"}
    with contextlib.ExitStack() as left_open:
        left_open.enter_context(socket.create_connection((host, int(port)), timeout=20))
        kept, reading = (
            left_open.enter_context(contextlib.closing(http.client.HTTPConnection(address, timeout=20))) for _ in "ab"
        )
        kept.request("GET", "/v1/models", headers=said)
        assert json.load(kept.getresponse())["data"][0]["id"] == opened["model"]
        reading.request("POST", "/v1/completions", '{"prompt": "The", "max_tokens": 1000000, "stream": true}', said)
        assert reading.getresponse().read(100)
        lived = psutil.Process(serving.pid).cpu_times()
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(20) == 130
    serving.stdout.close()
    used = sum(os.times()[2:4]) - sum(ended_before[2:4]) - lived.user - lived.system
    assert used < 0.8  # seconds of a processor
