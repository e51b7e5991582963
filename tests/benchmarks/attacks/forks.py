"""A process that has imported everything, and does each command in a fork of itself: torch is loaded once for all.

It reads a command as a line of JSON, and answers with one: how it ended. The words go to a file.
"""

import atexit
import contextlib
import importlib
import json
import os
import resource
import runpy
import signal
import sys
import time
import traceback
from pathlib import Path

import psutil

MOST_DATA = 6_000_000_000  # that a child may take, to spare the machine
LOOK_S = 0.02
MOST_STARVED_S = 600.0


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def do(program: list[str], words: str, modules: str) -> None:
    """In the fork. ``program``: a script with its arguments, or those of a verb."""
    os.setsid()
    limit()
    os.dup2(os.open(words, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
    os.dup2(1, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = 1
    try:
        code = call(program)
        atexit._run_exitfuncs()
    except BaseException:  # noqa: BLE001 (it is what is looked for)
        traceback.print_exc()
    with contextlib.suppress(BaseException):
        sys.stdout.flush()
        sys.stderr.flush()
        Path(modules).write_text(json.dumps(sorted(sys.modules)))
    os._exit(code)


def call(program: list[str]) -> int:
    try:
        if program[0].endswith(".py"):
            sys.argv = program
            runpy.run_path(program[0], run_name="__main__")
            return 0
        from textgen_gui.cli import main

        return int(main(program))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def starved_s(process: int) -> float:
    """How long the threads of it and of what it has started have waited for a processor, where the system says it."""
    waited = 0.0
    with contextlib.suppress(OSError, psutil.Error):
        for one in (process, *(child.pid for child in psutil.Process(process).children(recursive=True))):
            for thread in Path(f"/proc/{one}/task").glob("*/schedstat"):
                waited += int(thread.read_text().split()[1]) / 1e9
    return min(waited, MOST_STARVED_S)


def watch(process: int, patience_s: float) -> dict[str, object]:
    end, hung = time.monotonic() + patience_s, False
    while not (ended := os.wait4(process, os.WNOHANG))[0]:
        time.sleep(LOOK_S)
        if not hung and time.monotonic() > end and time.monotonic() > end + starved_s(process):
            hung = True
            with contextlib.suppress(OSError):
                os.killpg(process, signal.SIGKILL)
    used = ended[2]
    code = None if hung else os.waitstatus_to_exitcode(ended[1])
    return {"code": code, "largest": used.ru_maxrss * 1024, "used_s": used.ru_utime + used.ru_stime}


def serve(words: str, modules: str) -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        process = os.fork()
        if not process:
            do(asked["program"], words, modules)
        print(json.dumps(watch(process, asked["patience_s"])), flush=True)
        with contextlib.suppress(OSError, ValueError):
            learn(json.loads(Path(modules).read_text()))


def learn(modules: list[str]) -> None:
    """What a fork had to import, the next ones have already."""
    for name in modules:
        if name not in sys.modules and name != "__mp_main__":
            with contextlib.suppress(BaseException):
                importlib.import_module(name)


if __name__ == "__main__":
    serve(*sys.argv[1:])
