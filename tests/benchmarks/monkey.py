"""A monkey at the window: random clicks, keys, wheel and resizing over all views, while jobs run.

    xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.monkey [--actions 20000] [--seed 1] [--minutes 30]

It does what the system does: it tells the window where the mouse is and which key is down. Boxes that open are
answered at random, file dialogs are not opened. What it may not do is in KEPT_FROM. It ends after so many actions or
minutes, whichever comes first, and fails when there was an exception or a warning, or when memory grew: the median of
its last third more than a tenth above that of its middle third. While it plays, models of any size come and go and the
process keeps what they leave for the next one, so what counts is what is in use at rest: with no project open and all
that is free given back.

Of each time that the window was held up for more than 200 ms it says how much was work of the window's own thread, how
much it was ready to work while no core was free (which Linux counts for each thread), and the rest, in which it waited
for the interpreter's lock or the disk. What would be below 200 ms with a free core is counted apart, as the machine's.
It says where the thread stood meanwhile, and with --objects which objects became more. When nothing comes round for a
minute it says where every thread stands. The same seed presses the same keys, though not at the same moment of a job.
With QT_QPA_PLATFORM=xcb the window is a real one.
"""

import argparse
import collections
import dataclasses
import faulthandler
import os
import random
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
from .common import machine, until, wait
from .monkey_memory import Memory, at_rest, is_flat, living, tell_growth

prepare_process()
os.environ["TEXTGEN_GUI_HOME"] = tempfile.mkdtemp(prefix="textgen-home-")
SLOW_MS, BEAT_MS = 200, 20
TOLD, RESTS = 60, 15  # times
PATIENCE_S = 0.5  # with a menu that nobody presses
LOOKED_AT_S = 0.08  # from when on a beat is late enough to look why
PROGRAM = f"{os.sep}textgen_gui{os.sep}"
KEPT_FROM = ("Quit", "Close project")
KEYS = "Tab Backtab Return Escape Space Delete Up Down Left Right F1 F2 F6 A B E H L N O R T"
SHORTCUTS = "1 2 3 R S Z Y C V A F Plus Minus 0 Return"


@dataclasses.dataclass(frozen=True, slots=True)
class Spent:
    """Of the window's thread, in seconds: by the clock, at work, ready but without a core; of the whole process and of
    all other programs: at work on any core."""

    clock: float
    work: float
    queued: float
    process: float
    others: float

    def since(self, before: "Spent") -> "Spent":
        earlier = dataclasses.astuple(before)
        return Spent(*(now - then for now, then in zip(dataclasses.astuple(self), earlier, strict=True)))


def spent() -> Spent:
    """Up to now; where the system does not count the queue, nobody ever stood in it."""
    file = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    queued = int(file.read_text().split()[1]) / 1e9 if file.exists() else 0.0
    busy, process = psutil.cpu_times(), time.process_time()
    return Spent(time.perf_counter(), time.thread_time(), queued, process, sum(busy) - busy.idle - process)


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """``stood``: in which lines of the program the window's thread was seen, with how often."""

    late_ms: float
    spent: Spent
    doing: str
    stood: tuple[tuple[str, int], ...]

    @property
    def is_work(self) -> bool:
        """The window's own work alone is as long."""
        return 1000 * self.spent.work > SLOW_MS

    @property
    def is_machines(self) -> bool:
        """With a free core for it, it would have been shorter."""
        return self.late_ms - 1000 * self.spent.queued <= SLOW_MS

    def __str__(self) -> str:
        spent, waited = self.spent, self.late_ms / 1000 - self.spent.work - self.spent.queued
        return (
            f"{self.late_ms:.0f} ms ({1000 * spent.work:.0f} work, {1000 * spent.queued:.0f} without a core, "
            f"{1000 * max(0, waited):.0f} waiting; {spent.process / spent.clock:.1f} cores had this program, "
            f"{max(0, spent.others / spent.clock):.1f} others), after {self.doing}"
        )


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
    """Attributes: ``faults``: exceptions and warnings as they came; ``slow``: what held the window up; ``memory``: at
    each rest."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window, self.random = window, random.Random(seed)
        self.faults: list[str] = []
        self.slow: list[Block] = []
        self.done: collections.Counter[str] = collections.Counter()
        self.memory: list[Memory] = []
        self._spent = spent()
        self._doing = "nothing"
        self._over: QWidget | None = None
        self._over_since = self._spent.clock
        sys.excepthook = lambda *raised: self._find("".join(traceback.format_exception(*raised)))
        qInstallMessageHandler(self._warned)
        self._watcher = Watcher()
        self._watcher.start()
        self._beat = QTimer(window, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._beats)
        self._beat.start()

    def _warned(self, kind: QtMsgType, context: object, message: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and "This plugin does not support" not in message:
            self._find(f"Qt, after {self._doing}: {message}, in {_lines(sys._getframe())}")

    def _find(self, fault: str) -> None:
        if fault not in self.faults:
            print(fault, flush=True)
        self.faults.append(fault)

    def _beats(self) -> None:
        now = spent()
        passed, stood = now.since(self._spent), self._watcher.taken()
        late = 1000 * passed.clock - BEAT_MS
        if late > SLOW_MS:
            self.slow.append(Block(late, passed, self._doing, stood))
        self._spent, self._watcher.beaten = now, now.clock
        self._leave_what_waits(now.clock)

    def _leave_what_waits(self, now: float) -> None:
        """Menus and dialogs in which Qt waits: nobody else would close them. Those of a field are of this kind."""
        over = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if over is not self._over:
            self._over, self._over_since = over, now
        elif over and now - self._over_since > PATIENCE_S and shiboken6.isValid(over):
            over.close()

    def rest(self) -> None:
        """Its own collecting holds the window up, which is none of its doing."""
        self.memory.append(at_rest(self.window))
        self._spent = spent()
        self._watcher.beaten = self._spent.clock

    # --- what it does

    def act(self) -> None:
        """One thing, to whatever window is in front."""
        front = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.window
        ways = (self.click, self.click, self.click, self.press, self.press, self.shortcut, self.wheel, self.resize)
        way = self.random.choice(ways)
        self.done[way.__name__] += 1
        way(front)
        wait(self.random.choice((0, 5, 20)))  # QTest's own would keep the interpreter's lock, and no model would train

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


def run(actions: int, seed: int, minutes: float, objects: bool) -> int:
    with tempfile.TemporaryDirectory() as folder:
        window = prepared(Path(folder))
        monkey = Monkey(window, seed)
        tame(window, monkey)
        process, started = psutil.Process(), time.monotonic()
        lived: list[collections.Counter[str]] = []
        for number in range(actions):
            if time.monotonic() - started > 60 * minutes:
                break
            if number % 100 == 0:
                faulthandler.dump_traceback_later(60)
            _again(window, number)
            monkey.act()
            if number % max(1, actions // TOLD) == 0:
                told = f"{number:,} actions, {process.memory_info().rss / 1e6:.0f} MB, {len(monkey.slow)} times held up"
                print(f"{told}, {len(monkey.faults)} faults, {time.monotonic() - started:.0f} s", flush=True)
            if objects and number % max(1, actions // 3) == 0:
                lived.append(living())
            if (number + 1) % max(1, actions // RESTS) == 0:
                monkey.rest()
        lived += [living()] if objects else []
        monkey._beat.stop()
        faulthandler.cancel_dump_traceback_later()
        _leave(window)
        tell_growth(lived)
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
    work = [block for block in monkey.slow if block.is_work]
    machines = [block for block in monkey.slow if block.is_machines and not block.is_work]
    waiting = [block for block in monkey.slow if not (block.is_machines or block.is_work)]
    print(
        f"\n{len(monkey.slow)} times held up for more than {SLOW_MS} ms: {len(work)} by as much work of the window, "
        f"{len(waiting)} by waiting for the rest of the program or the disk, {len(machines)} because no core was free"
    )
    for title, blocks in (("Work", work), ("Waiting", waiting), ("No core free", machines)):
        print(f"\n{title}, the longest")
        for block in sorted(blocks, key=lambda block: block.late_ms, reverse=True)[:12]:
            print(block, *(f"    {times} times in {where}" for where, times in block.stood), sep="\n")
    flat = is_flat(monkey.memory)
    return 0 if flat and not monkey.faults else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--objects", action="store_true", help="say which objects became more")
    options = parser.parse_args()
    print(machine() + "\n")
    return run(options.actions, options.seed, options.minutes, options.objects)


if __name__ == "__main__":
    sys.exit(main())
