"""``python3 -m tests`` checks everything, on a bare machine too; ``--fast`` leaves out slow tests and the bundle.

Further arguments go to pytest, which then runs alone: ``python3 -m tests tests/engine/text/test_prepared.py -k run``.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5  # pytest's exit code when none was selected


@dataclass(frozen=True)
class Part:
    """One check: its name, its command after ``python``, whether it needs a display, and beside which other it runs."""

    name: str
    command: Sequence[str]
    display: bool = False
    beside: str = ""


def main(arguments: list[str]) -> int:
    enter_environment(arguments)
    for_pytest = [argument for argument in arguments if argument != "--fast"]
    todo = parts("--fast" in arguments, for_pytest)
    begun: dict[str, subprocess.Popen[bytes]] = {}
    results = []
    for part in todo:
        begun |= {other.name: begin(other) for other in todo if other.beside == part.name}
        results.append((part.name, *run(part, begun.get(part.name))))
    print(heading("summary"))
    for name, code, seconds in results:
        print(f"{name:<16}{result(code):<12}{seconds:7.1f} s")
    codes = {code for _, code, _ in results}
    allowed = {0, NO_TESTS} if for_pytest else {0}  # a choice of tests may have no slow ones, or only such
    return 0 if codes <= allowed and 0 in codes else 1


def enter_environment(arguments: list[str]) -> None:
    # By path: the folder packaging/ on sys.path would hide the PyPI package of that name from others.
    spec = spec_from_file_location("set_up", ROOT / "packaging" / "set_up.py")
    assert spec is not None and spec.loader is not None
    set_up = module_from_spec(spec)
    spec.loader.exec_module(set_up)
    os.chdir(ROOT)
    set_up.enter(["-m", "tests", *arguments], dev=True)


def parts(fast: bool, for_pytest: list[str]) -> list[Part]:
    style = [
        Part("ruff check", ["-m", "ruff", "check"]),
        Part("ruff format", ["-m", "ruff", "format", "--check"]),
        Part("mypy", ["-m", "mypy"]),
    ]
    unit = Part("unit tests", ["-m", "pytest", "-m", "not slow", *for_pytest])
    # The engine's tests and the others at once: each half keeps one core busy for about as long.
    engine = Part("engine's tests", ["-m", "pytest", "-m", "not slow", "tests/engine", "tests/cli"])
    left_out = ["--ignore", "tests/engine", "--ignore", "tests/cli"]
    others = Part("other tests", ["-m", "pytest", "-m", "not slow", *left_out], beside=engine.name)
    slow = Part("slow tests", ["-m", "pytest", "-m", "slow", *for_pytest], display=True)
    if for_pytest:
        return [unit] if fast else [unit, slow]
    halves = [*style, engine, others]
    return halves if fast else [*halves, *slow_parts()]


def slow_parts() -> list[Part]:
    """Those of a window, which mostly wait, and the bundle beside the others."""
    of_window = ["tests/test_end_to_end.py", "tests/ui"]
    left_out = [word for path in of_window for word in ("--ignore", path)]
    slow = Part("slow tests", ["-m", "pytest", "-m", "slow", *left_out], display=True)
    return [
        slow,
        Part("slow window", ["-m", "pytest", "-m", "slow", *of_window], display=True, beside=slow.name),
        Part("bundle", ["packaging/build.py"], beside=slow.name),
        Part("smoke test", ["packaging/smoke_test.py"]),
    ]


def begin(part: Part) -> "subprocess.Popen[bytes]":
    """Its output is not caught, so that it can be followed."""
    command = [*virtual_display(), sys.executable, *part.command] if part.display else [sys.executable, *part.command]
    return subprocess.Popen(command, cwd=ROOT, env=environment(part), stdin=subprocess.DEVNULL)


def run(part: Part, begun: "subprocess.Popen[bytes] | None") -> tuple[int, float]:
    """Exit code and the seconds that were waited for it."""
    print(heading(part.name), flush=True)
    started = time.monotonic()
    code = (begun or begin(part)).wait()
    return code, time.monotonic() - started


def environment(part: Part) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
    return kept if part.display else {**kept, "QT_QPA_PLATFORM": "offscreen"}


def virtual_display() -> list[str]:
    found = sys.platform == "linux" and shutil.which("xvfb-run") is not None
    return ["xvfb-run", "-a", "-s", "-screen 0 1440x900x24"] if found else []


def result(code: int) -> str:
    return {0: "passed", NO_TESTS: "no tests"}.get(code, "FAILED")


def heading(name: str) -> str:
    return f"\n===== {name} ====="


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
