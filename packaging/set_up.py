"""Makes the program's own environment, the folder .venv of the checkout, and repairs it when it is not as it should be.

Standard library only, because it runs before anything is installed. Everything it says goes to stderr: stdout belongs
to the program that starts afterwards. ``python3 packaging/set_up.py dev`` adds what the tests and the bundle need.
"""

from __future__ import annotations  # with it an old Python gets as far as the sentence that asks for a newer one

import ctypes
import hashlib
import importlib.util
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
STAMP = ENVIRONMENT / "complete.txt"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"

OLDEST, NEWEST = (3, 11), (3, 14)  # outside of these the pinned versions have no wheels
TORCH = "torch==2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CPU_MB, DEV_MB = 330, 30  # downloads, measured on Linux x86-64
CUDA_MB = 3000  # an estimate
SILENT_S = 20.0  # without a word, when work takes long
FREE_MB = {"cpu": 2200, "cuda": 9000}

# What Qt loads from the system, and the Debian package that has it. libglib2.0-0 is libglib2.0-0t64 since Ubuntu 24.04
# and Debian 13; there apt-get takes the old name for the new package.
LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
}
DEV_PROGRAMS = {"xvfb-run": "xvfb", "xauth": "xauth", "objdump": "binutils"}

CAUSES = {
    "No space left on device": "The disk is full. Make room and start again.",
    "Failed to establish a new connection": "Packages cannot be downloaded: connect to the internet and start again.",
    "Temporary failure resolving": "Packages cannot be downloaded: connect to the internet and start again.",
}


class SetUpError(Exception):
    """What happened and what to do, in words for the user."""


def enter(arguments: Sequence[str], dev: bool = False) -> None:
    """Goes on as the environment's Python with these arguments; returns only if this is that Python already."""
    if not _is_inside():
        ensure(dev)
        _become([str(PYTHON), *arguments])
    elif dev and not _has_dev():
        ensure(dev)


def ensure(dev: bool = False) -> None:
    """Makes or repairs the environment where needed; ends the process with a sentence when that fails."""
    try:
        _ensure(dev)
    except SetUpError as problem:
        sys.exit(f"\n{problem}")
    except OSError as problem:
        sys.exit(f"\nThe set-up could not go on: {problem}. Put that right and start again.")
    except KeyboardInterrupt:
        _say("\nThe set-up was stopped. The next start begins it again.")
        sys.exit(130)


def _ensure(dev: bool) -> None:
    _check_python()
    if _is_ready(dev):
        return
    with _only_one():
        if not _is_ready(dev):
            _make(dev or _has_dev())


def _is_inside() -> bool:
    return Path(sys.prefix).resolve() == ENVIRONMENT.resolve()


def _become(command: list[str]) -> None:
    os.environ.pop("PYTHONHOME", None)  # it would hide the environment, and this would begin again for ever
    if sys.platform != "win32":
        os.execv(command[0], command)
    # Untested. Windows has no exec; the child handles Ctrl-C, this one only waits for its exit code.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(command))


def _check_python() -> None:
    this = sys.version_info[:2]
    if not OLDEST <= this <= NEWEST:
        needed = "TextGen GUI needs Python {}.{} to {}.{}; this is Python {}.{}.".format(*OLDEST, *NEWEST, *this)
        raise SetUpError(f"{needed} Install one of these and start with it, for example: python3.11 main.py")


def _is_ready(dev: bool) -> bool:
    whole = STAMP.exists() and PYTHON.exists() and (ENVIRONMENT / "pyvenv.cfg").exists()
    return whole and _stamp()[0] == _fingerprint() and (_has_dev() or not dev)


def _has_dev() -> bool:
    return "dev" in _stamp()


def _stamp() -> list[str]:
    return STAMP.read_text(encoding="utf-8").split() if STAMP.exists() else []


def _fingerprint() -> str:
    """Another one when other packages are wanted, other versions of them, or the system's Python has moved on."""
    wanted = [_wanted(dev=True), PYTHON.resolve().name]
    return hashlib.sha256(repr(wanted).encode() + CONSTRAINTS.read_bytes()).hexdigest()


def _wanted(dev: bool) -> list[str]:
    import tomllib

    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *(project["optional-dependencies"]["dev"] if dev else [])]


@contextmanager
def _only_one() -> Iterator[None]:
    """Two first starts at once would work on the same folder: the second one waits here."""
    try:
        lock = (ROOT / ".venv.lock").open("a", encoding="utf-8")
    except OSError as problem:
        advice = "Copy the program into a folder of your own and start it there."
        raise SetUpError(f"The folder {ROOT} cannot be written to ({problem.strerror}). {advice}") from problem
    with lock:
        _lock(lock)
        yield


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":  # untested
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        return
    import fcntl

    # pip inherits it. So where a set-up was killed and its pip works on alone, the next start waits for that one too.
    os.set_inheritable(file.fileno(), True)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("Another start is setting up TextGen GUI. Waiting for it.")
        fcntl.flock(file, fcntl.LOCK_EX)


def _make(dev: bool) -> None:
    cuda = _wants_cuda()
    _check_disk(FREE_MB["cuda" if cuda else "cpu"])
    _add_system_packages(dev)
    megabytes = (CUDA_MB if cuda else CPU_MB) + (DEV_MB if dev else 0)
    _say(f"Setting up TextGen GUI in {ENVIRONMENT}. This happens once and downloads about {megabytes} MB.")
    _make_folder()
    _install_torch(cuda)
    _say("Installing the other packages.")
    _pip(_wanted(dev))
    _write_command()
    if sys.platform != "win32":
        os.sync()  # the stamp must not survive a power cut that the packages did not
    STAMP.write_text("\n".join([_fingerprint(), *(["dev"] if dev else []), ""]), encoding="utf-8")
    _say("The set-up is complete.")


def _write_command() -> None:
    """``textgen-gui`` in the environment: this checkout's main.py from any folder."""
    if sys.platform == "win32":  # untested
        PYTHON.with_name("textgen-gui.cmd").write_text(f'@"{PYTHON}" "{ROOT / "main.py"}" %*\n', encoding="utf-8")
        return
    command = PYTHON.with_name("textgen-gui")
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(str(PYTHON))} {shlex.quote(str(ROOT / "main.py"))} "$@"\n')
    command.chmod(0o755)


def _check_disk(needed_mb: int) -> None:
    free_mb = shutil.disk_usage(ROOT).free // 2**20
    if free_mb < needed_mb:
        raise SetUpError(f"The set-up needs {needed_mb} MB on the disk of {ROOT}; {free_mb} MB are free. Make room.")


def _make_folder() -> None:
    """An environment that was complete once is changed in place; any other one may be half of one and is made anew."""
    once_complete = STAMP.exists() and PYTHON.exists()
    STAMP.unlink(missing_ok=True)
    if not once_complete:
        clear = [] if _is_inside() else ["--clear"]
        _run([sys.executable, "-P", "-m", "venv", *clear, str(ENVIRONMENT)], "Python could not make the environment.")


def _wants_cuda() -> bool:
    chosen = os.environ.get("TEXTGEN_GUI_TORCH", "")
    if chosen not in ("", "cpu", "cuda"):
        raise SetUpError(f"TEXTGEN_GUI_TORCH is {chosen}. Set it to cpu or cuda, or leave it out.")
    found = Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None
    return sys.platform == "linux" and (chosen == "cuda" or (found and not chosen))


def _install_torch(cuda: bool) -> None:
    """On Linux the plain name brings gigabytes for NVIDIA cards, so there the build for processors is asked for."""
    if sys.platform != "linux" or cuda:
        _say("Installing PyTorch" + (" for NVIDIA graphics cards." if cuda else "."))
        _pip(["--no-deps", TORCH])
        return
    _say("Installing PyTorch for processors.")
    try:
        _pip(["--no-deps", f"{TORCH}+cpu"])
    except SetUpError:
        _say("It is not among the usual sources. Trying the PyTorch project's own.")
        _install_torch_from_its_project()


def _install_torch_from_its_project() -> None:
    try:
        _pip(["--no-deps", "--extra-index-url", TORCH_CPU_INDEX, f"{TORCH}+cpu"])
    except SetUpError as problem:
        again = f"PyTorch for processors comes from {TORCH_CPU_INDEX}: try again when that can be reached."
        instead = f"Or set TEXTGEN_GUI_TORCH=cuda for the NVIDIA build: it runs without a card too, has {CUDA_MB} MB."
        raise SetUpError(f"{problem}\n{again} {instead}") from problem


def _pip(arguments: Sequence[str]) -> None:
    options = ["--no-input", "--disable-pip-version-check", "--only-binary", ":all:", "--constraint", str(CONSTRAINTS)]
    _run([str(PYTHON), "-P", "-m", "pip", "install", *options, *arguments], "pip could not install the packages.")


def _add_system_packages(dev: bool) -> None:
    if sys.platform != "linux":
        return
    missing = _missing_packages(dev)
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        _say(f"If no window opens, install what Debian calls {' '.join(missing)}.")
    elif os.geteuid() != 0:
        line = f"sudo {' '.join(install)}"
        raise SetUpError(f"Some system libraries are missing. Install them with this line, then start again:\n{line}")
    else:
        _say(f"Installing system libraries: {' '.join(missing)}.")
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        for command in (["apt-get", "update"], [*install, "-o", "DPkg::Lock::Timeout=300"]):
            _run(command, "apt-get could not install the system libraries.")


def _missing_packages(dev: bool) -> list[str]:
    missing = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if dev:
        missing += [package for program, package in DEV_PROGRAMS.items() if shutil.which(program) is None]
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        missing.append(f"python3.{sys.version_info[1]}-venv")
    return missing


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _run(command: Sequence[str], problem: str) -> None:
    """Runs it, says what it downloads, and on failure raises SetUpError with its last lines and the cause if known."""
    lines: list[str] = []
    with (
        _telling_time(),
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            close_fds=False,  # see _lock
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            _say_download(line.split())
    if process.returncode != 0:
        known = [(line, cause) for line in lines for mark, cause in CAUSES.items() if mark in line][-1:]
        shown = [line for line, _ in known] or lines[-8:]  # with a known cause pip's own advice misleads
        raise SetUpError("\n".join([*shown, "", " ".join([problem, *(cause for _, cause in known)])]))


@contextmanager
def _telling_time() -> Iterator[None]:
    """Says now and then that work goes on: nobody waits in the dark."""
    began, done = time.monotonic(), threading.Event()

    def tell() -> None:
        while not done.wait(SILENT_S):
            _say(f"  still working, {(time.monotonic() - began) / 60:.1f} minutes so far")

    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    try:
        yield
    finally:
        done.set()
        telling.join()


def _say_download(words: list[str]) -> None:
    """From pip's "Downloading torch-2.13.0-cp311.whl (191.8 MB)", with or without an address before the name."""
    if words[:3] == ["Installing", "collected", "packages:"]:
        _say("  unpacking what was downloaded, which may take a minute or two")
    if words[:1] == ["Downloading"] and words[-1] == "MB)":
        _say(f"  {words[1].rpartition('/')[2].partition('-')[0]}, {words[-2].strip('(')} MB")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    ensure(dev="dev" in sys.argv[1:])
