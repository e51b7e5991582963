"""The learning curve: how surprised a model is, by what it reads and by text that it has never seen.

Points are stored when they arrive and drawn by a timer, only while somebody looks.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainterPath, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsView, QMenu, QWidget

from ...engine.core.bars import Bar, words_of
from ...words import number
from . import level_lines, resources, widgets
from .chart import Plot
from .curve import SMOOTH, SPREAD, STEP, Numbers, Row, Series, Steps
from .glossary import word_link
from .moments import Moments

DRAW_MS = 1000  # a repaint takes about 10 ms and the cores wait for it; oftener would slow the training
SURPRISE = "How surprised it is, in bits for each byte of text (a plain letter is a byte). Lower is better"


class LossPlot(QWidget):
    """Losses come in nats a token, as events have them, and are shown in bits a byte as soon as it is known how many
    bits a nat is worth in these texts. ``menu``: what can be done with the curve; whoever shows it adds to it."""

    def __init__(self) -> None:
        super().__init__()
        self._steps, self._points = Steps(), Series(2)
        self._bits = 0.0  # a byte, for each nat a token; 0 while it is not known
        self._dirty = self._zoomed = False
        self._plot = Plot()
        self._plot.setAccessibleName("Learning curve")
        self._plot.getAxis("left").setToolTip(SURPRISE)  # not on the curve, where the card is
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._future = pg.LinearRegionItem(movable=False)
        self._band = QGraphicsPathItem()
        self._smooth, self._heldout = self._plot.plot(), self._plot.plot()
        self._best = pg.ScatterPlotItem(size=14, symbol="star")
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._card = pg.TextItem()
        self._future.setZValue(-20)
        self._band.setZValue(-10)
        self._card.setZValue(20)
        for item in (self._future, self._band, self._best, self._cursor, self._card):
            self._plot.addItem(item, ignoreBounds=True)
        self._bars: list[pg.InfiniteLine] = []
        self._higher = level_lines.UpperEdge(self._plot.getViewBox())
        self._moments = Moments(self._plot)
        self._legend = widgets.label("", "muted", wrap=True)
        self._legend.setToolTip(SURPRISE)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._make_menu()
        bar = widgets.row(self._legend, word_link("Word counter", "What is a word counter?"), self.menu_button)
        bar.setStretch(0, 1)
        self.setLayout(widgets.column(bar, self._plot, gap=widgets.GRID))
        self._plot.scene().sigMouseMoved.connect(self._moved)
        self._plot.getViewBox().sigRangeChangedManually.connect(self._zoom)
        self._plot.getViewBox().sigYRangeChanged.connect(self._say_higher)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.draw)
        self.restyle()
        self.clear()

    def _make_menu(self) -> None:
        self.menu = QMenu(self)
        self._log = self.menu.addAction("Show small differences larger")
        self._log.setToolTip("A logarithmic scale")
        self._log.setCheckable(True)
        self._log.toggled.connect(self._set_log)
        self.menu.addAction("Show the whole curve", self.fit)
        self.menu_button = widgets.more("Curve", "What can be done with the curve", self.menu)

    # --- what is shown

    def clear(self) -> None:
        self._steps, self._points, self._bits = Steps(), Series(2), 0.0
        self._leave()  # what it read belongs to another run
        for line in self._bars:
            self._plot.removeItem(line)
        self._bars = []
        self._moments.clear()
        self._name_axes()
        self.fit()

    def show_plan(self, steps: int) -> None:
        """How many steps there will be: the curve has the whole width for them from the beginning."""
        self._steps.plan = steps
        self._dirty = True

    def add_step(self, step: int, loss: float) -> None:
        self._steps.add(step, loss)
        self._dirty = True

    def add_heldout(self, step: int, loss: float, bits_per_byte: float = 0.0) -> None:
        self._learn_unit(loss, bits_per_byte)
        self._points.append(step, loss)
        self._dirty = True

    def add_baseline(self, name: str, loss: float, bits_per_byte: float = 0.0) -> None:
        """A level line: what something else reaches on the same held-out text."""
        self._learn_unit(loss, bits_per_byte)
        line = pg.InfiniteLine(angle=0, label=name)
        line.loss = loss
        self._bars.append(line)
        self._plot.addItem(line, ignoreBounds=True)
        self._style_lines()
        self._dirty = True

    def add_resume(self, step: int) -> None:
        """The run was stopped here, and went on."""
        self._add_moment(step, "stopped, went on")

    def add_generation(self, step: int) -> None:
        """Another model began here."""
        self._steps.begin(step)
        if step not in [line.value() for line in self._moments.lines]:  # a run that was stopped there begins it again
            self._add_moment(step, "a new model begins")

    def _add_moment(self, step: int, words: str) -> None:
        self._moments.add(step, words)
        self._dirty = True
        self._style_lines()

    def _learn_unit(self, loss: float, bits_per_byte: float) -> None:
        if not self._bits and loss > 0 and bits_per_byte > 0:
            self._bits = bits_per_byte / loss
            self._name_axes()
            self._dirty = True

    def cut_back(self, step: int) -> None:
        self._steps.cut_back(step)
        self._points.cut_back(step)
        self._dirty = True

    def fit(self) -> None:
        """The whole curve, whatever the user zoomed into."""
        self._zoomed, self._dirty = False, True
        self.draw()

    def _zoom(self) -> None:
        self._zoomed = True

    # --- how it looks

    def restyle(self) -> None:
        """Colours from the palette; called again when the theme changes."""
        colours = resources.colours()
        self._plot.restyle()
        self._smooth.setPen(pg.mkPen(colours["text"], width=2))
        self._heldout.setPen(pg.mkPen(colours["accent"], width=2))
        self._heldout.setSymbol("o")
        self._heldout.setSymbolSize(7)
        self._heldout.setSymbolBrush(colours["accent"])
        self._heldout.setSymbolPen(colours["card"])
        self._best.setBrush(colours["accent"])
        self._best.setPen(colours["card"])
        self._band.setPen(Qt.PenStyle.NoPen)
        self._band.setBrush(_pale(colours["muted"], 50))
        self._future.setBrush(_pale(colours["muted"], 16))
        for edge in self._future.lines:
            edge.setPen(pg.mkPen(None))
        self._cursor.setPen(pg.mkPen(colours["border"]))
        self._card.fill, self._card.border = pg.mkBrush(colours["window"]), pg.mkPen(colours["border"])
        signs = (
            ("accent", "━●━", "text it has never seen"),
            ("accent", "★", "its&nbsp;best"),
            ("text", "━━", "what&nbsp;it&nbsp;reads"),
        )
        entries = [f"<span style='color:{colours[colour]}'>{sign}</span>&nbsp;{words}" for colour, sign, words in signs]
        self._legend.setText("&nbsp;&nbsp;&nbsp; ".join(entries))
        self._name_axes()
        self._style_lines()
        self._plot.make_room(anew=True)
        self._dirty = True  # names have other sizes and lie elsewhere

    def _name_axes(self) -> None:
        self._plot.name_axes(f"Surprise ({self.unit()})" if self._bits else "Surprise", "Step")

    def _style_lines(self) -> None:
        muted, faint = resources.colours()["muted"], resources.colours()["faint"]
        for line in (*self._bars, *self._moments.lines):
            line.setPen(pg.mkPen(faint, width=1, style=Qt.PenStyle.DashLine))
            line.label.setColor(muted)
            line.label.setFont(self.font())
        self._higher.setColor(muted)
        for words in (self._higher, self._card):
            words.setFont(self.font())

    # --- drawing

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        self._timer.start(DRAW_MS)
        self.draw()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._dirty = True

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def draw(self) -> None:
        """Shows what has arrived since the last time."""
        if not self._dirty:
            return
        self._dirty = False
        for side in ("left", "bottom"):  # numbers of nothing would only puzzle
            self._plot.getAxis(side).setStyle(showValues=bool(self._steps.length or self._points.length))
        steps, smooth, spread = self._steps.thinned()
        self._smooth.setData(steps, self.bits(smooth), connect=self._steps.followed(steps))
        self._draw_band(steps, smooth, spread)
        self._heldout.setData(
            self._points[0], self.bits(self._points[1]), connect=self._steps.followed(self._points[0])
        )
        best = self._best_point()
        self._best.setData(*([[value] for value in best] if best else ([], [])))
        now = float(steps[-1]) if len(steps) else 0.0
        self._future.setVisible(self._steps.plan > now)
        self._future.setRegion((now, max(now, self._steps.plan)))
        self._place_bars()
        if not self._zoomed:
            self._show_all(now)
        self._say_higher()
        level_lines.name(self._bars, self._plot.getViewBox(), self._heights, self._higher.boxes())
        self._moments.place(self._heights, np.array([line.value() for line in self._bars]), self._higher.boxes())
        self._plot.make_room()
        self._plot.setAccessibleDescription(self.in_words())

    def _draw_band(self, steps: Numbers, smooth: Numbers, spread: Numbers) -> None:
        low, high = np.maximum(smooth - 1.5 * spread, 1e-3), smooth + 1.5 * spread
        path, of = QPainterPath(), self._steps.models(steps)
        for of_one in (of == model for model in np.unique(of)):
            around = np.concatenate([steps[of_one], steps[of_one][::-1]])
            edges = np.concatenate([high[of_one], low[of_one][::-1]])
            path.addPath(pg.arrayToQPath(around, self._height(self.bits(edges)), connect="all"))
        self._band.setPath(path)

    def _best_trained(self) -> int | None:
        """Which evaluation is the best: that model is kept. What a run began with is none of its own."""
        trained = np.flatnonzero(self._points[0] > 0)
        return int(trained[np.argmin(self._points[1][trained])]) if len(trained) else None

    def _best_point(self) -> tuple[float, float] | None:
        if (at := self._best_trained()) is None:
            return None
        return float(self._points[0][at]), float(self._height(self.bits(self._points[1][at : at + 1]))[0])

    def _place_bars(self) -> None:
        for line in self._bars:
            line.setPos(float(self._height(self.bits(np.array([line.loss])))[0]))

    def _say_higher(self) -> None:
        """Of bars above what is in sight."""
        high = self._plot.getViewBox().viewRange()[1][1]
        higher = [line for line in self._bars if line.value() > high]
        values = self.bits(np.array([line.loss for line in higher]))
        self._higher.say([f"{line.label.format}, {number(bits, 2)}" for line, bits in zip(higher, values, strict=True)])

    def _heights(self, first: float, last: float) -> Numbers:
        """Of both curves at some places between two steps."""
        at, curves = np.linspace(first, last, 65), ((self._steps, SMOOTH), (self._points, 1))
        losses = [
            np.interp(at, curve[0], curve[column], left=math.nan, right=math.nan)
            for curve, column in curves
            if curve.length
        ]
        heights = self._height(self.bits(np.concatenate([np.empty(0), *losses])))
        return heights[np.isfinite(heights)]

    def _show_all(self, now: float) -> None:
        self._plot.setXRange(0, max(self._steps.plan, now, 1), padding=0.02)
        later = self._steps.settled(0.03)
        bars = np.array([line.loss for line in self._bars])
        began = [line.loss for line in self._bars if line.label.format == words_of(Bar.BEFORE)]
        highest = level_lines.highest(np.concatenate([self._steps[SMOOTH], self._points[1], began]))
        heights = np.concatenate([later, self._points[1], bars[bars <= highest]])
        heights = heights[np.isfinite(heights) & (heights > 0)]
        if len(heights):
            low, high = self._height(self.bits(np.array([heights.min(), heights.max()])))
            name, room = self.fontMetrics().height() + 8, self._plot.getViewBox().height()
            padding = max(0.12, name / max(name, room - 2 * name)) * (high - low)  # names fit above
            self._plot.setYRange(low - padding, high + padding * (1 + int(np.sum(bars > highest))), padding=0)

    def bits(self, losses: Numbers) -> Numbers:
        """Bits a byte; bits a token while nothing is known of the bytes."""
        return losses * (self._bits or 1 / math.log(2))

    def _height(self, bits: Numbers) -> Numbers:
        return np.log10(bits) if self._log.isChecked() else bits

    def _set_log(self, on: bool) -> None:
        self._plot.setLogMode(y=on)
        self.fit()

    # --- elsewhere

    def numbers(self) -> Iterator[Row]:
        """All points in the order of their steps."""
        heldout = dict(zip(self._points[0], self.bits(self._points[1]), strict=True))
        smooth, spread = self.bits(self._steps[SMOOTH]), self.bits(self._steps[SPREAD])
        for step, middle, around in zip(self._steps[STEP], smooth, spread, strict=True):
            yield Row(int(step), float(middle), float(around), heldout.pop(step, None))
        yield from (Row(int(step), None, None, float(bits)) for step, bits in heldout.items())

    @property
    def picture(self) -> QGraphicsView:
        view: QGraphicsView = self._plot
        return view

    @property
    def training_loss(self) -> float:
        """Of the last steps, in nats a token."""
        return float(self._steps[SMOOTH][-1]) if self._steps.length else math.nan

    # --- words

    def unit(self) -> str:
        return "bits a byte" if self._bits else "bits a token"

    def in_words(self) -> str:
        """What the curve shows, for screen readers."""
        if not self._steps.length:
            return "No steps yet."
        step, read = number(self._steps[STEP][-1]), number(self._read(-1), 2)
        words = f"Step {step}: surprise by what it reads {read} {self.unit()}."
        seen, best = self.bits(self._points[1]), self._best_trained()
        if best is not None:
            words += f" By text it has never seen {number(seen[-1], 2)}, best {number(seen[best], 2)}"
            words += f" at step {number(self._points[0][best])}."
        if self._points.length and self._points[0][0] == 0:
            words += f" The model that it began with: {number(seen[0], 2)}."
        return words

    def _read(self, at: int) -> float:
        return float(self.bits(self._steps[SMOOTH])[at])

    def _moved(self, position: Any) -> None:
        box = self._plot.getViewBox()
        if not self._steps.length or not box.sceneBoundingRect().contains(QPointF(position)):
            self._leave()
            return
        where = box.mapSceneToView(position)
        at = min(int(np.searchsorted(self._steps[STEP], where.x())), self._steps.length - 1)
        step = float(self._steps[STEP][at])
        lines = [f"Step {number(step)}" + (f" of {number(self._steps.plan)}" if self._steps.plan else "")]
        if self._points.length:
            near = int(np.argmin(np.abs(self._points[0] - step)))
            when = f"step {number(at_step)}" if (at_step := self._points[0][near]) else "the model that it began with"
            lines.append(f"Never seen: {number(self.bits(self._points[1])[near], 2)} ({when})")
        lines.append(f"What it reads: {number(self._read(at), 2)} ± {number(self.bits(self._steps[SPREAD])[at], 2)}")
        self._card.setText("\n".join(lines), color=resources.colours()["text"])
        (low, high), across = box.viewRange()[1], self._across(step)
        width, space = self._card.boundingRect().width(), box.width()
        left = across + 0.08 * width if across < space / 2 else across - 1.08 * width  # towards the middle
        left = max(0.0, min(left, space - width))  # and never cut
        self._card.setAnchor(pg.Point((across - left) / width, 0.0 if where.y() > (low + high) / 2 else 1.0))
        self._card.setPos(step, where.y())
        self._cursor.setPos(step)
        self._cursor.show()
        self._card.show()

    def _across(self, step: float) -> float:
        """Pixels from the left edge of the curve."""
        box = self._plot.getViewBox()
        return float(box.mapFromView(QPointF(step, 0)).x())

    def _leave(self) -> None:
        self._cursor.hide()
        self._card.hide()
        self._card.setText("")

    def leaveEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        super().leaveEvent(event)
        self._leave()


def _pale(colour: str, alpha: int) -> QColor:
    made = QColor(colour)
    made.setAlpha(alpha)
    return made
