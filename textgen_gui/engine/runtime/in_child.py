"""The other end of child.py: what a process does that works at a stranger's file. It loads as little as it can."""

import importlib
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from ..core.errors import EngineError
from .confine import confine, limit
from .task import BYTES, IDLE_S, Json, Task

LOOK_S = 0.5  # between two looks at whether who started this process is still there


def serve() -> None:
    """Does the tasks that come through the pipe whose number is the last argument, and says what comes of each."""
    with closing(_pipe(int(sys.argv[-1]))) as pipe, suppress(EOFError, ConnectionError):  # nobody listens any more
        sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        starter, *folders = pipe.recv()
        confine([Path(folder) for folder in folders])
        threading.Thread(target=_leave_with, args=(os.getppid(), int(starter)), daemon=True).start()
        while pipe.poll(IDLE_S):
            _do(pipe.recv(), pipe)


def _leave_with(parent: int, starter: int) -> None:
    """In the midst of its work too, which may say nothing for minutes. Windows tells nobody that his parent is gone.

    ``parent`` is somebody else already where the ``starter`` was killed before this process could look.
    """
    while os.getppid() == parent and _is_there(starter):
        time.sleep(LOOK_S)
    os._exit(1)


def _is_there(process: int) -> bool:
    if sys.platform != "win32":  # where to ask so would end it
        try:
            os.kill(process, 0)
        except OSError as problem:
            return not isinstance(problem, ProcessLookupError)
    return True


def _pipe(number: int) -> Connection:
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        return PipeConnection(number)  # type: ignore[return-value]
    return Connection(number)


def _do(task: Task, pipe: Connection) -> None:
    limit(task.limits)
    answered = 0
    for message in _answers(task):
        pipe.send_bytes(message)
        answered += len(message)
        if task.limits.cpu_s_per_mb:
            limit(task.limits, answered)  # from here on anew: the sum is watched from outside


def _answers(task: Task) -> Iterator[bytes]:
    try:
        module, name = task.function.split(":")
        function = getattr(importlib.import_module(module), name)
        for value in function(*task.arguments):
            yield BYTES + value if isinstance(value, bytes) else _said(value=value)
        yield _said(done=True)
    except EngineError as problem:
        yield _said(sentence=str(problem), kind=type(problem).__name__)
    except BaseException as problem:  # the edge: a stranger's file makes libraries raise anything
        if isinstance(problem, GeneratorExit):
            raise
        short = isinstance(problem, MemoryError) or "allocate memory" in str(problem)
        yield _said(memory=short, failed="".join(traceback.format_exception(problem))[-4000:])


def _said(**words: Json) -> bytes:
    return json.dumps(words).encode()


if __name__ == "__main__":
    serve()
