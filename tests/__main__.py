"""``python3 -m tests`` checks everything, on a bare machine too; ``--fast`` leaves out slow tests and the bundle.

Further arguments go to pytest, which then runs alone: ``python3 -m tests tests/engine/text/test_prepared.py -k run``.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5  # pytest's exit code when none was selected


@dataclass(frozen=True)
class Part:
    """One check: its name, its command after ``python``, and whether it needs a display."""

    name: str
    command: Sequence[str]
    display: bool = False


class Result(NamedTuple):
    name: str
    code: int
    seconds: float


def main(arguments: list[str]) -> int:
    enter_environment(arguments)
    for_pytest = [argument for argument in arguments if argument != "--fast"]
    results: list[Result] = []
    for turn in zip_longest(*map(follow, lanes("--fast" in arguments, for_pytest))):
        results += filter(None, turn)
        time.sleep(0.1)
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


def lanes(fast: bool, for_pytest: list[str]) -> list[list[Part]]:
    """What runs at once, each lane one part after the other: two, which keep two cores busy for about as long."""
    unit = Part("unit tests", ["-m", "pytest", "-m", "not slow", *for_pytest])
    slow = Part("slow tests", ["-m", "pytest", "-m", "slow", *for_pytest], display=True)
    if for_pytest:
        return [[unit] if fast else [unit, slow]]
    of_engine, of_window = ["tests/engine", "tests/cli"], ["tests/test_end_to_end.py", "tests/ui"]
    one = [
        Part("engine's tests", [*unit.command, *of_engine]),
        Part("slow tests", [*slow.command, *but(of_window)], display=True),
    ]
    other = [
        Part("ruff check", ["-m", "ruff", "check"]),
        Part("ruff format", ["-m", "ruff", "format", "--check"]),
        Part("mypy", ["-m", "mypy"]),
        Part("other tests", [*unit.command, *but(of_engine)]),
        Part("slow window", [*slow.command, *of_window], display=True),
        Part("bundle", ["packaging/build.py"]),
        Part("smoke test", ["packaging/smoke_test.py"]),
    ]
    return [one[:1], other[:4]] if fast else [one, other]


def but(paths: list[str]) -> list[str]:
    return [word for path in paths for word in ("--ignore", path)]


def follow(lane: list[Part]) -> Iterator[Result | None]:
    """None while a part runs, then what became of it. Its output is not caught, so that it can be followed."""
    for part in lane:
        print(heading(part.name), flush=True)
        started = time.monotonic()
        command = [*virtual_display(), sys.executable] if part.display else [sys.executable]
        process = subprocess.Popen([*command, *part.command], cwd=ROOT, env=environment(part), stdin=subprocess.DEVNULL)
        while process.poll() is None:
            yield None
        yield Result(part.name, process.returncode, time.monotonic() - started)


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
