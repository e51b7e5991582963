"""A monkey at the window: random clicks, keys, wheel and resizing over all views, while jobs run.

    xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.monkey [--actions 20000] [--seed 1] [--minutes 30]

It does what the system does: it tells the window where the mouse is and which key is down. Boxes that open are
answered at random, file dialogs are not opened. What it may not do is in KEPT_FROM. It ends after so many actions or
minutes, whichever comes first, and fails when there was an exception or a warning. It says which actions held the
window up for more than 200 ms, how much of that was processor time of the window's own thread (the rest is waiting
for the interpreter's lock, the disk, or other programs), where it stood meanwhile, and how memory grew. When nothing
comes round for a minute it says where every thread stands. The same seed presses the same keys, though not at the same
moment of a job. With QT_QPA_PLATFORM=xcb the window is a real one.
"""

import argparse
import collections
import dataclasses
import faulthandler
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from types import FrameType

import psutil
import shiboken6
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QInputDialog, QMessageBox, QPushButton, QWidget

from textgen_gui import Project
from textgen_gui.cli.process import prepare_process
from textgen_gui.ui.app import make_application, make_window
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import resources

from ..conftest import story
from .common import machine, until

prepare_process()
os.environ["TEXTGEN_GUI_HOME"] = tempfile.mkdtemp(prefix="textgen-home-")
SLOW_MS = 200
PATIENCE_S = 0.5  # with a menu that nobody presses
LOOKED_AT_S = 0.08  # from when on a beat is late enough to look why
PROGRAM = f"{os.sep}textgen_gui{os.sep}"
KEPT_FROM = ("Quit", "Close project")
KEYS = "Tab Backtab Return Escape Space Delete Up Down Left Right F1 F2 F6 A B E H L N O R T"
SHORTCUTS = "1 2 3 R S Z Y C V A F Plus Minus 0 Return"


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Block:
    """``stood``: in which lines of the program the window's thread was seen, with how often."""

    own_ms: float
    late_ms: float
    doing: str
    stood: tuple[tuple[str, int], ...]


class Watcher(threading.Thread):
    """Looks where the window's thread stands as soon as a beat is late."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.beaten = time.perf_counter()
        self._window = threading.get_ident()
        self._seen: collections.Counter[str] = collections.Counter()

    def run(self) -> None:
        while True:
            time.sleep(0.01)
            if time.perf_counter() - self.beaten > LOOKED_AT_S:
                self._seen[_lines(sys._current_frames().get(self._window))] += 1

    def taken(self) -> tuple[tuple[str, int], ...]:
        seen, self._seen = self._seen, collections.Counter()
        return tuple(seen.most_common(3))


def _lines(frame: FrameType | None) -> str:
    """The innermost lines of the program itself, the last one first."""
    found: list[str] = []
    while frame and len(found) < 4:
        if PROGRAM in frame.f_code.co_filename:
            found.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(found) or "Qt itself"


class Monkey:
    """Attributes: ``faults``: exceptions and warnings as they came; ``slow``: what held the window up."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window, self.random = window, random.Random(seed)
        self.faults: list[str] = []
        self.slow: list[Block] = []
        self.done: collections.Counter[str] = collections.Counter()
        self.memory: list[float] = []
        self._beaten, self._worked = time.perf_counter(), time.thread_time()
        self._doing = "nothing"
        self._over: QWidget | None = None
        self._over_since = self._beaten
        sys.excepthook = lambda kind, problem, trace: self.faults.append(
            "".join(traceback.format_exception(kind, problem, trace))
        )
        qInstallMessageHandler(self._warned)
        self._watcher = Watcher()
        self._watcher.start()
        self._beat = QTimer(window, interval=20, timerType=Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._beats)
        self._beat.start()

    def _warned(self, kind: QtMsgType, context: object, message: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and "This plugin does not support" not in message:
            self.faults.append(f"Qt, after {self._doing}: {message}")

    def _beats(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        late = 1000 * (now - self._beaten) - 20
        stood = self._watcher.taken()
        if late > SLOW_MS:
            self.slow.append(Block(1000 * (worked - self._worked), late, self._doing, stood))
        self._beaten, self._worked = now, worked
        self._watcher.beaten = now
        self._leave_what_waits(now)

    def _leave_what_waits(self, now: float) -> None:
        """Menus and dialogs in which Qt waits: nobody else would close them. Those of a field are of this kind."""
        over = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if over is not self._over:
            self._over, self._over_since = over, now
        elif over and now - self._over_since > PATIENCE_S and shiboken6.isValid(over):
            over.close()

    # --- what it does

    def act(self) -> None:
        """One thing, to whatever window is in front."""
        front = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.window
        ways = (self.click, self.click, self.click, self.press, self.press, self.shortcut, self.wheel, self.resize)
        way = self.random.choice(ways)
        self.done[way.__name__] += 1
        way(front)
        QTest.qWait(self.random.choice((0, 5, 20)))

    def _somewhere(self, front: QWidget) -> QPoint:
        return QPoint(self.random.randrange(max(1, front.width())), self.random.randrange(max(1, front.height())))

    def click(self, front: QWidget) -> None:
        """A button as often as a point: most points are paper."""
        buttons = [one for one in front.findChildren(QPushButton) if one.isVisible() and one.isEnabled()]
        chosen = self.random.choice(buttons) if buttons and self.random.random() < 0.4 else None
        at = chosen.mapTo(front, chosen.rect().center()) if chosen else self._somewhere(front)
        under = front.childAt(at)
        name = (under.accessibleName() or under.property("text")) if under else ""
        self._doing = f"a click on {type(under).__name__} “{name}” at {at.toTuple()}"
        handle = front.windowHandle()
        if handle and front.rect().contains(at):
            button = Qt.MouseButton.RightButton if self.random.random() < 0.1 else Qt.MouseButton.LeftButton
            QTest.mouseClick(handle, button, Qt.KeyboardModifier.NoModifier, at)

    def press(self, front: QWidget) -> None:
        self._key(front, self.random.choice(KEYS.split()), Qt.KeyboardModifier.NoModifier)

    def shortcut(self, front: QWidget) -> None:
        self._key(front, self.random.choice(SHORTCUTS.split()), Qt.KeyboardModifier.ControlModifier)

    def _key(self, front: QWidget, key: str, modifier: Qt.KeyboardModifier) -> None:
        self._doing = f"{modifier.name} {key}"
        if handle := front.windowHandle():
            QTest.keyClick(handle, getattr(Qt.Key, f"Key_{key}"), modifier)

    def wheel(self, front: QWidget) -> None:
        self._doing = "the wheel"
        if handle := front.windowHandle():
            at, turn = self._somewhere(front), self.random.choice((-360, -120, 120, 360))
            QTest.wheelEvent(handle, QPointF(at), QPoint(0, turn))

    def resize(self, front: QWidget) -> None:
        if self.random.random() < 0.2:
            width, height = self.random.randrange(480, 1400), self.random.randrange(400, 860)
            self._doing = f"resizing to {width} x {height}"
            self.window.resize(width, height)


def tame(window: MainWindow, monkey: Monkey) -> None:
    """Boxes answer themselves a moment later; dialogs of the system never open; some entries are kept from it."""

    def answered(box: QDialog) -> int:
        buttons = [one for one in box.findChildren(QPushButton) if one.isEnabled()]
        QTimer.singleShot(50, box, monkey.random.choice(buttons).click if buttons else box.reject)
        return QDialog.exec(box)

    QMessageBox.exec = answered  # type: ignore[method-assign]
    QFileDialog.getOpenFileName = QFileDialog.getSaveFileName = lambda *a, **k: ("", "")  # type: ignore[method-assign]
    QFileDialog.getOpenFileNames = lambda *a, **k: ([], "")  # type: ignore[method-assign]
    QFileDialog.getExistingDirectory = lambda *a, **k: ""  # type: ignore[method-assign]
    QInputDialog.getText = lambda *a, **k: ("renamed", True)  # type: ignore[method-assign]
    QInputDialog.getInt = lambda *a, **k: (1, True)  # type: ignore[method-assign]
    resources.QDesktopServices.openUrl = lambda url: True  # type: ignore[attr-defined, method-assign]
    for bar in window.menuBar().actions():
        for entry in bar.menu().actions():  # type: ignore[attr-defined]
            if entry.text().replace("&", "") in KEPT_FROM:
                entry.setEnabled(False)


def prepared(folder: Path) -> MainWindow:
    make_application()
    window = make_window()
    window.show()
    text = folder / "story.txt"
    text.write_text(story(200_000))
    window.load_engine()
    window.open_by(lambda: Project.create(folder / "Monkey"))
    data = window.made_workspace().data
    until(lambda: _idle(window))
    data.add([text])
    until(lambda: _idle(window))
    data.prepare()
    until(lambda: _idle(window))
    return window


def _idle(window: MainWindow) -> bool:
    return not window.jobs.busy and window.opened is not None and not window.opened.jobs.busy


def run(actions: int, seed: int, minutes: float) -> int:
    with tempfile.TemporaryDirectory() as folder:
        window = prepared(Path(folder))
        monkey = Monkey(window, seed)
        tame(window, monkey)
        process, started = psutil.Process(), time.monotonic()
        for number in range(actions):
            if time.monotonic() - started > 60 * minutes:
                break
            if number % 100 == 0:
                faulthandler.dump_traceback_later(60)
            _again(window, number)
            monkey.act()
            if number % max(1, actions // 40) == 0:
                monkey.memory.append(process.memory_info().rss / 1e6)
                told = f"{number:,} actions, {monkey.memory[-1]:.0f} MB, {len(monkey.slow)} times held up"
                print(f"{told}, {len(monkey.faults)} faults, {time.monotonic() - started:.0f} s", flush=True)
        monkey._beat.stop()
        faulthandler.cancel_dump_traceback_later()
        _leave(window)
        return report(monkey, time.monotonic() - started)


def _again(window: MainWindow, number: int) -> None:
    """There is always a project, and every few hundred actions a training or a text, whatever the monkey did."""
    workspace = window.made_workspace()
    if window.opened is None and not window._opening:
        window.open_paths(window.preferences.recent()[:1])
        until(lambda: window.opened is not None, 60)
    if number % 300 == 0 and window.opened and not workspace.training:
        workspace.train.new_run()
        workspace.train.start_or_resume()
    if number % 300 == 150 and workspace.generate.model.run_box.count():
        workspace.generate.write()


def _leave(window: MainWindow) -> None:
    closed: list[bool] = []
    window.jobs.closed.connect(lambda: closed.append(True))
    window.leave()
    until(lambda: bool(closed), 60)


def report(monkey: Monkey, passed_s: float) -> int:
    print(", ".join(f"{count:,} times {way}" for way, count in monkey.done.most_common()), f"in {passed_s:.0f} s")
    print(f"\n{len(monkey.faults)} exceptions and warnings")
    for fault, count in collections.Counter(monkey.faults).most_common(20):
        print(f"{count} times: {fault}")
    own = sum(block.own_ms > SLOW_MS for block in monkey.slow)
    print(f"\n{len(monkey.slow)} times held up for more than {SLOW_MS} ms, {own} of them by as much work of its own")
    for block in sorted(monkey.slow, reverse=True)[:20]:
        print(f"{block.late_ms:.0f} ms, {block.own_ms:.0f} of them its own, after {block.doing}")
        for where, times in block.stood:
            print(f"    {times} times in {where}")
    print("\nMB resident, each fortieth:", " ".join(f"{memory:.0f}" for memory in monkey.memory))
    later = monkey.memory[len(monkey.memory) // 3 :]
    if len(later) > 1:
        slope = statistics.linear_regression(range(len(later)), later).slope
        print(
            f"\nMemory {monkey.memory[0]:.0f} MB, then {later[0]:.0f} to {later[-1]:.0f} MB, {slope:+.2f} MB a fortieth"
        )
    return 1 if monkey.faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30)
    options = parser.parse_args()
    print(machine() + "\n")
    return run(options.actions, options.seed, options.minutes)


if __name__ == "__main__":
    sys.exit(main())
