"""What a process that works at a stranger's file may not do, from inside of it and for good.

On Linux the kernel holds it: no sockets and no other programs (seccomp), no change to any file outside of one folder
(Landlock, from Linux 5.13 on), limits on memory, time and output. macOS has the limits on time and output only, Windows
none of it: there Python's own sockets are closed, and whoever started the process watches its memory and its time.
"""

import ctypes
import os
import platform
import socket
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GB = 1_000_000_000
ROOM = GB // 2  # for libraries, beside what a file may take


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory``: bytes. ``cpu_s``: seconds on all cores together, to which come ``cpu_s_per_mb`` for each megabyte
    that it answers. ``silent_s``: without a word about progress. ``output``: bytes of one file that is written.
    ``answer``: bytes that come back in all.
    """

    memory: int = 4 * GB
    cpu_s: int = 600
    cpu_s_per_mb: float = 0.0
    silent_s: float = 300
    output: int = 8 * GB
    answer: int = 64 * GB

    def cpu_s_after(self, answered: int) -> float:
        """The seconds that it may have taken once it has answered so many bytes."""
        return self.cpu_s + self.cpu_s_per_mb * answered / 1e6


_confined = False


def is_confined() -> bool:
    """Whether this is such a process."""
    return _confined


def confine(writable: Sequence[Path]) -> None:
    """Gives up what is not needed, for good and as far as this system can. Files change only below ``writable``."""
    global _confined
    _confined = True
    _close_sockets()
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS, without which neither of the next is allowed
        _write_only_below(libc, writable)
        _refuse_calls(libc)


def _close_sockets() -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError("This process has no network.")

    socket.socket.connect = socket.socket.bind = refuse  # type: ignore[method-assign]
    socket.getaddrinfo = refuse


def limit(limits: Limits, answered: int = 0) -> None:
    """What the next task may take. The task can undo it, but not the watch that whoever started the process keeps."""
    if sys.platform == "win32":
        return
    import resource  # not there on Windows

    used = resource.getrusage(resource.RUSAGE_SELF)
    wanted = {
        resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime + limits.cpu_s_after(answered)) + 1,
        resource.RLIMIT_FSIZE: limits.output,
        resource.RLIMIT_NOFILE: 512,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_DATA: limits.memory + ROOM,  # what it allocates; files mapped into memory do not count
    }
    for kind, most in wanted.items():
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


# --- Linux: files, by Landlock (linux/landlock.h)

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every processor
_VERSION, _PATH_BENEATH = 1, 1
_WRITE_FILE, _TRUNCATE, _REFER = 1 << 1, 1 << 14, 1 << 13
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))  # files, folders, links, sockets, pipes, devices


def _write_only_below(libc: ctypes.CDLL, folders: Sequence[Path]) -> None:
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:  # an older kernel, or one without it
        return
    rights = _WRITE_FILE | _REMOVE_AND_MAKE | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    ruleset = libc.syscall(_CREATE_RULESET, struct.pack("=Q", rights), ctypes.c_size_t(8), 0)
    for path, allowed in [*((folder, rights) for folder in folders), (Path(os.devnull), _WRITE_FILE)]:
        opened = os.open(path, os.O_PATH)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", allowed, opened), 0)
        os.close(opened)
    libc.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


# --- Linux: calls of the system, by seccomp (linux/seccomp.h, linux/filter.h)

_IO_URING_SETUP = 425  # through which sockets could be had as well
_REFUSED = {  # socket, ptrace, execve, execveat
    "x86_64": (0xC000003E, (41, 101, 59, 322, _IO_URING_SETUP)),
    "aarch64": (0xC00000B7, (198, 117, 221, 281, _IO_URING_SETUP)),
}
_OTHER_NUMBERS = 0x40000000  # bit of the x32 calls, which are other numbers for the same
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # refuse: EPERM


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _refuse_calls(libc: ctypes.CDLL) -> None:
    known = _REFUSED.get(platform.machine())
    if known is None:
        return
    architecture, numbers = known
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    steps = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, _KILL), (load, 0, 0, 0)]
    steps.append((at_least, len(numbers) + 1, 0, _OTHER_NUMBERS))
    steps += [(equal, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    steps += [(give, 0, 0, _ALLOW), (give, 0, 0, _REFUSE)]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    program = _Program(len(steps), ctypes.cast(ctypes.create_string_buffer(code, len(code)), ctypes.c_char_p))
    libc.prctl(22, 2, ctypes.byref(program), 0, 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
