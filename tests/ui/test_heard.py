"""What a screen reader says: by itself what the coach says, the end of a run and what is kept; settings by name."""

import psutil
import pytest
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QSlider, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui import Project, Run
from textgen_gui.engine.core import event_log, events
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.open_project import OpenProject
from textgen_gui.ui.train.run_setup import RunSetup
from textgen_gui.ui.train.run_view import RunView, Shown
from textgen_gui.ui.write.how_to_write import HowToWrite

from ..engine.training.test_coach import recorded, said_of, truth
from .using import click, settled, start_tiny_run, tabs
from .write.desk import set_values

learning = Shown(running=True, paused=False, stopping=False, finished=False, has_model=True, busy=False)


def opened_in(qtbot: QtBot, window: MainWindow, project: Project, heard: list[str]) -> None:
    window.open_project(project.folder)
    settled(qtbot, window)
    heard.clear()  # that it opens


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: said.append(event.message()))
    return said


def advice_of(run: Run) -> list[str]:
    return [event.message for event in event_log.read(run.events_file) if isinstance(event, events.Advised)]


def test_what_failed_is_heard_once(
    qtbot: QtBot, window: MainWindow, prepared: Project, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_in(qtbot, window, prepared, heard)
    memory = psutil.virtual_memory()._replace(available=1_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    start_tiny_run(qtbot, window, steps=30)
    settled(qtbot, window)
    assert heard == [window.notice.words.text()] and "memory" in heard[0]


def test_a_run_that_fails_in_its_middle_is_heard_once(
    qtbot: QtBot, window: MainWindow, prepared: Project, heard: list[str]
) -> None:
    opened_in(qtbot, window, prepared, heard)
    train = start_tiny_run(qtbot, window, steps=100_000)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 5, timeout=60_000)
    assert train.job
    train.job.happened.emit(events.RunFinished(events.Outcome.FAILED, 6, 0, "Its numbers overflowed."))
    qtbot.waitUntil(window.notice.isVisible)
    assert heard.count("Its numbers overflowed.") == 1, "beside what the coach of the run says meanwhile"
    click(qtbot, train.view.stop_button)
    settled(qtbot, window)


def test_each_sentence_of_the_coach_is_heard_while_it_learns(qtbot: QtBot, heard: list[str]) -> None:
    """Of every kind of run that was recorded."""
    view = RunView()
    qtbot.addWidget(view)
    view.show_state(learning)
    for name in truth:
        view._clear(name)
        view._history.is_complete = True
        heard.clear()
        advised = said_of(recorded(name))
        for advice in advised:
            view.show_event(advice)
        assert advised and heard == [advice.message for advice in advised], name


def test_a_page_that_is_looked_at_again_repeats_nothing(
    qtbot: QtBot, trained: Run, opened: OpenProject, heard: list[str]
) -> None:
    """The run still trains, and what its coach said was heard when it was said."""
    view, past = RunView(), advice_of(trained)
    qtbot.addWidget(view)
    view.open_project(opened)
    view.open(trained)
    view.show_state(learning)
    now = events.Advised(13, events.Advice.FLAT, "It gains little by now.", events.NextStep.WRITE)
    list(event_log.record([now], trained.events_file, trained.samples_file))  # so that it comes both ways
    view.show_event(now)
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    assert past and view.status.advice.text() == now.message and heard == [now.message]


def test_a_text_that_is_kept_is_heard(qtbot: QtBot, window: MainWindow, trained: Run, heard: list[str]) -> None:
    opened_in(qtbot, window, Project(trained.project.folder), heard)
    _, _, generate = tabs(window)
    window.tabs.setCurrentIndex(2)
    set_values(generate, max_new_tokens=8, min_new_tokens=8, seed=3)  # or it may end by itself, and say so
    generate.how.form.controls["end"].setCurrentText("anywhere")  # type: ignore[attr-defined]
    click(qtbot, generate.desk.write_button)
    settled(qtbot, window)
    click(qtbot, generate.desk.save_button)
    settled(qtbot, window)
    assert [one.split()[0] for one in heard] == ["Written:", "Kept"]


def interface(of: QWidget) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(of)
    assert found is not None
    return found


def test_a_slider_says_its_number_and_not_how_far_it_stands(qtbot: QtBot) -> None:
    how = HowToWrite()
    qtbot.addWidget(how)
    how.form.controls["temperature"].setValue(0.8)  # type: ignore[attr-defined]
    how.form.controls["max_new_tokens"].setValue(300)  # type: ignore[attr-defined]
    said = {interface(one).text(QAccessible.Text.Name) for one in how.form.findChildren(QSlider)}
    assert said == {"Daring, slider: 0.8", "Length (tokens), slider: 300"}


def test_a_field_is_labelled_and_cards_are_choices_of_one(qtbot: QtBot) -> None:
    setup = RunSetup()
    qtbot.addWidget(setup)
    for form in (setup.model_form, setup.train_form):
        for control in form.controls.values():
            labels = interface(control).relations(QAccessible.RelationFlag.Label)
            assert labels or interface(control).role() is QAccessible.Role.CheckBox, control.accessibleName()
    cards = [interface(card) for card in setup.presets.cards.values()]
    assert {card.role() for card in cards} == {QAccessible.Role.RadioButton}
    assert [bool(card.state().checked) for card in cards].count(True) == 1
