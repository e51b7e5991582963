"""Freed memory stays with the program while it trains: asking Linux for it in each step took a fifth of the time."""

import ctypes
import functools
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # numbers of mallopt(3)


def keep() -> None:
    """From now on. Only glibc gives memory back so eagerly; elsewhere nothing happens."""
    libc = _glibc()
    if libc:
        libc.mallopt(MMAP_THRESHOLD, 2**30) or libc.mallopt(MMAP_THRESHOLD, 2**25)  # the most that older ones take
        libc.mallopt(TRIM_THRESHOLD, 2**31 - 1)


def give_back() -> None:
    """What is free now goes back to the system."""
    libc = _glibc()
    if libc:
        libc.malloc_trim(0)


@functools.cache  # each opening of the library makes classes of its own, which only a full round of gc takes away
def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if libc and hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
