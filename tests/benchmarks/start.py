"""From the start of the process to the first paint of the window, warm, torch not imported; the median of seven.

xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.start
"""

import statistics
import subprocess
import sys
import tempfile

from .common import machine

child = """
import os, sys, time, psutil
os.environ["TEXTGEN_GUI_HOME"] = sys.argv[1]
from textgen_gui.cli.process import prepare_process
prepare_process()
from PySide6.QtCore import QEvent, QObject
from textgen_gui.ui.app import make_application, make_window

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            assert "torch" not in sys.modules
            print(time.time() - psutil.Process().create_time(), flush=True)
            window.close()
        return False

application, first = make_application(), FirstPaint()
window = make_window()
window.installEventFilter(first)
window.show()
application.exec()
"""


def main() -> None:
    times = []
    with tempfile.TemporaryDirectory() as home:
        for _ in range(8):
            done = subprocess.run([sys.executable, "-c", child, home], check=True, capture_output=True, text=True)
            times.append(float(done.stdout.split()[0]))
    each = ", ".join(f"{seconds:.2f}" for seconds in times[1:])
    print(f"{machine()}\n\nFirst paint after {statistics.median(times[1:]):.2f} s (each: {each}); torch not imported.")


if __name__ == "__main__":
    main()
