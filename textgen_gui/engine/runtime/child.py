"""Runs functions of ours in a process of its own, for files that somebody else made.

Whatever such a file does to the libraries that read it happens there: a crash, a hang or greed for memory becomes a
sentence here. The process has no network, starts no other program and writes only below one folder (confine.py says
where that holds). What comes back is JSON or bytes, never objects: a process that was taken over could send any.
"""

import atexit
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import psutil

from ..core import bounded, errors
from ..core.control import Ask, Stopped
from ..core.errors import EngineError
from .confine import ROOM, Limits
from .task import BYTES, Json, Task

LOOK_S = 0.1  # between two looks at what the process takes
LONGEST_LOOK_S = 1.0  # that counts between two of them
TOLD_S = 0.5  # between two words about one that is silent
LARGEST_MESSAGE = 64_000_000  # bytes
MOST_AT_ONCE = 64  # messages that are taken before another process has its turn
LEAVING_S = 10.0  # which a process has to end after its last word
FLAG = "--child"  # by which the bundle, which has no Python to start, knows that it is one
HARM = "It is damaged, or made to harm."


class ChildError(EngineError):
    """The function did not come to its end: it failed, crashed, hung, or took too much."""


class Child:
    """A process that does one task after the other; ``tasks`` begins with the one under way. Who makes it ends it."""

    def __init__(self, writable: Path | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="textgen-gui-")
        self.pipe, theirs = multiprocessing.Pipe()
        with closing(theirs):
            self._process = _start(theirs, self._temporary.name)
        atexit.register(self.end)
        self._watched = psutil.Process(self._process.pid)
        with suppress(ConnectionError):  # it died at once, which the next look sees
            self.pipe.send([str(os.getpid()), self._temporary.name, *([str(writable)] if writable else [])])
        self.tasks: deque[Task] = deque()
        self._answered = 0
        self._used_s: float | None = None  # when its task began, or a look later
        self._heard = self._looked = time.monotonic()
        self._silent_s = 0.0

    def begin(self, task: Task) -> None:
        """Now, or when it is done with what it has."""
        self.tasks.append(task)
        if len(self.tasks) == 1:
            self._begun()
        with suppress(ConnectionError):
            self.pipe.send(task)

    def _begun(self) -> None:
        self._answered, self._used_s = 0, None
        self._heard = self._looked = time.monotonic()
        self._silent_s = 0.0

    def messages(self) -> Iterator[Json]:
        """What its task has answered since the last look; it is the first of ``tasks`` no more once it is done.

        Raises the EngineError that the task raises, ChildError for any other end; then the process has to be ended.
        """
        task = self.tasks[0]
        for _ in range(MOST_AT_ONCE):
            if not self.pipe.poll():
                break
            self._heard, self._silent_s = time.monotonic(), 0.0
            message = self._message(task)
            if isinstance(message, bytes):
                yield message
            elif "value" in message:
                yield message["value"]
            else:
                self.tasks.popleft()
                self._begun()
                _finish(message, task.about)
                return
        self._refuse_greed(task)

    def end(self) -> None:
        atexit.unregister(self.end)
        self._process.kill()
        self._process.wait()
        self.pipe.close()
        self._temporary.cleanup()

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def is_small(self, most: int) -> bool:
        """Whether it takes no more than so many bytes of memory."""
        with suppress(psutil.Error):
            return bool(self._watched.memory_info().rss <= most)
        return False

    def idle_s(self) -> float:
        return time.monotonic() - self._heard

    def _message(self, task: Task) -> dict[str, Json] | bytes:
        """Raises ChildError when the process is dead, or says what cannot be read."""
        try:
            said = self.pipe.recv_bytes(LARGEST_MESSAGE)
            self._answered += len(said)
            if said[:1] == BYTES:
                return said[1:]
            message = bounded.parse_json(said)
            if isinstance(message, dict):
                return message
        except (EOFError, ConnectionError):
            raise ChildError(self._why_it_died(task.about)) from None
        except (OSError, ValueError):  # it says more than it may, or no JSON
            pass
        raise ChildError(f"{task.about} could not be read: what came of it made no sense. {HARM}")

    def _why_it_died(self, about: str) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVING_S)
        code = self._process.returncode
        if code is not None and code < 0 and _is_signal(-code, "SIGXCPU"):
            return _too_slow(about)
        return f"{about} could not be read: it made the reading crash. {HARM}"

    def _refuse_greed(self, task: Task) -> None:
        """What the kernel does not limit everywhere. Raises ChildError."""
        if self._answered > task.limits.answer:
            raise ChildError(f"{task.about} could not be read: more comes out of it than can be in it. {HARM}")
        now = time.monotonic()
        if (passed_s := now - self._looked) < LOOK_S:
            return
        self._looked = now
        self._silent_s += min(passed_s, LONGEST_LOOK_S)  # longer only where this computer slept, or we did
        try:
            memory = self._watched.memory_info()
        except psutil.Error:  # it ended just now, which the pipe tells
            return
        if memory.rss - getattr(memory, "shared", 0) > task.limits.memory + ROOM:
            raise ChildError(_too_large(task.about))
        if self._used_s is None:
            self._used_s = self._cpu_s()
        used_s = self._cpu_s() - self._used_s
        if self._silent_s > task.limits.silent_s or used_s > task.limits.cpu_s_after(self._answered):
            raise ChildError(_too_slow(task.about))

    def _cpu_s(self) -> float:
        with suppress(psutil.Error):
            times = self._watched.cpu_times()
            return float(times.user + times.system)
        return 0.0


def run_in_child(
    function: str,
    *arguments: Json,
    about: str,
    stop: Ask,
    first: Json = None,
    limits: Limits | None = None,
    writable: Path | None = None,
) -> Iterator[Json]:
    """What a generator of this program yields in a process of its own; the last again and again while it is silent.

    ``function`` and ``about`` are those of a Task. ``first``: what is said until it says something itself; None says
    nothing. Raises Stopped when ``stop()``; the EngineError that the function raises; ChildError for any other end.
    When the caller stops to iterate, the process is killed.
    """
    child = Child(writable)
    try:
        child.begin(Task(function, arguments, about, limits or Limits()))
        yield from _heard(child, stop, first)
    finally:
        child.end()


def _heard(child: Child, stop: Ask, last: Json) -> Iterator[Json]:
    told = time.monotonic()
    while child.tasks:
        if stop():
            raise Stopped
        wait([child.pipe], timeout=LOOK_S)
        for message in child.messages():
            last, told = message, time.monotonic()
            yield last
        if last is not None and time.monotonic() - told > TOLD_S:
            told = time.monotonic()
            yield last


def _start(pipe: Connection, temporary: str) -> subprocess.Popen[bytes]:
    bundle = bool(getattr(sys, "frozen", False))
    # -P: or a file in the current folder that is called like a module of Python would run
    command = [sys.executable, FLAG] if bundle else [sys.executable, "-P", "-m", f"{__package__}.in_child"]
    importable = os.pathsep.join(filter(None, [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH")]))
    own = {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "TMPDIR": temporary, "TEMP": temporary, "TMP": temporary}
    environment = {**os.environ, "PYTHONPATH": importable, "OPENBLAS_NUM_THREADS": "1", **own}
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


def _too_large(about: str) -> str:
    return f"{about} could not be read: it takes more memory than it should, or than this computer has."


def _too_slow(about: str) -> str:
    return f"{about} could not be read: it takes far longer than it should. {HARM}"
