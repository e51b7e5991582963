"""A hundred thousand texts that are told to the window: it goes on in between, and paints only what is in sight."""

import gc
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPaintEvent
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core.control import Control
from textgen_gui.engine.core.events import Event
from textgen_gui.engine.core.project import Source
from textgen_gui.engine.core.snapshot import ProjectSnapshot
from textgen_gui.ui.data import text_list, texts_pane, work
from textgen_gui.ui.data.balance import longest
from textgen_gui.ui.data.text_model import Column
from textgen_gui.ui.main_window import MainWindow

from ...conftest import story
from ..dropping import drop
from ..using import click, settled
from .test_text_list import read, snapshot

MANY = 100_000


def test_what_is_known_of_many_texts_is_told_in_portions(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When they are prepared each is told anew, all in a moment, which held the window for as long as it heard it."""
    happened = [read(f"{number:06}.txt") for number in range(MANY)]

    def prepared(project: Project, control: Control) -> Iterator[Event]:
        yield from happened

    monkeypatch.setattr(work, "prepared", prepared)
    window.open_by(lambda: Project.create(tmp_path / "p"))
    data = window.made_workspace().data
    settled(qtbot, window)
    (tmp_path / "a.txt").write_text(story())
    drop(data, tmp_path / "a.txt")
    settled(qtbot, window)
    beats = list[float]()
    timer = QTimer(data, interval=5, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.thread_time()))
    gc.collect(1)  # the readings that this test has made lie there already
    timer.start()
    click(qtbot, data.prepare_button)
    settled(qtbot, window)
    timer.stop()
    assert data.table.texts.read(Source(f"{MANY - 1:06}.txt", "")) == happened[-1]
    own = [later - earlier for earlier, later in itertools.pairwise(beats)]
    assert max(own) < 0.06, "of its own time: other programs may hold it up as well"


def test_what_is_read_out_of_sight_is_not_painted(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt paints the whole list whichever rows have changed."""
    painted = list[QPaintEvent]()

    class Counted(text_list.TextList):
        def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
            painted.append(event)
            super().paintEvent(event)

    monkeypatch.setattr(texts_pane, "TextList", Counted)
    pane = texts_pane.TextsPane([])
    qtbot.addWidget(pane)
    pane.resize(900, 500)
    pane.show()
    pane.show_texts(snapshot(tuple(Source(f"{number:03}.txt", "/x.txt") for number in range(300))), up_to_date=False)

    def is_painted(*rows: int) -> bool:
        qtbot.wait(20)
        painted.clear()
        pane.table.texts.take([read(f"{row:03}.txt") for row in rows])
        qtbot.wait(20)
        return bool(painted)

    assert is_painted(0) and is_painted(3, 250) and not is_painted(200) and not is_painted(100, 299)
    pane.table.scrollToBottom()
    assert not is_painted(0, 200) and is_painted(299) and is_painted(0, 299)
    pane.search.setText("00.txt")
    assert is_painted(200), "rows end above the lower edge"


def test_the_widths_of_columns_are_found_without_a_look_at_every_text(qtbot: QtBot) -> None:
    """Whether all are of one folder was asked of each of them, at every change of the list and of the window."""
    pane = texts_pane.TextsPane([])
    qtbot.addWidget(pane)
    pane.resize(900, 500)
    pane.show()
    pane.show_texts(snapshot(tuple(Source(f"{n:06}.txt", f"/home/{n:06}.txt") for n in range(MANY))), up_to_date=False)
    began = time.thread_time()
    pane.table.fit()
    assert time.thread_time() - began < 0.015 and pane.table.isColumnHidden(Column.FOLDER)


def test_one_long_text_beside_very_many_short_ones_is_found_at_once() -> None:
    """It took the square of their number: minutes for twenty thousand letters and one book."""
    sources, characters = [Source(f"{number}.txt", "") for number in range(20_001)], [*20_000 * [900], 90_000_000]
    began = time.thread_time()
    found = longest(sources, characters)
    assert found and len(found.short) == 20_000
    assert time.thread_time() - began < 1


def test_texts_that_come_are_listed_once(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were listed at the end of the job, as the folder was before it, and again when it was looked at."""
    listed, show = list[int](), texts_pane.TextsPane.show_texts

    def counted(pane: texts_pane.TextsPane, found: ProjectSnapshot, up_to_date: bool) -> None:
        listed.append(len(found.sources))
        show(pane, found, up_to_date)

    monkeypatch.setattr(texts_pane.TextsPane, "show_texts", counted)
    window.open_by(lambda: Project.create(tmp_path / "p"))
    data = window.made_workspace().data
    settled(qtbot, window)
    (tmp_path / "a.txt").write_text(story())
    listed.clear()
    drop(data, tmp_path / "a.txt")
    settled(qtbot, window)
    assert listed == [1]
    click(qtbot, data.prepare_button)
    settled(qtbot, window)
    assert listed == [1, 1] and data.table.texts.words(data.table.selected()[0], Column.STATE) == "Ready"
