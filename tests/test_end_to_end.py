"""The main job in a real window with the real engine: drop, prepare, train, stop, resume, generate, save."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from textgen_gui import replay
from textgen_gui.engine.writing import receipt

from .conftest import SHAKESPEARE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("xvfb-run"), reason="needs Xvfb for a real window"),
    pytest.mark.skipif(not SHAKESPEARE.exists(), reason="needs the shared test data"),
]


def test_the_main_job_in_a_real_window(tmp_path: Path) -> None:
    """In a process of its own, because this one already runs Qt offscreen. Screenshots go to TEXTGEN_SCREENSHOTS."""
    pictures = Path(os.environ.get("TEXTGEN_SCREENSHOTS", tmp_path))
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb"}
    script = [sys.executable, "-m", "tests.main_job", str(SHAKESPEARE), str(tmp_path / "Shakespeare"), str(pictures)]
    command = ["xvfb-run", "-a", "-s", "-screen 0 1440x900x24", *script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The main job is done." in done.stdout and "Traceback" not in done.stderr, done.stderr
    project = tmp_path / "Shakespeare"
    assert (project / "texts" / "tinyshakespeare.train.txt").read_bytes() == SHAKESPEARE.read_bytes()
    run = next((project / "runs").iterdir())
    assert sorted((run / "checkpoints").iterdir()) and (run / "samples.txt").read_text()
    kept = next((project / "generated").iterdir())
    assert receipt.read(kept).body.startswith("ROMEO")
    verdict = replay(kept)
    assert verdict.texts == 2, verdict
    assert verdict.same == 2 or (verdict.same == 1 and "is gone" in verdict.message), verdict  # written while training
    assert len(list(pictures.glob("*.png"))) >= 8
