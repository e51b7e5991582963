"""``serve``: bad input is a sentence and exit code 1; a polite kill closes the door."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

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
    command = [sys.executable, "-m", "textgen_gui", "serve", str(little_starter.folder), "--port", "0", "--json"]
    serving = subprocess.Popen(command, env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert serving.stdout
    opened = json.loads(serving.stdout.readline())
    request = urllib.request.Request(f"{opened['address']}/v1/models")
    request.add_header("Authorization", f"Bearer {opened['key']}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert json.load(answer)["data"][0]["id"] == opened["model"]
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(20) == 130
    serving.stdout.close()
