"""What test_child.py runs in processes of their own: work that ends well, and all the ways in which it does not."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from textgen_gui.engine.core.errors import TextError


def count(last: int) -> Iterator[int]:
    yield from range(1, last + 1)


def write(file: str) -> Iterator[str]:
    Path(file).write_text("written", encoding="utf-8")
    yield "done"


def read(file: str) -> Iterator[str]:
    yield Path(file).read_text(encoding="utf-8")


def refuse() -> Iterator[int]:
    raise TextError("This is no text. Choose another one.")
    yield 0


def fail() -> Iterator[int]:
    raise ZeroDivisionError("a bug")
    yield 0


def crash() -> Iterator[int]:
    yield 1
    ctypes.string_at(0)


def leave() -> Iterator[int]:
    os._exit(3)
    yield 0


def abort() -> Iterator[int]:
    os.abort()
    yield 0


def harm(folder: str, other: int) -> Iterator[tuple[str, bool]]:
    """What code that came with a file could do to what is not its own, and whether it was let."""
    import resource  # not there on Windows

    path = Path(folder, "thesis.txt")
    opened, libc = os.open(path, os.O_RDONLY), ctypes.CDLL(None, use_errno=True)
    tried: dict[str, Callable[[], object]] = {
        "chmod": lambda: path.chmod(0),
        "fchmod": lambda: os.fchmod(opened, 0),
        "chown": lambda: os.chown(path, os.getuid(), os.getgid()),
        "lchown": lambda: os.lchown(path, os.getuid(), os.getgid()),
        "fchown": lambda: os.fchown(opened, os.getuid(), os.getgid()),
        "utime": lambda: os.utime(path, (0, 0)),
        "truncate": lambda: os.truncate(path, 0),
        "setxattr": lambda: os.setxattr(path, "user.a", b"b"),
        "fsetxattr": lambda: os.setxattr(opened, "user.a", b"b"),
        "kill": lambda: os.kill(other, signal.SIGKILL),
        "kill of the group": lambda: os.kill(0, signal.SIGCONT),
        "pidfd": lambda: signal.pidfd_send_signal(os.pidfd_open(other), signal.SIGKILL),
        "limit": lambda: resource.prlimit(other, resource.RLIMIT_CPU, (1, 1)),
        "shared memory": lambda: _checked(libc.shmget(0, ctypes.c_size_t(4096), 0o1600)),
    }
    for name, do in tried.items():
        try:
            do()
            yield name, True
        except PermissionError:
            yield name, False


def _checked(answer: int) -> None:
    if answer < 0:
        raise OSError(ctypes.get_errno(), "refused")


def live(folder: str, other: int) -> Iterator[str]:
    """What it needs itself: whether another process is there, a signal to its own thread, its own limits."""
    import resource  # not there on Windows

    os.kill(other, 0)
    resource.setrlimit(resource.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE))
    signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.raise_signal(signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR1)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        Path(own, "a").touch()
    yield "there"


def rest() -> Iterator[str]:
    time.sleep(0.6)
    yield "rested"


def sleep() -> Iterator[str]:
    yield "asleep"
    time.sleep(600)


def spin() -> Iterator[str]:
    yield "busy"
    while True:
        pass


def hoard() -> Iterator[int]:
    held = []
    while True:
        held.append(bytearray(50_000_000))
        yield len(held)


def connect(port: int) -> Iterator[str]:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        yield "connected"


def connect_without_python(port: int) -> Iterator[int]:
    """As code would that came with a file: past the classes of Python."""
    yield ctypes.CDLL(None).socket(2, 1, 0)


def start_program() -> Iterator[str]:
    yield subprocess.run([sys.executable, "--version"], capture_output=True, text=True, check=True).stdout


def shout() -> Iterator[str]:
    print("not for you")
    os.write(1, b"nor this\n")
    yield "heard"


def tell_too_much() -> Iterator[str]:
    yield "x" * 70_000_000


def own_number() -> Iterator[int]:
    yield os.getpid()


def give_bytes() -> Iterator[bytes]:
    yield b"\0\xff{"
    yield b""


def work_for(seconds: float) -> Iterator[str]:
    began = time.process_time()
    while time.process_time() < began + seconds:
        pass
    yield "worked"


def work_and_tell(seconds: float) -> Iterator[str]:
    for _ in range(10):
        yield from work_for(seconds / 10)
        yield "x" * 200_000


def tell_for_ever() -> Iterator[str]:
    while True:
        yield "x" * 100_000
