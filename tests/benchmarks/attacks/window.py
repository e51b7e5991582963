"""Opens a project in the window, looks at each of its tabs and at its first run, and says what is told to the user."""

import faulthandler
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from textgen_gui import Project
from textgen_gui.cli.process import prepare_process
from textgen_gui.engine.core.control import Ask
from textgen_gui.ui.app import make_application, make_window
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.notice import WayOn

OPENED_S, LOOKED_S = 60, 1.5
LATE = 3  # the exit code where it was not ready after OPENED_S
FROZEN_S = 10


def live(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def is_idle(window: MainWindow) -> bool:
    return not window.jobs.busy and not window._opening and not (window.opened and window.opened.jobs.busy)


def wait_for(window: MainWindow, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_idle(window):
        if time.monotonic() > end:
            print("not ready in time", flush=True)
            os._exit(LATE)  # as it stands: to close it would wait for what does not end
        live(0.05)


def main(folder: Path) -> None:
    faulthandler.dump_traceback_later(FROZEN_S + OPENED_S, exit=False)
    prepare_process()
    make_application()
    window = make_window()
    told: list[str] = []
    tell = window.notice.tell

    def noted(sentence: str, details: str = "", holds: Ask | None = None, way: WayOn | None = None) -> None:
        told.append(sentence)
        tell(sentence, details, holds, way)

    window.notice.tell = noted  # type: ignore[method-assign]
    window.show()
    window.open_by(lambda: Project.open(folder))
    wait_for(window, OPENED_S)
    if window.opened:
        for tab in range(3):
            window.tabs.setCurrentIndex(tab)
            live(LOOKED_S)
            wait_for(window, OPENED_S)
    faulthandler.cancel_dump_traceback_later()
    print("opened" if window.opened else "not opened", *dict.fromkeys(told), sep="\n")
    window.close()
    live(0.5)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
