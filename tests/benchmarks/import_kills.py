"""Imports that are killed at random moments: is anything half-written, and does the same import work afterwards?

python -m tests.benchmarks.import_kills [--kills 8] [--only FORM ...]

A tiny model in each form that is converted. After each kill the library is looked through as the page Models does it:
what is there has to be whole, byte for byte as from an import that was left alone, and nothing may be named damaged.
Then the same import runs once more.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import psutil
import torch
from peft import LoraConfig, get_peft_model

from ..engine.exchange.test_imports import llama, write_gguf
from ..engine.layouts import TOKENIZERS, folder_of
from ..engine.runs import ENVIRONMENT, ROOT
from .common import machine

LONGEST_S = 300
LOOK = """
import sys
from textgen_gui.engine.core import library
known = library.find_model("mine")
print("damaged" if list(library.damaged()) or library.unfinished() else "whole" if known else "absent")
"""


def adapter(folder: Path) -> Path:
    base, _ = folder_of(folder / "base", "model.safetensors", TOKENIZERS[0])
    torch.manual_seed(3)
    shape = LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True, init_lora_weights=False)
    base.name_or_path = str(folder / "base")  # which peft writes down
    get_peft_model(base, shape).save_pretrained(str(folder / "adapter"))
    return folder / "adapter"


def gguf(folder: Path) -> Path:
    folder.mkdir()
    write_gguf(llama(), folder / "tiny.gguf")
    return folder / "tiny.gguf"


def aitextgen(folder: Path, weights: str, tokenizer: str) -> Path:
    folder_of(folder / "trained_model", weights, tokenizer)
    return folder / "trained_model"


FORMS: dict[str, Callable[[Path], Path]] = {
    "GGUF": gguf,
    "pickle": lambda folder: aitextgen(folder, "pytorch_model.bin", TOKENIZERS[2]),
    "PEFT": adapter,
    "aitextgen": lambda folder: aitextgen(folder, "pytorch_model.bin", TOKENIZERS[0]),
}


class Library:
    """A home of its own, and what an import left in it."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "models"
        self._environment = {**ENVIRONMENT, "TEXTGEN_GUI_HOME": str(home), "HF_HUB_OFFLINE": "1"}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command, pipe = [sys.executable, *arguments], subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=pipe, stderr=pipe, text=True)

    def importing(self, source: Path) -> "subprocess.Popen[str]":
        return self.start("-m", "textgen_gui", "import", str(source), "--name", "mine")

    def state(self) -> str:
        return self.start("-c", LOOK).communicate()[0].strip()

    def digest(self) -> str:
        files = sorted(path for path in (self.folder / "mine").rglob("*") if path.is_file())
        return repr([(file.name, sha256(file.read_bytes()).hexdigest()) for file in files])

    def left_behind(self) -> list[str]:
        return [path.name for path in self.folder.glob("*") if path.name != "mine" and path.suffix != ".lock"]


def kill(child: "subprocess.Popen[str]") -> int:
    """Returns how many processes of it went on without it."""
    others = psutil.Process(child.pid).children(recursive=True)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    _, alive = psutil.wait_procs(others, timeout=10)
    return len(alive)


def one(source: Path, home: Path, seconds: float, expected: str) -> str:
    """Kills an import after so many seconds. Returns what was wrong; "" for nothing."""
    place = Library(home)
    child, begun = place.importing(source), time.monotonic()
    while time.monotonic() - begun < seconds and child.poll() is None:
        time.sleep(0.01)
    if child.poll() is None and kill(child):
        return "a process went on"
    if (state := place.state()) not in ("whole", "absent"):
        return state
    if state == "absent":
        again = place.importing(source)
        words = again.communicate(timeout=LONGEST_S)[1]
        if again.returncode:
            return f"refused: {words[-300:]}"
    if place.digest() != expected:
        return "another result"
    return f"left behind: {left}" if (left := place.left_behind()) and state == "absent" else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--only", nargs="*", choices=FORMS, default=list(FORMS))
    options = parser.parse_args()
    print(machine() + "\n\n| form | kills | after seconds, of | wrong |\n|---|---|---|---|")
    moments = random.Random(17)
    with tempfile.TemporaryDirectory() as name:
        for form in options.only:
            folder = Path(name, form)
            source, alone = FORMS[form](folder), Library(Path(name, f"{form} alone"))
            begun = time.monotonic()
            said = alone.importing(source).communicate(timeout=LONGEST_S)
            lasted, expected = time.monotonic() - begun, alone.digest()
            assert alone.state() == "whole", said
            at = sorted(moments.uniform(0.1, 1.0) * lasted for _ in range(options.kills))
            wrong = [one(source, Path(name, f"{form} {n}"), seconds, expected) for n, seconds in enumerate(at)]
            times = ", ".join(f"{seconds:.1f}" for seconds in at)
            told = "; ".join(filter(None, wrong)) or "0"
            print(f"| {form} | {len(at)} | {times}, of {lasted:.1f} | {told} |", flush=True)


if __name__ == "__main__":
    main()
