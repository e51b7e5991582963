"""Every verb and the window under strace: how often each spoke to an address of a network. Nothing may, but for a model
that is fetched from a hub: that may speak to the hub alone.

python -m tests.benchmarks.silence
"""

import shutil
import sys
import tempfile
from pathlib import Path

from textgen_gui import Model, Project
from textgen_gui.engine.core import draft, events
from textgen_gui.engine.core.generation_config import GenerateConfig

from ..conftest import story, tiny
from ..engine.exchange.hub_server import HubServer, running
from ..test_nothing_unasked import watched
from .common import machine

WINDOW = """
from textgen_gui.cli.process import prepare_process; prepare_process()
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from textgen_gui.ui.app import make_application, make_window
application, window = make_application(), make_window()
window.show(); window.load_engine(); window.open_project(Path(sys.argv[1]))
def leave():
    if window.opened and not window.jobs.busy and not window.opened.jobs.busy:
        timer.stop(); window.leave()
timer = QTimer(); timer.timeout.connect(leave); timer.start(300)
application.exec()
"""


SERVE = """
import os, signal, sys, threading
from textgen_gui.cli import main
threading.Timer(20, os.kill, (os.getpid(), signal.SIGINT)).start()
main(["serve", sys.argv[1], "--port", "0"])
"""


def keep(folder: Path) -> None:
    """A text with its receipt, for replay."""
    project, model = Project.open(folder / "project"), Model.load(folder / "project/runs/001 first")
    config = GenerateConfig(max_new_tokens=8, seed=3)
    written = [e for e in model.stream("The", config) if isinstance(e, events.TextGenerated)]
    project.keep([draft.Done(model.identity(), "The", config, event) for event in written], "The page")
    file = next((folder / "project/generated").glob("*.receipt"))
    for part in (file, file.with_suffix(".txt")):
        part.rename(part.with_stem("kept"))


def verbs(folder: Path) -> list[tuple[str, ...]]:
    """One after the other, each with what those before it made."""
    settings = tuple(part for setting in tiny for part in ("--set", setting))
    text, project, run = str(folder / "story.txt"), str(folder / "project"), str(folder / "project/runs/001 first")
    kept = str(folder / "project/generated/kept.receipt")
    gguf, mirror = str(folder / "out.gguf"), str(folder / "mirror")
    return [
        ("preview", text),
        ("prepare", project, text),
        ("doctor", project),
        ("tokenizer", "train", text, "--to", str(folder / "tokens.json")),
        ("new", project, "--name", "first", *settings),
        ("train", run),
        ("train", text, "--project", str(folder / "another"), *settings),
        ("generate", run, "--prompt", "The", "--max-new-tokens", "5"),
        ("copycheck", run, text),
        ("evaluate", run, text),
        ("export", run, "--to", gguf),
        ("import", gguf, "--name", "mine"),
        ("fetch", "somebody/model", "--mirror", mirror),
        ("models",),
        ("pack", run, "--for", "slurm", "--to", str(folder / "pack")),
        ("replay", kept),
        ("check", project),
    ]


def main() -> None:
    print(machine() + "\n\n| | calls to a network |\n|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "story.txt").write_text(story(), encoding="utf-8")
        for arguments in verbs(folder):
            if arguments[0] == "fetch":
                newest = max((folder / "project/runs/001 first/checkpoints").glob("step-*"))
                left_out = shutil.ignore_patterns("training", "manifest.json")
                shutil.copytree(newest, folder / "mirror/somebody/model", ignore=left_out)
            if arguments[0] == "replay":
                keep(folder)
            tell(arguments[0], watched(folder, "-m", "textgen_gui", *arguments))
        tell("serve", watched(folder, "-c", SERVE, str(folder / "project/runs/001 first")))
        with running(HubServer({"somebody/model": folder / "mirror/somebody/model"})) as hub:
            calls = watched(folder, "-m", "textgen_gui", "fetch", "somebody/model", hub=hub.address)
        ports = {address.rpartition(":")[2] for address in (hub.address, hub.store)}
        own = [call for call in calls if "127.0.0.1" in call and any(f"htons({port})" in call for port in ports)]
        tell(f"fetch from a hub, which it called {len(own)} times: others", [call for call in calls if call not in own])
        tell("the window", watched(folder, "-c", WINDOW, str(folder / "project")))


def tell(name: str, calls: list[str]) -> None:
    print(f"| {name} | {len(calls)} |", flush=True)
    print("\n".join(calls), file=sys.stderr)


if __name__ == "__main__":
    main()
