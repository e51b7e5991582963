"""Freed memory stays with the program, until it is given back."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, torch
from textgen_gui.engine import heap

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.empty(2**21).fill_(1)  # 8 MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

first = faults()
heap.keep()
faults()
kept = faults()
heap.give_back()
print(first, kept, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back so eagerly")
def test_kept_memory_is_not_asked_for_again() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    first, kept, given_back = map(int, done.stdout.split())
    assert kept < 100 and first > 1000 and given_back > 1000
