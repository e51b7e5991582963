"""Several runs beside each other: their held-out curves in one plot, their settings in one table."""

import functools
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QSplitter,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from ... import front_door
from ...engine.core import event_log, events
from ...engine.core.config import Balance, RunConfig
from ...engine.core.control import Control
from ...engine.core.errors import EngineError
from ...engine.core.project import Run
from ...engine.core.snapshot import RunSnapshot
from ...words import count, duration, number
from ..parts import resources, widgets
from ..parts.chart import Plot
from ..parts.form_fields import in_words, setting_in_words
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .pages import scrolled

AXES = {"Time": "minutes", "Text read (tokens)": "tokens", "Steps": "step"}
BEGINNING = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
LINES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
NAMED = 6  # settings in which runs differ
NARROWEST = 12  # letters of a column
WHOLE = 30  # letters of a name that stays in one line
MOST = 16  # runs: so many lines can be told apart, by four colours and four kinds of dashes
HUES = {False: ("#1f7a72", "#b4571b", "#5b4b9e", "#7a6a12"), True: ("#6cc0b8", "#e8a06a", "#a99be8", "#cdbb5b")}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a run had reached, and what it had cost by then."""

    step: int
    tokens: int
    minutes: float
    bits_per_byte: float
    model: int = 0  # of several that learn one after the other


@dataclass(frozen=True, slots=True)
class Course:
    """What the events of a run say about it."""

    run: Run
    settings: dict[str, str]
    evaluations: tuple[Evaluation, ...]
    minutes: float
    written: str = ""  # what it wrote last
    title: str = ""  # what people call the run
    is_damaged: bool = False  # something of it could not be read
    judged_by: tuple[str, ...] = ()  # the texts, of which a part was held out; none where that is not known

    @property
    def name(self) -> str:
        return self.title or self.run.name

    @property
    def best(self) -> float:
        """Of what it learnt: the model that it began with is none of its own."""
        return min((known.bits_per_byte for known in self.evaluations if known.step), default=float("inf"))


class Ruled(QStyledItemDelegate):
    """A line below each cell, as below the names of the rows. One of the style sheet would paint over the tint."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        painter.setPen(QColor(resources.colours()["border"]))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())


class CompareView(QWidget):
    """Read when it is shown; live runs are compared as they are now."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenProject | None = None
        self.reading: Job | None = None
        self.courses: list[Course] = []
        self._wanted: list[Run] = []
        self.title = widgets.label("", "title")
        self.differences = widgets.label("", "advice", wrap=True)
        self.differences.setProperty("good", True)  # tinted as the rows are that it names
        self.gaps = widgets.label("", "muted", wrap=True)
        self.gaps.hide()
        self._build_plot()
        self._build_table()
        split = QSplitter(Qt.Orientation.Vertical)
        bar = widgets.row(self._legend, widgets.label("by", "muted"), self.axis)
        bar.setStretch(0, 1)
        split.addWidget(widgets.card(widgets.column(bar, self._plot, margin=2 * widgets.GRID)))
        split.addWidget(widgets.card(widgets.column(self.table, self._fold_button(), margin=widgets.GRID)))
        split.setSizes([340, 260])
        split.setHandleWidth(2 * widgets.GRID)
        split.setChildrenCollapsible(False)
        self.table.setMinimumHeight(160)
        body = widgets.column(
            self.title,
            self.differences,
            self.gaps,
            scrolled(widgets.widget(widgets.column(split))),
            gap=2 * widgets.GRID,
        )
        body.setContentsMargins(widgets.GRID, widgets.GRID, widgets.GRID, 3 * widgets.GRID)
        body.setStretch(3, 1)
        self.setLayout(body)
        self.restyle()

    def _build_plot(self) -> None:
        self.axis = QComboBox()
        self.axis.addItems(list(AXES))
        self.axis.setAccessibleName("What the curves are compared by")
        self.axis.setToolTip(
            "Compare the runs after equal time, after as much text, or after as many steps, which may be of any size"
        )
        self.axis.currentIndexChanged.connect(self.draw)
        self._plot = Plot()
        self._plot.setAccessibleName("Curves of the chosen runs")
        self._plot.setToolTip(
            "How surprised each is by text that it has never seen, in bits for each byte; lower is better"
        )
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._legend = widgets.label("", "muted", wrap=True)
        self._legend.setTextFormat(Qt.TextFormat.RichText)

    def _build_table(self) -> None:
        self.table = QTableWidget()
        self.table.setShowGrid(False)
        self.table.setItemDelegate(Ruled(self.table))
        self.table.setAccessibleName("Settings of the chosen runs")
        self.table.setToolTip("Rows in which the runs differ are tinted")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for header in (self.table.verticalHeader(), self.table.horizontalHeader()):
            header.setDefaultAlignment(BEGINNING)

    def _fold_button(self) -> QWidget:
        tip = "All settings that are the same in these runs"
        self.same_button = widgets.button("Alike", tip, self._fold, icon="right", role="flat")
        self._same, self._folded = range(0), True
        return widgets.widget(widgets.row(self.same_button, 1))

    def _fold(self) -> None:
        self._folded = not self._folded
        self._show_same()

    def _show_same(self) -> None:
        for line in range(self.table.rowCount()):
            self.table.setRowHidden(line, self._folded and line in self._same)
        self.same_button.setVisible(bool(self._same))
        self.same_button.setText(f"Alike in {count('setting', len(self._same))}")
        widgets.tint(self.same_button, "right" if self._folded else "down", "text")

    def in_words(self) -> str:
        """What the curves show, for screen readers."""
        ordered = sorted(self.courses, key=lambda course: course.best)
        return "; ".join(
            f"{course.name}: {number(course.best, 2)} bits a byte" for course in ordered if course.best < float("inf")
        )

    def open_project(self, opened: OpenProject) -> None:
        self.opened, self.reading, self.courses, self._wanted = opened, None, [], []

    def open(self, runs: Sequence[Run]) -> None:
        """Shows these runs as soon as they are read; one whose settings cannot be read is left out."""
        assert self.opened
        self._wanted = list(runs)
        if self.reading:
            self.reading.stop()
        found_of = self.opened.snapshot.of_run
        known = [found for run in runs[:MOST] if (found := found_of(run))]
        self.title.setText("Reading the runs …")
        courses: list[Course] = []
        self.reading = self.opened.jobs.start(
            functools.partial(_courses, known),
            courses.append,
            finished=functools.partial(self._show, self._wanted, courses),
        )

    def _show(self, wanted: list[Run], courses: list[Course]) -> None:
        if wanted is not self._wanted:
            return  # others have been chosen since
        self.reading, self.courses = None, courses
        compared = f"{count('run', len(self.courses))} compared"
        damaged = ", ".join(f"“{course.name}”" for course in courses if course.is_damaged)
        words = []
        if damaged:
            words.append(f"A part of what was written down of {damaged} is damaged, so that its curve has gaps.")
        if not self._are_comparable:
            words.append("They were judged by different texts, so that their numbers say little about each other.")
        self.gaps.setText(" ".join(words))
        self.gaps.setVisible(bool(words))
        self.title.setText(f"{compared}, the first of {number(len(wanted))}" if len(wanted) > MOST else compared)
        self._fill_table()
        self.draw()

    @property
    def _are_comparable(self) -> bool:
        return len({course.judged_by for course in self.courses if course.judged_by}) < 2

    def restyle(self) -> None:
        """Colours from the palette; called again when the theme changes."""
        self._plot.restyle()
        self._fill_table()  # its tints
        self.table.horizontalHeader().setMinimumSectionSize(NARROWEST * self.fontMetrics().averageCharWidth())
        self.draw()

    def draw(self) -> None:
        """One line for each run; they differ by dashes too, not by colour alone."""
        self._plot.clear()
        hues, words = HUES[resources.is_dark()], []
        quantity = AXES[self.axis.currentText()]
        unit = " (minutes)" if self.axis.currentText() == "Time" else ""
        self._plot.name_axes("Surprise (bits a byte)", self.axis.currentText() + unit)
        for nth, course in enumerate(self.courses):
            hue = hues[nth % len(hues)]
            pen = pg.mkPen(hue, width=2, style=LINES[nth // len(hues) % len(LINES)])
            across = [getattr(evaluation, quantity) for evaluation in course.evaluations]
            heights = [evaluation.bits_per_byte for evaluation in course.evaluations]
            models = np.array([evaluation.model for evaluation in course.evaluations])
            goes_on = np.append(models[1:] == models[:-1], False)[: len(models)].astype(np.int32)
            self._plot.plot(
                across, heights, pen=pen, connect=goes_on, symbol="o", symbolSize=5, symbolBrush=hue, symbolPen=None
            )
            name = html.escape(course.name)
            name = name.replace(" ", "&nbsp;") if len(course.name) <= WHOLE else name  # or its end begins a line
            words.append(f"<span style='color:{hue}'>━●━</span>&nbsp;{name}")
        self._legend.setText("&nbsp;&nbsp;&nbsp; ".join(words))
        self._plot.enableAutoRange()
        self._plot.make_room()
        self._plot.setAccessibleDescription(self.in_words())

    def _fill_table(self) -> None:
        names = list(dict.fromkeys(name for course in self.courses for name in course.settings))
        rows = [(name, [course.settings.get(name, "–") for course in self.courses]) for name in names]
        rows.sort(key=lambda row: len(set(row[1])) == 1)
        different = [name for name, values in rows if len(set(values)) > 1]
        self.differences.setText(_differences(different))
        self.differences.setVisible(len(self.courses) > 1)
        best = min((course.best for course in self.courses), default=0.0) if self._are_comparable else 0.0
        results = [
            ("Least surprise (bits a byte)", [_bits(course.best, best) for course in self.courses]),
            ("Time", [duration(60 * course.minutes) for course in self.courses]),
            ("What it wrote last", [course.written or "–" for course in self.courses]),
        ]
        self.table.setColumnCount(len(self.courses))
        for nth, course in enumerate(self.courses):
            name = QTableWidgetItem(course.name)
            name.setToolTip(course.name)  # a long one is cut
            self.table.setHorizontalHeaderItem(nth, name)
        self.table.setRowCount(len(results) + len(rows))
        self.table.setVerticalHeaderLabels([name for name, _ in (*results, *rows)])
        tint = QBrush(QColor(resources.colours()["tint"]))
        with QSignalBlocker(self.table.model()):  # each cell would have the height of its row measured anew
            for line, (_, values) in enumerate((*results, *rows)):
                differs = line >= len(results) and len(set(values)) > 1
                for column, value in enumerate(values):
                    item = QTableWidgetItem(value)
                    item.setTextAlignment(BEGINNING)  # texts of several lines begin beside each other
                    if differs:
                        item.setBackground(tint)
                    self.table.setItem(line, column, item)
        self.table.model().layoutChanged.emit()
        self._same = range(len(results) + len(different), self.table.rowCount())
        self._show_same()


def _differences(names: Sequence[str]) -> str:
    """The first of them; below stand all."""
    more = [count("other setting", len(names) - NAMED)] if len(names) > NAMED else []
    return f"They differ in: {', '.join([*names[:NAMED], *more])}." if names else "They differ in no setting."


def _bits(bits: float, best: float) -> str:
    if bits == float("inf"):
        return "–"
    return f"{number(bits, 3)}, the best of these" if bits == best else number(bits, 3)


def tokens_in_words(prepared: str) -> str:
    """``prepared``: the name of a folder with token files, bpe-1000-02dc8499."""
    kind, _, rest = prepared.partition("-")
    size = rest.partition("-")[0]
    many = number(int(size)) if size.isdigit() else "some"
    if kind == "file":
        return f"{many}, of a model that has learnt before"
    return f"{many}, made from these texts"


def _courses(compared: Sequence[RunSnapshot], control: Control) -> Iterator[Course]:
    for known in compared:
        if control():
            return
        if known.config:
            yield _course(known.run, known.config, known.title)


def _course(run: Run, config: RunConfig, title: str) -> Course:
    evaluations, elapsed_s, written, is_damaged, begun = [], 0.0, "", False, set[int]()
    kinds = events.StepDone, events.Evaluated, events.SampleWritten, events.GenerationBegan
    for event in event_log.read(run.events_file, *kinds, thinned=True):
        is_damaged = is_damaged or event_log.tells_damage(event)
        if isinstance(event, events.SampleWritten):
            written = f"{event.prompt}{event.text}".strip()
        elif isinstance(event, events.StepDone):
            elapsed_s = event.elapsed_s
        elif isinstance(event, events.GenerationBegan):
            begun.add(event.step)  # a run that was stopped there begins it again
        elif isinstance(event, events.Evaluated):
            tokens = event.step * config.train.batch * config.model.context
            model = sum(step < event.step for step in begun)
            evaluations.append(Evaluation(event.step, tokens, elapsed_s / 60, event.bits_per_byte, model))
    texts, judged_by = _texts_of(run)
    settings = {**texts, **dict(_settings(config))}  # what people change first comes first
    return Course(run, settings, tuple(evaluations), elapsed_s / 60, written, title, is_damaged, judged_by)


def _texts_of(run: Run) -> tuple[dict[str, str], tuple[str, ...]]:
    """Which they are and how often each is learnt from, as settings, and what they hold, as digests; nothing where that
    is not known.
    """
    try:
        texts = front_door.Run(run.folder).prepared_texts()
    except EngineError:  # they are not here any more
        return {}, ()
    names = [PurePosixPath(text).name for text in texts.used()]
    more = [count("other", len(names) - NAMED)] if len(names) > NAMED else []
    settings = {
        "Texts": f"{', '.join([*names[:NAMED], *more])} ({count('word', texts.words)})",
        "Balance of the texts": in_words(Balance(texts.balance)) if texts.balance in list(Balance) else "–",
    }
    return settings, tuple(sorted(text.sha256 for text in texts.texts if text.tokens or text.heldout_tokens))


def _settings(config: Any) -> Iterator[tuple[str, str]]:
    """Every setting that has a label. Where the token files came from is told by their folder, not by its digest."""
    for field in fields(config):
        value = getattr(config, field.name)
        if hasattr(value, "__dataclass_fields__"):
            yield from _settings(value)
        elif field.name == "prepared":
            yield "Tokens", tokens_in_words(value)
        elif label := field.metadata.get("label"):
            yield label, setting_in_words(field.metadata, value) or "–"
