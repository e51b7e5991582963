"""A window of its own that resumes a run and writes a page, for tests that end it: python -m tests.ui.leaving_job RUN.

It says "training" when it does. The line "close" on its input closes the window, and it says "asking" when that asks;
"log out" is the end of the session, after which nothing runs any more; after any other line Qt's loop ends.
"""

import os
import sys
from pathlib import Path
from unittest.mock import patch

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

from textgen_gui.engine.core import library, project
from textgen_gui.ui.app import make_application, start
from textgen_gui.ui.main_window import MainWindow


class Person(QObject):
    """Does the next thing as soon as it can be done."""

    def __init__(self, run: project.Run) -> None:
        super().__init__()
        self.run, self.steps = run, iter((self.open, self.choose, self.resume, self.tell))
        self.next = next(self.steps)
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.look)
        self.timer.start(20)
        QTimer.singleShot(200_000, self, self.give_up)

    @property
    def window(self) -> MainWindow:
        return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))

    def look(self) -> None:
        if not self.window.jobs.busy and self.next():
            following = next(self.steps, None)
            if following is None:
                self.timer.stop()
            else:
                self.next = following

    def give_up(self) -> None:
        if self.timer.isActive():
            print(f"Nothing came of “{self.next.__name__}”.", file=sys.stderr, flush=True)
            os._exit(3)

    def close(self) -> None:
        QTimer.singleShot(500, self, lambda: QApplication.activeModalWidget() and print("asking", flush=True))
        self.window.close()

    def open(self) -> bool:
        self.window.open_project(self.run.project.folder)
        return True

    def choose(self) -> bool:
        opened, workspace = self.window.opened, self.window.workspace
        if not opened or not workspace or opened.jobs.busy:
            return False
        workspace.generate.desk.page.setPlainText("A page that nobody kept.")
        self.window.tabs.setCurrentIndex(1)
        workspace.train.list.list.setCurrentRow(0)
        return True

    def resume(self) -> bool:
        assert self.window.workspace
        button = self.window.workspace.train.view.resume_button
        if button.isVisible() and self.window.opened and not self.window.opened.jobs.busy:
            button.click()
            return True
        return False

    def tell(self) -> bool:
        assert self.window.workspace
        if self.window.workspace.train.view.plot._steps.length < 5:
            return False
        print("training", flush=True)
        return True


def main(run: Path) -> int:
    os.environ["TEXTGEN_GUI_HOME"] = str(run.parents[2] / "home")  # or the window of somebody else would take over
    make_application()
    person = Person(project.Run(run))
    ending = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def end() -> None:
        ending.setEnabled(False)
        line = sys.stdin.readline()
        if line == "close\n":
            QTimer.singleShot(0, person, person.close)
        elif line == "log out\n":
            person.window.leave_now()  # what the session asks of the window
            os._exit(0)  # as the system does when it was told that all is saved
        else:
            QCoreApplication.exit(0)

    ending.activated.connect(end)
    code = start()
    person.timer.stop()
    return code


if __name__ == "__main__":
    # Nothing here is about what a run begins with, or how fast: to look would take longer than all the rest.
    with (
        patch.object(library, "starter", lambda: None),
        patch("textgen_gui.engine.training.plan.speeds", lambda *asked, **_: dict.fromkeys(asked[-1], 2000.0)),
    ):
        sys.exit(main(Path(sys.argv[1])))
