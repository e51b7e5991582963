"""The learning curve: training loss faint and raw with a clear smoothed line, held-out loss with its best point marked.

Points are stored when they arrive and drawn by a timer, only while somebody looks.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from . import resources, widgets

SMOOTHING = 0.95
DRAW_MS = 1000  # a repaint takes about 10 ms and the cores wait for it; oftener would slow the training


class Series:
    """Growing columns of numbers; doubling keeps appending cheap."""

    def __init__(self, columns: int) -> None:
        self._buffer = np.zeros((columns, 1024))
        self.length = 0

    def append(self, *values: float) -> None:
        if self.length == self._buffer.shape[1]:
            self._buffer = np.concatenate([self._buffer, np.zeros_like(self._buffer)], axis=1)
        self._buffer[:, self.length] = values
        self.length += 1

    def __getitem__(self, column: int) -> npt.NDArray[np.float64]:
        return self._buffer[column, : self.length]

    def cut_back(self, step: float) -> None:
        """Forgets the points after ``step``: a resumed run repeats them."""
        self.length = int(np.searchsorted(self[0], step, side="right"))


class LossPlot(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._plot = pg.PlotWidget()
        self._plot.setAccessibleName("Learning curve")
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=True, y=True)
        self._raw = self._plot.plot()
        self._smooth = self._plot.plot()
        self._heldout = self._plot.plot()
        for curve in (self._raw, self._smooth):
            curve.setDownsampling(auto=True, method="peak")
            curve.setClipToView(True)
        self._share = pg.PlotCurveItem()
        self._shares = pg.ViewBox()
        self._bars: list[pg.InfiniteLine] = []
        self._best = pg.ScatterPlotItem(size=12, symbol="star")
        self._best_words = pg.TextItem(anchor=(0.5, 1.4))
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        for item in (self._best, self._best_words, self._cursor):
            self._plot.addItem(item, ignoreBounds=True)
        self._add_right_axis()
        self._words = widgets.label("", "muted")
        self._legend = widgets.label("", "muted")
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._log = QCheckBox("Log scale")
        self._log.setToolTip("Show small differences at low loss as large as big ones at high loss")
        self._log.toggled.connect(self._set_log)
        fit = widgets.tool("Show all", "fit", "Show the whole curve again (the wheel zooms, dragging moves)", self.fit)
        bar = widgets.row(self._legend, 1, self._words, self._log, fit)
        self.setLayout(widgets.column(bar, self._plot, gap=widgets.GRID))
        self._plot.scene().sigMouseMoved.connect(self._moved)
        self._copied: list[tuple[int, float]] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.draw)
        self.restyle()
        self.clear()

    def _add_right_axis(self) -> None:
        """Shares are drawn in a field of their own: its height is the right axis, its width that of the plot."""
        whole = self._plot.getPlotItem()
        whole.scene().addItem(self._shares)
        whole.getAxis("right").linkToView(self._shares)
        self._shares.setXLink(whole)
        self._shares.setMouseEnabled(x=False, y=False)
        self._shares.setYRange(0, 100, padding=0.02)
        self._shares.addItem(self._share)
        whole.vb.sigResized.connect(lambda: self._shares.setGeometry(whole.vb.sceneBoundingRect()))

    def show_copied(self, shares: list[tuple[int, float]]) -> None:
        """The share of copied words at each step, from 0 to 1; none hides the axis."""
        self._copied = shares
        steps, values = [step for step, _ in shares], [100 * share for _, share in shares]
        self._share.setData(np.array(steps, float), np.array(values, float))
        self._plot.getPlotItem().showAxis("right", bool(shares))
        self._legend_of_colours()

    def clear(self) -> None:
        self._steps, self._points = Series(3), Series(2)
        self._cursor.hide()  # what it read belongs to another run
        self._words.setText("")
        self.show_copied([])
        for line in self._bars:
            self._plot.removeItem(line)
        self._bars = []
        self._dirty = True
        self.fit()
        self.draw()

    def add_step(self, step: int, loss: float) -> None:
        last = self._steps[2][-1] if self._steps.length else loss
        # The first steps weigh more, so that the smooth line does not lag behind the fast fall at the start.
        weight = min(SMOOTHING, (self._steps.length + 1) / (self._steps.length + 10))
        self._steps.append(step, loss, weight * last + (1 - weight) * loss)
        self._dirty = True

    def add_heldout(self, step: int, loss: float) -> None:
        self._points.append(step, loss)
        self._dirty = True

    def add_baseline(self, name: str, loss: float) -> None:
        """A level line: what something else reaches on the same held-out text."""
        options = {"position": 0.02, "anchors": [(0, 1), (0, 1)], "color": resources.colours()["muted"]}
        line = pg.InfiniteLine(angle=0, label=name, labelOpts=options)
        line.loss = loss
        self._bars.append(line)
        self._plot.addItem(line, ignoreBounds=True)
        self._style_bars()

    def _style_bars(self) -> None:
        colour = resources.colours()["muted"]
        for line in self._bars:
            line.setPos(self._shown(np.array([line.loss]))[0])
            line.setPen(pg.mkPen(colour, width=1, style=Qt.PenStyle.DotLine))
            line.label.setColor(colour)

    def cut_back(self, step: int) -> None:
        self._steps.cut_back(step)
        self._points.cut_back(step)
        self._dirty = True

    def fit(self) -> None:
        self._plot.enableAutoRange()

    def restyle(self) -> None:
        """Colours from the palette; called again when the theme changes."""
        colours = resources.colours()
        self._plot.setBackground(colours["card"])
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(pg.mkPen(colours["border"]))
            axis.setTextPen(pg.mkPen(colours["muted"]))
            axis.enableAutoSIPrefix(False)
        self._plot.setLabel("left", "Loss (nats a token)", color=colours["muted"])
        self._plot.setLabel("bottom", "Step", color=colours["muted"])
        self._plot.showGrid(x=False, y=True, alpha=0.15)
        faint = QColor(colours["muted"])
        faint.setAlpha(90)
        self._raw.setPen(pg.mkPen(faint, width=1))
        self._smooth.setPen(pg.mkPen(colours["text"], width=2))
        self._heldout.setPen(pg.mkPen(colours["accent"], width=2, style=Qt.PenStyle.DashLine))
        self._heldout.setSymbol("o")
        self._heldout.setSymbolSize(6)
        self._heldout.setSymbolBrush(colours["accent"])
        self._heldout.setSymbolPen(colours["card"])
        self._best.setBrush(colours["accent"])
        self._best.setPen(colours["card"])
        self._best_words.setColor(colours["accent"])
        self._cursor.setPen(pg.mkPen(colours["border"]))
        self._style_bars()
        self._plot.getPlotItem().getAxis("right").setPen(pg.mkPen(colours["border"]))
        self._plot.getPlotItem().getAxis("right").setTextPen(pg.mkPen(colours["muted"]))
        self._plot.getPlotItem().getAxis("right").setLabel("Copied words (%)", color=colours["muted"])
        self._share.setPen(pg.mkPen(colours["faint"], width=2, style=Qt.PenStyle.DashDotLine))
        self._legend_of_colours()

    def _legend_of_colours(self) -> None:
        colours = resources.colours()
        copied = f" &nbsp;&nbsp; <span style='color:{colours['faint']}'>╌·╌</span> copied" if self._copied else ""
        self._legend.setText(
            f"<span style='color:{colours['text']}'>━</span> training &nbsp;&nbsp; "
            f"<span style='color:{colours['accent']}'>╍●╍</span> held-out &nbsp;&nbsp; "
            f"<span style='color:{colours['accent']}'>★</span> best{copied}"
        )

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        self._timer.start(DRAW_MS)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def draw(self) -> None:
        """Shows what has arrived since the last time."""
        if not self._dirty:
            return
        self._dirty = False
        self._raw.setData(self._steps[0], self._steps[1])
        self._smooth.setData(self._steps[0], self._steps[2])
        self._heldout.setData(self._points[0], self._points[1])
        best = int(np.argmin(self._points[1])) if self._points.length else -1
        self._best.setVisible(best >= 0)
        self._best_words.setVisible(best >= 0)
        if best >= 0:
            step, loss = self._points[0][best], self._points[1][best]
            self._best.setData([step], self._shown(np.array([loss])))
            self._best_words.setText(f"best {loss:.3f} at {step:,.0f}")
            # Near an edge the words grow inwards.
            self._best_words.setAnchor(pg.Point(min(1.0, step / max(1.0, self._steps[0][-1])), 1.4))
            self._best_words.setPos(step, self._shown(np.array([loss]))[0])
        self._plot.setAccessibleDescription(self.in_words())

    def in_words(self) -> str:
        """What the curve shows, for screen readers."""
        if not self._steps.length:
            return "No steps yet."
        words = f"Training loss {self._steps[2][-1]:.3f} at step {self._steps[0][-1]:,.0f}."
        if self._points.length:
            best = int(np.argmin(self._points[1]))
            words += f" Held-out loss {self._points[1][-1]:.3f}, best {self._points[1][best]:.3f}"
            words += f" at step {self._points[0][best]:,.0f}."
        if self._copied:
            words += f" At step {self._copied[-1][0]:,} {self._copied[-1][1]:.0%} of the words are copied."
        return words

    def _shown(self, losses: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.log10(losses) if self._log.isChecked() else losses

    def _set_log(self, on: bool) -> None:
        self._plot.setLogMode(y=on)
        self._style_bars()
        self._dirty = True
        self.draw()
        self.fit()

    def _moved(self, position: Any) -> None:
        inside = self._plot.sceneBoundingRect().contains(QPointF(position)) and self._steps.length > 0
        self._cursor.setVisible(inside)
        if not inside:
            self._words.setText("")
            return
        step = self._plot.getPlotItem().vb.mapSceneToView(position).x()
        at = min(int(np.searchsorted(self._steps[0], step)), self._steps.length - 1)
        self._cursor.setPos(self._steps[0][at])
        words = f"Step {self._steps[0][at]:,.0f}: training {self._steps[2][at]:.3f}"
        if self._points.length:
            near = int(np.argmin(np.abs(self._points[0] - step)))
            words += f", held-out {self._points[1][near]:.3f}"
        self._words.setText(words)
