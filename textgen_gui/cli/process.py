"""What must be so in this process before anything large is imported."""

import atexit
import ctypes
import gc
import importlib.util
import os
import sys
from pathlib import Path


def restart_in_utf8() -> None:
    """Where a locale is asked for that is not installed, Python would take letters for bytes: it begins again."""
    if sys.getfilesystemencoding() == "ascii" and os.environ.get("PYTHONUTF8") != "1":
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "PYTHONUTF8": "1"})


def prepare_process() -> None:
    """Offline, without surprises from streams, and so that a window stays smooth beside numerics."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing leaves the machine
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")  # both cores, and no warning about it
    if sys.platform == "win32":  # untested here: with Qt loaded first, torch's own library fails to load later
        torch = importlib.util.find_spec("torch")
        if torch and torch.origin:
            ctypes.CDLL(str(Path(torch.origin).parent / "lib" / "c10.dll"))
    atexit.register(gc.freeze)  # or Python looks at all of torch again before it ends: a second or more
    sys.setswitchinterval(0.0005)  # a busy Python thread lets the window go on ten times sooner
    if sys.stdout is None or sys.stderr is None:  # a windowed program on Windows has neither
        sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def flush_streams() -> OSError | None:
    """What was printed is out after this. A stream that refuses it takes nothing more, and what it said is returned."""
    refused: OSError | None = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as problem:
            refused = refused or problem
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return refused
