"""Freed memory stays with the program, until it is given back."""

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, torch
from textgen_gui.engine.runtime import heap

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(3):
        held = [torch.empty(2**21).fill_(1) for _ in range(8)]  # 64 MB, as between the two ways of a step
        del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
usual = faults()
heap.keep()
faults()
kept = faults()
heap.give_back()
print(usual, kept, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back so eagerly")
def test_kept_memory_is_not_asked_for_again() -> None:
    # glibc adapts itself to what a program does, one day so and one day otherwise; with these it always gives back.
    eager = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=eager)
    usual, kept, given_back = map(int, done.stdout.split())
    assert usual > 1000 and kept < 100 and given_back > 1000
