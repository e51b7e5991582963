"""The same prompt and seed in columns: two models, a model and the one before, three temperatures."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.library import LibraryModel
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.writing import receipt
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.side_by_side import Comparison, SideBySide
from textgen_gui.ui.write.write_tab import WriteTab

from ...conftest import train_all
from ...engine.runs import make_run
from ..using import click, settled, tabs
from .desk import closed, set_values


@pytest.fixture
def side(tab: WriteTab) -> SideBySide:
    tab.views.setCurrentWidget(tab.side_by_side)
    return tab.side_by_side


def texts(side: SideBySide) -> list[str]:
    return [widgets.text_of(column.page) for column in side.columns if column.isVisible()]


def test_the_second_model_is_another_one_until_somebody_chooses(qtbot: QtBot, side: SideBySide) -> None:
    assert side.other.remembered != side.model.remembered
    at = side.other.checkpoint_box.findData(-1)
    side.other.checkpoint_box.setCurrentIndex(at)
    side.other.checkpoint_box.activated.emit(at)
    side.model.changed.emit()
    assert side.other.remembered == side.model.remembered, "the user may have it so"


def test_models_and_temperatures_side_by_side(qtbot: QtBot, window: MainWindow, side: SideBySide) -> None:
    side.prompt.setPlainText("The old")
    side.mode.setCurrentText("Three degrees of daring")
    click(qtbot, side.write_button)
    assert side.status.text() == "Writing …"
    settled(qtbot, window)
    assert len(set(texts(side))) == 3 and side.status.text().endswith("seed, 7")
    assert all(text.startswith("The old") and len(text) > 8 for text in texts(side))
    side.mode.setCurrentText("Two models")
    side.other.checkpoint_box.setCurrentIndex(side.other.checkpoint_box.count() - 1)
    click(qtbot, side.write_button)
    settled(qtbot, window)
    assert len(texts(side)) == 2 and all(text.startswith("The old") for text in texts(side))


def test_what_stands_there_is_there_another_day_and_can_be_kept(
    qtbot: QtBot, window: MainWindow, side: SideBySide, place: Project
) -> None:
    side.prompt.setPlainText("The old")
    side.mode.setCurrentText("Three degrees of daring")
    click(qtbot, side.write_button)
    settled(qtbot, window)
    before = texts(side), headings(side), side.status.text(), side.other.remembered
    closed(qtbot, window)
    window.open_project(place.folder)
    settled(qtbot, window)
    assert (texts(side), headings(side), side.status.text(), side.other.remembered) == before
    click(qtbot, side.columns[1].keep_button)
    settled(qtbot, window)
    (file,) = place.generated_folder.glob("*.txt")
    assert file.read_text(encoding="utf-8").strip() == before[0][1].strip()
    assert receipt.read(file).written[0].config.temperature == 1
    for left in (None, {}, {"columns": [3], "mode": 1, "other": ""}, {"columns": [], "mode": "x", "other": ""}):
        side.bring_back(left)
    assert texts(side) == before[0], "what somebody made of the file changes nothing"


def headings(side: SideBySide) -> list[str]:
    return [column.title.text() for column in side.columns if column.isVisible()]


def test_a_heading_stays_with_the_text_that_its_model_wrote(qtbot: QtBot, window: MainWindow, side: SideBySide) -> None:
    """Whatever is chosen since; where nothing stands, it says what would write."""
    side.mode.setCurrentText("Two models")
    side.prompt.setPlainText("The old")
    side.model.checkpoint_box.setCurrentIndex(1)
    before = [side.model.in_words(), side.other.in_words()]
    assert headings(side) == before
    click(qtbot, side.write_button)
    for box in (side.model.checkpoint_box, side.other.checkpoint_box):  # while it writes, and after it
        box.setCurrentIndex(2)
        settled(qtbot, window)
        assert headings(side) == before != [side.model.in_words(), side.other.in_words()]
    side.mode.setCurrentText("Three degrees of daring")
    assert headings(side) == [*before, "Daring 1.2"] and not texts(side)[2]
    click(qtbot, side.write_button)
    settled(qtbot, window)
    assert headings(side) == ["Daring 0.7", "Daring 1.0", "Daring 1.2"]
    side.mode.setCurrentText("Two models")
    assert headings(side) == ["Daring 0.7", "Daring 1.0"]
    click(qtbot, side.write_button)
    click(qtbot, side.stop_button)
    settled(qtbot, window)
    side.other.checkpoint_box.setCurrentIndex(1)
    assert texts(side)[1] == "The old" and headings(side)[1] == side.other.in_words(), "nothing wrote there"


def test_a_column_is_kept_with_its_receipt(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, side: SideBySide, place: Project
) -> None:
    """What stood there was gone with the next texts, and could only be copied."""
    side.prompt.setPlainText("The old")
    side.mode.setCurrentText("Three degrees of daring")
    assert not any(column.keep_button.isEnabled() for column in side.columns)
    click(qtbot, side.write_button)
    settled(qtbot, window)
    click(qtbot, side.columns[1].keep_button)
    settled(qtbot, window)
    (kept,) = receipt.read(*place.generated_folder.glob("*.txt")).written
    assert kept.prompt == "The old" and kept.config.temperature == 1.0 and "Kept as" in window.notice.words.text()
    qtbot.keyClick(side.columns[0].page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    assert window.notice.words.text() == "Kept: 2 texts."
    files = sorted(place.generated_folder.glob("*.txt"))
    assert len(files) == 3, "the one that was kept before is not there twice"
    side.save()
    settled(qtbot, window)
    assert window.notice.words.text() == "All of these are kept already."
    for file in files:
        tab.replay(file)
        settled(qtbot, window)
        assert "the same" in window.notice.words.text(), "each as the column wrote it"


def test_a_model_trained_from_scratch_has_none_before_it(side: SideBySide) -> None:
    side.mode.setCurrentText("Before and after training further")
    assert not side.write_button.isEnabled() and "trained from scratch" in side.status.text()
    side.mode.setCurrentText("Three degrees of daring")
    assert side.write_button.isEnabled() and side.status.text() == ""


def test_no_run_of_ours_made_a_model_that_was_fetched(starter: LibraryModel, side: SideBySide) -> None:
    """Nothing could be written, and nothing said why."""
    side.model.choose("starter")
    side.mode.setCurrentText(Comparison.BEFORE.value)
    assert not side.write_button.isEnabled() and "No run of yours made this model" in side.status.text()


def test_a_fine_tuned_model_beside_the_one_before(qtbot: QtBot, window: MainWindow, run: Run) -> None:
    tuned = make_run(run.project, f'start.model="runs/{run.name}"', name="tuned")
    train_all(tuned)
    window.open_project(run.project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    tab = tabs(window)[2]
    set_values(tab, max_new_tokens=12, min_new_tokens=12)
    tab.choose(tuned)
    side = tab.side_by_side
    tab.views.setCurrentWidget(side)
    side.mode.setCurrentText(Comparison.BEFORE.value)
    click(qtbot, side.write_button)
    settled(qtbot, window)
    assert all(len(text) > 5 for text in texts(side)) and len(set(texts(side))) == 2


def test_in_side_by_side_write_stays_where_it_is(qtbot: QtBot, window: MainWindow, side: SideBySide) -> None:
    """Whatever is chosen beside it."""
    places = set()
    for comparison in Comparison:
        side.mode.setCurrentText(comparison.value)
        qtbot.wait(1)
        places.add(side.write_button.mapTo(window, QPoint()).toTuple())
    assert len(places) == 1
