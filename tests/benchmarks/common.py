"""What the benchmarks share: the machine in one line, percentiles, and waiting without holding the interpreter lock."""

import datetime
import os
import platform
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

DATA = Path(__file__).parents[3] / "shared" / "data"
SHAKESPEARE = DATA / "tinyshakespeare.train.txt"
HELDOUT = DATA / "tinyshakespeare.heldout.txt"

# Run by itself, it prints the seconds from the start of its process to the first paint of the window.
first_paint = """
import sys, time, psutil
from PySide6.QtCore import QEvent, QObject
from textgen_gui.ui.app import make_application, make_window

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            assert "torch" not in sys.modules
            print(time.time() - psutil.Process().create_time(), flush=True)
            window.close()
        return False

application, first = make_application(), FirstPaint()
window = make_window()
window.installEventFilter(first)
window.show()
application.exec()
"""


def machine() -> str:
    """Date, processor, cores and versions, as they stand above every table."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "PySide6-Essentials"))
    today = datetime.datetime.now(tz=datetime.UTC).date()
    return f"{today}, {model}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def wait(milliseconds: int) -> None:
    """Lets the window live for a while. QTest.qWait would hold the interpreter lock and starve the training."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(condition: Callable[[], object], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("waited too long")
        wait(20)
