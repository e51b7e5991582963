"""Fails the N-th call that opens, reads, writes … a file of a project, for every N, and says what became of it.

python -m tests.benchmarks.faults [--every 3] [--of CHECKOUT] [--only train resume] [--details] [--kill]

The calls are failed by a small library in C (faults.c) that is preloaded, so that those of Rust and C++ count as well.
Outcomes: the same result as without a fault, a sentence, "unexpected", a wrong result, a traceback, a crash, a hang.
After each fault the same command runs once more without one, and has to give the same result as ever.

``--kill``: the call is not failed, but the process is killed at it; checking the project has to find nothing then.
"""

import argparse
import contextlib
import ctypes
import errno
import functools
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .scenarios import SCENARIOS, Scenario, check

HERE = Path(__file__).parent
CALLS = (
    "open",
    "read",
    "write",
    "short write",
    "fsync",
    "rename",
    "close",
    "truncate",
    "unlink",
    "mkdir",
)  # as faults.c
NUMBERS = {"write": errno.ENOSPC, "mkdir": errno.ENOSPC}
OUTCOMES = (
    "same",
    "sentence",
    "killed",
    "unexpected",
    "wrong",
    "traceback",
    "crash",
    "hang",
    "damage found",
    "wrong afterwards",
    "left behind",
)
KILLED_AT = ("write", "fsync", "rename", "close", "unlink", "mkdir")  # a kill at a read leaves what one before it left
HANG_S = 120


# --- one case


@dataclass(frozen=True)
class Ended:
    """``code`` is negative for a signal. ``counts``: of each call. ``struck``: the file whose call was failed."""

    code: int
    words: str
    counts: list[int]
    struck: str
    modules: list[str]


def in_child(work: Callable[[], int], armed: tuple[Path, int, int, int] | None, notes: Path) -> Ended:
    """Does it in a fork, with a fault from the first call on."""
    process = os.fork()
    if process:
        return ended(process, notes)
    signal.alarm(HANG_S)
    log = os.open(notes / "words", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    library = ctypes.CDLL(None)
    library.faults_struck.restype = ctypes.c_char_p
    if armed:
        folder, call, nth, number = armed
        library.faults_arm(os.fsencode(folder), call, ctypes.c_long(nth), number)
    code = 99
    with contextlib.suppress(BaseException):
        code = work()
        sys.stderr.flush()
    counts, struck = [library.faults_count(number) for number in range(len(CALLS))], library.faults_struck()
    library.faults_arm(b"", -1, ctypes.c_long(0), 0)
    about = {"counts": counts, "struck": struck.decode("utf-8", "replace"), "modules": sorted(sys.modules)}
    (notes / "about").write_text(json.dumps(about))
    os._exit(code)


def ended(process: int, notes: Path) -> Ended:
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    about: dict[str, Any] = {"counts": [0] * len(CALLS), "struck": "", "modules": []}
    with contextlib.suppress(OSError, ValueError):
        about = json.loads((notes / "about").read_text())
    (notes / "about").unlink(missing_ok=True)
    return Ended(code, (notes / "words").read_text("utf-8", "replace"), **about)


def outcome(done: Ended, scenario: Scenario, place: Path, expected: str) -> str:
    if done.code < 0:
        return "hang" if -done.code == signal.SIGALRM else "crash"
    if done.code == 99 or "Traceback" in done.words:
        return "traceback"
    if "unexpected" in done.words:
        return "unexpected"
    if done.code:
        return "sentence"
    with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):
        return "same" if scenario.result(place) == expected else "wrong"
    return "wrong"


def result(again: Ended, scenario: Scenario, place: Path) -> str:
    """Also of a command that refuses to do again what is done already."""
    with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):
        return scenario.result(place) if again.code in (0, 1) else ""
    return ""


class Harness:
    """``base``: a folder in memory, so that thousands of cases wait for no disk."""

    def __init__(self, base: Path, every: int, details: bool, kill: bool) -> None:
        self.place, self.notes, self.templates = base / "case", base / "notes", base / "templates"
        self.every, self.details, self.kill = every, details, kill
        self.notes.mkdir()
        self.templates.mkdir()
        os.environ["TEXTGEN_GUI_HOME"] = str(base / "case" / "home")

    def texts(self) -> None:
        self.place.mkdir()
        (self.place / "home").mkdir()
        for name, words in (("a", "The old man walked along the river. It was day"), ("b", "She opened the window at")):
            text = "".join(f"{words} {number * 37 % 101}.\n" for number in range(150))
            (self.place / f"{name}.txt").write_text(text)

    def run(self, name: str) -> Iterator[tuple[str, str]]:
        """The call and the outcome of each case."""
        scenario, template = SCENARIOS[name], self.templates / name
        shutil.rmtree(self.place, ignore_errors=True)
        self.texts()
        for step in scenario.steps:
            done = in_child(functools.partial(step, self.place), None, self.notes)
            assert done.code == 0, done.words
        self.place.rename(template)
        clean = self._case(template, scenario, None)
        assert clean.code == 0, clean.words
        expected = scenario.result(self.place)
        for module in clean.modules:  # or each fork would import them anew
            with contextlib.suppress(BaseException):
                importlib.import_module(module)
        for call, count in enumerate(clean.counts):
            if self.kill and CALLS[call] not in KILLED_AT:
                continue
            for nth in range(1, count + 1, self.every):
                for became in self._struck(name, template, expected, call, nth):
                    yield CALLS[call], became

    def _struck(self, name: str, template: Path, expected: str, call: int, nth: int) -> Iterator[str]:
        """One case: what became of it, and what is wrong after it."""
        scenario, number = SCENARIOS[name], 0 if self.kill else NUMBERS.get(CALLS[call], errno.EIO)
        done = self._case(template, scenario, (self.place, call, nth, number))
        became = outcome(done, scenario, self.place, expected)
        bad: list[tuple[str, Ended]] = []
        if self.kill:
            became = "killed" if done.code == -signal.SIGKILL else became
            found = in_child(lambda: check(self.place), None, self.notes)
            bad += [("damage found", found)] if found.code else []
        if became != "same":
            again = in_child(lambda: scenario.work(self.place), None, self.notes)
            bad += [("wrong afterwards", again)] if result(again, scenario, self.place) != expected else []
            if left := [str(path) for path in self.place.rglob(".new-*")]:
                bad.append(("left behind", replace(again, words=", ".join(left))))
        if self.details and (bad or became not in ("same", "sentence", "killed")):
            tell(name, CALLS[call], nth, became, done, [again for _, again in bad])
        yield became
        yield from (what for what, _ in bad)

    def _case(self, template: Path, scenario: Scenario, armed: tuple[Path, int, int, int] | None) -> Ended:
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(template, self.place)
        return in_child(lambda: scenario.work(self.place), armed or (self.place, -1, 0, 0), self.notes)


def tell(name: str, call: str, nth: int, became: str, done: Ended, afterwards: Sequence[Ended]) -> None:
    last = (done.words.strip().splitlines() or [""])[-1]
    print(f"  {name}: {call} {nth}, {done.struck[-70:]}: {became}: {last[:160]}", file=sys.stderr)
    log = Path(os.environ["TEXTGEN_GUI_HOME"]) / "log.txt"
    if became in ("unexpected", "traceback") and log.exists():
        print("\n".join(log.read_text("utf-8", "replace").splitlines()[-5:]), file=sys.stderr)
    for again in afterwards:
        print(f"    afterwards {again.code}: {again.words.strip()[-300:]}", file=sys.stderr)


def serve(options: argparse.Namespace) -> None:
    """The cases, in a process that has the library and the checkout's own modules."""
    sys.path.insert(0, str(options.of))
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    print(f"| every {options.every} | cases | " + " | ".join(OUTCOMES) + " |")
    print("|" + "---|" * (len(OUTCOMES) + 2))
    whole: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        harness = Harness(Path(folder), options.every, options.details, options.kill)
        for name in options.only or SCENARIOS:
            started, counted = time.monotonic(), Counter[str]()
            for _, became in harness.run(name):
                counted[became] += 1
            whole += counted
            row(f"{name}, {time.monotonic() - started:.0f} s", counted)
    row("together", whole)


def row(name: str, counted: Counter[str]) -> None:
    cases = sum(counted.values()) - sum(counted[after] for after in OUTCOMES[-3:])
    print(f"| {name} | {cases} | " + " | ".join(str(counted[one]) for one in OUTCOMES) + " |", flush=True)


def library(folder: Path) -> Path:
    """The C library, compiled for this machine."""
    compiled = folder / "faults.so"
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise SystemExit("This benchmark needs a C compiler (cc).")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", compiled, HERE / "faults.c", "-ldl"], check=True)
    return compiled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every k-th call")
    parser.add_argument("--of", type=Path, default=HERE.parents[1], help="another checkout")
    parser.add_argument("--only", nargs="*", choices=SCENARIOS)
    parser.add_argument("--kill", action="store_true", help="kill the process at the call instead of failing it")
    parser.add_argument("--details", action="store_true", help="what was said, for each that went wrong")
    options = parser.parse_args()
    if "faults.so" in os.environ.get("LD_PRELOAD", ""):
        serve(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
        environment = {**os.environ, **quiet, "LD_PRELOAD": str(library(Path(folder))), "QT_QPA_PLATFORM": "offscreen"}
        code = subprocess.run(
            [sys.executable, "-m", __spec__.name, *sys.argv[1:]], env=environment, check=False
        ).returncode
    raise SystemExit(code)


if __name__ == "__main__":
    main()
