"""From a fresh home to the first text of one's own model, by a real mouse: clicks, seconds, and what was on the screen.

    xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.journey FOLDER [--untrained]

Untrained: only "Write with the starter", without any text of one's own. Otherwise a file is dragged from another
window and dropped on the welcome page. Every other step is one click of the mouse that xdotool moves, on what the
window shows. A picture of the screen after each step goes into FOLDER. Needs openbox and xdotool, and import of
ImageMagick for the pictures. With a starter in resources/, the run begins with it by itself.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "xcb"
os.environ["TEXTGEN_GUI_HOME"] = tempfile.mkdtemp(prefix="textgen-home-")

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from textgen_gui.cli.process import prepare_process
from textgen_gui.engine.core import home
from textgen_gui.ui.app import make_application, make_window
from textgen_gui.ui.main_window import MainWindow

from .common import machine, until, wait

prepare_process()
OTHER_WINDOW = (1250, 20)
LIMIT_S = 500

# A window that holds a file, as a file manager does.
file_window = """
import sys
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QLabel

class File(QLabel):
    def mouseMoveEvent(self, event):
        drag, held = QDrag(self), QMimeData()
        held.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag.setMimeData(held)
        drag.exec(Qt.DropAction.CopyAction)

application = QApplication([])
file = File(sys.argv[1].rsplit("/")[-1])
file.setWindowTitle("Files")
file.setGeometry(int(sys.argv[2]), int(sys.argv[3]) + 30, 160, 60)
file.show()
print("shown", flush=True)
application.exec()
"""


class Journey:
    """``clicks`` and ``drops``: so far. Seconds are counted from when the window is there."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self.window, self._folder = window, folder
        self.clicks = self.drops = 0
        self.restart()

    def restart(self) -> None:
        self._started = time.monotonic()

    def drop(self, x: int, y: int, on: QWidget) -> None:
        goal = _middle(on)
        self.drops += 1
        steps = [QPoint(x, y), QPoint(x - 20, y + 10), QPoint((x + goal.x()) // 2, goal.y()), goal, goal]
        mouse("mousemove", *steps[0].toTuple(), "mousedown", 1)
        for point in steps[1:]:
            wait(150)
            mouse("mousemove", *point.toTuple())
        wait(300)
        mouse("mouseup", 1)

    def click(self, on: QWidget) -> None:
        self.clicks += 1
        mouse("mousemove", *_middle(on).toTuple(), "click", 1)

    def wait_for(self, what: str, condition: Callable[[], object]) -> None:
        """Then says how long it took and takes a picture of the screen."""
        until(condition, LIMIT_S)
        seconds = time.monotonic() - self._started
        wait(300)
        name = f"{self.clicks}-{what.lower().replace(' ', '-')}"
        subprocess.run(["import", "-window", "root", str(self._folder / f"{name}.png")], check=True)
        print(f"| {self.clicks} | {seconds:.1f} | {what} |", flush=True)


def mouse(*words: object) -> None:
    subprocess.run(["xdotool", *map(str, words)], check=True)


def _middle(widget: QWidget) -> QPoint:
    return widget.mapToGlobal(widget.rect().center())


def ready(button: QWidget) -> Callable[[], bool]:
    return lambda: button.isVisible() and button.isEnabled()


def travel_untrained(journey: Journey) -> None:
    window = journey.window
    journey.wait_for("Welcome", lambda: window.welcome.isVisible())
    journey.click(window.welcome.starter)
    until(lambda: window.opened is not None, LIMIT_S)
    write(journey)


def travel(journey: Journey, minutes: int | None) -> None:
    window = journey.window
    journey.wait_for("Welcome", lambda: window.welcome.isVisible())
    journey.drop(OTHER_WINDOW[0] + 60, OTHER_WINDOW[1] + 60, window.welcome.drop)
    until(lambda: window.opened is not None, LIMIT_S)
    workspace = window.made_workspace()
    data, train = workspace.data, workspace.train
    journey.wait_for("The text is in a project", ready(data.prepare_button))
    journey.click(data.prepare_button)
    journey.wait_for("It is prepared", ready(data.train_button))
    journey.click(data.train_button)
    journey.wait_for("A new run", ready(train.setup.start_button))
    if minutes:
        journey.click(train.setup.minutes)
        mouse("key", "ctrl+a", "type", minutes)
    journey.click(train.setup.start_button)
    journey.wait_for("It learns", lambda: train.running is not None)
    offers = (train.view.write_button, train.view.status.next_button)
    journey.wait_for(
        "It can write",
        lambda: any(one.isVisible() and one.isEnabled() and one.text() == "Write with it" for one in offers),
    )
    journey.click(next(one for one in offers if one.isVisible() and one.isEnabled() and one.text() == "Write with it"))
    write(journey)
    if minutes:
        journey.wait_for("It has learnt", lambda: train.running is None)
        journey.click(workspace.generate.desk.page)
        mouse("key", "ctrl+a", "BackSpace")
        write(journey)


def write(journey: Journey) -> None:
    generate = journey.window.made_workspace().generate
    journey.wait_for("The page", ready(generate.desk.write_button))
    journey.click(generate.desk.write_button)
    journey.wait_for("The first words", lambda: len(generate.desk.page.toPlainText()) > 20)
    journey.wait_for("The first text", lambda: generate.job is None)
    print(f"\n{journey.clicks} clicks, {journey.drops} drops. It wrote:\n\n{generate.desk.page.toPlainText()}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--text", type=Path, default=home.resources() / "sample.txt")
    parser.add_argument("--minutes", type=int, help="of learning; then it writes once more, on an empty page")
    parser.add_argument("--untrained", action="store_true", help="only “Write with the starter”")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    print(machine() + "\n\n| clicks | seconds | on the screen |\n|---|---|---|")
    desktop = subprocess.Popen(["openbox"], stderr=subprocess.DEVNULL)
    command = [sys.executable, "-c", file_window, str(options.text.resolve()), *map(str, OTHER_WINDOW)]
    files = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert files.stdout
        files.stdout.readline()
        make_application()
        window = make_window()
        window.move(0, 0)
        window.show()
        window.load_engine()
        wait(1000)
        journey = Journey(window, options.folder)
        travel_untrained(journey) if options.untrained else travel(journey, options.minutes)
        window.leave_now()
    finally:
        files.terminate()
        desktop.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
