"""The same way as tests.benchmarks.journey by keyboard alone: keys that xdotool sends to the real window, and seconds.

    xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.keyboard FOLDER [--text FILE]

What a screen reader would say by itself is printed as it comes. The one question of the system, which file, is
answered by itself, as its dialog is not ours. With a starter in resources/, the run begins with it by itself.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from textgen_gui.engine.core import home
from textgen_gui.ui.app import make_application, make_window

from .common import machine, until, wait
from .journey import LIMIT_S, Journey, ready  # which also says where the settings of this process are

MOST_TABS = 150


def key(*names: str) -> None:
    subprocess.run(["xdotool", "key", "--clearmodifiers", *names], check=True)
    wait(60)


class ByKeyboard(Journey):
    """``clicks``: keys that were pressed so far."""

    def press(self, *names: str) -> None:
        for name in names:
            self.clicks += 1
            key(name)

    def tab_to(self, wanted: QWidget) -> None:
        for _ in range(MOST_TABS):
            if wanted.hasFocus():
                return
            self.press("Tab")
        raise AssertionError(f"Tab never comes to {wanted} {wanted.accessibleName()}")

    def tab_and_press(self, button: QWidget) -> None:
        until(ready(button), LIMIT_S)
        self.tab_to(button)
        self.press("space")


def travel(journey: ByKeyboard) -> None:
    window = journey.window
    journey.wait_for("Welcome", window.welcome.isVisible)
    journey.tab_and_press(window.welcome.new)
    until(lambda: window.opened is not None, LIMIT_S)
    workspace = window.made_workspace()
    data, train, generate = workspace.data, workspace.train, workspace.generate
    journey.wait_for("An empty project", lambda: _in_sight(data, "Add files…"))
    journey.tab_and_press(_in_sight(data, "Add files…")[0])
    journey.wait_for("The text is in the project", ready(data.prepare_button))
    journey.press("ctrl+r")
    journey.wait_for("It is prepared", ready(data.train_button))
    journey.tab_and_press(data.train_button)
    journey.wait_for("A new run", ready(train.setup.start_button))
    journey.press("ctrl+r")
    journey.wait_for("It learns", lambda: train.running is not None and train.view.plot._steps.length)
    journey.wait_for("It can write", lambda: _in_sight(train.view, "Write with it"))
    journey.tab_and_press(_in_sight(train.view, "Write with it")[0])
    journey.wait_for("The page", ready(generate.desk.write_button))
    journey.tab_to(generate.desk.page)
    journey.press("T", "h", "e", "ctrl+Return")
    journey.wait_for("The first text", lambda: generate.job is None and len(generate.desk.page.toPlainText()) > 20)
    journey.press("ctrl+s")
    journey.wait_for("It is kept", lambda: window.project and list(window.project.generated_folder.glob("*.txt")))
    print(f"\n{journey.clicks} keys. It wrote:\n\n{generate.desk.page.toPlainText()}")


def _in_sight(view: QWidget, words: str) -> list[QPushButton]:
    return [one for one in view.findChildren(QPushButton) if one.isVisible() and one.text() == words]


def answer_and_listen(project: Path, text: Path) -> None:
    """For the rest of this process."""
    patch = pytest.MonkeyPatch()
    patch.setattr(QAccessible, "updateAccessibility", lambda event: print(f"heard: {event.message()}", flush=True))
    patch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(project), ""))
    patch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: ([str(text)], ""))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--text", type=Path, default=home.resources() / "sample.txt")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    print(machine() + "\n\n| keys | seconds | on the screen |\n|---|---|---|")
    desktop = subprocess.Popen(["openbox"], stderr=subprocess.DEVNULL)
    try:
        answer_and_listen(options.folder.resolve() / "My Project", options.text.resolve())
        make_application()
        window = make_window()
        window.show()
        window.load_engine()
        wait(1500)
        window.activateWindow()
        travel(ByKeyboard(window, options.folder))
        window.leave_now()
    finally:
        desktop.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
