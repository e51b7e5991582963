"""The bars of the documents' lengths."""

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.ui.data.statistics_view import Bars


@pytest.mark.parametrize("width", [180, 300, 900])
def test_names_below_the_bars_do_not_run_together(qtbot: QtBot, width: int) -> None:
    bars = Bars()
    qtbot.addWidget(bars)
    bars.resize(width, 160)
    bars.show_counts((0, *range(1, 15)))  # up to 32 tokens, ... up to 256k
    each = width / 14
    step = bars.named_every(each) * each
    letters = bars.fontMetrics().horizontalAdvance
    assert letters("128k") < step and letters("256k") < step
    assert bars.named_every(72) == 1, "where there is room each bar has its name"
