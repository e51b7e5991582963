"""The window while a model trains at full tilt: lateness of its event loop, speed against the command line, memory.

    xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.window lateness [--seconds 60]
    xvfb-run ... python -m tests.benchmarks.window speed [--repetitions 3]
    xvfb-run ... python -m tests.benchmarks.window soak [--minutes 30]
    xvfb-run ... python -m tests.benchmarks.window prepare [--megabytes 200]
    xvfb-run ... python -m tests.benchmarks.window desk [--seconds 60]

Lateness is the gap between two beats of a precise 10 ms timer, less 10 ms. The Train tab with its curve is in sight.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSpinBox

from textgen_gui import Project
from textgen_gui.cli.process import prepare_process
from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.presets import PresetName
from textgen_gui.engine.core.project import Run
from textgen_gui.ui.app import make_application, make_window
from textgen_gui.ui.main_window import MainWindow

from .common import SHAKESPEARE, machine, percentile, until, wait
from .prepare import write

prepare_process()
os.environ["TEXTGEN_GUI_HOME"] = tempfile.mkdtemp(prefix="textgen-home-")


class Beat(QObject):
    """A timer that notes how late each of its beats comes, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=10, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late.append((now - self._last) * 1000 - 10)
        self._last = now

    def end(self) -> str:
        """One row of a table: median, 99th percentile, worst, beats that came more than 16 ms late."""
        self._timer.stop()
        p50, p99 = percentile(self.late, 0.5), percentile(self.late, 0.99)
        return f"{p50:.1f} | {p99:.1f} | {max(self.late):.1f} | {sum(x > 16 for x in self.late)} of {len(self.late):,}"


def idle(window: MainWindow) -> bool:
    """Neither the window nor its project has a job."""
    return not window.jobs.busy and window.opened is not None and not window.opened.jobs.busy


def empty(folder: Path) -> MainWindow:
    """The window with a new project, everything imported."""
    make_application()
    window = make_window()
    window.show()
    window.load_engine()
    window.open_by(lambda: Project.create(folder))
    until(lambda: idle(window))
    return window


def opened(folder: Path) -> MainWindow:
    """The window with a prepared project, everything imported and measured, the Train tab in sight."""
    window = empty(folder)
    data = window.made_workspace().data
    data.add([SHAKESPEARE])
    until(lambda: idle(window))
    data.prepare()
    until(lambda: idle(window))
    window.tabs.setCurrentIndex(1)
    until(lambda: idle(window))
    return window


def start_run(window: MainWindow, steps: int) -> None:
    train = window.made_workspace().train
    train.new_run()
    train.setup.presets.cards[PresetName.SMALL].click()
    train.setup.timed.setChecked(False)
    for name, value in (("steps", steps), ("mark_every", min(500, max(1, steps // 20)))):
        control = train.setup.train_form.controls[name]
        assert isinstance(control, QSpinBox)
        control.setValue(value)
    train.setup.start()
    until(lambda: train.view.plot._steps.length > 3)


def finish(window: MainWindow) -> None:
    train = window.made_workspace().train
    if train.job:
        train.stop()
        until(lambda: train.job is None)
    window.close()


def lateness(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        window = opened(Path(folder) / "p")
        generate = window.made_workspace().generate
        print("| state | p50 ms | p99 ms | worst ms | late > 16 ms |\n|---|---|---|---|---|")
        measured("idle", seconds / 3, lambda: None)
        start_run(window, 1_000_000)
        measured("training, curve in sight", seconds, lambda: None)
        until(lambda: generate.model.run_box.count() > 0, 600)
        generate.desk.page.setPlainText("ROMEO:")
        measured("training and writing beside it", seconds / 2, lambda: None if generate.job else generate.write())
        finish(window)


def measured(state: str, seconds: float, often: Callable[[], object]) -> None:
    beat, end = Beat(), time.monotonic() + seconds
    while time.monotonic() < end:
        often()
        wait(200)
    print(f"| {state} | {beat.end()} |", flush=True)


def desk(seconds: float) -> None:
    """Key press to first word, Stop to the end, and lateness while one text and 200 are written."""
    with tempfile.TemporaryDirectory() as folder:
        window = opened(Path(folder) / "p")
        generate, train = window.made_workspace().generate, window.made_workspace().train
        start_run(window, 100)
        until(lambda: train.job is None, 300)
        window.tabs.setCurrentIndex(2)
        page, batch = generate.desk, generate.batch
        for name, form in (("max_new_tokens", generate.how.form), ("min_new_tokens", generate.how.more_form)):
            form.controls[name].setValue(50_000)  # type: ignore[attr-defined]
        first, last = [], []
        for number in range(21):
            page.page.setPlainText("ROMEO:")
            page.page.moveCursor(QTextCursor.MoveOperation.End)
            started = time.perf_counter()
            QTest.keyClick(page.page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            if page.job is None:
                page.write()  # without a window manager shortcuts find no active window
            loop_until(lambda: len(page.page.toPlainText()) > len("ROMEO:"))
            first.append(1000 * (time.perf_counter() - started))
            wait(300)
            started = time.perf_counter()
            page.stop()
            loop_until(lambda: page.job is None)
            last.append(1000 * (time.perf_counter() - started))
            if not number:  # the model is loaded now
                print(f"First word {first.pop():.0f} ms with loading the model.")
                last.pop()
        for name, times in (("first word", first), ("stop", last)):
            print(f"{name}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms of {len(times)}")
        print("\n| state | p50 ms | p99 ms | worst ms | late > 16 ms |\n|---|---|---|---|---|")
        page.page.clear()
        measured("one text streams in", seconds, lambda: None if page.job else page.write())
        page.stop()
        until(lambda: page.job is None)
        generate.views.setCurrentWidget(batch)
        for name, form in (("max_new_tokens", generate.how.form), ("min_new_tokens", generate.how.more_form)):
            form.controls[name].setValue(200)  # type: ignore[attr-defined]
        batch.count.setValue(200)
        measured("200 texts are written, again and again", seconds, lambda: None if batch.job else batch.write())
        batch.stop()
        until(lambda: batch.job is None)
        finish(window)


def loop_until(condition: Callable[[], object]) -> None:
    """Every event is handled at once, so that the time of what is waited for is not rounded."""
    loop = QEventLoop()
    beat = QTimer(interval=1, timerType=Qt.TimerType.PreciseTimer)
    beat.timeout.connect(lambda: loop.quit() if condition() else None)
    beat.start()
    loop.exec()
    beat.stop()


def preparing(megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.txt"
        write(path, megabytes, lines=False)
        window = opened(Path(folder) / "p")
        data = window.made_workspace().data
        window.tabs.setCurrentIndex(0)
        print("| state | p50 ms | p99 ms | worst ms | late > 16 ms |\n|---|---|---|---|---|")
        for state, work in ((f"adding {megabytes} MB", lambda: data.add([path])), ("preparing them", data.prepare)):
            beat = Beat()
            work()
            until(lambda: idle(window), 600)
            print(f"| {state} | {beat.end()} |", flush=True)
        finish(window)


def tokens_per_s(run: Run) -> float:
    """Over the last two thirds of a run, evaluations left out: the median of the speeds that its steps report."""
    speeds = [event.tokens_per_s for event in event_log.read(run.events_file) if isinstance(event, events.StepDone)]
    return statistics.median(speeds[len(speeds) // 3 :])


def speed(repetitions: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        window = opened(Path(folder) / "p")
        project, train = window.project, window.made_workspace().train
        assert project
        inside, outside = [], []
        for _ in range(repetitions):
            start_run(window, 500)
            until(lambda: train.job is None)
            inside.append(tokens_per_s(project.runs()[-1]))
            copy = project.write_run(project.runs()[-1].config(), "copy")
            command = [sys.executable, "-m", "textgen_gui", "train", str(copy.folder)]
            subprocess.run(command, check=True, capture_output=True)
            outside.append(tokens_per_s(copy))
        print("| | tokens/s, median | each |\n|---|---|---|")
        for name, values in (("in the window", inside), ("command line", outside)):
            print(f"| {name} | {statistics.median(values):,.0f} | {', '.join(f'{v:,.0f}' for v in values)} |")
        print(f"\nRatio of the medians: {statistics.median(inside) / statistics.median(outside):.3f}")
        finish(window)


def soak(minutes: float) -> None:
    """Trains all the time, writes every 20 s, changes tab and theme every 10 s; memory every 10 s."""
    with tempfile.TemporaryDirectory() as folder:
        window = opened(Path(folder) / "p")
        train, generate = window.made_workspace().train, window.made_workspace().generate
        print("| time | memory MB | threads | open files |\n|---|---|---|---|")
        process, samples, shown = psutil.Process(), [], [0]
        start_run(window, 1_000_000)
        assert train.job
        train.job.happened.connect(lambda event: shown.__setitem__(0, shown[0] + 1))
        started = time.monotonic()
        while (passed := time.monotonic() - started) < minutes * 60:
            samples.append((passed, process.memory_info().rss / 1e6, process.num_threads(), process.num_fds()))
            if len(samples) % 24 == 1:
                print("| {:.0f} s | {:.0f} | {} | {} |".format(*samples[-1]), flush=True)
            window.tabs.setCurrentIndex(len(samples) % 3)
            if len(samples) % 6 == 0:
                window._switch_theme()
            if len(samples) % 2 == 0 and generate.model.run_box.count():
                generate.write()
            wait(10_000)
        finish(window)
        later = [sample for sample in samples if sample[0] >= min(300, minutes * 60 / 3)]
        slope = statistics.linear_regression([s[0] / 3600 for s in later], [s[1] for s in later]).slope
        print(f"\nSlope after the first minutes: {slope:+.1f} MB an hour; {shown[0]:,} events shown.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("lateness", "speed", "soak", "prepare", "desk"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--megabytes", type=int, default=200)
    options = parser.parse_args()
    print(machine() + "\n")
    if options.what == "lateness":
        lateness(options.seconds)
    elif options.what == "prepare":
        preparing(options.megabytes)
    elif options.what == "desk":
        desk(options.seconds)
    elif options.what == "speed":
        speed(options.repetitions)
    else:
        soak(options.minutes)


if __name__ == "__main__":
    main()
