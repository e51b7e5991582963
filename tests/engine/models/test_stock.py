"""Jobs of the window begin at one time, and each imports what it needs."""

import subprocess
import sys

SCRIPT = """
import importlib, threading, time
import torch  # takes a while of its own; transformers, which comes next, more than half a second

def begin(number, name):
    time.sleep(0.1 * number)
    importlib.import_module(f"textgen_gui.engine.{name}")

def fail(thread):
    failed.append(str(thread.exc_value))

failed, threading.excepthook = [], fail
names = ("writing.session", "training.plan", "training.beginning", "writing.receipt", "models.lora", "exchange.page")
threads = [threading.Thread(target=begin, args=both) for both in enumerate(names)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*failed, sep="\\n")
raise SystemExit(len(failed))
"""


def test_threads_may_import_the_engine_at_one_time() -> None:
    """“Something unexpected went wrong (ImportError)”, where somebody was quick or the disk was slow."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
