"""From a finished run to a file that llama.cpp loads, by a real mouse: clicks and seconds; and pictures of the way out.

    xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.takeaway FOLDER

A run of a few steps begins with the model in the box (6 million weights). Then every step is one click of the mouse
that xdotool moves, and a picture of the screen goes into FOLDER: the dialog with each card in light and dark, and the
door's switch. Needs openbox and xdotool, import of ImageMagick, and the package xllamacpp.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from .journey import Journey, ready  # first: it says which display, and makes a home of its own

# isort: split
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from textgen_gui.engine.core import home
from textgen_gui.ui.app import make_application, make_window
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.focus import bring_into_sight
from textgen_gui.ui.parts.preferences import Theme
from textgen_gui.ui.take.takeaway import Takeaway

from .common import machine, until, wait

CONTEXT = 256


def trained(folder: Path) -> Path:
    """A project with a finished run."""
    project = folder / "My Novel"
    text = folder / "novel.txt"
    text.write_text((home.resources() / "sample.txt").read_text(encoding="utf-8")[:60_000], encoding="utf-8")
    command = [sys.executable, "-m", "textgen_gui", "train", str(text), "--project", str(project), "--name", "first"]
    subprocess.run([*command, "--from", "starter", "--set", "train.steps=6"], check=True, capture_output=True)
    return project


def take(journey: Journey) -> Path:
    """Three clicks, and the file."""
    window = journey.window
    workspace = window.made_workspace()
    window.tabs.setCurrentIndex(1)
    workspace.train.list.list.setCurrentRow(0)
    until(ready(workspace.train.view.take_button))
    journey.restart()
    journey.wait_for("A finished run", ready(workspace.train.view.take_button))
    journey.click(workspace.train.view.take_button)
    until(lambda: workspace.taking and workspace.taking.isVisible() and workspace.taking._looked)
    assert workspace.taking
    dialog = workspace.taking
    journey.wait_for("Take it with you", lambda: dialog.press.isEnabled())
    journey.click(dialog.cards.cards[Takeaway.FILE])
    journey.wait_for("A file for other programs", lambda: dialog.press.text().endswith(".gguf”"))
    path = Path(dialog.where.text())
    journey.click(dialog.press)
    journey.wait_for("It is written and checked", dialog.outcome.isVisible)
    return path


def load(file: Path) -> float:
    """Seconds until llama.cpp has it."""
    from ..engine.exchange.test_exporting import llama_cpp

    started = time.monotonic()
    with llama_cpp(file, CONTEXT) as ask:
        loaded = time.monotonic() - started
        assert ask("/completion", {"prompt": "It was a dark", "n_predict": 8, "temperature": 0})["content"]
    return loaded


def pictures(window: MainWindow, folder: Path) -> None:
    workspace = window.made_workspace()
    dialog = workspace.taking
    assert dialog
    dialog.maker.name.setText("Ann Example")
    dialog.maker.words.setPlainText("For Tom, who likes the sea.\nPress Write, and be patient with it.")
    for theme in (Theme.LIGHT, Theme.DARK):
        next(action for action in window._themes.actions() if action.data() == theme).trigger()
        for one in Takeaway:
            dialog.cards.cards[one].click()
            shot(dialog, folder / f"dialog-{one.name.lower()}-{theme.value}.png")
    dialog.close()
    window.tabs.setCurrentIndex(2)
    generate = workspace.generate
    until(lambda: generate.door.switch.isEnabled())
    fold = next(fold for fold in parents(generate.door) if hasattr(fold, "toggle"))
    fold.toggle()
    bring_into_sight(fold)
    generate.door.switch.click()
    until(generate.door.details.isVisible)
    for theme in (Theme.LIGHT, Theme.DARK):
        next(action for action in window._themes.actions() if action.data() == theme).trigger()
        shot(window, folder / f"door-{theme.value}.png")
    generate.door.switch.click()
    until(lambda: generate.door.job is None)


def parents(widget: QWidget) -> list[QWidget]:
    above = widget.parentWidget()
    return [above, *parents(above)] if above else []


def shot(widget: QWidget, file: Path) -> None:
    QTest.qWait(300)
    widget.grab().save(str(file))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder.resolve()
    (folder / "home" / "Documents").mkdir(parents=True, exist_ok=True)
    os.environ["HOME"] = str(folder / "home")
    project = trained(folder)
    print(machine() + "\n\n| clicks | seconds | on the screen |\n|---|---|---|")
    desktop = subprocess.Popen(["openbox"], stderr=subprocess.DEVNULL)
    try:
        make_application()
        window = make_window()
        window.setGeometry(0, 30, 1280, 820)
        window.show()
        window.load_engine()
        wait(500)
        window.open_project(project)
        until(lambda: window.opened is not None and window.made_workspace().train.list.list.count())
        wait(1000)
        journey = Journey(window, folder)
        file = take(journey)
        print(f"\n{journey.clicks} clicks; {file.name} of {file.stat().st_size / 1e6:.0f} MB")
        print(f"llama.cpp loads it in {load(file):.2f} s and writes")
        pictures(window, folder)
        window.leave_now()
    finally:
        desktop.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
