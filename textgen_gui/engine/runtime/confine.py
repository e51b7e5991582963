"""What a process that works at a stranger's file may not do, from inside of it and for good.

On Linux the kernel holds it: no sockets, no other programs and no signals to them, no change to the rights, owners and
times of files (seccomp), no change to any file outside of one folder (Landlock, from Linux 5.13 on), limits on memory,
time and output. macOS has the limits on time and output only, Windows none of it: there Python's own sockets are
closed, and whoever started the process watches its memory and its time.
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


_PROCESSORS = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_REFUSED = {  # the number of each call on these processors; the second has no other one for what is 0
    "socket": (41, 198),
    "ptrace": (101, 117),
    "execve": (59, 221),
    "execveat": (322, 281),
    "io_uring_setup": (425, 425),  # through which sockets could be had as well
    "chmod": (90, 0),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, 0),
    "lchown": (94, 0),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, 0),
    "utimes": (235, 0),
    "futimesat": (261, 0),
    "utimensat": (280, 88),
    "truncate": (76, 45),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
}
_ABOUT_ITSELF = {"kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261)}
_OTHER_NUMBERS = 0x40000000  # bit of the x32 calls, which are other numbers for the same
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # refuse: EPERM
_LOAD, _EQUAL, _AT_LEAST, _GIVE = 0x20, 0x15, 0x35, 0x06  # of a filter's language
_Steps = list[tuple[int, int, int, int]]  # what to do, how far to jump where it is so and where not, with which number


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _refuse_calls(libc: ctypes.CDLL) -> None:
    if platform.machine() not in _PROCESSORS:
        return
    column, own = list(_PROCESSORS).index(platform.machine()), os.getpid()
    kill, tgkill, prlimit = (numbers[column] for numbers in _ABOUT_ITSELF.values())
    steps: _Steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, _PROCESSORS[platform.machine()]), (_GIVE, 0, 0, _KILL)]
    steps += [(_LOAD, 0, 0, 0), (_AT_LEAST, 0, 1, _OTHER_NUMBERS), (_GIVE, 0, 0, _REFUSE)]
    for number in filter(None, (numbers[column] for numbers in _REFUSED.values())):
        steps += _unless(number)
    steps += _unless(kill, (0, own), (1, 0))  # the signal 0 only asks whether a process is there
    steps += _unless(tgkill, (0, own))  # by which it aborts
    steps += _unless(prlimit, (0, own), (0, 0))
    steps.append((_GIVE, 0, 0, _ALLOW))
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    program = _Program(len(steps), ctypes.cast(ctypes.create_string_buffer(code, len(code)), ctypes.c_char_p))
    libc.prctl(22, 2, ctypes.byref(program), 0, 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def _unless(number: int, *allowed: tuple[int, int]) -> _Steps:
    """Refuses a call, unless one of its arguments, by their places, is a number with which it is ``allowed``."""
    steps: _Steps = [(_EQUAL, 0, 2 * len(allowed) + 2, number)]
    for left, (place, value) in zip(reversed(range(len(allowed))), allowed, strict=True):
        steps += [(_LOAD, 0, 0, 16 + 8 * place), (_EQUAL, 2 * left + 1, 0, value)]
    return [*steps, (_GIVE, 0, 0, _REFUSE), (_GIVE, 0, 0, _ALLOW)]
