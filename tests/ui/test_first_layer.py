"""The first layer of the window: five clicks to a text of one's own, plain words on the way, one unit for one thing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui import Run
from textgen_gui.engine.core.library import LibraryModel
from textgen_gui.engine.training import plan
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.train.run_numbers import RunNumbers

from ..conftest import story
from .dropping import drop
from .test_accessibility import shown, views
from .using import click, settled, tabs

# “Token” is the one word of the craft that has to be; it is explained beside where it is met first.
JARGON = r"\b(loss|nats?|epochs?|batch(es)?|learning rate|threads|parameters|fp32|bf16|optimi[sz]er|context)\b"


def in_sight(root: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Whatever has words on it that can be read without a click."""
    for widget in root.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton) and not widget.visibleRegion().isEmpty():
            yield widget, shown(widget) if isinstance(widget, QLabel) else widget.text()


def jargon(window: MainWindow) -> set[str]:
    return {words for _, words in in_sight(window) if re.search(JARGON, words, re.IGNORECASE)}


def test_five_clicks_and_a_drop_lead_to_a_text_of_ones_own(
    qtbot: QtBot, window: MainWindow, starter: LibraryModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each button is in sight when it is needed, and nothing on the way needs a course."""
    monkeypatch.setattr(plan, "speeds", lambda config, vocabulary, tried, **_: dict.fromkeys(tried, 200.0))
    (tmp_path / "mine.txt").write_text(story())
    clicks, hard = [], set[str]()

    def press(button: QAbstractButton, words: str) -> None:
        assert button.text().startswith(words) and not button.visibleRegion().isEmpty()
        hard.update(jargon(window))
        clicks.append(words)
        click(qtbot, button)

    assert drop(window, tmp_path / "mine.txt")
    settled(qtbot, window)
    data, train, generate = tabs(window)
    assert "What is a token?" in [words for _, words in in_sight(data)]
    press(data.prepare_button, "Prepare")
    settled(qtbot, window)
    press(data.train_button, "Next: Train")
    settled(qtbot, window)
    press(train.setup.start_button, "Start training")
    view, status = train.view, train.view.status
    qtbot.waitUntil(lambda: status.quality.words() != "It has not been tried yet", timeout=60_000)
    for part in (status.time, status.quality.bar, view.timeline, status.stage):
        assert not part.visibleRegion().isEmpty()
    assert not view.numbers.isVisible()
    offers = (view.write_button, status.next_button)

    def offered() -> list[QAbstractButton]:
        return [
            one
            for one in offers
            if one.text() == "Write with it" and one.isEnabled() and not one.visibleRegion().isEmpty()
        ]

    qtbot.waitUntil(lambda: bool(offered()), timeout=60_000)
    press(offered()[0], "Write with it")
    qtbot.waitUntil(generate.desk.write_button.isEnabled, timeout=60_000)
    press(generate.desk.write_button, "Write")
    qtbot.waitUntil(lambda: len(generate.desk.page.toPlainText()) > 20, timeout=60_000)
    assert len(clicks) == 5
    assert not hard
    train.stop()
    generate.desk.stop_button.click()
    settled(qtbot, window)


def test_nats_are_said_only_under_details(qtbot: QtBot, window: MainWindow, trained: Run) -> None:
    for view in views(qtbot, window, trained):
        for widget, words in in_sight(window):
            assert not re.search(r"\bnats?\b", words + widget.toolTip()) or _is_detail(widget), (view, words)


def _is_detail(widget: QWidget | None) -> bool:
    return widget is not None and (isinstance(widget, RunNumbers) or _is_detail(widget.parentWidget()))
