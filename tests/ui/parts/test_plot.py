"""The learning curve."""

import itertools
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QTextDocument, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from textgen_gui.ui.parts.chart import Plot
from textgen_gui.ui.parts.curve import DRAWN, Steps
from textgen_gui.ui.parts.moments import HIGH
from textgen_gui.ui.parts.plot import LossPlot
from textgen_gui.ui.parts.plot_export import CurveFormat, exported


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[LossPlot]:
    """A run of 1,000 steps, a fifth of which are done."""
    made = LossPlot()
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show_plan(1000)
    made.add_baseline("an old-fashioned word counter", 2.0, 1.0)
    for step in range(1, 201):
        made.add_step(step, 4.0 - step / 100 + (0.2 if step % 2 else -0.2))
        if step % 50 == 0:
            made.add_heldout(step, 4.0 - step / 100, 2.0 - step / 200)
    with qtbot.waitExposed(made):
        made.show()
    yield made


def hover(plot: LossPlot, step: float) -> None:
    box = plot._plot.getViewBox()
    middle = sum(box.viewRange()[1]) / 2
    plot._plot.scene().sigMouseMoved.emit(box.mapViewToScene(QPointF(step, middle)))


def test_what_was_read_of_one_run_does_not_stay_on_the_next(plot: LossPlot) -> None:
    hover(plot, 100)
    assert plot._card.isVisible() and plot._cursor.isVisible() and "Step 100 of 1,000" in plot._card.toPlainText()
    assert "Never seen: 1.50" in plot._card.toPlainText()
    plot.clear()
    assert plot._card.toPlainText() == "" and not plot._cursor.isVisible() and not plot._card.isVisible()


def test_no_star_is_for_the_model_that_a_run_began_with(qtbot: QtBot) -> None:
    """It stood at step 0 of a run that learnt nothing: that step was never trained, and is not what is kept."""
    made = LossPlot()
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show_plan(100)
    made.add_heldout(0, 2.0, 1.0)
    made.add_step(1, 2.6)
    with qtbot.waitExposed(made):
        made.show()
    made.draw()
    assert len(made._best.getData()[0]) == 0 and made.in_words().endswith("The model that it began with: 1.00.")
    hover(made, 1)
    assert "Never seen: 1.00 (the model that it began with)" in made._card.toPlainText()
    for step, loss in ((20, 2.4), (40, 2.2), (60, 2.3)):
        made.add_step(step, 2.5)
        made.add_heldout(step, loss, loss / 2)
    made.draw()
    assert made._best.getData()[0].tolist() == [40.0] and "best 1.10 at step 40" in made.in_words()


def test_half_a_minute_is_no_five_hundred(qtbot: QtBot) -> None:
    chart = Plot()
    qtbot.addWidget(chart)
    chart.plot([0.0, 0.5], [1.0, 2.0])
    chart.show()
    chart.setLabel("bottom", "Time (minutes)")
    axis = chart.getAxis("bottom")
    assert axis.autoSIPrefixScale * axis.scale == 1 and axis.labelString().count("x") == 0


def test_the_names_of_two_level_lines_never_lie_on_one_another(plot: LossPlot) -> None:
    plot.add_baseline("the model it began with", 2.02, 1.01)
    plot.draw()
    names = [line.label.mapRectToScene(line.label.boundingRect()) for line in plot._bars]
    assert not names[0].intersects(names[1])


def test_no_level_line_goes_through_the_name_of_another(plot: LossPlot) -> None:
    """A letter counter and one that learns as it reads are near each other, and their names at different sides."""
    plot.add_baseline("a letter counter", 1.4, 0.7)
    plot.add_baseline("a letter counter that learns as it reads", 1.34, 0.67)
    plot.draw()
    QApplication.processEvents()
    box = plot._plot.getViewBox()
    for named in plot._bars:
        name = named.label.mapRectToScene(named.label.boundingRect())
        for line in plot._bars:
            at = box.mapViewToScene(QPointF(0, line.value())).y()
            assert line is named or not name.top() < at < name.bottom()


def test_an_empty_curve_has_no_numbers(plot: LossPlot) -> None:
    axes = [plot._plot.getAxis(side) for side in ("left", "bottom")]
    assert all(axis.style["showValues"] for axis in axes)
    plot.clear()
    assert not any(axis.style["showValues"] for axis in axes)


def test_the_card_goes_when_the_mouse_leaves(plot: LossPlot) -> None:
    hover(plot, 100)
    plot._plot.scene().sigMouseMoved.emit(QPointF(-5, -5))
    assert not plot._card.isVisible()


@pytest.mark.parametrize("step", [1, 90, 110, 199])
def test_the_card_is_whole_in_a_small_window(plot: LossPlot, step: int) -> None:
    plot.show_plan(200)
    plot.resize(230, 300)
    plot.draw()
    QApplication.processEvents()
    hover(plot, step)
    plot.grab()  # a text is as large as it was painted last
    card = plot._card.mapRectToScene(plot._card.boundingRect())
    seen = plot._plot.getViewBox().sceneBoundingRect()
    assert seen.left() - 1 <= card.left() and card.right() <= seen.right() + 1


def test_the_whole_plan_is_in_sight_from_the_start(plot: LossPlot) -> None:
    (left, right), _ = plot._plot.getViewBox().viewRange()
    assert left <= 0 and 1000 <= right < 1100
    assert plot._future.isVisible() and plot._future.getRegion() == (200, 1000)
    for step in range(201, 1001):
        plot.add_step(step, 2.0)
    plot.draw()
    assert plot._plot.getViewBox().viewRange()[0] == [left, right], "the axis does not move"
    assert not plot._future.isVisible()


def test_all_of_it_is_in_one_unit(plot: LossPlot) -> None:
    """Two nats a token are one bit a byte in these texts."""
    assert plot._plot.getAxis("left").labelText == "Surprise (bits a byte)"
    assert plot._heldout.yData[-1] == pytest.approx(1.0) and plot._bars[0].value() == pytest.approx(1.0)
    assert "By text it has never seen 1.00, best 1.00 at step 200." in plot.in_words()
    plot.clear()
    plot.add_step(1, 2.0)
    plot.draw()
    assert plot.unit() == "bits a token" and "2.89" in plot.in_words(), "as long as nothing is known of the bytes"


def test_what_a_sign_means_stands_on_one_line_with_it(plot: LossPlot) -> None:
    """Where there is room for the longest of them."""
    document = QTextDocument()
    document.setDefaultFont(plot._legend.font())
    document.setHtml(plot._legend.text())
    longest = plot._legend.fontMetrics().horizontalAdvance("━●━ text it has never seen")
    for width in range(longest + 20, longest + 400, 10):
        document.setTextWidth(width)
        block = document.begin()
        document.documentLayout().documentSize()  # it is laid out now
        lines = [block.layout().lineAt(number) for number in range(block.layout().lineCount())]
        shown = [block.text()[line.textStart() :][: line.textLength()].strip() for line in lines]
        together = "\n".join(shown).replace("\xa0", " ")
        for whole in ("━●━ text it has never seen", "★ its best", "━━ what it reads"):
            assert whole in together, (width, shown)


def crossings(plot: LossPlot) -> list[str]:
    """Names of level lines that a curve, another line or another name goes through, or that are cut."""
    plot._dirty = True
    plot.draw()
    QApplication.processEvents()
    box = plot._plot.getViewBox()
    boxes = {line: line.label.mapRectToScene(line.label.boundingRect()) for line in plot._bars}
    found = list[str]()
    for line, name in boxes.items():
        left, right = (box.mapSceneToView(corner).x() for corner in (name.topLeft(), name.topRight()))
        heights = [other.value() for other in plot._bars if other is not line]
        for curve in (plot._smooth, plot._heldout):
            steps, values = curve.getData()
            if steps is not None and len(steps):
                heights += np.interp(np.linspace(left, right, 500), steps, values, math.nan, math.nan).tolist()
        at = [box.mapViewToScene(QPointF(0, height)).y() for height in heights if math.isfinite(height)]
        is_crossed = any(name.top() < height < name.bottom() for height in at)
        is_overprinted = any(name.intersects(other) for key, other in boxes.items() if key is not line)
        if is_crossed or is_overprinted or not box.sceneBoundingRect().adjusted(-1, -1, 1, 1).contains(name):
            found.append(line.label.format)
    return found


@pytest.mark.parametrize("bar", [1.2, 1.9, 2.0, 2.1, 2.6, 3.4])
def test_nothing_goes_through_the_name_of_a_bar_while_the_curve_comes_down_to_it(plot: LossPlot, bar: float) -> None:
    plot.resize(1100, 400)
    plot._bars[0].loss = bar
    plot.add_baseline("the model it began with", 3.6, 1.8)
    for step in range(201, 1001):
        plot.add_step(step, 1.9 + 0.1 * 200 / step)
        if step % 100 == 0:
            plot.add_heldout(step, 2.0 + 0.1 * 200 / step, 1.0 + 0.05 * 200 / step)
            assert not crossings(plot), step


def test_noise_becomes_a_band_and_a_smooth_line() -> None:
    steps, random = Steps(), np.random.default_rng(1)
    steps.plan = 5000
    for step in range(1, 5001):
        steps.add(step, 3.0 + random.normal(0, 0.3))
    drawn, smooth, spread = steps.thinned()
    assert len(drawn) <= 2 * DRAWN and drawn[-1] == 5000
    assert np.abs(smooth[200:] - 3.0).max() < 0.2 and 0.15 < spread[200:].mean() < 0.35


def test_a_thinned_run_looks_like_the_whole_one() -> None:
    """Live, a fast run is shown in part; read again from its file it is whole."""
    random = np.random.default_rng(1)
    whole, part = Steps(), Steps()
    for step in range(1, 4001):
        loss = 3.0 + random.normal(0, 0.3)
        whole.add(step, loss)
        if step % 25 == 0:
            part.add(step, loss)
    ends = [series[2][-series.length // 2 :].std() for series in (whole, part)]
    assert ends[1] < 3 * ends[0] < 0.3


def test_names_of_neighbouring_bars_stand_at_different_sides(plot: LossPlot) -> None:
    for loss in (1.9, 1.85):
        plot.add_baseline("another", loss, loss / 2)
    plot.draw()
    assert [bar.label.orthoPos for bar in plot._bars] == [0.99, 0.01, 0.99]


def test_a_resume_is_marked(plot: LossPlot) -> None:
    plot.add_resume(120)
    assert [line.value() for line in plot._moments.lines] == [120]
    plot.clear()
    assert not plot._moments.lines


def test_of_stops_that_are_near_each_other_the_first_says_it_for_all(plot: LossPlot) -> None:
    for step in (100, 120, 900):
        plot.add_resume(step)
    plot.draw()
    QApplication.processEvents()
    assert [line.label.isVisible() for line in plot._moments.lines] == [True, False, True]
    assert all(line.isVisible() for line in plot._moments.lines)
    for step in (430, 650):  # a name goes right on one side of the middle, and left on the other
        plot.add_resume(step)
    plot._dirty = True
    plot.draw()
    QApplication.processEvents()
    names = [
        line.label.mapRectToScene(line.label.boundingRect()) for line in plot._moments.lines if line.label.isVisible()
    ]
    assert not any(one.intersects(other) for one, other in itertools.combinations(names, 2))


def test_near_its_end_the_curve_does_not_go_through_the_name_of_the_bar_next_to_it(plot: LossPlot) -> None:
    """With three bars every second name stood on the right, where the curve ends."""
    plot.add_baseline("a letter counter", 1.2, 0.6)
    plot.add_baseline("a letter counter that learns as it reads", 0.6, 0.3)
    for step in range(201, 1001):
        plot.add_step(step, 2.1)
    plot.add_heldout(1000, 2.1, 1.05)
    plot.draw()
    assert not crossings(plot)


def test_the_wheel_scrolls_the_page_and_zooms_only_with_ctrl(plot: LossPlot) -> None:
    before = plot._plot.getViewBox().viewRange()
    middle = QPointF(plot._plot.viewport().rect().center())

    def turn(keys: Qt.KeyboardModifier) -> bool:
        event = QWheelEvent(
            middle, middle, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False
        )
        QApplication.sendEvent(plot._plot.viewport(), event)
        return event.isAccepted()

    assert not turn(Qt.KeyboardModifier.NoModifier) and plot._plot.getViewBox().viewRange() == before
    turn(Qt.KeyboardModifier.ControlModifier)
    assert plot._plot.getViewBox().viewRange() != before
    plot.add_step(201, 2.0)
    plot.draw()
    assert plot._plot.getViewBox().viewRange() != before, "it stays where the user zoomed"
    next(action for action in plot.menu.actions() if action.text() == "Show the whole curve").trigger()
    assert plot._plot.getViewBox().viewRange()[0] == before[0]


def test_small_differences_can_be_shown_larger(plot: LossPlot) -> None:
    plot._log.trigger()
    assert plot._bars[0].value() == pytest.approx(0.0, abs=1e-6), "the logarithm of 1"
    plot._log.trigger()
    assert plot._bars[0].value() == pytest.approx(1.0)


def test_the_curve_becomes_a_picture_and_a_table(plot: LossPlot) -> None:
    image = QImage.fromData(exported(plot, CurveFormat.PNG))
    assert (
        image.width() == 2 * plot._plot.width()
        and len({image.pixel(x, image.height() // 2) for x in range(0, 900)}) > 2
    )
    root = ElementTree.fromstring(exported(plot, CurveFormat.SVG).decode())
    assert root.tag.endswith("svg") and len(list(root.iter())) > 20
    lines = exported(plot, CurveFormat.CSV).decode().splitlines()
    assert lines[0] == "step,what it reads (bits a byte),spread,never seen (bits a byte)"
    assert len(lines) == 201 and lines[200].startswith("200,") and lines[200].endswith(",1")


@pytest.mark.parametrize(("bar", "stands"), [(5.0, False), (1.0, True)])
def test_names_of_lines_do_not_overprint(plot: LossPlot, bar: float, stands: bool) -> None:
    plot.clear()
    plot.add_baseline("an old-fashioned word counter", bar, bar / 2)
    for step, loss in ((10, 4.0), (100, 2.0)):
        plot.add_step(step, loss)
        plot.add_heldout(step, loss, loss / 2)
    plot.add_resume(90)
    plot.draw()
    (resumed,) = plot._moments.lines
    assert (resumed.label.orthoPos == HIGH) is stands


def test_the_name_of_a_stop_does_not_lie_on_that_of_a_bar_above(plot: LossPlot) -> None:
    """Where the curve takes the lower edge and the middle."""
    plot.clear()
    plot.add_baseline("an old-fashioned word counter", 50.0, 25.0)
    for step in (1, 300):
        plot.add_step(step, 4.0)
    for step in range(100, 290, 10):
        plot.add_heldout(step, 2.0 + 1.4 * (step % 20 == 0), 1.0 + 0.7 * (step % 20 == 0))
    plot.add_resume(280)
    plot.draw()
    QApplication.processEvents()
    (resumed,), above = plot._moments.lines, plot._higher
    name = resumed.label.mapRectToScene(resumed.label.boundingRect())
    assert not name.intersects(above.mapRectToScene(above.boundingRect()))


@pytest.mark.parametrize("bars", [1, 2])
def test_the_name_of_a_stop_goes_below_that_of_a_bar_above_where_all_else_is_taken(plot: LossPlot, bars: int) -> None:
    """Of a run that went on from another model, after three evaluations."""
    plot.resize(plot.width(), 230)
    plot.clear()
    plot.show_plan(30)
    plot.add_heldout(0, 2.494, 1.247)
    plot.add_baseline("the model it began with", 2.494, 1.247)
    for bar in range(bars):
        plot.add_baseline("an old-fashioned word counter", 3.6 + bar, 1.8)
    for step in range(1, 26):
        plot.add_step(step, 2.55 if step < 23 else 2.46)
    for step, loss in ((12, 2.456), (24, 2.43)):
        plot.add_heldout(step, loss, loss / 2)
    plot.add_resume(24)
    plot.draw()
    QApplication.processEvents()
    (resumed,), above = plot._moments.lines, plot._higher
    name = resumed.label.mapRectToScene(resumed.label.boundingRect())
    assert resumed.label.isVisible() and not name.intersects(above.mapRectToScene(above.boundingRect()))


def test_the_names_of_the_axes_grow_with_the_text(plot: LossPlot) -> None:
    font = plot.font()
    font.setPointSizeF(2 * font.pointSizeF())
    plot.setFont(font)
    plot.restyle()
    assert plot._plot.getAxis("bottom").labelStyle["font-size"] == f"{font.pointSizeF():g}pt"


def starting_with_a_model(plot: LossPlot, bar: float = 3.8) -> None:
    """It writes well from the start: counting words is far worse than all of the curve."""
    plot.clear()
    plot.show_plan(100)
    plot.add_heldout(0, 2.74, 1.37)
    plot.add_baseline("the model it began with", 2.74, 1.37)
    plot.add_baseline("an old-fashioned word counter", bar, bar / 2)
    for step in range(1, 101):
        plot.add_step(step, 2.74 - step / 400)
    plot.add_heldout(100, 2.5, 1.25)
    plot.draw()


@pytest.mark.parametrize("log", [False, True])
def test_a_bar_far_above_does_not_flatten_the_curve_and_is_said_at_its_upper_edge(plot: LossPlot, log: bool) -> None:
    plot._log.setChecked(log)
    starting_with_a_model(plot)
    low, high = plot._plot.getViewBox().viewRange()[1]
    curve, first = (float(plot._height(np.array([bits]))[0]) for bits in (1.25, 1.37))
    assert low < curve < first < high and first - curve > 0.5 * (high - low), (
        "the curve has more than half of the height"
    )
    assert plot._higher.toPlainText() == "↑ an old-fashioned word counter, 1.90"
    QApplication.processEvents()
    box = plot._plot.getViewBox()
    said = plot._higher.mapRectToScene(plot._higher.boundingRect())
    assert box.sceneBoundingRect().adjusted(-1, -1, 1, 1).contains(said)
    began = plot._bars[0].label
    assert not said.intersects(began.mapRectToScene(began.boundingRect()))
    box.setYRange(*plot._height(np.array([1.0, 2.0])))
    assert plot._higher.toPlainText() == "", "whoever zooms out sees its line"
    plot.clear()
    assert plot._higher.toPlainText() == ""


def test_no_name_lies_on_another_and_none_is_cut_where_text_is_twice_as_large(plot: LossPlot, qtbot: QtBot) -> None:
    """In a curve that is as low as it can be, and without waiting for another step."""
    starting_with_a_model(plot)
    font = plot.font()
    font.setPointSizeF(2 * font.pointSizeF())
    plot.setFont(font)
    plot.restyle()
    plot.resize(700, plot.minimumSizeHint().height())
    plot.draw()
    QApplication.processEvents()
    said, began = plot._higher, plot._bars[0].label
    assert said.toPlainText() and not overlap(said, began)
    axis = plot._plot.getAxis("left")
    assert axis.label.boundingRect().width() <= axis.size().height()


def overlap(one: Any, other: Any) -> bool:
    boxes = [item.mapRectToScene(item.boundingRect()) for item in (one, other)]
    return bool(boxes[0].intersects(boxes[1]))


def test_a_bar_that_the_curve_came_down_from_stays_in_the_scale(plot: LossPlot) -> None:
    plot.clear()
    plot.show_plan(1000)
    plot.add_baseline("an old-fashioned word counter", 4.0, 2.0)
    for step in range(1, 1001):
        plot.add_step(step, 8.0 if step < 20 else 2.0 - step / 5000)
    plot.add_heldout(50, 2.0, 1.0)
    plot.draw()
    assert plot._bars[0].value() < plot._plot.getViewBox().viewRange()[1][1] and not plot._higher.toPlainText()


def test_a_run_that_broke_off_in_infinity_keeps_its_bars(plot: LossPlot) -> None:
    plot.clear()
    plot.add_baseline("an old-fashioned word counter", 2.0, 1.0)
    for step, loss in enumerate((4.0, 3.0, float("nan")), 1):
        plot.add_step(step, loss)
    plot.draw()
    low, high = plot._plot.getViewBox().viewRange()[1]
    assert low < plot._bars[0].value() < high


def test_the_name_of_an_axis_lies_on_no_numbers_when_they_come(plot: LossPlot) -> None:
    """They are measured when they are drawn: the first picture had the room of the numbers before."""
    axis = plot._plot.getAxis("left")
    plot.add_heldout(210, 4000.0, 2000.0)
    plot.draw()
    named = axis.label.mapRectToParent(axis.label.boundingRect())
    assert named.right() <= axis.width() - axis.textWidth and axis.textWidth > 30


def test_a_model_that_begins_anew_is_marked_and_its_curve_begins_anew(qtbot: QtBot) -> None:
    made = LossPlot()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show_plan(2000)
    for step in range(1, 1001):
        made.add_step(step, 2.0 + 4 / step)
    for _ in range(2):  # a run that was stopped there begins it once more
        made.add_generation(1000)
    for step in range(1001, 1200):
        made.add_step(step, 2.2 + 4 / (step - 1000))
    made.draw()
    assert [line.label.format for line in made._moments.lines] == ["a new model begins"]
    smooth, steps = made._steps[2], made._steps[0]
    assert smooth[steps == 1001] == 6.2  # nothing of the one before is in it
    assert smooth[-1] < 2.4
    assert made._plot.getViewBox().viewRange()[1][1] < 3.5  # what it knew nothing of does not flatten the curve
    made.cut_back(900)
    made.add_step(901, 2.0)
    assert made._steps[2][-1] < 2.1


def test_no_line_leads_from_one_model_to_the_next(qtbot: QtBot) -> None:
    """The last point of the one before and the first of the next are nothing that one becomes from the other."""
    made = with_generations(qtbot)
    x, y = made._heldout.getData()
    assert list(x) == [100, 200, 300, 400] and len(y) == 4
    assert list(made._heldout.opts["connect"]) == [1, 0, 1, 0]
    steps, connected = made._smooth.getData()[0], made._smooth.opts["connect"]
    assert [int(step) for step, one in zip(steps, connected, strict=True) if not one] == [200, 400]
    assert len(made._band.path().toSubpathPolygons()) == 2


def test_the_name_of_a_new_model_is_where_the_curve_is_not(qtbot: QtBot) -> None:
    made = with_generations(qtbot)
    QApplication.processEvents()
    (line,) = made._moments.lines
    name = line.label.mapRectToScene(line.label.boundingRect())
    box = made._plot.getViewBox()
    for x, y in zip(*made._smooth.getData(), strict=True):
        assert not name.contains(box.mapViewToScene(QPointF(x, y))), (x, y)


def with_generations(qtbot: QtBot) -> LossPlot:
    made = LossPlot()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    made.show_plan(600)
    for step in range(1, 401):
        if step == 201:
            made.add_generation(200)
        made.add_step(step, 2.0 + 2 * math.exp(-((step - 1) % 200) / 15))
        if step % 100 == 0:
            made.add_heldout(step, 2.2 + 0.2 * (step % 200 > 0))
    made.draw()
    return made
