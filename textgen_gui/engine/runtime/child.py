"""Runs a function of ours in a process of its own, for files that somebody else made.

Whatever such a file does to the libraries that read it happens there: a crash, a hang or greed for memory becomes a
sentence here. The process has no network, starts no other program and writes only below one folder (confine.py says
where that holds). What comes back is JSON, never objects, because a process that was taken over could send any.
"""

import importlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import psutil

from ..core import errors
from ..core.control import Ask, Stopped
from ..core.errors import EngineError
from .confine import ROOM, Limits, confine

LOOK_S = 0.1  # between two looks at what the process takes
TOLD_S = 0.5  # between two words about one that is silent
LARGEST_MESSAGE = 64_000_000  # bytes
LEAVING_S = 10.0  # which a process has to end after its last word
FLAG = "--child"  # by which the bundle, which has no Python to start, knows that it is one

Json = Any  # numbers, texts, lists and dicts; those who ask check what they got


class ChildError(EngineError):
    """The function did not come to its end: it failed, crashed, hung, or took too much."""


def run_in_child(
    function: str,
    *arguments: Json,
    about: str,
    stop: Ask,
    first: Json = None,
    limits: Limits | None = None,
    writable: Path | None = None,
) -> Iterator[Json]:
    """What a generator of this program yields in the other process; the last again and again while it is silent.

    ``function``: "package.module:name", so that what it imports is loaded there only. ``about``: what it works at, for
    sentences. ``first``: what is said until it says something itself; None says nothing. Raises Stopped when
    ``stop()``; the EngineError that the function raises; ChildError for any other end. When the caller stops to
    iterate, the process is killed.
    """
    limits = limits or Limits()
    ours, theirs = multiprocessing.Pipe()
    with closing(ours), tempfile.TemporaryDirectory(prefix="textgen-gui-") as temporary:
        child = _start(theirs, temporary)
        theirs.close()
        try:
            task = {"function": function, "arguments": arguments}
            confined = {"limits": asdict(limits), "writable": [temporary, *([str(writable)] if writable else [])]}
            with suppress(BrokenPipeError):  # it died at once, which the next look sees
                ours.send_bytes(json.dumps({**task, **confined}).encode())
            yield from _heard(ours, child, about, stop, limits, first)
        finally:
            child.kill()
            child.wait()


def _start(pipe: Connection, temporary: str) -> subprocess.Popen[bytes]:
    bundle = bool(getattr(sys, "frozen", False))
    # -P: or a file in the current folder that is called like a module of Python would run
    command = [sys.executable, FLAG] if bundle else [sys.executable, "-P", "-m", __name__]
    importable = os.pathsep.join(filter(None, [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH")]))
    own = {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "TMPDIR": temporary, "TEMP": temporary, "TMP": temporary}
    environment = {**os.environ, "PYTHONPATH": importable, **own}
    number = pipe.fileno()
    inherited: dict[str, Any] = {"pass_fds": (number,)}
    if sys.platform == "win32":  # untested here
        os.set_handle_inheritable(number, True)
        inherited = {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [number]})}
    return subprocess.Popen(
        [*command, str(number)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in a terminal is for us: we ask, and then kill it
        **inherited,
    )


def _heard(
    pipe: Connection, child: subprocess.Popen[bytes], about: str, stop: Ask, limits: Limits, last: Json
) -> Iterator[Json]:
    heard = told = time.monotonic()
    watched = psutil.Process(child.pid)
    while True:
        if stop():
            raise Stopped
        if wait([pipe], timeout=LOOK_S):
            message = _message(pipe, child, about)
            heard = time.monotonic()
            if "value" not in message:
                _finish(message, about)
                return
            last, told = message["value"], heard
            yield last
        elif last is not None and time.monotonic() - told > TOLD_S:
            told = time.monotonic()
            yield last
        _refuse_greed(watched, about, limits, time.monotonic() - heard)


def _message(pipe: Connection, child: subprocess.Popen[bytes], about: str) -> dict[str, Json]:
    """Raises ChildError when the process is dead, or says what cannot be read."""
    try:
        message = json.loads(pipe.recv_bytes(LARGEST_MESSAGE))
        if isinstance(message, dict):
            return message
    except (EOFError, ConnectionError):
        with suppress(subprocess.TimeoutExpired):
            child.wait(LEAVING_S)
        code = child.returncode
        if code is not None and code < 0 and _is_signal(-code, "SIGXCPU"):
            raise ChildError(_too_slow(about)) from None
        raise ChildError(
            f"{about} could not be read: it made the reading crash. It is damaged, or made to harm."
        ) from None
    except (OSError, ValueError, RecursionError):  # it says more than it may, or no JSON
        pass
    raise ChildError(f"{about} could not be read: what came of it made no sense. It is damaged, or made to harm.")


def _is_signal(number: int, name: str) -> bool:
    import signal

    return number == getattr(signal, name, None)


def _finish(message: dict[str, Json], about: str) -> None:
    """Raises what the function raised."""
    if "sentence" in message:
        kind = getattr(errors, str(message.get("kind")), EngineError)
        raise (kind if isinstance(kind, type) and issubclass(kind, EngineError) else EngineError)(message["sentence"])
    if message.get("memory"):
        raise ChildError(_too_large(about))
    if "failed" in message:
        problem = ChildError(f"{about} could not be read. It is damaged, or of a kind that this program does not know.")
        problem.add_note(str(message["failed"]))
        raise problem


def _refuse_greed(watched: psutil.Process, about: str, limits: Limits, silent_s: float) -> None:
    """What the kernel does not limit everywhere. Raises ChildError."""
    try:
        memory, times = watched.memory_info(), watched.cpu_times()
    except psutil.Error:  # it ended just now, which the pipe tells
        return
    if memory.rss - getattr(memory, "shared", 0) > limits.memory + ROOM:
        raise ChildError(_too_large(about))
    if silent_s > limits.silent_s or times.user + times.system > limits.cpu_s:
        raise ChildError(_too_slow(about))


def _too_large(about: str) -> str:
    return f"{about} could not be read: it takes more memory than it should, or than this computer has."


def _too_slow(about: str) -> str:
    return f"{about} could not be read: it takes far longer than it should. It is damaged, or made to harm."


# --- in the child


def serve() -> None:
    """Does the task that comes through the pipe whose number is the last argument, and says what comes of it."""
    with closing(_pipe(int(sys.argv[-1]))) as pipe:
        sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        task = json.loads(pipe.recv_bytes())
        confine(Limits(**task["limits"]), [Path(folder) for folder in task["writable"]])
        with suppress(BrokenPipeError):  # nobody listens any more
            for message in _done(task):
                pipe.send_bytes(json.dumps(message).encode())


def _pipe(number: int) -> Connection:
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        return PipeConnection(number)  # type: ignore[return-value]
    return Connection(number)


def _done(task: dict[str, Json]) -> Iterator[dict[str, Json]]:
    try:
        module, name = task["function"].split(":")
        function = getattr(importlib.import_module(module), name)
        for value in function(*task["arguments"]):
            yield {"value": value}
        yield {"done": True}
    except EngineError as problem:
        yield {"sentence": str(problem), "kind": type(problem).__name__}
    except BaseException as problem:  # the edge: a stranger's file makes libraries raise anything
        if isinstance(problem, GeneratorExit):
            raise
        short = isinstance(problem, MemoryError) or "allocate memory" in str(problem)
        yield {"memory": short, "failed": "".join(traceback.format_exception(problem))[-4000:]}


if __name__ == "__main__":
    serve()
