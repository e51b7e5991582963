"""From the start of the process to the first paint of the window, warm, torch not imported; the median of seven.

xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.start
"""

import os
import statistics
import subprocess
import sys
import tempfile

from .common import first_paint, machine


def main() -> None:
    times = []
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "TEXTGEN_GUI_HOME": home}
        for _ in range(8):
            done = subprocess.run(
                [sys.executable, "-c", first_paint], env=environment, check=True, capture_output=True, text=True
            )
            times.append(float(done.stdout.split()[0]))
    each = ", ".join(f"{seconds:.2f}" for seconds in times[1:])
    print(f"{machine()}\n\nFirst paint after {statistics.median(times[1:]):.2f} s (each: {each}); torch not imported.")


if __name__ == "__main__":
    main()
