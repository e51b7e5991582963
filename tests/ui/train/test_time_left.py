"""What a person who waits watches: how much of a run is done, and how long it still takes."""

import itertools
import math

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import events
from textgen_gui.time_left import TimeLeft
from textgen_gui.ui.train.run_status import RunStatus
from textgen_gui.ui.train.run_view import RunView, Shown

from .test_run_page import step


def test_what_was_done_stays_done_when_a_run_is_planned_again(qtbot: QtBot) -> None:
    """The bar went from 50 % back to 10 % where the computer was faster than planned."""
    status = RunStatus()
    qtbot.addWidget(status)
    status.begin(events.RunStarted("runs/001", "a machine", 1_000_000, 100, 1, threads=2), None)
    status.show_state(running=True, paused=False, has_model=False)
    done = []
    for number in range(1, 401):
        status.take(step(number, number / 10))
        if number in (50, 60):
            status.take(events.Replanned(number, 500 if number == 50 else 400))
        status.show_newest()
        done.append(status.progress.value())
    assert done == sorted(done) and done[49] == 500 and done[-1] == 1000
    assert 0 < done[60] - done[50] < 20, "it goes on more slowly"


def test_a_resumed_run_goes_on_where_its_bar_was(qtbot: QtBot) -> None:
    view = RunView()
    qtbot.addWidget(view)
    view._history.is_complete = True
    view.show_state(Shown(True, False, False, False, True, False))
    view.show_event(events.RunStarted("runs/001", "a machine", 1000, 100, 1))
    for number in range(1, 96):
        view.show_event(step(number, number / 10))
        if number == 50:
            assert view.state.text() == "Training."
            view.show_event(events.Replanned(number, 500))
    view.status.show_newest()
    before, words = view.status.progress.value(), view.state.text()
    assert before in (549, 550) and words == "Training, faster than was planned: it learns more in its time."
    view.show_event(events.RunStarted("runs/001", "a machine", 1000, 500, 1, resumed_from=95, done=0.55))
    assert view.status.progress.value() == 550
    view.show_event(step(96, 9.6))
    assert view.state.text() == words
    view.show_event(events.Replanned(96, 400))
    assert view.state.text() == words.replace("faster", "slower").replace("more", "less"), "than was planned last"


def test_the_time_left_is_steady_and_rises_only_where_it_takes_longer() -> None:
    """With steps of one and of two seconds in turn, and once an evaluation, it went up and down at each."""
    left, elapsed_s, said = TimeLeft(), 0.0, list[float]()
    left.begin(600, 100)
    for number in range(1, 401):
        pace = 1.5 + 0.8 * math.sin(number / 3) if number < 300 else 4.5
        elapsed_s += pace
        left.take(step(number, elapsed_s))
        if (seconds := left.seconds()) is not None:
            said.append(seconds)
        if number % 100 == 0:
            elapsed_s += 3
            left.evaluated(number)
    steady, slower = said[100:290], said[295:]
    assert all(after <= before for before, after in itertools.pairwise(steady)), "no step back by noise"
    assert max(slower) > 1.5 * steady[-1] and slower[-1] == pytest.approx(200 * 4.5 + 6, rel=0.05), (
        "it does take longer"
    )
    highest = 300 * 4.5 + 6
    assert max(slower) < highest, "never more than is true"


def test_a_run_by_time_that_is_late_tells_what_is_left_until_it_is_planned_again() -> None:
    """Its first steps took long: it came to “0 s left”, and then to 40 more."""
    left, elapsed_s = TimeLeft(), 0.0
    left.begin(100, 10, budget_s=60.0)
    for number in range(1, 51):
        elapsed_s += 1.5
        left.take(step(number, elapsed_s))
        if number >= 20:
            assert left.seconds() == pytest.approx((50 - number + 5) * 1.5, abs=3.0)
    left.plan(events.Replanned(50, 55))  # no more than the fewest
    for number in range(51, 55):
        elapsed_s += 1.5
        left.take(step(number, elapsed_s))
        assert left.seconds() == pytest.approx((55 - number) * 1.5, abs=1.0)


def test_a_plan_of_many_more_steps_is_evaluated_less_often() -> None:
    """With an evaluation every other step, as it was planned first, “321 s left” was said where 151 were."""
    left, elapsed_s = TimeLeft(), 0.0
    left.begin(40, 2)
    for number in range(1, 491):
        elapsed_s += 0.25
        left.take(step(number, elapsed_s))
        if number == 4:
            left.plan(events.Replanned(4, 500, 25))
        if number in (2, 4) or number % 25 == 0:
            left.evaluated(number)
            elapsed_s += 3.0
        if number in (100, 300, 440):
            evaluations = 500 // 25 - number // 25 + (number % 25 == 0)
            assert left.seconds() == pytest.approx((500 - number) * 0.25 + 3.0 * evaluations, rel=0.15)


def test_what_comes_before_a_generation_is_no_evaluation() -> None:
    """Fifty seconds in which others are asked were told once more for each evaluation that was to come."""
    left, elapsed_s = TimeLeft(), 0.0
    left.begin(1000, 50)
    for number in range(1, 700):
        elapsed_s += 0.1
        left.take(step(number, elapsed_s))
        if number % 50 == 0:
            elapsed_s += 1.0
            left.evaluated(number)
        if number == 500:
            elapsed_s += 50.0
            left.generation_began()
        if number > 500:
            assert left.seconds() == pytest.approx((1000 - number) * 0.1 + (1000 - number) // 50, abs=8.0)
