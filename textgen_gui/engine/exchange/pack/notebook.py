"""A notebook for Colab. It trains on Colab's own disk, and puts each checkpoint into Drive as soon as it is whole."""

import json

ABOUT = """# Training “{run}”

Run all cells. When Colab disconnects, run all of them again: it goes on from the last checkpoint in Drive.
Stop it with the square beside the last cell; it saves first.
"""
COPY_HERE = """\
import os, shutil, signal, subprocess, sys
from pathlib import Path

NAME, RUN = {folder!r}, {run!r}
DRIVE = Path(os.environ.get("TEXTGEN_GUI_DRIVE", "/content/drive/MyDrive"))
if "TEXTGEN_GUI_DRIVE" not in os.environ:
    from google.colab import drive
    drive.mount("/content/drive")
THERE, HERE = DRIVE / NAME, Path(os.environ.get("TEXTGEN_GUI_HERE", "/content")) / NAME
if not (THERE / "pack.toml").exists():
    raise SystemExit(f"There is no {{THERE}}. Put the folder {{NAME}} into My Drive first.")
shutil.rmtree(HERE, ignore_errors=True)
shutil.copytree(THERE, HERE, ignore=shutil.ignore_patterns(".coming-*"))
"""
INSTALL = """\
install = [sys.executable, "-m", "pip", "install", "-q"]
subprocess.run([*install, "-r", str(HERE / "requirements.txt")], check=True)
subprocess.run([*install, "--no-deps", *map(str, HERE.glob("*.whl"))], check=True)
"""
TRAIN = '''\
run, kept = HERE / "project" / "runs" / RUN, THERE / "project" / "runs" / RUN

def put_into_drive():
    """What is new. A folder gets its name when all of it is there, so that a disconnect leaves nothing half."""
    for folder in (run / "checkpoints").glob("step-*"):
        target = kept / "checkpoints" / folder.name
        if not target.exists():
            coming = target.with_name(".coming-" + target.name)
            shutil.rmtree(coming, ignore_errors=True)
            shutil.copytree(folder, coming)
            coming.rename(target)
    for name in ("events.jsonl", "samples.txt"):
        if (run / name).exists():
            shutil.copyfile(run / name, kept / (name + ".coming"))
            os.replace(kept / (name + ".coming"), kept / name)
    for folder in (kept / "checkpoints").glob("step-*"):
        if not (run / "checkpoints" / folder.name).exists():
            shutil.rmtree(folder)

(kept / "checkpoints").mkdir(exist_ok=True)
train = [sys.executable, "-m", "accelerate.commands.launch", "-m", "textgen_gui", "train", str(run), "--json"]
training = subprocess.Popen(train, stdout=subprocess.PIPE, text=True, start_new_session=True)
try:
    for line in training.stdout:
        if '"StepDone"' not in line:
            print(line, end="")
        if '"CheckpointSaved"' in line:
            put_into_drive()
finally:
    if training.poll() is None:
        os.killpg(training.pid, signal.SIGTERM)
        for line in training.stdout:
            print(line, end="")
    training.wait()
    put_into_drive()
'''


def cells(folder: str, run: str) -> list[str]:
    """What is computed, cell by cell."""
    return [COPY_HERE.format(folder=folder, run=run), INSTALL, TRAIN]


def notebook(folder: str, run: str) -> str:
    about: dict[str, object] = {"cell_type": "markdown", "metadata": {}, "source": ABOUT.format(run=run)}
    code: list[dict[str, object]] = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
        for cell in cells(folder, run)
    ]
    metadata = {"accelerator": "GPU", "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    whole = {"nbformat": 4, "nbformat_minor": 0, "metadata": metadata, "cells": [about, *code]}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
