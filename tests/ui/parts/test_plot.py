"""The learning curve."""

from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from textgen_gui.ui.parts.plot import LossPlot


def test_what_was_read_of_one_run_does_not_stay_on_the_next(qtbot: QtBot) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    for step in range(1, 20):
        plot.add_step(step, 3.0)
    plot.draw()
    with qtbot.waitExposed(plot):
        plot.show()
    middle = QPointF(plot._plot.sceneBoundingRect().center())
    plot._plot.scene().sigMouseMoved.emit(middle)
    assert plot._words.text().startswith("Step") and plot._cursor.isVisible()
    plot.clear()
    assert plot._words.text() == "" and not plot._cursor.isVisible()
