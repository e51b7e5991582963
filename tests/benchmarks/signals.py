"""200,000 events through the job's signal: no crash, no lost references, no growing memory.

QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.signals
"""

import sys
import time

import psutil
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject

from textgen_gui.engine.core.events import StepDone
from textgen_gui.ui.parts.job_runner import Job

from .common import machine

EVENTS = 200_000


class Counter(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def show_event(self, event: object) -> None:
        self.count += 1


def main() -> None:
    application = QCoreApplication([])
    counter, loop, parent = Counter(), QEventLoop(), QObject()
    job = Job(lambda stop: (StepDone(n, 1.0, 1e-3, 1.0, 1.0) for n in range(EVENTS)), parent)
    job.happened.connect(counter.show_event)
    job.finished.connect(loop.quit)
    before = sys.getrefcount(True), sys.getrefcount(None), psutil.Process().memory_info().rss / 1e6
    started = time.perf_counter()
    job.start()
    loop.exec()
    seconds = time.perf_counter() - started
    after = sys.getrefcount(True), sys.getrefcount(None), psutil.Process().memory_info().rss / 1e6
    assert counter.count == EVENTS and application
    print(machine() + "\n\n| events | seconds | references to True | to None | memory MB |\n|---|---|---|---|---|")
    print(
        f"| {EVENTS:,} | {seconds:.1f} | {before[0]} → {after[0]} | {before[1]} → {after[1]} "
        f"| {before[2]:.0f} → {after[2]:.0f} |"
    )


if __name__ == "__main__":
    main()
