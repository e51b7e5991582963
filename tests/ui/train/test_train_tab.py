"""Train: what a run begins with, several runs beside each other, the timeline, advice, notes, rename and delete."""

import errno
import functools
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from transformers import GPT2Config

from textgen_gui.engine.core import atomic_io, beginnings, event_log, events, kept_texts, project
from textgen_gui.engine.core.beginnings import FEW_MINUTES, SCRATCH, Helps, recipe_for
from textgen_gui.engine.core.config import Pace, RunConfig
from textgen_gui.engine.core.control import Control
from textgen_gui.engine.core.presets import PresetName
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.run_numbers import without_number
from textgen_gui.engine.training import plan
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import boxes, resources, widgets
from textgen_gui.ui.parts.model_box import Elsewhere
from textgen_gui.ui.parts.open_project import OpenProject
from textgen_gui.ui.parts.preferences import Preferences
from textgen_gui.ui.train import run_list, train_tab
from textgen_gui.ui.train.compare import CompareView, Course, _course
from textgen_gui.ui.train.run_setup import RunSetup
from textgen_gui.ui.train.run_view import RunView
from textgen_gui.ui.train.timeline import Timeline
from textgen_gui.ui.train.train_tab import TrainTab

from ...conftest import become, made_once, never, story, train_all
from ...engine.runs import make_run, prepared_project, train_until
from ...engine.training.test_initial_model import folder_of
from ..using import answer, bin_of_its_own, click, press_entry, settled, tabs
from ..wanted import offered


@pytest.fixture
def place(place: Project, prepared_once: Path) -> Project:
    become(place, prepared_once)
    return place


def train_two(place: Project) -> None:
    for run in (make_run(place, "train.learning_rate=0.001", name="slow"), make_run(place, name="fast")):
        train_all(run)


@pytest.fixture(scope="session")
def two_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory.mktemp("two"), train_two)


@pytest.fixture
def two(place: Project, two_once: Path) -> tuple[Run, Run]:
    """Two short runs that differ in their rate."""
    become(place, two_once)
    slow, fast = place.runs()
    return Run(slow.folder), Run(fast.folder)


@pytest.fixture
def train(qtbot: QtBot, window: MainWindow, place: Project, two: tuple[Run, Run]) -> TrainTab:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    settled(qtbot, window)
    return tabs(window)[1]


def choose(qtbot: QtBot, train: TrainTab, *names: str) -> None:
    shown = train.list.list
    items = [shown.item(row) for row in range(shown.count())]
    first, *others = (i for i in items if without_number(i.data(Qt.ItemDataRole.UserRole).name) in names)
    shown.setCurrentItem(first, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    for item in others:
        item.setSelected(True)
    idle(qtbot, train)


def test_a_run_in_sight_stays_marked_where_somebody_presses_beside_all(qtbot: QtBot, train: TrainTab) -> None:
    window = train.window()
    assert isinstance(window, MainWindow)
    window.tabs.setCurrentIndex(1)
    choose(qtbot, train, "slow")
    shown = train.list.list
    foot = QPoint(shown.viewport().width() // 2, shown.viewport().height() - 4)
    assert shown.itemAt(foot) is None
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=foot)
    qtbot.mouseClick(
        shown.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ControlModifier,
        shown.visualItemRect(shown.selectedItems()[0]).center(),
    )
    assert [without_number(run.name) for run in train.list.selected()] == ["slow"]


def idle(qtbot: QtBot, train: TrainTab) -> None:
    qtbot.waitUntil(lambda: train.opened is not None and not train.opened.jobs.busy, timeout=60_000)


def small(train: TrainTab, steps: int = 6) -> None:
    setup = train.setup
    setup.presets.cards[PresetName.TINY].click()
    setup.timed.setChecked(False)
    for name, value in {"steps": steps, "mark_every": 3, "sample_tokens": 8}.items():
        setup.train_form.controls[name].setValue(value)  # type: ignore[attr-defined]


def test_a_run_goes_on_from_another(qtbot: QtBot, window: MainWindow, train: TrainTab, two: tuple[Run, Run]) -> None:
    setup = train.setup
    assert setup.beginning.choice.itemText(0).startswith("Nothing") and not setup.beginning.fold.isVisible()
    setup.beginning.choice.setCurrentIndex(setup.beginning.choice.findData(f"runs/{two[0].name}"))
    setup.beginning.choice.activated.emit(setup.beginning.choice.currentIndex())
    settled(qtbot, window)
    assert "2 layers of width 16" in setup.beginning.facts.text()
    assert not setup.presets.isVisible() and setup.beginning.fold.isVisible()
    setup.timed.setChecked(False)
    assert setup.train_form.config().learning_rate == pytest.approx(5e-4)
    setup.beginning.form.controls["lora"].setValue(2)  # type: ignore[attr-defined]
    assert setup.train_form.config().learning_rate == pytest.approx(25e-4), "LoRA wants the whole rate"
    small(train)
    named = setup.name.placeholderText()
    click(qtbot, setup.start_button)
    settled(qtbot, window)
    assert train.opened and without_number(train.opened.project.runs()[-1].name) == named
    config = train.opened.project.runs()[-1].config()
    assert config.start.model == f"runs/{two[0].name}" and config.start.lora == 2
    assert config.train.learning_rate == pytest.approx(25e-4) and config.model.width == 16
    assert train.opened.project.runs()[-1].checkpoints()


def pick(train: TrainTab, name: object) -> None:
    """As a hand does in the open list."""
    choice = train.setup.beginning.choice
    choice.setCurrentIndex(next(row for row in range(choice.count()) if choice.itemData(row) == name))
    choice.activated.emit(choice.currentIndex())


def test_a_model_with_other_tokens_needs_nothing_set_by_hand(
    qtbot: QtBot, window: MainWindow, train: TrainTab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = prepared_project(tmp_path / "elsewhere", vocabulary=300)
    folder = folder_of(other, tmp_path / "model", GPT2Config(n_layer=2, n_embd=16, n_head=2, n_positions=64))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    beginning = train.setup.beginning
    pick(train, Elsewhere.FOLDER)
    settled(qtbot, window)
    assert beginning.model() == str(folder) and "cut into its tokens" in beginning.facts.text()
    small(train)
    click(qtbot, train.setup.start_button)
    settled(qtbot, window)
    assert train.opened
    config, settings = train.opened.project.runs()[-1].config(), train.opened.project.prepare_config()
    assert config.start.model == str(folder) and settings.tokenizer == "train"
    assert train.opened.project.runs()[-1].checkpoints()


def test_a_folder_without_a_model_is_refused_in_place(
    qtbot: QtBot, window: MainWindow, train: TrainTab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    beginning = train.setup.beginning
    pick(train, Elsewhere.FOLDER)
    settled(qtbot, window)
    assert "neither a run nor a checkpoint" in beginning.facts.text() and not train.setup.start_button.isEnabled()
    pick(train, SCRATCH)
    assert train.setup.start_button.isEnabled() and train.setup.presets.isVisible()


@pytest.mark.usefixtures("starter")
def test_the_rule_looks_again_where_the_time_decides(
    qtbot: QtBot, window: MainWindow, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginnings, "starter_helps", (Helps(float("inf"), most_minutes=FEW_MINUTES),))
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    settled(qtbot, window)
    setup = tabs(window)[1].setup
    for minutes, words in ((20, "from scratch"), (3, "with a model that already writes"), (10, "from scratch")):
        setup.minutes.setValue(minutes)
        settled(qtbot, window)
        assert setup.beginning.facts.text().startswith(f"Begins {words}")


@pytest.mark.usefixtures("starter")
def test_what_the_rule_waits_for_is_said(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """There was a gap that said nothing."""
    (tmp_path / "a.txt").write_text(story())
    place = project.create(tmp_path / "p")
    list(place.add_texts([tmp_path / "a.txt"], never))
    window.open_project(place.folder)
    settled(qtbot, window)
    data, train, _ = tabs(window)
    window.tabs.setCurrentIndex(1)
    settled(qtbot, window)
    assert train.setup.beginning.facts.text() == "Whether that helps is known once your texts are prepared."
    data.prepare()
    settled(qtbot, window)
    assert train.setup.beginning.facts.text().startswith("Begins with a model")


def test_the_name_that_a_run_gets_is_said_before(qtbot: QtBot, window: MainWindow, train: TrainTab) -> None:
    """“First try” stood there, and no run was ever called so."""
    setup = train.setup
    setup.minutes.setValue(3)
    assert train.opened and [source.file for source in train.opened.snapshot.sources] == ["story.txt"]
    assert setup.name.placeholderText() == "story, 3 minutes"
    setup.minutes.setValue(1)
    assert setup.name.placeholderText() == "story, 1 minute"
    setup.presets.cards[PresetName.TINY].click()
    assert setup.name.placeholderText() == "tiny"


@pytest.mark.usefixtures("starter")
def test_where_the_starter_helps_is_said_and_can_be_declined(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    settled(qtbot, window)
    setup = tabs(window)[1].setup
    assert setup.beginning.is_automatic and "start.model" not in setup.request().chosen
    assert setup.beginning.facts.text() == "Begins with a model that already writes English."
    assert "choose a model above, or a size below" in setup.why_timed.text() and setup.timed.isHidden()
    assert "no more than 3 times: where they are short, it ends sooner." in setup.why_timed.text()
    setup.presets.cards[PresetName.TINY].click()
    assert "you chose how large" in setup.beginning.facts.text() and not setup.beginning.scratch_button.isVisible()
    setup.presets.cards[PresetName.AUTO].click()
    click(qtbot, setup.beginning.scratch_button)
    settled(qtbot, window)
    asked = setup.request()
    assert not setup.beginning.is_automatic and "start.model" in asked.chosen and not asked.config.start.model
    assert "the model that learns most in that time" in setup.why_timed.text()
    setup.beginning.choose("starter")
    settled(qtbot, window)
    assert setup.request().config.start.model == "starter" and not setup.presets.isVisible()
    assert setup.why_timed.text().startswith("It goes through your texts no more than 3 times")
    rate = setup.train_form.config().learning_rate
    assert rate == pytest.approx(recipe_for(20_000).unlike_rate), "the one that the run will have"
    setup.timed.setChecked(False)
    assert setup.train_form.config().learning_rate == pytest.approx(5e-4)


def at(compare: CompareView, row: int, column: int) -> QTableWidgetItem:
    item = compare.table.item(row, column)
    assert item
    return item


def test_the_name_of_a_run_is_no_markup(qtbot: QtBot) -> None:
    compare = CompareView()
    qtbot.addWidget(compare)
    compare.courses = [Course(Run(Path("001 <img src=x> & more")), {}, (), 0.0)]
    compare.draw()
    assert "&lt;img src=x&gt; &amp; more" in compare._legend.text().replace("&nbsp;", " ")


def test_no_line_of_a_comparison_leads_from_one_model_of_a_run_to_the_next(qtbot: QtBot, tmp_path: Path) -> None:
    run = Run(tmp_path / "001 a")
    run.folder.mkdir()
    happened: list[events.Event] = [events.GenerationBegan(20, 1, 2)] * 2  # the second time after it was stopped there
    for step, bits in ((10, 3.0), (20, 2.0), (30, 3.5), (40, 1.9)):
        happened.append(events.Evaluated(step, bits, bits))
    run.events_file.write_text("".join(f"{event_log.to_json(event)}\n" for event in happened))
    compare = CompareView()
    qtbot.addWidget(compare)
    compare.courses = [_course(run, RunConfig(), "")]
    compare.draw()
    (curve,) = compare._plot.listDataItems()
    assert curve.opts["connect"].tolist() == [1, 0, 1, 0]


def test_two_runs_are_compared(qtbot: QtBot, train: TrainTab) -> None:
    choose(qtbot, train, "slow", "fast")
    compare = train.compare
    assert train.pages.currentWidget() is compare and compare.title.text() == "2 runs compared"
    rows = {compare.table.verticalHeaderItem(row).text(): row for row in range(compare.table.rowCount())}
    rate = rows["Learning rate"]
    values = [at(compare, rate, column).text() for column in range(2)]
    assert values == ["0.003", "0.001"] and rate < rows["Batch"]
    assert at(compare, rate, 0).background().color().name() == resources.colours()["tint"]
    assert at(compare, rows["Batch"], 0).background().color().name() != resources.colours()["tint"]
    assert compare.differences.text() == "They differ in: Learning rate." and compare.differences.isVisible()
    hidden = {name for name, row in rows.items() if compare.table.isRowHidden(row)}
    assert "Batch" in hidden and not hidden & {"Learning rate", "Time", "What it wrote last"}
    assert at(compare, rows["Balance of the texts"], 0).text() == "by size"
    assert at(compare, rows["Save every"], 0).text() == "evaluation", "as in the form, which shows no 0 there"
    texts = at(compare, rows["Texts"], 0).text()
    assert ".txt (" in texts and texts.endswith(" words)") and texts == at(compare, rows["Texts"], 1).text()
    assert compare.same_button.text() == f"Alike in {len(hidden)} settings"
    click(qtbot, compare.same_button)
    assert not any(compare.table.isRowHidden(row) for row in rows.values())
    click(qtbot, compare.same_button)
    assert compare.table.isRowHidden(rows["Batch"])
    assert "the best of these" in at(compare, 0, 0).text()
    assert compare.axis.currentText() == "Time", "steps of one run are not those of another"
    assert all(len(at(compare, rows["What it wrote last"], column).text()) > 3 for column in range(2))
    assert at(compare, rows["Tokens"], 0).text().endswith(", made from these texts") and "Prepared" not in rows
    assert not any("_" in name for name in rows), (
        "what has no name for people, as the seconds of a run by time, is left out"
    )
    assert train.list.hint.isVisible() and "Ctrl" in train.list.hint.text()
    assert [evaluation.step for evaluation in compare.courses[0].evaluations] == [4, 8, 12]
    assert [evaluation.tokens for evaluation in compare.courses[0].evaluations] == [4 * 64, 8 * 64, 12 * 64]
    assert not compare.gaps.isVisible()
    for number in range(compare.axis.count()):
        compare.axis.setCurrentIndex(number)
        assert len(compare._plot.listDataItems()) == 2
    choose(qtbot, train, "slow")
    assert train.pages.currentWidget() is train.view


@pytest.mark.parametrize(
    ("others", "told"),
    [(0, "They differ in no setting."), (8, "They differ in: 0, 1, 2, 3, 4, 5, 2 other settings.")],
)
def test_only_the_first_differences_are_named(qtbot: QtBot, others: int, told: str) -> None:
    compare = CompareView()
    qtbot.addWidget(compare)
    compare.courses = [
        Course(Run(Path(name)), {str(nth): name for nth in range(others)}, (), 1.0) for name in ("a", "b")
    ]
    compare._fill_table()
    assert compare.differences.text() == told and compare.same_button.isHidden()


def test_runs_that_were_judged_by_different_texts_have_no_best(qtbot: QtBot, train: TrainTab) -> None:
    choose(qtbot, train, "slow", "fast")
    compare = train.compare
    compare.courses = [replace(course, judged_by=(str(number),)) for number, course in enumerate(compare.courses)]
    compare._show(compare._wanted, compare.courses)
    assert "different texts" in compare.gaps.text() and compare.gaps.isVisible()
    assert not any("the best of these" in at(compare, 0, column).text() for column in range(2))


def test_a_curve_with_gaps_says_so(qtbot: QtBot, train: TrainTab) -> None:
    choose(qtbot, train, "slow")
    assert train.opened
    record = next(run for run in train.opened.project.runs() if "slow" in run.name).events_file
    lines = record.read_text().splitlines(keepends=True)
    rotten = next(number for number, line in enumerate(lines) if '"Evaluated"' in line)
    lines[rotten] = lines[rotten].replace('"loss": ', '"loss": 1')
    record.write_text("".join(lines))
    choose(qtbot, train, "slow", "fast")
    gaps = train.compare.gaps
    assert gaps.isVisible() and "slow”" in gaps.text() and "fast" not in gaps.text()


def test_a_damaged_run_is_left_out_of_the_comparison(qtbot: QtBot, two: tuple[Run, Run], opened: OpenProject) -> None:
    view = CompareView()
    qtbot.addWidget(view)
    view.open_project(opened)
    atomic_io.write_text(two[0].config_file, "nonsense")
    opened.look()
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    view.open(two)
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    assert [course.run.name for course in view.courses] == [two[1].name]


def test_so_many_runs_are_compared_as_can_be_told_apart(
    qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("textgen_gui.ui.train.compare.MOST", 1)
    choose(qtbot, train, "slow", "fast")
    assert train.compare.title.text() == "1 run compared, the first of 2" and train.compare.table.columnCount() == 1


def test_the_samples_of_a_run_that_is_read_are_shown_at_its_end(qtbot: QtBot) -> None:
    """One by one they would hold up the window: there can be hundreds."""
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.clear()
    for step in (10, 20):
        timeline.add(events.SampleWritten(step, "Once", f" at {step}"))
    assert "At each evaluation" in timeline.page.toPlainText()
    timeline.show_newest()
    assert timeline.page.toPlainText() == "Once at 20"
    timeline.add(events.SampleWritten(30, "Once", " at 30"))
    assert timeline.page.toPlainText() == "Once at 30"


def test_the_timeline_plays_how_the_writing_grew(qtbot: QtBot) -> None:
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.show()
    assert "At each evaluation" in timeline.page.toPlainText() and not timeline.bar.isVisible()
    for step in (10, 20, 30):
        timeline.add(events.SampleWritten(step, "Once", f" at {step}"))
        timeline.add(events.SampleWritten(step, "", f"Twice at {step}"))
    assert timeline.page.toPlainText() == "Once at 30\n\n———\n\nTwice at 30" and timeline.step.text() == "step 30"
    timeline.slider.setValue(0)
    assert timeline.page.toPlainText().startswith("Once at 10")
    timeline.add(events.SampleWritten(40, "Once", " at 40"))
    assert timeline.step.text() == "step 10", "it stays where the user looks"
    seen = []
    timeline.slider.valueChanged.connect(lambda: seen.append(timeline.step.text()))
    click(qtbot, timeline.play_button)
    qtbot.waitUntil(lambda: not timeline._timer.isActive(), timeout=10_000)
    assert seen == ["step 20", "step 30", "step 40"]
    timeline.cut_back(20)
    assert timeline.step.text() == "step 20" and timeline.slider.maximum() == 1


def test_advice_and_what_others_reach_are_shown(qtbot: QtBot, two: tuple[Run, Run], opened: OpenProject) -> None:
    view = RunView()
    qtbot.addWidget(view)
    view.open_project(opened)
    view.open(two[0])
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    assert view.status.advice.text().startswith("Done") and view.status.advice.property("good")
    view.show_event(events.Baseline("counting words", 4.2, 2.1))
    view.show_event(events.Advised(12, events.Advice.MEMORISING, "Memorising since step 8."))
    assert view.status.advice.text() == "Memorising since step 8." and not view.status.advice.property("good")
    assert [line.loss for line in view.plot._bars] == [4.2]
    assert view.plot._bars[0].label.toPlainText() == "an old-fashioned word counter"
    view.open(two[1])
    assert not view.plot._bars
    qtbot.waitUntil(lambda: not opened.jobs.busy)


def test_notes_are_kept_with_the_run(qtbot: QtBot, train: TrainTab, two: tuple[Run, Run]) -> None:
    choose(qtbot, train, "slow")
    qtbot.keyClicks(train.view.notes, "Too careful.")
    choose(qtbot, train, "fast")
    assert two[0].notes() == "Too careful." and train.view.notes.text() == ""
    choose(qtbot, train, "slow")
    assert train.view.notes.text() == "Too careful."


def test_the_key_to_keep_writes_notes_down(
    qtbot: QtBot, window: MainWindow, train: TrainTab, two: tuple[Run, Run]
) -> None:
    """They wait until they are left, where it is said that everything is saved."""
    choose(qtbot, train, "slow")
    qtbot.keyClicks(train.view.notes, "Too careful.")
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    assert two[0].notes() == "Too careful."


def test_a_run_is_renamed(qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    choose(qtbot, train, "slow")
    qtbot.keyClicks(train.view.notes, "My careful note")
    choose(qtbot, train, "fast")
    choose(qtbot, train, "slow")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("A/b", True))
    train.list.rename()
    idle(qtbot, train)
    assert not two[0].folder.exists() and train.opened
    renamed = train.opened.project.runs()[0]
    assert renamed.name == "001 A_b" and renamed.checkpoints()
    assert train.view.notes.text() == "My careful note", "and they were written over by nothing when it was left"
    choose(qtbot, train, "A_b")
    assert train.view.title.text() == "A_b"
    choose(qtbot, train, "fast")
    assert not train.unsaved() and renamed.notes() == "My careful note"


def test_a_run_is_renamed_and_deleted_without_the_right_mouse_button(
    qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)
    answer(monkeypatch, "Delete")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("another", True))
    choose(qtbot, train, "slow")
    press_entry(qtbot, train.list.more, "Rename …")
    idle(qtbot, train)
    assert train.view.title.text() == "another"
    choose(qtbot, train, "another", "fast")
    press_entry(qtbot, train.list.more, "Delete …")
    idle(qtbot, train)
    assert train.opened and not train.opened.project.runs()
    assert not train.list.more.isVisible(), "there is nothing that it could be for"


def test_the_menu_of_the_runs_offers_what_is_possible(qtbot: QtBot, train: TrainTab) -> None:
    possible = []
    for names in ((), ("slow",), ("slow", "fast")):
        choose(qtbot, train, *names) if names else train.new_run()
        train.list.menu.popup(train.mapToGlobal(train.rect().center()))
        possible.append([action.isEnabled() for action in train.list.menu.actions()])
        train.list.menu.close()
    assert possible == [[False, False], [True, True], [False, True]]


def test_what_stands_over_the_curve_leaves_it_most_of_a_low_window(
    qtbot: QtBot, window: MainWindow, train: TrainTab
) -> None:
    """More than a quarter of the page went to names, bars and advice where the text is larger."""
    choose(qtbot, train, "slow")
    window.resize(1024, 700)
    window.zoom_to(120)
    words = "Done: on text that it has never seen it guesses hardly better than the model that it began with."
    train.view.show_event(events.Advised(6, events.Advice.FLAT, words, events.NextStep.WRITE))
    try:
        page, status = train.view, train.view.status
        qtbot.waitUntil(lambda: page.split.mapTo(page, page.split.rect().topLeft()).y() < 185, timeout=3000)
        for part in (status.stage, status.advice):
            assert part.height() >= part.heightForWidth(part.width()), "nothing is cut"
        assert train.list.new_button.width() >= train.list.new_button.sizeHint().width()
    finally:
        window.zoom_to(100)


def test_a_renamed_run_stays_in_sight_and_a_cleaned_name_is_said(
    qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(["What? A/b", "long " * 40, "plain"])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (next(names), True))
    told: list[str] = []
    train.said.connect(told.append)
    choose(qtbot, train, "slow")
    for _ in range(3):
        train.list.list.setFocus()
        qtbot.keyClick(train.list.list, Qt.Key.Key_F2)
        idle(qtbot, train)
        (chosen,) = train.list.selected()
        assert train.view.isVisible() and without_number(chosen.name) == train.view.name
    assert train.view.title.text() == "plain"
    assert [sentence.rpartition(": ")[2] for sentence in told] == [
        "some signs cannot be in names of folders.",
        "it was too long.",
    ]
    assert told[0].startswith("The name became “What_ A_b”") and "long”" in told[1]


def test_a_run_goes_to_the_bin(
    qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The real bin of the system, by the key."""
    bin_of_its_own(monkeypatch, tmp_path)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.defaultButton().click())  # Return: the safe answer
    told: list[str] = []
    train.said.connect(told.append)
    for expected in (2, 1):
        choose(qtbot, train, "slow")
        train.list.list.setFocus()
        qtbot.keyClick(train.list.list, Qt.Key.Key_Delete)
        idle(qtbot, train)
        assert train.list.list.count() == expected and two[0].folder.exists() == (expected == 2)
        answer(monkeypatch, "Delete")
    assert not train.view.isVisible() and train.setup.isVisible()
    assert len(told) == 1 and without_number(two[0].name) in told[0] and "bin" in told[0]
    assert train.list.note_words.text() == f"In the bin: “{without_number(two[0].name)}”."
    assert [path.name for path in tmp_path.rglob("Trash/files/*")] == [two[0].name] or not sys.platform.startswith(
        "linux"
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bin of a desktop of Linux")
def test_deleted_runs_come_back(
    qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)
    answer(monkeypatch, "Delete")
    told: list[str] = []
    train.said.connect(told.append)
    for run in two:
        choose(qtbot, train, run.name.partition(" ")[2])
        train.list.list.setFocus()
        qtbot.keyClick(train.list.list, Qt.Key.Key_Delete)
        idle(qtbot, train)
        assert f"“{without_number(run.name)}”" in train.list.note_words.text() and train.list.undo_button.isVisible()
    assert train.list.list.count() == 0
    for left, run in enumerate(reversed(two)):
        train.list.undo_button.setFocus()
        qtbot.keyClick(train.list.undo_button, Qt.Key.Key_Space)
        idle(qtbot, train)
        assert run.folder.exists() and train.list.list.count() == left + 1
        assert told[-1] == f"“{without_number(run.name)}” is back.", "nothing says any more that it is in the bin"
        assert [one.name for one in train.list.selected()] == [run.name] and train.view.shows(run), "it is shown again"
        assert train.list.note.isVisible() == (left == 0)
        assert train.window().focusWidget() is (train.list.list if left else train.list.undo_button)
    choose(qtbot, train, two[0].name.partition(" ")[2])
    qtbot.keyClick(train.list.list, Qt.Key.Key_Delete)
    idle(qtbot, train)
    assert not two[0].folder.exists()
    qtbot.keyClick(train.list.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    idle(qtbot, train)
    assert two[0].folder.exists() and train.list.list.count() == 2, "Undo as everywhere"
    assert not list(tmp_path.rglob("*.trashinfo")), "the bin remembers nothing of them"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bin of a desktop of Linux")
def test_a_run_that_does_not_come_back_can_be_taken_back_later(
    qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_of_its_own(monkeypatch, tmp_path)
    answer(monkeypatch, "Delete")
    said: list[str] = []
    train.problem.connect(lambda sentence, _: said.append(sentence))
    for run in two:
        choose(qtbot, train, run.name.partition(" ")[2])
        train.list.delete()
        idle(qtbot, train)
    with monkeypatch.context() as full:
        full.setattr(kept_texts, "free_folder", unwritable)
        click(qtbot, train.list.undo_button)
        idle(qtbot, train)
    assert len(said) == 1 and without_number(two[1].name) in train.list.note_words.text()
    qtbot.mouseClick(train.list.undo_button, Qt.MouseButton.LeftButton)
    assert not train.list.undo_button.isEnabled()
    qtbot.mouseClick(train.list.undo_button, Qt.MouseButton.LeftButton)
    idle(qtbot, train)
    assert two[1].folder.exists() and not two[0].folder.exists(), "a second press in haste takes back no second run"
    assert without_number(two[0].name) in train.list.note_words.text()
    next(tmp_path.rglob("Trash/files/*")).rename(tmp_path / "elsewhere")
    click(qtbot, train.list.undo_button)
    idle(qtbot, train)
    assert "not in the bin any more" in said[1] and not train.list.note.isVisible()


def unwritable(folder: Path) -> Path:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_bin_that_refuses_is_said(
    qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    train.problem.connect(lambda sentence, _: said.append(sentence))
    answer(monkeypatch, "Delete")
    monkeypatch.setattr(run_list, "to_bin", lambda folder, lies: False)
    choose(qtbot, train, "fast")
    train.list.delete()
    idle(qtbot, train)
    assert "could not be moved to the bin" in said[0] and two[1].folder.exists()
    assert train.view.isVisible() and train.view.shows(two[1]), "it stays in sight"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bin of a desktop of Linux")
def test_a_new_account_has_a_bin_and_what_failed_before_is_told_no_longer(
    qtbot: QtBot,
    window: MainWindow,
    train: TrainTab,
    two: tuple[Run, Run],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Neither after one that was deleted, nor after one that came back."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "new account" / "share"))
    answer(monkeypatch, "Delete")
    for press in (lambda: train.list.delete(), lambda: click(qtbot, train.list.undo_button)):
        choose(qtbot, train, "fast" if two[1].folder.exists() else "slow")
        with monkeypatch.context() as none:
            none.setattr(run_list, "to_bin", lambda folder, lies: False)
            train.list.delete()
            idle(qtbot, train)
        assert window.notice.isVisible() and "could not be moved to the bin" in window.notice.words.text()
        press()
        idle(qtbot, train)
        assert not window.notice.isVisible()
        assert two[0].folder.exists() and two[1].folder.exists() == train.list.note.isHidden()
    window.tell("The disk is full.")
    train.list.delete()
    idle(qtbot, train)
    assert window.notice.words.text() == "The disk is full." and window.notice.isVisible(), "that is another matter"


def test_a_run_that_trains_is_not_deleted(
    qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    train.problem.connect(lambda sentence, _: said.append(sentence))
    answer(monkeypatch, "Delete")
    choose(qtbot, train, "fast")
    with two[1].lock():
        train.list.delete()
        idle(qtbot, train)
    assert "already being trained" in said[0] and two[1].folder.exists()


def test_prompts_keep_their_spaces(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QPlainTextEdit

    edit = QPlainTextEdit("«\u00a0Oui\u00a0»\nNon")
    qtbot.addWidget(edit)
    assert widgets.text_of(edit) == "«\u00a0Oui\u00a0»\nNon"


def test_training_rests_on_battery(
    qtbot: QtBot, window: MainWindow, train: TrainTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged = [True]
    power = lambda: type("Battery", (), {"power_plugged": plugged[0]})()  # noqa: E731
    monkeypatch.setattr(psutil, "sensors_battery", power, raising=False)
    click(qtbot, train.setup.rest)
    small(train, steps=100_000)
    click(qtbot, train.setup.start_button)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 5, timeout=60_000)
    plugged[0] = False
    train.battery.look()
    assert train.job and train.job.paused and "battery" in train.view.state.text()
    train.battery.look()
    assert train.job.paused
    plugged[0] = True
    train.battery.look()
    assert not train.job.paused
    click(qtbot, train.view.pause_button)
    for plugged[0] in (False, True):
        train.battery.look()
    assert train.job.paused, "whoever pauses by hand goes on by hand"
    click(qtbot, train.view.stop_button)
    settled(qtbot, window)


def test_the_pace_is_remembered(train: TrainTab) -> None:
    train.setup.pace.setCurrentIndex(0)
    train.setup.pace.activated.emit(0)
    assert Preferences().pace == "gentle" and RunSetup().pace.pace() is Pace.GENTLE


def test_what_fails_in_the_rehearsal_can_be_mended(
    qtbot: QtBot, window: MainWindow, train: TrainTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model far too large for this computer: a sentence, a button, and the button trains."""
    small(train)
    for name, value in {"width": 256, "heads": 4, "layers": 24}.items():
        train.setup.model_form.controls[name].setValue(value)  # type: ignore[attr-defined]
    memory = psutil.virtual_memory()._replace(available=750_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    click(qtbot, train.setup.start_button)
    settled(qtbot, window)
    assert "of memory" in window.notice.words.text() and train.view.mend_button.isVisible()
    assert train.view.mend_button.text() == "Start again with the Small model"
    click(qtbot, train.view.mend_button)
    settled(qtbot, window)
    assert train.opened
    last = train.opened.project.runs()[-1]
    assert last.config().model.layers == 4 and last.checkpoints() and not train.view.mend_button.isVisible()


@pytest.mark.slow
def test_two_processes_are_watched_like_one(qtbot: QtBot, window: MainWindow, train: TrainTab) -> None:
    small(train, steps=100_000)
    train.setup.processes.setValue(2)
    click(qtbot, train.setup.start_button)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 3, timeout=60_000)
    click(qtbot, train.view.stop_button)
    settled(qtbot, window)
    assert "Stopped and saved" in train.view.state.text() and train.opened
    run = train.opened.project.runs()[-1]
    assert (
        run.checkpoints()
        and next(e for e in event_log.read(run.events_file) if isinstance(e, events.RunStarted)).processes == 2
    )


def test_only_the_run_that_trains_is_paused(
    qtbot: QtBot, window: MainWindow, train: TrainTab, two: tuple[Run, Run]
) -> None:
    """“Paused” stood under a run that had ended; and the one that trained was offered a name that it cannot get."""
    click(qtbot, train.list.new_button)
    small(train, steps=100_000)
    click(qtbot, train.setup.start_button)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 5, timeout=60_000)
    click(qtbot, train.view.pause_button)
    assert "Paused" in train.view.state.text() and offered(train.list.menu) == {"Rename": False, "Delete": False}
    other = train.list.list.item(1)
    train.list.list.setCurrentItem(other, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    qtbot.waitUntil(lambda: train.view.run in two and train.view.reading is None)
    assert train.view.state.text().startswith("Finished") and offered(train.list.menu) == {
        "Rename": True,
        "Delete": True,
    }
    assert train.job
    train.job.stop()
    settled(qtbot, window)


def test_the_title_says_how_far_a_run_is_that_goes_on(qtbot: QtBot, window: MainWindow, train: TrainTab) -> None:
    """It came only with the next checkpoint."""
    small(train, steps=100_000)
    train.setup.train_form.controls["mark_every"].setValue(100_000)  # type: ignore[attr-defined]
    click(qtbot, train.setup.start_button)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 5, timeout=60_000)
    click(qtbot, train.view.stop_button)
    settled(qtbot, window)
    assert "%" not in window.windowTitle()
    click(qtbot, train.view.resume_button)
    qtbot.waitUntil(lambda: "%" in window.windowTitle(), timeout=20_000)
    click(qtbot, train.view.stop_button)
    settled(qtbot, window)


@pytest.mark.slow
def test_pause_holds_two_processes(qtbot: QtBot, window: MainWindow, train: TrainTab) -> None:
    """No step is done while it is paused, the processes take no time, and it goes on and stops afterwards."""
    small(train, steps=1_000_000)
    train.setup.processes.setValue(2)
    click(qtbot, train.setup.start_button)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 3, timeout=90_000)
    assert train.running
    file = train.running.events_file
    alive = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    launcher = next(child for child in alive if str(train.running.folder) in child.cmdline())
    children = [launcher, *launcher.children(recursive=True)]
    assert len(children) >= 3, "the launcher and two that train"
    click(qtbot, train.view.pause_button)
    qtbot.waitUntil(lambda: all(child.status() == psutil.STATUS_STOPPED for child in children), timeout=10_000)
    size, used = file.stat().st_size, [child.cpu_times()[:2] for child in children]
    qtbot.wait(1500)
    assert file.stat().st_size == size and [child.cpu_times()[:2] for child in children] == used
    click(qtbot, train.view.pause_button)
    qtbot.waitUntil(lambda: file.stat().st_size > size, timeout=20_000)
    click(qtbot, train.view.pause_button)
    qtbot.waitUntil(lambda: all(child.status() == psutil.STATUS_STOPPED for child in children), timeout=10_000)
    click(qtbot, train.view.stop_button)
    settled(qtbot, window)
    assert "Stopped and saved" in train.view.state.text() and train.view.run and train.view.run.checkpoints()


def test_notes_that_could_not_be_written_are_tried_again(qtbot: QtBot, train: TrainTab, two: tuple[Run, Run]) -> None:
    """Also when another run is shown by then: whoever wrote them was told, and closing asks."""
    choose(qtbot, train, "slow")
    two[0].notes_file.mkdir()  # no text can be written there
    qtbot.keyClicks(train.view.notes, "Too careful.")
    choose(qtbot, train, "fast")
    two[0].notes_file.rmdir()
    assert len(train.unsaved()) == 1
    choose(qtbot, train, "slow")
    assert train.view.notes.text() == "Too careful."
    choose(qtbot, train, "fast")
    assert two[0].notes() == "Too careful." and not train.unsaved()


def test_keys_mean_the_run_that_is_shown(
    qtbot: QtBot,
    window: MainWindow,
    train: TrainTab,
    two: tuple[Run, Run],
    place: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is resumed behind a comparison, and no run says that it stops because another one does."""
    stopped = make_run(place, "train.steps=100000", name="stopped")
    assert train.opened
    train.opened.look()
    settled(qtbot, window)
    choose(qtbot, train, "stopped")
    choose(qtbot, train, "slow")
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert window.passing.text().startswith("This run is finished.")
    choose(qtbot, train, "slow", "fast")
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert train.job is None
    choose(qtbot, train, "stopped")
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 5, timeout=60_000)
    train.list.list.setCurrentItem(train.list.list.item(1), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    qtbot.waitUntil(lambda: train.view.shows(two[1]) and train.view.reading is None)
    words = train.view.state.text()
    assert "trains now" not in words and not train.view.resume_button.isVisible()
    asked: list[str] = []

    def ask(_: object, job: object, name: str) -> bool:
        asked.append(name)
        return len(asked) == 2

    monkeypatch.setattr(train_tab, "ask_to_stop", ask)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert asked == ["stopped"] and train.job and not train.job.stopping, "a key is easily pressed by mistake"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert train.job and train.job.stopping and train.view.state.text() == words
    settled(qtbot, window)
    assert stopped.checkpoints()


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_F2])
def test_the_run_that_trains_is_neither_deleted_nor_renamed(
    qtbot: QtBot,
    window: MainWindow,
    train: TrainTab,
    place: Project,
    monkeypatch: pytest.MonkeyPatch,
    key: Qt.Key,
) -> None:
    """Nothing is asked, what is said is true, and the run stays in sight."""
    run = make_run(place, "train.steps=100000", name="going on")
    assert train.opened
    train.opened.look()
    settled(qtbot, window)
    choose(qtbot, train, "going on")
    click(qtbot, train.view.resume_button)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 5, timeout=60_000)
    for box, question in ((QMessageBox, "question"), (QInputDialog, "getText")):
        monkeypatch.setattr(box, question, lambda *_, **__: pytest.fail("It asked."))
    train.list.list.setFocus()
    qtbot.keyClick(train.list.list, key)
    assert window.notice.words.text() == "“going on” is being trained. Stop it first."
    assert train.view.isVisible() and train.view.shows(run) and train.job and not train.job.stopping
    click(qtbot, train.view.stop_button)
    settled(qtbot, window)
    assert run.checkpoints()


def test_a_measuring_that_was_cut_short_is_done_again(
    qtbot: QtBot, window: MainWindow, train: TrainTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []

    def measuring(vocabulary: int, control: Control) -> Iterator[events.Event]:
        measured.append(vocabulary)
        while not control():
            yield events.Progressed("Measuring", 0, 0, 0)

    monkeypatch.setattr(train_tab, "measuring_presets", measuring)
    train.show_device("a machine")
    qtbot.waitUntil(lambda: len(measured) == 1)
    small(train)
    click(qtbot, train.setup.start_button)
    qtbot.waitUntil(lambda: train.job is None and train.running is None, timeout=60_000)
    window.tabs.setCurrentIndex(0)
    window.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: len(measured) == 2)
    train.stop()


def test_every_button_and_entry_of_the_tab_is_pressed(
    qtbot: QtBot, window: MainWindow, train: TrainTab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the real call behind each; one that nothing here presses fails at the end."""
    pressed, buttons = _listened(train)
    setup, view = train.setup, train.view
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "curve"), ""))
    monkeypatch.setattr(QInputDialog, "getInt", lambda *_, **__: (1, True))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("another", True))
    answer(monkeypatch, "Delete")
    bin_of_its_own(monkeypatch, tmp_path)
    monkeypatch.setattr(plan, "speeds", lambda config, vocabulary, tried, **_: dict.fromkeys(tried, 2000.0))

    choose(qtbot, train, "slow", "fast")
    click(qtbot, train.compare.same_button)

    # a run that is there: read, play, copies, curve, renamed, longer
    choose(qtbot, train, "slow")
    for button in (view.details.heading, view.timeline.play_button, view.timeline.play_button, view.copied.button):
        button.click()
    idle(qtbot, train)
    assert view.copied.words.text().endswith(".")
    for word in train.findChildren(QToolButton, "word"):
        word.click()
        window.findChildren(boxes.Page)[-1].close()
    view.take_button.click()
    idle(qtbot, train)
    assert window.workspace and window.workspace.taking
    window.workspace.taking.close()
    for action in (*view.plot.menu.actions(), *view.plot.menu.actions()[:1]):
        action.trigger()
        idle(qtbot, train)
    for button in (view.plot.menu_button, train.list.more):
        button.setMenu(None)  # type: ignore[arg-type]  # or it would wait for a choice
        button.click()
    assert len(list(tmp_path.glob("curve.*"))) == 3
    _action(train, "Rename …").trigger()
    idle(qtbot, train)
    assert train.opened and train.opened.project.runs()[0].name == "001 another"
    view.status.next_button.click()  # the verdict of a run of twelve steps
    view.longer_button.click()
    qtbot.waitUntil(lambda: train.running is not None, timeout=60_000)
    assert train.running and train.running.name == "003 another longer"
    train.new_run()
    click(qtbot, setup.training_button)
    assert view.shows(train.running)
    for button in (view.pause_button, view.pause_button, view.stop_button):
        click(qtbot, button)
    settled(qtbot, window)
    click(qtbot, view.resume_button)
    qtbot.waitUntil(lambda: view.plot._steps.length > 3, timeout=60_000)
    click(qtbot, view.stop_button)
    settled(qtbot, window)
    view.write_button.click()
    assert window.tabs.currentIndex() == 2
    window.tabs.setCurrentIndex(1)
    view.mend_button.show()
    view._mend_settings = ("train.steps=2", "budget_s=0.0")  # by steps, which no clock changes
    view.mend_button.click()
    settled(qtbot, window)
    assert train.opened.project.runs()[-1].config().train.steps == 2
    _action(train, "Delete …").trigger()
    idle(qtbot, train)
    click(qtbot, train.list.undo_button)
    idle(qtbot, train)

    # a new one
    train.list.new_button.click()
    heading, cards = setup.advanced_fold.heading, setup.presets.cards.values()
    several: list[QAbstractButton] = [setup.timed, setup.rest, setup.rest, heading, *cards]
    for one in several:
        one.click()
    setup.timed.click()
    for form in (setup.model_form, setup.train_form, setup.beginning.form):
        for name, back in form.set_back_buttons.items():
            before = form.config()
            _change(form.controls[name])
            back.click()
            assert getattr(form.config(), name) == getattr(before, name)
            if isinstance(form.controls[name], QCheckBox):
                form.controls[name].click()  # type: ignore[attr-defined]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: ("", ""))
    of_form = setup.advanced.back_button, setup.advanced.shape_button, setup.advanced.no_shape_button
    for button in (*of_form, setup.starter_button, setup.beginning.fold.heading):
        button.click()
    settled(qtbot, window)
    setup.beginning.choose("")
    small(train, steps=100_000)
    heads = setup.model_form.controls["heads"]
    for value in (7, heads.value()):  # type: ignore[attr-defined]
        heads.setValue(value)  # type: ignore[attr-defined]
        if setup.fault_button.isVisible():
            click(qtbot, setup.fault_button)
    click(qtbot, setup.start_button)
    setup.cancel_button.click()
    settled(qtbot, window)
    setup.beginning.scratch_button.click()
    setup.data_button.click()
    settled(qtbot, window)
    assert not [name for button, name in buttons.items() if button not in pressed]


def _listened(train: TrainTab) -> tuple[set[int], dict[int, str]]:
    """What is pressed from now on, and the names of all that can be."""
    pressed: set[int] = set()
    names: dict[int, str] = {}
    inner = ("qt_", "Scroll")  # pieces of Qt's own controls
    for button in train.findChildren(QAbstractButton):
        if not button.objectName().startswith(inner) and not isinstance(button.parent(), QLineEdit | QTableWidget):
            names[id(button)] = button.text() or button.accessibleName()
            button.clicked.connect(functools.partial(pressed.add, id(button)))
    for action in (*train.list.list.actions(), *train.view.plot.menu.actions()):
        if not action.isSeparator():
            names[id(action)] = action.text()
            action.triggered.connect(functools.partial(pressed.add, id(action)))
    return pressed, names


def _action(train: TrainTab, words: str) -> QAction:
    return next(action for action in train.list.list.actions() if action.text() == words)


def _change(control: QWidget) -> None:
    match control:
        case QCheckBox():
            control.toggle()
        case QComboBox():
            control.setCurrentIndex((control.currentIndex() + 1) % control.count())
        case QSpinBox() | QDoubleSpinBox():
            control.setValue(control.maximum() if control.value() != control.maximum() else control.minimum())  # type: ignore[arg-type]
        case QPlainTextEdit():
            control.setPlainText("changed")
        case QLineEdit():
            control.setText("changed")


def test_a_folder_that_comes_back_shows_its_run_again(
    qtbot: QtBot, train: TrainTab, two: tuple[Run, Run], place: Project
) -> None:
    """“Not started yet” stood beside “stopped at step 2” until the run was chosen anew."""
    assert train.opened
    elsewhere = place.folder.with_name("elsewhere")
    place.folder.rename(elsewhere)
    train.opened.look()
    qtbot.waitUntil(lambda: train.opened is not None and train.opened.is_gone)
    train._open(two[0])
    train.list.choose(two[0])
    qtbot.waitUntil(lambda: train.view.reading is None)
    assert train.view.state.text() == "Not started yet."
    elsewhere.rename(place.folder)
    train.opened.look()
    qtbot.waitUntil(lambda: train.view.state.text().startswith("Finished after"))


def test_a_project_opens_with_the_run_that_was_stopped(qtbot: QtBot, place: Project, opened: OpenProject) -> None:
    run = make_run(place, "train.steps=20", "train.mark_every=5", name="cut")
    train_until(run, 10)
    opened.look()
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    tab = TrainTab()
    qtbot.addWidget(tab)
    tab.open(opened)
    assert tab.pages.currentWidget() is tab.view and tab.view.shows(run) and tab.list.selected() == [run]
    assert not tab.view.resume_button.isHidden()
    qtbot.waitUntil(lambda: not opened.jobs.busy)


@pytest.mark.parametrize("stages", ["letters:much", "nowhere"])
def test_a_stage_that_cannot_be_is_brought_into_sight(
    qtbot: QtBot, window: MainWindow, train: TrainTab, stages: str
) -> None:
    """What only the start of a run finds out, here: one that cannot be read, and a group that there is not."""
    train.new_run()
    small(train)
    field = train.setup.train_form.controls["stages"]
    assert isinstance(field, QPlainTextEdit)
    field.setPlainText(stages)
    click(qtbot, train.setup.start_button)
    idle(qtbot, train)
    qtbot.waitUntil(lambda: not field.visibleRegion().isEmpty())
    assert window.focusWidget() is field and stages in field.accessibleDescription()
    assert window.notice.isVisible() and train.setup.start_button.isEnabled()
