"""Trains a run on several processes, as children, and passes on what they say: the same events as in one process."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import psutil

from ..core import event_log, events
from ..core.control import Ask, hold, never
from ..core.errors import EngineError
from ..core.project import Run

REMEMBERED_LINES = 200

Child = subprocess.Popen[str]


def launched(run: Run, processes: int, stop: Ask, paused: Ask = never) -> Iterator[events.Event]:
    """Raises EngineError when the children cannot start or fail; all until the last checkpoint is kept then."""
    if getattr(sys, "frozen", False):
        raise EngineError("Several processes need Python, which this program brings none of. Use one process.")
    child = _start(run, processes)
    assert child.stdout
    said: deque[str] = deque(maxlen=REMEMBERED_LINES)  # what is no event: warnings, and why it failed
    asked = ended = False
    try:
        for line in child.stdout:
            if paused():
                with _suspended(child):
                    hold(stop, paused)
            if stop() and not asked:
                asked = True
                _ask_to_stop(child)
            event = event_log.from_json(line)
            if event:
                yield event
            else:
                said.append(line.strip())
        ended = True
    finally:
        if not (ended or asked):  # whoever listened went away; to ask twice would mean at once
            _ask_to_stop(child)
        deque(child.stdout, maxlen=0)  # they save, and could not tell so into a closed pipe
        child.stdout.close()
        child.wait()
    if child.returncode and not asked:
        own = [line for line in itertools.takewhile(lambda line: "elastic" not in line, said) if line]
        raise EngineError(own[-1] if own else "The processes ended with an error that they did not explain.")


def _start(run: Run, processes: int) -> Child:
    # Torch itself would kill a process after half a minute, and the save of a large model takes longer.
    launcher = ["torch.distributed.run", "--standalone", f"--nproc_per_node={processes}", "--shutdown-timeout=600"]
    command = [sys.executable, "-m", *launcher, "-m", "textgen_gui", "train", str(run.folder), "--json"]
    importable = os.pathsep.join(filter(None, [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH")]))
    environment = {
        **os.environ,
        "PYTHONPATH": importable,
        "PYTHONSAFEPATH": "1",  # what lies in the current folder is no part of the program
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // processes)),
    }
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",  # as each command line speaks, whatever the system does
        errors="replace",
        # Ctrl-C in a terminal is for whoever listens, who asks them: to be asked twice would mean at once.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _ask_to_stop(child: Child) -> None:
    """Asks the processes themselves: the launcher raises what it is asked in the midst of its work, and may lose it."""
    workers: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        workers = psutil.Process(child.pid).children()
    for worker in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.send_signal(signal.SIGTERM)
    if not workers:
        child.send_signal(signal.SIGTERM)


@contextlib.contextmanager
def _suspended(child: Child) -> Iterator[None]:
    """The processes take no time within the block: the system does not run them."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):  # they may end just now
        family = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield
    finally:
        for process in reversed(family):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
